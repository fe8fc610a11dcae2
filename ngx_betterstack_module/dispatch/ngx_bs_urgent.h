
/*
 * Urgent jobs: a verdict that suspects a failure asks other regions to look at
 * once.  Whichever worker has the answer of that statement publishes them, with
 * or without the scheduler's lease.  Each is sent once: when it does not arrive
 * the sweep asks again, and the next slot comes anyway.
 */

#ifndef _NGX_BS_URGENT_H_INCLUDED_
#define _NGX_BS_URGENT_H_INCLUDED_


#include "../ngx_bs.h"
#include "../io/ngx_bs_complaint.h"


#define NGX_BS_URGENT_BATCH_MAX   2000     /* of one statement */
#define NGX_BS_URGENT_SECOND_MAX  5000     /* of one worker in a second */


struct ngx_bs_urgent_s {
    ngx_bs_redis_t      *redis;            /* NULL: there is none */
    ngx_bs_zone_t       *zone;
    ngx_log_t           *log;
    ngx_bs_complaint_t   complaint;
    int64_t              second;           /* steady clock: its beginning */
    ngx_uint_t           spent;            /* in this second */
};


/* After worker->redis.  NULL: no memory. */
ngx_bs_urgent_t *ngx_bs_urgent_create(ngx_pool_t *pool,
    ngx_bs_worker_t *worker, ngx_log_t *log);

/*
 * Publishes the rows that have a confirm_monitor; the columns confirm_region,
 * confirm_slot, confirm_expires (ms) and confirm_spec belong to it.  What is
 * not published is counted.
 */
void ngx_bs_urgent_publish(ngx_bs_urgent_t *urgent,
    const ngx_bs_pg_result_t *result);


#endif /* _NGX_BS_URGENT_H_INCLUDED_ */
