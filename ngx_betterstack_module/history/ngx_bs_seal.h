
/*
 * The sealer, in the first worker of every hub: days that are closed become
 * packed ones, late ticks are merged in.  A lease in the database lets one hub
 * do it, with or without Redis; the others ask every few seconds.
 *
 * One step after the other: dispatch.seal_take() delivers some thousand ticks,
 * a thread packs them, dispatch.seal_store() keeps them; then a pause that is
 * longer than the step was.  A step that is interrupted anywhere has done
 * nothing or all of it.
 */

#ifndef _NGX_BS_SEAL_H_INCLUDED_
#define _NGX_BS_SEAL_H_INCLUDED_


#include "../ngx_bs.h"
#include "../io/ngx_bs_complaint.h"
#include "../io/ngx_bs_timer.h"
#include "ngx_bs_seal_work.h"


#define NGX_BS_SEAL_HOLDER_LEN  64


struct ngx_bs_seal_s {
    ngx_bs_timer_t        timer;
    ngx_bs_worker_t      *worker;
    ngx_bs_pg_query_t    *query;         /* under way */
    ngx_bs_seal_work_t   *work;          /* in the thread, or being stored */
    ngx_msec_t            kept_at;       /* when days were looked after */
    ngx_msec_t            step_at;       /* when this step began */
    ngx_bs_complaint_t    complaint;
    ngx_bs_complaint_t    damage;
    ngx_log_t            *log;
    u_char                holder[NGX_BS_SEAL_HOLDER_LEN];
    unsigned              kept:1;        /* at all */
    unsigned              quitting:1;
};


/* NULL: no memory. */
ngx_bs_seal_t *ngx_bs_seal_create(ngx_pool_t *pool, ngx_bs_worker_t *worker,
    ngx_log_t *log);
ngx_int_t ngx_bs_seal_register(ngx_bs_pg_pool_t *pg);

void ngx_bs_seal_start(ngx_bs_seal_t *seal);

/* Graceful exit began: the step under way is the last. */
void ngx_bs_seal_quit(ngx_bs_seal_t *seal);
void ngx_bs_seal_stop(ngx_bs_seal_t *seal);


#endif /* _NGX_BS_SEAL_H_INCLUDED_ */
