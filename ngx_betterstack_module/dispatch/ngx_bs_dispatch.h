
/*
 * Work nobody asked for over HTTP: holding the scheduler lease, publishing
 * jobs at their slots, heartbeats, housekeeping.
 */

#ifndef _NGX_BS_DISPATCH_H_INCLUDED_
#define _NGX_BS_DISPATCH_H_INCLUDED_


#include "../ngx_bs.h"


ngx_bs_dispatch_t *ngx_bs_dispatch_create(ngx_pool_t *pool,
    ngx_bs_worker_t *worker, ngx_log_t *log);

/* Statements of dispatch.* that run through the worker's pool. */
ngx_int_t ngx_bs_dispatch_register(ngx_bs_pg_pool_t *pg);

void ngx_bs_dispatch_start(ngx_bs_dispatch_t *dispatch);

/* Graceful exit began: gives the lease back at once. */
void ngx_bs_dispatch_quit(ngx_bs_dispatch_t *dispatch);
void ngx_bs_dispatch_stop(ngx_bs_dispatch_t *dispatch);


#endif /* _NGX_BS_DISPATCH_H_INCLUDED_ */
