
/*
 * libuv runs timers, then prepare, then waits and calls what the sockets
 * bring, then check.  How long it waited it counts itself
 * (UV_METRICS_IDLE_TIME), so the rest of the time was work.
 */

#include "lag.h"

#include "clock.h"
#include "lag_history.h"

#include <stdlib.h>

#define LAG_TICK_MS 100
#define LAG_TIMER_US 1000 /* timers are as coarse as that */

struct lag {
    uv_loop_t *loop;
    uv_prepare_t prepare;
    uv_check_t check;
    uv_timer_t tick;
    int closing;
    int polling;        /* between prepare and check */
    int64_t marked_us;  /* when the stretch that is being measured began */
    int64_t idle_us;    /* the loop's idle time then */
    int64_t timeout_us; /* how long it was to wait at most; -1: for ever */
    int64_t stall_us;   /* of this turn, up to then */
    int64_t busy_us;
    uint64_t turn;
    lag_history_t history;
};


/* Work since the mark, and by how much the wait in it was longer than it should have been. */
static int64_t
lag_measure(const lag_t *lag, int64_t now_us, int64_t *late_us)
{
    int64_t waited_us = (int64_t) (uv_metrics_idle_time(lag->loop) / 1000) - lag->idle_us;
    int64_t busy_us = now_us - lag->marked_us - waited_us;

    *late_us = 0;

    if (lag->polling && lag->timeout_us >= 0 && waited_us > lag->timeout_us + LAG_TIMER_US) {
        *late_us = waited_us - lag->timeout_us;
    }

    return (busy_us > 0) ? busy_us : 0;
}


static void
lag_mark(lag_t *lag)
{
    int64_t now_us = clock_us();
    int64_t late_us;
    int64_t busy_us = lag_measure(lag, now_us, &late_us);

    lag_history_add_busy(&lag->history, now_us, busy_us);
    lag->busy_us += busy_us;
    lag->stall_us += late_us + busy_us;
    lag->marked_us = now_us;
    lag->idle_us = (int64_t) (uv_metrics_idle_time(lag->loop) / 1000);
}


static void
lag_on_prepare(uv_prepare_t *prepare)
{
    lag_t *lag = prepare->data;
    int timeout_ms = uv_backend_timeout(lag->loop);

    lag_mark(lag);
    lag_history_add_stall(&lag->history, lag->marked_us, lag->stall_us);
    lag->stall_us = 0;
    lag->timeout_us = (timeout_ms < 0) ? -1 : (int64_t) timeout_ms * 1000;
    lag->polling = 1;
    lag->turn++;
}


static void
lag_on_check(uv_check_t *check)
{
    lag_t *lag = check->data;

    lag_mark(lag);
    lag->polling = 0;
}


static void
lag_on_tick(uv_timer_t *timer)
{
    (void) timer; /* that it was due is what is measured */
}


void
lag_watch(lag_t *lag, int on)
{
    int active = uv_is_active((uv_handle_t *) &lag->tick);

    if (on && !active) {
        uv_timer_start(&lag->tick, lag_on_tick, LAG_TICK_MS, LAG_TICK_MS);

    } else if (!on && active) {
        uv_timer_stop(&lag->tick);
    }
}


int64_t
lag_since(const lag_t *lag, int64_t since_us)
{
    int64_t late_us;
    int64_t now_us = clock_us();
    int64_t running_us = lag_measure(lag, now_us, &late_us) + late_us + lag->stall_us;
    int64_t worst_us = lag_history_since(&lag->history, since_us);

    return (running_us > worst_us) ? running_us : worst_us;
}


unsigned
lag_busy(const lag_t *lag, unsigned window_ms)
{
    return lag_history_busy(&lag->history, clock_us(), (int64_t) window_ms * 1000);
}


int64_t
lag_busy_us(const lag_t *lag)
{
    return lag->busy_us;
}


uint64_t
lag_turn(const lag_t *lag)
{
    return lag->turn;
}


lag_t *
lag_create(uv_loop_t *loop)
{
    lag_t *lag = calloc(1, sizeof(*lag));

    if (lag == NULL) {
        return NULL;
    }

    lag->loop = loop;
    lag->marked_us = clock_us();
    uv_loop_configure(loop, UV_METRICS_IDLE_TIME);
    uv_prepare_init(loop, &lag->prepare);
    uv_check_init(loop, &lag->check);
    uv_timer_init(loop, &lag->tick);
    lag->prepare.data = lag;
    lag->check.data = lag;
    lag->tick.data = lag;
    uv_prepare_start(&lag->prepare, lag_on_prepare);
    uv_check_start(&lag->check, lag_on_check);
    uv_unref((uv_handle_t *) &lag->prepare);
    uv_unref((uv_handle_t *) &lag->check);
    uv_unref((uv_handle_t *) &lag->tick);
    return lag;
}


static void
lag_on_closed(uv_handle_t *handle)
{
    lag_t *lag = handle->data;

    if (--lag->closing == 0) {
        free(lag);
    }
}


void
lag_destroy(lag_t *lag)
{
    uv_handle_t *handles[] = {(uv_handle_t *) &lag->prepare, (uv_handle_t *) &lag->check,
                              (uv_handle_t *) &lag->tick};

    lag->closing = 3;

    for (int i = 0; i < 3; i++) {
        uv_close(handles[i], lag_on_closed);
    }
}
