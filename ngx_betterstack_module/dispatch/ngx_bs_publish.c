
#include "ngx_bs_job.h"
#include "../io/ngx_bs_clock.h"

#include <bs_slot.h>


/*
 * The wall clock may be set at any moment, so nothing sleeps for long.  A
 * timer of the event loop must not be 0: it would fire in the same turn.
 */
#define NGX_BS_PUBLISH_SLEEP_MAX_MS  500
#define NGX_BS_PUBLISH_SLEEP_MIN_MS  1
#define NGX_BS_PUBLISH_BUSY_MS       10
#define NGX_BS_PUBLISH_AWAY_MS       100

/* Clocks are always being moved a little. */
#define NGX_BS_PUBLISH_CLOCK_SLACK_MS  1000

/* What Redis refuses all the time must leave room for what is due. */
#define NGX_BS_PUBLISH_TURN_AGAIN_MAX  (NGX_BS_PUBLISH_TURN_MAX / 2)


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


int64_t
ngx_bs_publish_horizon(int64_t now)
{
    return now + NGX_BS_PUBLISH_LEAD_MS;
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
    ngx_int_t   rc, again;
    ngx_uint_t  budget;

    if (!publish->on) {
        return;
    }

    now = ngx_bs_clock_wall();

    ngx_bs_publish_check_clock(publish, now);

    budget = NGX_BS_PUBLISH_TURN_AGAIN_MAX;
    again = ngx_bs_publish_again(publish, now, &budget);

    rc = again;

    if (again == NGX_OK || again == NGX_AGAIN) {
        budget += NGX_BS_PUBLISH_TURN_MAX - NGX_BS_PUBLISH_TURN_AGAIN_MAX;
        rc = ngx_bs_publish_due(publish, now, &budget);
    }

    if (rc == NGX_OK) {
        rc = again;
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
 * When the clock was set back slots are found anew, or all would wait for the
 * old time.  Not told by what is due first: that may be a rare monitor's.
 */

static void
ngx_bs_publish_check_clock(ngx_bs_publish_t *publish, int64_t now)
{
    int64_t  back;

    back = publish->seen - now;
    publish->seen = now;

    if (back <= NGX_BS_PUBLISH_CLOCK_SLACK_MS) {
        return;
    }

    ngx_log_error(NGX_LOG_WARN, publish->log, 0,
                  "betterstack: the clock was set back by %L ms", back);

    ngx_bs_publish_replay(publish, now);
}


/*
 * A round sends again all that had failed before it began; what fails in it
 * waits for the next.  What was due before the clock was set back may have to
 * wait in the heap now.
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

        if (placement->slot > ngx_bs_publish_horizon(now)) {
            ngx_bs_schedule_put(publish->schedule, placement);
            continue;
        }

        if (ngx_bs_publish_skip(publish, placement, now)) {
            continue;
        }

        rc = ngx_bs_job_send(publish, placement);

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

        if (placement == NULL
            || placement->slot > ngx_bs_publish_horizon(now))
        {
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

        rc = ngx_bs_job_send(publish, placement);

        if (rc != NGX_OK) {
            ngx_bs_schedule_put(publish->schedule, placement);
            return rc;
        }
    }
}


static void
ngx_bs_publish_sleep(ngx_bs_publish_t *publish, int64_t now, ngx_msec_t delay)
{
    publish->wake_at = ngx_bs_publish_horizon(now + (int64_t) delay);
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

    delay = top->slot - ngx_bs_publish_horizon(now);

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


void
ngx_bs_publish_replay(ngx_bs_publish_t *publish, int64_t after)
{
    int64_t              now;
    ngx_uint_t           i;
    ngx_queue_t         *q, *queues[3];
    ngx_bs_monitor_t    *monitor;
    ngx_bs_placement_t  *placement;

    now = ngx_bs_clock_wall();

    publish->replay_after = after;

    ngx_bs_schedule_rewind(publish->schedule, after, now);

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

            monitor = ngx_bs_schedule_monitor(placement);
            monitor->since = ngx_min(monitor->since, now);

            /* What is in flight is set back once it is answered. */

            if (placement->state == NGX_BS_PLACEMENT_RETRY) {
                ngx_bs_job_set_back(publish, placement);
            }
        }
    }

    ngx_bs_publish_wake(publish);
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
