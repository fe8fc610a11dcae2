
/*
 * Ties the parts together: the lease decides whether this worker schedules;
 * while it does, the schedule is loaded and kept fresh, due slots are
 * published, heartbeats are sent and the house is kept.
 */

#include "ngx_bs_dispatch.h"
#include "ngx_bs_heartbeat.h"
#include "ngx_bs_housekeeping.h"
#include "ngx_bs_retention.h"
#include "ngx_bs_lease.h"
#include "ngx_bs_publish.h"
#include "ngx_bs_refresh.h"
#include "ngx_bs_regions.h"
#include "ngx_bs_schedule.h"
#include "ngx_bs_watermark.h"
#include "../io/ngx_bs_clock.h"


/*
 * Without a watermark, or when Redis has lost its data and with it jobs that
 * nobody had read: as far back as every slot is still worth a probe.
 */
#define NGX_BS_DISPATCH_BACK_MS   15000

/* How long a graceful exit may wait for Redis, each step. */
#define NGX_BS_DISPATCH_DRAIN_MS  300
#define NGX_BS_DISPATCH_LEAVE_MS  700


struct ngx_bs_dispatch_s {
    ngx_bs_lease_t         lease;
    ngx_bs_regions_t       regions;
    ngx_bs_schedule_t      schedule;
    ngx_bs_publish_t       publish;
    ngx_bs_refresh_t       refresh;
    ngx_bs_heartbeat_t     heartbeat;
    ngx_bs_housekeeping_t  housekeeping;
    ngx_bs_retention_t     retention;
    ngx_bs_timer_t         leave;
    ngx_bs_zone_t         *zone;
    int64_t                watermark;    /* -1: never known */
    unsigned               complete:1;   /* the schedule, since the lease */
    unsigned               quitting:1;
    unsigned               released:1;
};


static ngx_flag_t ngx_bs_dispatch_able(void *data);
static void ngx_bs_dispatch_acquired(void *data, int64_t watermark);
static void ngx_bs_dispatch_wiped(void *data);
static void ngx_bs_dispatch_lost(void *data, ngx_flag_t taken);
static void ngx_bs_dispatch_denied(void *data);
static void ngx_bs_dispatch_released(void *data);
static int64_t ngx_bs_dispatch_after(void *data);
static void ngx_bs_dispatch_changed(void *data);
static void ngx_bs_dispatch_go(ngx_bs_dispatch_t *dispatch);
static void ngx_bs_dispatch_pause(ngx_bs_dispatch_t *dispatch);
static void ngx_bs_dispatch_forget(ngx_bs_dispatch_t *dispatch);
static void ngx_bs_dispatch_drained(void *data);
static void ngx_bs_dispatch_leave(void *data);
static void ngx_bs_dispatch_release(ngx_bs_dispatch_t *dispatch);


static const ngx_bs_lease_handlers_t  ngx_bs_dispatch_lease_handlers = {
    ngx_bs_dispatch_able,
    ngx_bs_dispatch_acquired,
    ngx_bs_dispatch_lost,
    ngx_bs_dispatch_denied,
    ngx_bs_dispatch_released
};


static const ngx_bs_refresh_handlers_t  ngx_bs_dispatch_refresh_handlers = {
    ngx_bs_dispatch_after,
    ngx_bs_dispatch_changed
};


ngx_bs_dispatch_t *
ngx_bs_dispatch_create(ngx_pool_t *pool, ngx_bs_worker_t *worker,
    ngx_log_t *log)
{
    ngx_bs_dispatch_t  *dispatch;

    dispatch = ngx_pcalloc(pool, sizeof(ngx_bs_dispatch_t));
    if (dispatch == NULL) {
        return NULL;
    }

    dispatch->zone = worker->zone;
    dispatch->watermark = -1;

    if (ngx_bs_regions_init(&dispatch->regions, pool, log) != NGX_OK) {
        return NULL;
    }

    ngx_bs_lease_init(&dispatch->lease, worker,
                      &ngx_bs_dispatch_lease_handlers, dispatch, log);

    ngx_bs_schedule_init(&dispatch->schedule, &dispatch->regions,
                         &dispatch->publish, log);

    ngx_bs_publish_init(&dispatch->publish, worker, &dispatch->lease,
                        &dispatch->schedule, log);

    ngx_bs_heartbeat_init(&dispatch->heartbeat, &dispatch->publish,
                          ngx_bs_dispatch_wiped, dispatch, log);
    ngx_bs_housekeeping_init(&dispatch->housekeeping, worker->pg, log);
    ngx_bs_retention_init(&dispatch->retention, worker, log);

    ngx_bs_timer_init(&dispatch->leave, NGX_BS_TIMER_HOLDS,
                      ngx_bs_dispatch_leave, dispatch, log);

    if (ngx_bs_refresh_init(&dispatch->refresh, pool, worker,
                            &dispatch->schedule,
                            &ngx_bs_dispatch_refresh_handlers, dispatch, log)
        != NGX_OK)
    {
        return NULL;
    }

    return dispatch;
}


