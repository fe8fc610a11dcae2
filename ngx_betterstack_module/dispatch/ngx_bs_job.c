
#include "ngx_bs_job.h"
#include "ngx_bs_xadd.h"
#include "../io/ngx_bs_clock.h"

#include <bs_slot.h>


/* A Redis that refuses jobs refuses many. */
#define NGX_BS_JOB_COMPLAIN_MS  5000


static ngx_int_t ngx_bs_job_xadd(ngx_bs_publish_t *publish,
    ngx_bs_region_t *region, ngx_bs_placement_t *placement);
static void ngx_bs_job_answer(void *data,
    const ngx_bs_redis_reply_t *reply);
static void ngx_bs_job_accepted(ngx_bs_publish_t *publish,
    ngx_bs_placement_t *placement);
static void ngx_bs_job_failed(ngx_bs_publish_t *publish,
    ngx_bs_placement_t *placement, const ngx_bs_redis_reply_t *reply);
static void ngx_bs_job_inherit(ngx_bs_publish_t *publish,
    ngx_bs_placement_t *placement);
static void ngx_bs_job_complain(ngx_bs_publish_t *publish,
    const ngx_bs_redis_reply_t *reply);


ngx_int_t
ngx_bs_job_send(ngx_bs_publish_t *publish, ngx_bs_placement_t *placement)
{
    ngx_int_t          rc;
    ngx_bs_region_t   *region;
    ngx_bs_monitor_t  *monitor;

    /* A process that was stopped in the middle must not go on as if not. */

    if (!ngx_bs_lease_valid(publish->lease)) {
        return NGX_DECLINED;
    }

    if (publish->nflight >= NGX_BS_PUBLISH_FLIGHT_MAX) {
        return NGX_BUSY;
    }

    monitor = ngx_bs_schedule_monitor(placement);
    region = &publish->schedule->regions->elts[placement->region];

    rc = ngx_bs_job_xadd(publish, region, placement);

    if (rc != NGX_OK) {
        return rc;
    }

    placement->state = NGX_BS_PLACEMENT_FLIGHT;
    ngx_queue_insert_tail(&publish->flight, &placement->queue);
    publish->nflight++;
    monitor->flying++;

    return NGX_OK;
}


static ngx_int_t
ngx_bs_job_xadd(ngx_bs_publish_t *publish, ngx_bs_region_t *region,
    ngx_bs_placement_t *placement)
{
    bs_wire_job_t      job;
    ngx_bs_monitor_t  *monitor;

    monitor = ngx_bs_schedule_monitor(placement);

    job.monitor = (uint32_t) monitor->node.key;
    job.slot_ms = placement->slot;
    job.expires_ms = bs_slot_expires(placement->slot, monitor->interval);
    job.urgent = 0;
    job.spec.data = (const char *) monitor->spec;
    job.spec.len = monitor->spec_len;

    return ngx_bs_xadd(publish->redis, &publish->job, &region->jobs_key, &job,
                       ngx_bs_job_answer, placement);
}


static void
ngx_bs_job_answer(void *data, const ngx_bs_redis_reply_t *reply)
{
    ngx_bs_placement_t  *placement = data;

    ngx_flag_t         accepted;
    ngx_bs_monitor_t  *monitor;
    ngx_bs_publish_t  *publish;

    monitor = ngx_bs_schedule_monitor(placement);
    publish = monitor->schedule->owner;

    accepted = reply
               && ngx_bs_redis_reply_type(reply) == NGX_BS_REDIS_STRING;

    ngx_queue_remove(&placement->queue);
    placement->state = NGX_BS_PLACEMENT_IDLE;
    publish->nflight--;
    monitor->flying--;

    if (accepted) {
        ngx_bs_job_accepted(publish, placement);

    } else {
        ngx_bs_job_failed(publish, placement, reply);
    }

    ngx_bs_schedule_bury(monitor);

    if (publish->drained && publish->nflight == 0) {
        publish->drained(publish->data);
    }
}


static void
ngx_bs_job_accepted(ngx_bs_publish_t *publish,
    ngx_bs_placement_t *placement)
{
    ngx_bs_zone_t     *zone;
    ngx_bs_monitor_t  *monitor;

    zone = publish->zone;
    monitor = ngx_bs_schedule_monitor(placement);

    ngx_bs_zone_count(zone, jobs_published);

    if (zone->last_slot_dispatched < (ngx_atomic_uint_t) placement->slot) {
        zone->last_slot_dispatched = (ngx_atomic_uint_t) placement->slot;
    }

    zone->last_dispatch_at = (ngx_atomic_uint_t) ngx_bs_clock_wall();

    if (monitor->dead) {
        return;
    }

    placement->slot = bs_slot_next(placement->slot, monitor->interval,
                                   placement->phase);

    ngx_bs_job_set_back(publish, placement);
    ngx_bs_schedule_put(publish->schedule, placement);

    if (publish->on && placement->slot < publish->wake_at) {
        ngx_bs_publish_wake(publish);
    }
}


static void
ngx_bs_job_failed(ngx_bs_publish_t *publish,
    ngx_bs_placement_t *placement, const ngx_bs_redis_reply_t *reply)
{
    ngx_bs_zone_count(publish->zone, jobs_failed);
    ngx_bs_job_complain(publish, reply);

    if (ngx_bs_schedule_monitor(placement)->dead) {
        ngx_bs_job_inherit(publish, placement);
        return;
    }

    ngx_bs_job_set_back(publish, placement);

    placement->state = NGX_BS_PLACEMENT_RETRY;
    ngx_queue_insert_tail(&publish->failed, &placement->queue);
}


/* The monitor was changed meanwhile: the slot is the new one's to publish. */

static void
ngx_bs_job_inherit(ngx_bs_publish_t *publish,
    ngx_bs_placement_t *placement)
{
    ngx_bs_placement_t  *heir;

    heir = ngx_bs_schedule_heir(placement);

    if (heir == NULL || heir->state != NGX_BS_PLACEMENT_HEAP
        || heir->slot <= placement->slot)
    {
        return;
    }

    ngx_bs_schedule_take(publish->schedule, heir);

    heir->slot = placement->slot;
    heir->state = NGX_BS_PLACEMENT_RETRY;
    ngx_queue_insert_tail(&publish->failed, &heir->queue);
}


void
ngx_bs_job_set_back(ngx_bs_publish_t *publish,
    ngx_bs_placement_t *placement)
{
    if (placement->replay) {
        placement->replay = 0;
        placement->slot = ngx_bs_schedule_earlier(placement,
                                                  publish->replay_after);
    }
}


static void
ngx_bs_job_complain(ngx_bs_publish_t *publish,
    const ngx_bs_redis_reply_t *reply)
{
    int64_t    now;
    ngx_str_t  error = ngx_string("no answer");

    now = ngx_bs_clock_steady();

    if (publish->complained
        && now < publish->complained + NGX_BS_JOB_COMPLAIN_MS)
    {
        return;
    }

    publish->complained = now;

    if (reply && ngx_bs_redis_reply_type(reply) == NGX_BS_REDIS_ERROR) {
        ngx_bs_redis_reply_string(reply, &error);
    }

    ngx_log_error(NGX_LOG_ERR, publish->log, 0,
                  "betterstack: a job was not published and is tried again: "
                  "%V", &error);
}
