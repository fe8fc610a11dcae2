
/*
 * Slots that are due become jobs in the streams of their regions: sent in
 * bounded turns, and sent again until Redis has accepted them.
 */

#ifndef _NGX_BS_PUBLISH_H_INCLUDED_
#define _NGX_BS_PUBLISH_H_INCLUDED_


#include "ngx_bs_lease.h"
#include "ngx_bs_schedule.h"

#include <bs_wire.h>


#define NGX_BS_PUBLISH_TURN_MAX    256     /* jobs in one turn of the loop */
#define NGX_BS_PUBLISH_FLIGHT_MAX  4096    /* unanswered */
#define NGX_BS_PUBLISH_RETRY_MS    500

/*
 * Jobs are published this much before their slot; agents hold them until then
 * (agent/hold.h), so that neither Redis nor a busy hub makes a probe late.
 */
#define NGX_BS_PUBLISH_LEAD_MS     300


typedef struct {
    ngx_bs_timer_t       timer;
    ngx_bs_lease_t      *lease;
    ngx_bs_schedule_t   *schedule;
    ngx_bs_redis_t      *redis;
    ngx_bs_zone_t       *zone;
    ngx_log_t           *log;
    ngx_queue_t          flight;
    ngx_queue_t          failed;
    ngx_queue_t          again;        /* failed before this round */
    ngx_uint_t           nflight;
    int64_t              again_at;     /* steady clock: the next round */
    int64_t              replay_after; /* of placements marked for it */
    int64_t              wake_at;      /* slots up to it are for the timer */
    int64_t              seen;         /* wall clock: in the last turn */
    int64_t              complained;   /* steady clock: last line in the log */
    msgpack_sbuffer      job;
    void               (*drained)(void *data);
    void                *data;
    unsigned             on:1;
} ngx_bs_publish_t;


/* The schedule's owner is the publisher. */
void ngx_bs_publish_init(ngx_bs_publish_t *publish, ngx_bs_worker_t *worker,
    ngx_bs_lease_t *lease, ngx_bs_schedule_t *schedule, ngx_log_t *log);
/* The worker ends: no answer comes any more, and the schedule is empty. */
void ngx_bs_publish_free(ngx_bs_publish_t *publish);

/* Slots up to this one are due for publishing. */
int64_t ngx_bs_publish_horizon(int64_t now);

void ngx_bs_publish_start(ngx_bs_publish_t *publish);
/* Nothing is published after this; answers still come in. */
void ngx_bs_publish_stop(ngx_bs_publish_t *publish);
/* The schedule has changed: what is due first may be another. */
void ngx_bs_publish_wake(ngx_bs_publish_t *publish);

/* What was published after that may be lost: once more, as far as worth it. */
void ngx_bs_publish_replay(ngx_bs_publish_t *publish, int64_t after);

/*
 * Calls back once nothing is in flight; at once (NGX_OK, no call) if so
 * already.
 */
ngx_int_t ngx_bs_publish_drain(ngx_bs_publish_t *publish,
    void (*drained)(void *data), void *data);


#endif /* _NGX_BS_PUBLISH_H_INCLUDED_ */
