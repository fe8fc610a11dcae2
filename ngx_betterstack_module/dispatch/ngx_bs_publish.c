
#include "ngx_bs_publish.h"
#include "../io/ngx_bs_clock.h"

#include <bs_keys.h>
#include <bs_slot.h>


/*
 * The wall clock may be set at any moment, so nothing sleeps for long.  A
 * timer of the event loop must not be 0: it would fire in the same turn.
 */
#define NGX_BS_PUBLISH_SLEEP_MAX_MS  500
#define NGX_BS_PUBLISH_SLEEP_MIN_MS  1
#define NGX_BS_PUBLISH_BUSY_MS       10
#define NGX_BS_PUBLISH_AWAY_MS       100

#define NGX_BS_PUBLISH_COMPLAIN_MS   5000

/* Clocks are always being moved a little. */
#define NGX_BS_PUBLISH_CLOCK_SLACK_MS  2000


static void ngx_bs_publish_turn(void *data);
static void ngx_bs_publish_check_clock(ngx_bs_publish_t *publish,
    int64_t now);
static ngx_int_t ngx_bs_publish_again(ngx_bs_publish_t *publish, int64_t now,
    ngx_uint_t *budget);
static ngx_int_t ngx_bs_publish_due(ngx_bs_publish_t *publish, int64_t now,
    ngx_uint_t *budget);
static void ngx_bs_publish_sleep(ngx_bs_publish_t *publish, int64_t now,
    ngx_msec_t delay);
static ngx_msec_t ngx_bs_publish_delay(ngx_bs_publish_t *publish,
    int64_t now);
static ngx_flag_t ngx_bs_publish_skip(ngx_bs_publish_t *publish,
    ngx_bs_placement_t *placement, int64_t now);
static ngx_int_t ngx_bs_publish_send(ngx_bs_publish_t *publish,
    ngx_bs_placement_t *placement);
static ngx_int_t ngx_bs_publish_xadd(ngx_bs_publish_t *publish,
    ngx_bs_region_t *region, ngx_bs_placement_t *placement);
static void ngx_bs_publish_answer(void *data,
    const ngx_bs_redis_reply_t *reply);
static void ngx_bs_publish_set_back(ngx_bs_publish_t *publish,
    ngx_bs_placement_t *placement);
static void ngx_bs_publish_accepted(ngx_bs_publish_t *publish,
    ngx_bs_placement_t *placement);
static void ngx_bs_publish_failed(ngx_bs_publish_t *publish,
    ngx_bs_placement_t *placement, const ngx_bs_redis_reply_t *reply);
static void ngx_bs_publish_inherit(ngx_bs_publish_t *publish,
    ngx_bs_placement_t *placement);
static void ngx_bs_publish_complain(ngx_bs_publish_t *publish,
    const ngx_bs_redis_reply_t *reply);


void
ngx_bs_publish_init(ngx_bs_publish_t *publish, ngx_bs_worker_t *worker,
    ngx_bs_lease_t *lease, ngx_bs_schedule_t *schedule, ngx_log_t *log)
{
    ngx_memzero(publish, sizeof(ngx_bs_publish_t));

    publish->lease = lease;
    publish->schedule = schedule;
    publish->redis = worker->redis;
    publish->zone = worker->zone;
    publish->log = log;

    ngx_queue_init(&publish->flight);
    ngx_queue_init(&publish->failed);
    ngx_queue_init(&publish->again);
    msgpack_sbuffer_init(&publish->job);

    ngx_bs_timer_init(&publish->timer, NGX_BS_TIMER_YIELDS,
                      ngx_bs_publish_turn, publish, log);
}


void
ngx_bs_publish_free(ngx_bs_publish_t *publish)
{
    ngx_queue_t         *q;
    ngx_bs_monitor_t    *monitor;
    ngx_bs_placement_t  *placement;

    ngx_bs_publish_stop(publish);

    while (!ngx_queue_empty(&publish->flight)) {
        q = ngx_queue_head(&publish->flight);
        placement = ngx_queue_data(q, ngx_bs_placement_t, queue);
        monitor = ngx_bs_schedule_monitor(placement);

        ngx_queue_remove(q);
        placement->state = NGX_BS_PLACEMENT_IDLE;
        publish->nflight--;
        monitor->flying--;

        ngx_bs_schedule_bury(monitor);
    }

    msgpack_sbuffer_destroy(&publish->job);
    msgpack_sbuffer_init(&publish->job);
}


