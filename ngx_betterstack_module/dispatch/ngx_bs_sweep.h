
/*
 * dispatch.sweep(), every second, by the first worker of every hub: what comes
 * due without any report, by the database's clock.  An advisory lock within it
 * lets one hub do the work; the others have an empty answer.
 */

#ifndef _NGX_BS_SWEEP_H_INCLUDED_
#define _NGX_BS_SWEEP_H_INCLUDED_


#include "../ngx_bs.h"
#include "../io/ngx_bs_complaint.h"
#include "../io/ngx_bs_timer.h"


struct ngx_bs_sweep_s {
    ngx_bs_timer_t       timer;
    ngx_bs_worker_t     *worker;
    ngx_bs_pg_query_t   *query;        /* under way */
    ngx_bs_complaint_t   complaint;
    ngx_log_t           *log;
};


/* NULL: no memory. */
ngx_bs_sweep_t *ngx_bs_sweep_create(ngx_pool_t *pool, ngx_bs_worker_t *worker,
    ngx_log_t *log);
ngx_int_t ngx_bs_sweep_register(ngx_bs_pg_pool_t *pg);

void ngx_bs_sweep_start(ngx_bs_sweep_t *sweep);

/* Graceful exit began: the one under way ends as usual, and is the last. */
void ngx_bs_sweep_quit(ngx_bs_sweep_t *sweep);
void ngx_bs_sweep_stop(ngx_bs_sweep_t *sweep);


#endif /* _NGX_BS_SWEEP_H_INCLUDED_ */
