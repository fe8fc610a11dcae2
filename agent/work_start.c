
/*
 * Items that are ready begin in the order they came, as the loop's load allows.
 * Deadlines begin with the probe, so waiting here costs no target any time;
 * what waits longer than its slot is worth is written down as expired.
 */

#include "work_parts.h"

#include "clock.h"
#include "descriptors.h"
#include "domain_end.h"

#define WORK_HELD_MS 5         /* to look again when the loop was too busy */
#define WORK_NEXT_MS 1         /* and the next turn: a timer of 0 ms may run again in this one */
#define WORK_SHED_TURN_MAX 256 /* written down as expired in one turn */


static admit_load_t
work_load(const work_t *work)
{
    const lag_t *lag = work->options.lag;
    int64_t now_us = clock_us();

    return (admit_load_t){
        .now_us = now_us,
        .busy = lag_busy(lag, ADMIT_WINDOW_MS),
        .stall_us = lag_since(lag, now_us - ADMIT_WINDOW_MS * 1000),
        .busy_us = lag_busy_us(lag),
        .ended = work->counts.probed,
        .turn = lag_turn(lag),
    };
}


static void
work_start_item(work_item_t *item)
{
    work_t *work = item->work;

    if (clock_wall_ms() > item->expires_ms) {
        work_expire(item);
        return;
    }

    work_item_begin(item);
    domain_end_known(work->options.env, item->spec); /* so that it is known when the probe ends */
    lag_watch(work->options.lag, 1);
    item->probe =
        probe_start(work->options.env, item->spec, PROBE_ATTEMPTS_MAX, work_on_probed, item);

    if (item->probe == NULL) {
        work->counts.overloaded++;
        work_spool_unknown(item, BS_REASON_AGENT_OVERLOADED,
                           descriptors_are_exhausted() ? "no file descriptor was left"
                                                       : "out of memory");
    }
}


static void work_start_on_timer(uv_timer_t *timer);


static void
work_start_arm(work_t *work, uint64_t ms)
{
    if (!uv_is_closing((uv_handle_t *) &work->start_timer)) {
        uv_timer_start(&work->start_timer, work_start_on_timer, ms, 0);
    }
}


/*
 * What has expired costs next to nothing and waits for no admission: after a
 * stall it would take the place of what is still worth a probe, for ever.
 */
static void
work_start_shed(work_t *work)
{
    int64_t now_ms = clock_wall_ms();

    for (unsigned i = 0; i < WORK_SHED_TURN_MAX; i++) {
        work_item_t *item = TAILQ_FIRST(&work->ready.items);

        if (item == NULL || now_ms <= item->expires_ms) {
            return;
        }

        work_expire(item);
    }
}


/* Begins what may begin; the rest looks again soon. */
static void
work_start_ready(work_t *work)
{
    work_item_t *item;

    work_start_shed(work);

    while ((item = TAILQ_FIRST(&work->ready.items)) != NULL) {
        admit_load_t load = work_load(work);

        if (!admit_take(&work->admit, &load)) {
            work_start_arm(work,
                           work->admit.turn_count >= ADMIT_TURN_MAX ? WORK_NEXT_MS : WORK_HELD_MS);
            return;
        }

        work_start_item(item);
    }
}


static void
work_start_on_timer(uv_timer_t *timer)
{
    work_start_ready(timer->data);
    work_start_look(timer->data);
}


void
work_start_later(work_t *work)
{
    work_start_arm(work, WORK_NEXT_MS);
}


void
work_start(work_item_t *item)
{
    work_t *work = item->work;

    if (TAILQ_FIRST(&work->ready.items) == item) {
        work_start_ready(work);
    }
}


int
work_start_is_held(work_t *work)
{
    admit_load_t load = work_load(work);

    if (admit_is_open(&work->admit, &load)) {
        return 0;
    }

    work_start_arm(work, WORK_HELD_MS);
    return 1;
}


void
work_start_look(work_t *work)
{
    if (work->ready.count + work->probing.count == 0) {
        lag_watch(work->options.lag, 0);
    }

    if (work->refused && work_has_room_again(work)) {
        work->refused = 0;
        work->options.on_room(work->options.data);
    }
}


void
work_start_init(work_t *work)
{
    uv_timer_init(work->options.loop, &work->start_timer);
    work->start_timer.data = work;
    admit_init(&work->admit, clock_us());
}