void
ngx_bs_publish_start(ngx_bs_publish_t *publish)
{
    publish->on = 1;
    publish->again_at = 0;

    ngx_bs_publish_wake(publish);
}


void
ngx_bs_publish_stop(ngx_bs_publish_t *publish)
{
    publish->on = 0;
    ngx_bs_timer_clear(&publish->timer);
}


void
ngx_bs_publish_wake(ngx_bs_publish_t *publish)
{
    if (publish->on) {
        ngx_bs_publish_sleep(publish, ngx_bs_clock_wall(),
                             NGX_BS_PUBLISH_SLEEP_MIN_MS);
    }
}


static void
ngx_bs_publish_turn(void *data)
{
    ngx_bs_publish_t  *publish = data;

    int64_t     now;
    ngx_int_t   rc;
    ngx_uint_t  budget;

    if (!publish->on) {
        return;
    }

    now = ngx_bs_clock_wall();
    budget = NGX_BS_PUBLISH_TURN_MAX;

    ngx_bs_publish_check_clock(publish, now);

    rc = ngx_bs_publish_again(publish, now, &budget);

    if (rc == NGX_OK) {
        rc = ngx_bs_publish_due(publish, now, &budget);
    }

    switch (rc) {

    case NGX_OK:
        ngx_bs_publish_sleep(publish, now,
                             ngx_bs_publish_delay(publish, now));
        break;

    case NGX_AGAIN:
        ngx_bs_publish_sleep(publish, now, NGX_BS_PUBLISH_SLEEP_MIN_MS);
        break;

    case NGX_BUSY:
        ngx_bs_publish_sleep(publish, now, NGX_BS_PUBLISH_BUSY_MS);
        break;

    default: /* Redis is away, or the lease is */
        ngx_bs_publish_sleep(publish, now, NGX_BS_PUBLISH_AWAY_MS);
    }
}


/*
 * Nothing can be due later than an interval from now, unless the clock was
 * set back: then slots are found anew, or all would wait for the old time.
 */

static void
ngx_bs_publish_check_clock(ngx_bs_publish_t *publish, int64_t now)
{
    ngx_bs_monitor_t    *monitor;
    ngx_bs_placement_t  *top;

    top = ngx_bs_schedule_top(publish->schedule);

    if (top == NULL) {
        return;
    }

    monitor = ngx_bs_schedule_monitor(top);

    if (top->slot - now <= (int64_t) monitor->interval
                           + NGX_BS_PUBLISH_CLOCK_SLACK_MS)
    {
        return;
    }

    ngx_log_error(NGX_LOG_WARN, publish->log, 0,
                  "betterstack: the clock was set back: the next slot would "
                  "be in %L ms", top->slot - now);

    ngx_bs_schedule_rewind(publish->schedule, now, now);
}


/*
 * A round sends again all that had failed before it began; what fails in it
 * waits for the next.
 */