ngx_int_t
ngx_bs_dispatch_register(ngx_bs_pg_pool_t *pg)
{
    if (ngx_bs_refresh_register(pg) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_bs_housekeeping_register(pg) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_bs_retention_register(pg);
}


void
ngx_bs_dispatch_start(ngx_bs_dispatch_t *dispatch)
{
    ngx_bs_lease_start(&dispatch->lease);
}


/* Monitors are in memory, or can be loaded from a schema that is ours. */

static ngx_flag_t
ngx_bs_dispatch_able(void *data)
{
    ngx_bs_dispatch_t  *dispatch = data;

    ngx_bs_pg_pool_status_t  status;

    if (dispatch->refresh.loaded) {
        return 1;
    }

    ngx_bs_pg_pool_status(dispatch->refresh.pg, &status);

    return status.state == NGX_BS_PG_STATE_READY;
}


/*
 * A schedule that is still in memory (Redis was away for a while) goes on from
 * its own slots, except for what others have published meanwhile.
 */

static void
ngx_bs_dispatch_acquired(void *data, int64_t watermark)
{
    ngx_bs_dispatch_t  *dispatch = data;

    int64_t     now, back;
    ngx_flag_t  lost;

    now = ngx_bs_clock_wall();
    back = now - NGX_BS_DISPATCH_BACK_MS;
    lost = (watermark < 0
            || ngx_bs_heartbeat_older(&dispatch->heartbeat, watermark));

    if (lost) {
        dispatch->watermark = dispatch->watermark < 0
                              ? back : ngx_min(dispatch->watermark, back);
    } else {
        dispatch->watermark = ngx_max(dispatch->watermark, watermark);
        dispatch->watermark = ngx_min(dispatch->watermark,
                                      ngx_bs_publish_horizon(now));
    }

    ngx_bs_housekeeping_start(&dispatch->housekeeping);
    ngx_bs_retention_start(&dispatch->retention);

    if (dispatch->refresh.loaded) {

        if (lost) {
            ngx_bs_publish_replay(&dispatch->publish, back);

        } else {
            ngx_bs_schedule_forward(&dispatch->schedule, dispatch->watermark);
        }

        ngx_bs_dispatch_go(dispatch);
        return;
    }

    if (!dispatch->refresh.on) {
        ngx_bs_refresh_start(&dispatch->refresh);
    }
}


static void
ngx_bs_dispatch_wiped(void *data)
{
    ngx_bs_dispatch_t  *dispatch = data;

    ngx_log_error(NGX_LOG_WARN, dispatch->publish.log, 0,
                  "betterstack: Redis has lost its data: the jobs of the last "
                  "%d ms are published again", NGX_BS_DISPATCH_BACK_MS);

    ngx_bs_publish_replay(&dispatch->publish,
                          ngx_bs_clock_wall() - NGX_BS_DISPATCH_BACK_MS);
}


static void
ngx_bs_dispatch_go(ngx_bs_dispatch_t *dispatch)
{
    dispatch->complete = 1;

    ngx_bs_publish_start(&dispatch->publish);
    ngx_bs_heartbeat_start(&dispatch->heartbeat);
}


/* Nothing is published any more; what is in memory stays. */

static void
ngx_bs_dispatch_pause(ngx_bs_dispatch_t *dispatch)
{
    if (dispatch->complete) {
        dispatch->watermark = ngx_bs_watermark(&dispatch->publish);
        dispatch->zone->scheduled_monitors = 0;
    }

    dispatch->complete = 0;

    ngx_bs_publish_stop(&dispatch->publish);
    ngx_bs_heartbeat_stop(&dispatch->heartbeat);
    ngx_bs_housekeeping_stop(&dispatch->housekeeping);
    ngx_bs_retention_stop(&dispatch->retention);
}


static void
ngx_bs_dispatch_forget(ngx_bs_dispatch_t *dispatch)
{
    if (dispatch->refresh.on) {
        ngx_bs_refresh_stop(&dispatch->refresh);
        ngx_bs_schedule_clear(&dispatch->schedule);
    }

    /* Others go on from here, and how far they come is not known. */

    dispatch->watermark = -1;
}


/*
 * While Redis is away nobody can hold the lease, so monitors are kept, and kept
 * fresh, until somebody else is known to have it.
 */

static void
ngx_bs_dispatch_lost(void *data, ngx_flag_t taken)
{
    ngx_bs_dispatch_t  *dispatch = data;

    ngx_bs_dispatch_pause(dispatch);

    if (taken) {
        ngx_bs_dispatch_forget(dispatch);
    }
}


static void
ngx_bs_dispatch_denied(void *data)
{
    ngx_bs_dispatch_t  *dispatch = data;

    ngx_bs_dispatch_forget(dispatch);
}


static int64_t
ngx_bs_dispatch_after(void *data)
{
    ngx_bs_dispatch_t  *dispatch = data;

    if (dispatch->complete) {
        return ngx_bs_watermark(&dispatch->publish);
    }

    return dispatch->watermark;
}


static void
ngx_bs_dispatch_changed(void *data)
{
    ngx_bs_dispatch_t  *dispatch = data;

    if (!dispatch->lease.held || dispatch->quitting) {
        return;
    }

    if (!dispatch->complete) {
        ngx_bs_dispatch_go(dispatch);
        return;
    }

    ngx_bs_publish_wake(&dispatch->publish);
}


/*
 * Jobs already sent are waited for, so that the watermark left behind is true
 * and nothing is published twice; but not for long.
 */

void
ngx_bs_dispatch_quit(ngx_bs_dispatch_t *dispatch)
{
    if (dispatch->quitting) {
        return;
    }

    dispatch->quitting = 1;

    ngx_bs_lease_resign(&dispatch->lease);

    if (!ngx_bs_lease_owed(&dispatch->lease)) {
        ngx_bs_dispatch_forget(dispatch);
        return;
    }

    ngx_bs_dispatch_pause(dispatch);
    ngx_bs_timer_set(&dispatch->leave, NGX_BS_DISPATCH_DRAIN_MS);

    if (ngx_bs_publish_drain(&dispatch->publish, ngx_bs_dispatch_drained,
                             dispatch)
        == NGX_OK)
    {
        ngx_bs_dispatch_release(dispatch);
    }
}


static void
ngx_bs_dispatch_drained(void *data)
{
    ngx_bs_dispatch_release(data);
}


/* The timer: first for jobs, then for the answer to the release. */

static void
ngx_bs_dispatch_leave(void *data)
{
    ngx_bs_dispatch_release(data);
}


static void
ngx_bs_dispatch_release(ngx_bs_dispatch_t *dispatch)
{
    int64_t  watermark;

    if (dispatch->released) {
        return;
    }

    dispatch->released = 1;
    watermark = -1;

    if (dispatch->lease.held && dispatch->refresh.loaded) {
        watermark = ngx_bs_watermark(&dispatch->publish);
    }

    if (ngx_bs_lease_release(&dispatch->lease, watermark) == NGX_OK) {
        ngx_bs_timer_set(&dispatch->leave, NGX_BS_DISPATCH_LEAVE_MS);

    } else {
        ngx_bs_timer_clear(&dispatch->leave);
    }

    ngx_bs_dispatch_forget(dispatch);
}


static void
ngx_bs_dispatch_released(void *data)
{
    ngx_bs_dispatch_t  *dispatch = data;

    ngx_bs_timer_clear(&dispatch->leave);
}


/*
 * A fast exit did not ask for ngx_bs_dispatch_quit(): the release is queued,
 * and leaves as Redis' connection is closed.
 */

void
ngx_bs_dispatch_stop(ngx_bs_dispatch_t *dispatch)
{
    dispatch->quitting = 1;

    ngx_bs_lease_resign(&dispatch->lease);

    if (ngx_bs_lease_owed(&dispatch->lease)) {
        ngx_bs_dispatch_pause(dispatch);
        ngx_bs_dispatch_release(dispatch);
    }

    ngx_bs_dispatch_forget(dispatch);
    ngx_bs_timer_clear(&dispatch->leave);
    ngx_bs_publish_free(&dispatch->publish);
    ngx_bs_regions_clear(&dispatch->regions);
}
