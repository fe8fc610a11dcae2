
/*
 * Hours that have ended are rolled up: by the first worker of every hub, in
 * steps of some thousands of ticks, one at a time.  dispatch.hour_take() gives
 * what is due with a lease, dispatch.hour_store() takes what it came to; which
 * hub does it, whether one dies in between, or whether it is done twice makes
 * no difference.  A pause of twice a step's time follows each.
 */

#ifndef _NGX_BS_HOUR_H_INCLUDED_
#define _NGX_BS_HOUR_H_INCLUDED_


#include "../ngx_bs.h"
#include "../io/ngx_bs_backoff.h"
#include "../io/ngx_bs_complaint.h"
#include "../io/ngx_bs_timer.h"
#include "ngx_bs_hour_step.h"


struct ngx_bs_hour_s {
    ngx_bs_timer_t        timer;
    ngx_bs_worker_t      *worker;
    ngx_bs_pg_query_t    *query;        /* under way */
    ngx_bs_hour_step_t   *step;         /* being stored */
    bs_rollup_t          *rollup;       /* what a step works with */
    ngx_uint_t            wanted;       /* ticks of a step */
    ngx_msec_t            sent;         /* the query */
    ngx_msec_t            busy;         /* with this step, so far */
    ngx_bs_backoff_t      backoff;
    ngx_bs_complaint_t    complaint;
    ngx_log_t            *log;
};


/* NULL: no memory. */
ngx_bs_hour_t *ngx_bs_hour_create(ngx_pool_t *pool, ngx_bs_worker_t *worker,
    ngx_log_t *log);
ngx_int_t ngx_bs_hour_register(ngx_bs_pg_pool_t *pg);

void ngx_bs_hour_start(ngx_bs_hour_t *hour);

/* Graceful exit began: what was taken and is not stored is done again. */
void ngx_bs_hour_quit(ngx_bs_hour_t *hour);
void ngx_bs_hour_stop(ngx_bs_hour_t *hour);


#endif /* _NGX_BS_HOUR_H_INCLUDED_ */
