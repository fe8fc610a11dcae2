
/*
 * One job on its way: a placement taken out of the schedule, sent to the
 * stream of its region, and put back when Redis has answered; with its next
 * slot, or among those that are sent again.
 */

#ifndef _NGX_BS_JOB_H_INCLUDED_
#define _NGX_BS_JOB_H_INCLUDED_


#include "ngx_bs_publish.h"


/*
 * NGX_OK: it is in flight.  NGX_BUSY: too much is.  NGX_DECLINED: Redis or the
 * lease is away.  In the last two the placement is still the caller's.
 */
ngx_int_t ngx_bs_job_send(ngx_bs_publish_t *publish,
    ngx_bs_placement_t *placement);

/* Goes back to publish->replay_after if it is marked for that. */
void ngx_bs_job_set_back(ngx_bs_publish_t *publish,
    ngx_bs_placement_t *placement);


#endif /* _NGX_BS_JOB_H_INCLUDED_ */