static ngx_int_t
ngx_bs_publish_again(ngx_bs_publish_t *publish, int64_t now,
    ngx_uint_t *budget)
{
    int64_t              steady;
    ngx_int_t            rc;
    ngx_queue_t         *q;
    ngx_bs_placement_t  *placement;

    steady = ngx_bs_clock_steady();

    if (ngx_queue_empty(&publish->again) && !ngx_queue_empty(&publish->failed)
        && steady >= publish->again_at)
    {
        ngx_queue_add(&publish->again, &publish->failed);
        ngx_queue_init(&publish->failed);
        publish->again_at = steady + NGX_BS_PUBLISH_RETRY_MS;
    }

    while (!ngx_queue_empty(&publish->again)) {

        if (*budget == 0) {
            return NGX_AGAIN;
        }

        (*budget)--;

        q = ngx_queue_head(&publish->again);
        placement = ngx_queue_data(q, ngx_bs_placement_t, queue);

        ngx_queue_remove(q);
        placement->state = NGX_BS_PLACEMENT_IDLE;

        if (ngx_bs_publish_skip(publish, placement, now)) {
            continue;
        }

        rc = ngx_bs_publish_send(publish, placement);

        if (rc != NGX_OK) {
            placement->state = NGX_BS_PLACEMENT_RETRY;
            ngx_queue_insert_head(&publish->again, q);
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_bs_publish_due(ngx_bs_publish_t *publish, int64_t now, ngx_uint_t *budget)
{
    ngx_int_t            rc;
    ngx_bs_placement_t  *placement;

    for ( ;; ) {
        placement = ngx_bs_schedule_top(publish->schedule);

        if (placement == NULL || placement->slot > now) {
            return NGX_OK;
        }

        if (*budget == 0) {
            return NGX_AGAIN;
        }

        (*budget)--;

        ngx_bs_schedule_take(publish->schedule, placement);

        if (ngx_bs_publish_skip(publish, placement, now)) {
            continue;
        }

        rc = ngx_bs_publish_send(publish, placement);

        if (rc != NGX_OK) {
            ngx_bs_schedule_put(publish->schedule, placement);
            return rc;
        }
    }
}


static void
ngx_bs_publish_sleep(ngx_bs_publish_t *publish, int64_t now, ngx_msec_t delay)
{
    publish->wake_at = now + (int64_t) delay;
    ngx_bs_timer_set(&publish->timer, delay);
}


static ngx_msec_t
ngx_bs_publish_delay(ngx_bs_publish_t *publish, int64_t now)
{
    int64_t              delay;
    ngx_bs_placement_t  *top;

    top = ngx_bs_schedule_top(publish->schedule);

    if (top == NULL) {
        return NGX_BS_PUBLISH_SLEEP_MAX_MS;
    }

    delay = top->slot - now;

    if (delay > NGX_BS_PUBLISH_SLEEP_MAX_MS) {
        return NGX_BS_PUBLISH_SLEEP_MAX_MS;
    }

    return delay < NGX_BS_PUBLISH_SLEEP_MIN_MS ? NGX_BS_PUBLISH_SLEEP_MIN_MS
                                               : (ngx_msec_t) delay;
}


/*
 * Nobody would probe an expired slot any more: after a gap the placement goes
 * on with the oldest slot that is still worth it, in one step.
 */

static ngx_flag_t
ngx_bs_publish_skip(ngx_bs_publish_t *publish, ngx_bs_placement_t *placement,
    int64_t now)
{
    int64_t            life, next;
    ngx_bs_monitor_t  *monitor;

    monitor = ngx_bs_schedule_monitor(placement);

    life = bs_slot_expires(placement->slot, monitor->interval)
           - placement->slot;

    if (now <= placement->slot + life) {
        return 0;
    }

    next = bs_slot_next(now - life - 1, monitor->interval, placement->phase);

    ngx_bs_zone_add_n(publish->zone, jobs_expired,
                      (next - placement->slot) / monitor->interval);

    placement->slot = next;
    ngx_bs_schedule_put(publish->schedule, placement);

    return 1;
}


static ngx_int_t
ngx_bs_publish_send(ngx_bs_publish_t *publish, ngx_bs_placement_t *placement)
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

    rc = ngx_bs_publish_xadd(publish, region, placement);

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
ngx_bs_publish_xadd(ngx_bs_publish_t *publish, ngx_bs_region_t *region,
    ngx_bs_placement_t *placement)
{
    bs_wire_job_t      job;
    ngx_bs_monitor_t  *monitor;
    ngx_str_t          argv[] = {
        ngx_string("XADD"),
        region->jobs_key,
        ngx_string("MAXLEN"),
        ngx_string("~"),
        ngx_string(BS_KEY_JOBS_MAXLEN),
        ngx_string("*"),
        ngx_string(BS_KEY_JOBS_FIELD),
        ngx_null_string
    };

    monitor = ngx_bs_schedule_monitor(placement);

    job.monitor = (uint32_t) monitor->node.key;
    job.slot_ms = placement->slot;
    job.expires_ms = bs_slot_expires(placement->slot, monitor->interval);
    job.urgent = 0;
    job.spec.data = (const char *) monitor->spec;
    job.spec.len = monitor->spec_len;

    msgpack_sbuffer_clear(&publish->job);

    if (bs_wire_job_encode(&publish->job, &job) != 0) {
        return NGX_BUSY;
    }

    argv[7].data = (u_char *) publish->job.data;
    argv[7].len = publish->job.size;

    return ngx_bs_redis_command(publish->redis,
                                sizeof(argv) / sizeof(argv[0]), argv,
                                ngx_bs_publish_answer, placement);
}


static void
ngx_bs_publish_answer(void *data, const ngx_bs_redis_reply_t *reply)
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
        ngx_bs_publish_accepted(publish, placement);

    } else {
        ngx_bs_publish_failed(publish, placement, reply);
    }

    ngx_bs_schedule_bury(monitor);

    if (publish->drained && publish->nflight == 0) {
        publish->drained(publish->data);
    }
}


static void
ngx_bs_publish_accepted(ngx_bs_publish_t *publish,
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

    ngx_bs_publish_set_back(publish, placement);
    ngx_bs_schedule_put(publish->schedule, placement);

    if (publish->on && placement->slot < publish->wake_at) {
        ngx_bs_publish_wake(publish);
    }
}


static void
ngx_bs_publish_failed(ngx_bs_publish_t *publish,
    ngx_bs_placement_t *placement, const ngx_bs_redis_reply_t *reply)
{
    ngx_bs_zone_count(publish->zone, jobs_failed);
    ngx_bs_publish_complain(publish, reply);

    if (ngx_bs_schedule_monitor(placement)->dead) {
        ngx_bs_publish_inherit(publish, placement);
        return;
    }

    ngx_bs_publish_set_back(publish, placement);

    placement->state = NGX_BS_PLACEMENT_RETRY;
    ngx_queue_insert_tail(&publish->failed, &placement->queue);
}


/* The monitor was changed meanwhile: the slot is the new one's to publish. */

static void
ngx_bs_publish_inherit(ngx_bs_publish_t *publish,
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


static void
ngx_bs_publish_complain(ngx_bs_publish_t *publish,
    const ngx_bs_redis_reply_t *reply)
{
    int64_t    now;
    ngx_str_t  error = ngx_string("no answer");

    now = ngx_bs_clock_steady();

    if (publish->complained
        && now < publish->complained + NGX_BS_PUBLISH_COMPLAIN_MS)
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


void
ngx_bs_publish_replay(ngx_bs_publish_t *publish, int64_t after)
{
    ngx_uint_t           i;
    ngx_queue_t         *q, *queues[3];
    ngx_bs_placement_t  *placement;

    publish->replay_after = after;

    ngx_bs_schedule_rewind(publish->schedule, after, ngx_bs_clock_wall());

    queues[0] = &publish->failed;
    queues[1] = &publish->again;
    queues[2] = &publish->flight;

    for (i = 0; i < 3; i++) {

        for (q = ngx_queue_head(queues[i]);
             q != ngx_queue_sentinel(queues[i]);
             q = ngx_queue_next(q))
        {
            placement = ngx_queue_data(q, ngx_bs_placement_t, queue);
            placement->replay = 1;

            /* What is in flight is set back once it is answered. */

            if (placement->state == NGX_BS_PLACEMENT_RETRY) {
                ngx_bs_publish_set_back(publish, placement);
            }
        }
    }

    ngx_bs_publish_wake(publish);
}


static void
ngx_bs_publish_set_back(ngx_bs_publish_t *publish,
    ngx_bs_placement_t *placement)
{
    if (placement->replay) {
        placement->replay = 0;
        placement->slot = ngx_bs_schedule_earlier(placement,
                                                  publish->replay_after);
    }
}


ngx_int_t
ngx_bs_publish_drain(ngx_bs_publish_t *publish, void (*drained)(void *data),
    void *data)
{
    if (publish->nflight == 0) {
        return NGX_OK;
    }

    publish->drained = drained;
    publish->data = data;

    return NGX_AGAIN;
}
