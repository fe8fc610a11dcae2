
/*
 * A connection of its own that keeps a copy of a table fresh: LISTEN first,
 * then one query streamed row by row, then every notification.  After a lost
 * connection all of it starts again, so the owner never misses a change.
 */

#ifndef _NGX_BS_PG_WATCH_H_INCLUDED_
#define _NGX_BS_PG_WATCH_H_INCLUDED_


#include "ngx_bs_pg.h"


typedef struct ngx_bs_pg_watch_s  ngx_bs_pg_watch_t;


typedef struct {
    void  (*begin)(void *data);           /* a full load starts */
    /* One row, as row 0 of a borrowed result. */
    void  (*row)(void *data, const ngx_bs_pg_result_t *row);
    void  (*ready)(void *data);           /* the load is complete */
    void  (*notify)(void *data, ngx_str_t *payload);
    void  (*lost)(void *data);            /* what is known may be stale */
} ngx_bs_pg_watch_handlers_t;


/* The statement takes no parameters.  All arguments must outlive the watch. */
ngx_bs_pg_watch_t *ngx_bs_pg_watch_create(ngx_pool_t *pool,
    ngx_str_t *conninfo, const char *channel,
    ngx_bs_pg_statement_t *statement,
    const ngx_bs_pg_watch_handlers_t *handlers, void *data, ngx_log_t *log);

/* Start and stop may alternate any number of times; stop calls no handler. */
void ngx_bs_pg_watch_start(ngx_bs_pg_watch_t *watch);
void ngx_bs_pg_watch_stop(ngx_bs_pg_watch_t *watch);


#endif /* _NGX_BS_PG_WATCH_H_INCLUDED_ */
