
/*
 * Slow CPU work (password hashing) in nginx's thread pool, with a bound on
 * how much may wait: beyond it the caller answers 429.
 */

#ifndef _NGX_BS_OFFLOAD_H_INCLUDED_
#define _NGX_BS_OFFLOAD_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_thread_pool.h>


typedef struct ngx_bs_offload_s  ngx_bs_offload_t;


ngx_bs_offload_t *ngx_bs_offload_create(ngx_pool_t *pool,
    ngx_thread_pool_t *threads, ngx_uint_t jobs_max, ngx_log_t *log);

/*
 * Runs `work(context)` in a thread and then `done(context)` in the event
 * loop.  `context` is malloc'ed by the caller and belongs to the job until
 * done() runs, which frees it; it must not point into a request's memory.
 * NGX_BUSY: too many jobs already; nothing will be called.
 */
ngx_int_t ngx_bs_offload_submit(ngx_bs_offload_t *offload,
    void (*work)(void *context), void (*done)(void *context), void *context);


#endif /* _NGX_BS_OFFLOAD_H_INCLUDED_ */
