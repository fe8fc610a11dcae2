
/*
 * One execution of a statement: its parameters, its deadline, and whom to
 * tell.  An allocation of its own, because it outlives the request that asked:
 * an answer under way must be taken in even when nobody wants it any more.
 */

#ifndef _NGX_BS_PG_QUERY_H_INCLUDED_
#define _NGX_BS_PG_QUERY_H_INCLUDED_


#include "../ngx_bs_zone.h"
#include "ngx_bs_pg.h"
#include "ngx_bs_timer.h"


struct ngx_bs_pg_query_s {
    ngx_queue_t              queue;       /* among those waiting */
    ngx_uint_t              *waiting;     /* their number, while it is there */
    size_t                  *held;        /* by all queries of its lane */
    size_t                   size;        /* of this one, with its parameters */
    ngx_bs_timer_t           deadline;
    ngx_bs_pg_statement_t   *statement;
    ngx_bs_pg_done_pt        done;        /* NULL: nobody is to be told */
    void                    *data;
    const char             **values;
    int                     *lengths;
    int                     *formats;
    ngx_bs_zone_t           *zone;        /* where outcomes are counted */
    ngx_log_t               *log;
    unsigned                 again:1;     /* was sent once before */
};


/* Copies everything.  The deadline runs from now.  `held` is kept in bytes. */
ngx_bs_pg_query_t *ngx_bs_pg_query_create(ngx_bs_pg_statement_t *statement,
    const ngx_bs_pg_param_t *params, ngx_msec_t deadline,
    ngx_bs_pg_done_pt done, void *data, size_t *held, ngx_bs_zone_t *zone,
    ngx_log_t *log);

/* Into and out of a queue of those not sent yet, which counts them. */
void ngx_bs_pg_query_wait(ngx_bs_pg_query_t *query, ngx_queue_t *after,
    ngx_uint_t *waiting);
void ngx_bs_pg_query_leave(ngx_bs_pg_query_t *query);

/* It is of another lane from now on. */
void ngx_bs_pg_query_move(ngx_bs_pg_query_t *query, size_t *held);

/* Frees, then tells; takes the result, which may be NULL. */
void ngx_bs_pg_query_finish(ngx_bs_pg_query_t *query,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *take_result);

/* Frees without telling. */
void ngx_bs_pg_query_destroy(ngx_bs_pg_query_t *query);


#endif /* _NGX_BS_PG_QUERY_H_INCLUDED_ */
