
/*
 * Counted are ticks of our own timer without a new watermark, not time: an
 * agent that was stopped for a while must not believe that all others were.
 */

#include "offline.h"

#include "bs_slot.h"
#include "clock.h"
#include "log.h"
#include "offline_cover.h"
#include "share.h"

#include <limits.h>
#include <stdlib.h>

#define OFFLINE_TICK_MS 1000
#define OFFLINE_MISSED_MAX 6    /* the scheduler's lease lasts 5 s: a crash alone is no reason */
#define OFFLINE_MARGIN_MS 2000  /* published, but perhaps read by nobody */
#define OFFLINE_UNREAD_MS 15000 /* the least that a slot is worth a probe */
#define OFFLINE_BACK_MAX_MS 300000
#define OFFLINE_AGAIN_MS 60000 /* as long after its beginning a walk may begin anew: seen.h */
#define OFFLINE_ROOM_MS 50     /* to look again when there is no room */
#define OFFLINE_LOOK_MS 500    /* the wall clock may be moved at any time */
#define OFFLINE_SLOTS_PER_TURN 32
#define OFFLINE_LOOKS_PER_TURN 2000  /* slots of others are only looked at */
#define OFFLINE_BUILD_PER_TURN 10000 /* monitors of a walk that begins: about 1 ms */
#define OFFLINE_LIST_ONE_MS 60000    /* so long after its list came an agent's part is its alone */
#define OFFLINE_LIST_MAX_MS 180000   /* and so long the list means anything */
#define OFFLINE_LIST_RANKS 2         /* agents that a monitor has between those */
#define OFFLINE_COVER_MS 150000      /* the hub misses an agent after 90 s, and we a little later */

struct offline {
    offline_options_t options;
    uv_timer_t beat_timer;
    due_t *due;
    due_node_t slot;
    const schedule_t *schedule;
    schedule_walk_t walk;
    int walking;
    int returning; /* walks only up to the watermark any more */
    unsigned missed;
    int64_t watermark_ms; /* the last one read; before that, when we began */
    int64_t read_ms;      /* up to here all jobs have been read by somebody */
    int has_watermark;
    int64_t walked_ms; /* every slot up to here was taken by the walk */
    int64_t after_ms;  /* where the walk began */
    int64_t begun_ms;  /* and when */
    uint64_t self;
    share_t share;       /* the last list */
    int64_t share_at_ms; /* when it came; clock_ms() */
    unsigned ranks;      /* agents that a monitor has, in this turn */
    offline_cover_t cover;
};

static void offline_step(offline_t *offline);


static void
offline_on_slot(due_node_t *node)
{
    offline_step(node->data);
}


static void
offline_arm(offline_t *offline, int64_t wait_us)
{
    if (wait_us > OFFLINE_LOOK_MS * 1000) {
        wait_us = OFFLINE_LOOK_MS * 1000;
    }

    if (due_add(offline->due, &offline->slot, clock_us() + wait_us) != 0) {
        log_error("offline", "out of memory"); /* the next heartbeat that is missed tries again */
    }
}


/* --- the region's agents --------------------------------------------------- */

/* How many agents a monitor has. */
static unsigned
offline_ranks(const offline_t *offline)
{
    int64_t age_ms = clock_ms() - offline->share_at_ms;

    if (age_ms >= OFFLINE_LIST_MAX_MS || !share_has(&offline->share, offline->self)) {
        return UINT_MAX;
    }

    return (age_ms < OFFLINE_LIST_ONE_MS) ? 1 : OFFLINE_LIST_RANKS;
}


static int
offline_is_ours(const offline_t *offline, uint32_t monitor)
{
    return offline->ranks == UINT_MAX
           || share_rank(&offline->share, offline->self, monitor) < offline->ranks;
}


static int
offline_lost_one(const share_t *was, const share_t *now)
{
    for (unsigned i = 0; i < was->count; i++) {
        if (!share_has(now, was->agents[i])) {
            return 1;
        }
    }

    return 0;
}


void
offline_set_agents(offline_t *offline, const char *const *names, size_t count)
{
    share_t was = offline->share;
    int trusted = offline_ranks(offline) != UINT_MAX;

    if (share_set(&offline->share, names, count) != 0) {
        log_warn("offline", "%zu agents are too many to share a schedule: each does all of it",
                 count);
    }

    offline->share_at_ms = clock_ms();

    if (!offline->walking || !trusted || !share_has(&offline->share, offline->self)
        || !offline_lost_one(&was, &offline->share))
    {
        return;
    }

    int64_t from_ms = clock_wall_ms() - OFFLINE_COVER_MS;

    log_info("offline", "an agent of this region is gone: taking a part of what it had");
    offline_cover_begin(
        &offline->cover, offline->schedule,
        (offline->cover.schedule != NULL) ? &offline->cover.was : &was, &offline->share,
        (from_ms > offline->after_ms) ? from_ms : offline->after_ms, offline->walked_ms);
}


/* --- the walk --------------------------------------------------------------- */

static void
offline_end(offline_t *offline)
{
    offline_cover_end(&offline->cover);
    due_remove(offline->due, &offline->slot);
    schedule_walk_end(&offline->walk);
    offline->walking = 0;
    offline->returning = 0;
}


/* From `after_ms` on with the schedule of now. */
static void
offline_begin(offline_t *offline, int64_t after_ms)
{
    int64_t now_ms = clock_wall_ms();

    if (after_ms < now_ms - OFFLINE_BACK_MAX_MS) {
        after_ms = now_ms - OFFLINE_BACK_MAX_MS;
    }

    /* a clock was set back, the scheduler's or ours: to wait for that time would be blindness */
    if (after_ms > now_ms) {
        after_ms = now_ms;
    }

    if (schedule_walk_begin(&offline->walk, offline->schedule, after_ms) != 0) {
        log_error("offline", "out of memory");
        return;
    }

    offline->walking = 1;
    offline->walked_ms = after_ms;
    offline_arm(offline, 0);
}


/* A slot that was published and is too late now is somebody else's; we note the later ones. */
static void
offline_take(offline_t *offline, const schedule_due_t *due, int64_t now_ms)
{
    const schedule_entry_t *entry = &offline->schedule->entries[due->index];

    offline_slot_t slot = {
        .monitor = entry->monitor,
        .slot_ms = due->slot_ms,
        .expires_ms = bs_slot_expires(due->slot_ms, entry->interval_ms),
        .spec = schedule_spec(offline->schedule, entry),
        .spec_len = entry->spec_len,
    };

    if (slot.expires_ms >= now_ms || slot.slot_ms > offline->watermark_ms) {
        offline->options.on_slot(offline->options.data, &slot);
    }
}


static void
offline_step(offline_t *offline)
{
    const schedule_due_t *due;
    int64_t now_ms = clock_wall_ms();
    unsigned slots = OFFLINE_SLOTS_PER_TURN;
    unsigned looks = OFFLINE_LOOKS_PER_TURN;

    if (!schedule_walk_build(&offline->walk, OFFLINE_BUILD_PER_TURN)) {
        offline_arm(offline, 0);
        return;
    }

    offline->ranks = offline_ranks(offline);

    while ((due = schedule_walk_peek(&offline->walk)) != NULL && due->slot_ms <= now_ms) {
        if (offline->returning && due->slot_ms > offline->watermark_ms) {
            break;
        }

        if (slots == 0 || looks-- == 0) {
            offline_arm(offline, 0);
            return;
        }

        int ours = offline_is_ours(offline, offline->schedule->entries[due->index].monitor);

        if (ours && offline->options.room(offline->options.data) == 0) {
            offline_arm(offline, OFFLINE_ROOM_MS * 1000);
            return;
        }

        offline->walked_ms = due->slot_ms;

        if (ours) {
            offline_take(offline, due, now_ms);
            slots--;
        }

        schedule_walk_advance(&offline->walk);
    }

    if (offline->returning) {
        log_info("offline", "back to jobs: the scheduler has done everything after this");
        offline_end(offline);
        return;
    }

    if (due != NULL) {
        offline_arm(offline, due->slot_ms * 1000 - clock_wall_us());
    }
}


/* The next slot of a monitor is never further away than its interval. */
static void
offline_follow_clock(offline_t *offline)
{
    const schedule_due_t *due = schedule_walk_peek(&offline->walk);
    int64_t now_ms = clock_wall_ms();

    if (due == NULL || due->slot_ms - now_ms <= offline->schedule->entries[due->index].interval_ms)
    {
        return;
    }

    log_warn("offline", "the clock was set back: going on from its new time");
    schedule_walk_end(&offline->walk);
    offline->walking = 0;
    offline_begin(offline, now_ms);
}


static void
offline_on_beat_timer(uv_timer_t *timer)
{
    offline_t *offline = timer->data;

    if (offline->missed < OFFLINE_MISSED_MAX) {
        offline->missed++;
        return;
    }

    offline->returning = 0;

    if (offline->walking) {
        offline_follow_clock(offline);

        if (offline->slot.place == 0) {
            offline_arm(offline, 0);
        }

        return;
    }

    if (offline->schedule == NULL) {
        return;
    }

    log_warn("offline",
             "no heartbeat of the scheduler: working from the schedule on disk "
             "(%zu monitors)",
             offline->schedule->count);
    offline->after_ms = offline->read_ms - OFFLINE_MARGIN_MS;
    offline->begun_ms = clock_wall_ms();
    offline_begin(offline, offline->after_ms);
    offline->options.on_begin(offline->options.data);
}


/*
 * A stream is read in its order, so what was published after our newest job may
 * lie there unread, if agents are busy.  Or the others have read it: then it is
 * known by its slot, and so far back is far enough.
 */
static int64_t
offline_read_until(int64_t watermark_ms, int64_t newest_ms)
{
    if (newest_ms > watermark_ms) {
        return watermark_ms;
    }

    return (newest_ms > watermark_ms - OFFLINE_UNREAD_MS) ? newest_ms
                                                          : watermark_ms - OFFLINE_UNREAD_MS;
}


void
offline_on_beat(offline_t *offline, int64_t watermark_ms, int64_t newest_ms)
{
    /* it goes back when Redis has lost its data: no sign of life by itself */
    int advanced = !offline->has_watermark || watermark_ms > offline->watermark_ms;

    if (watermark_ms < 0) {
        return;
    }

    offline->watermark_ms = watermark_ms;
    offline->has_watermark = 1;
    offline->read_ms = offline_read_until(watermark_ms, newest_ms);

    if (!advanced) {
        return;
    }

    offline->missed = 0;

    if (offline->walking) {
        offline->returning = 1;
        offline_arm(offline, 0);
    }
}


void
offline_set_schedule(offline_t *offline, const schedule_t *schedule)
{
    offline->schedule = schedule;
    offline_cover_follow(&offline->cover, schedule);

    if (!offline->walking) {
        return;
    }

    schedule_walk_end(&offline->walk);
    offline->walking = 0;

    if (schedule == NULL) {
        return;
    }

    /* monitors that are new in it have had their first slots walked past already */
    int fresh = clock_wall_ms() - offline->begun_ms < OFFLINE_AGAIN_MS;

    /* of several slots at the same millisecond only the first may have been taken */
    offline_begin(offline, fresh ? offline->after_ms : offline->walked_ms - 1);
}


int
offline_is_walking(const offline_t *offline)
{
    return offline->walking;
}


void
offline_start(offline_t *offline)
{
    /* what was due before we began is not ours to make up for */
    offline->watermark_ms = clock_wall_ms();
    offline->read_ms = offline->watermark_ms;
    uv_timer_start(&offline->beat_timer, offline_on_beat_timer, OFFLINE_TICK_MS, OFFLINE_TICK_MS);
}


void
offline_stop(offline_t *offline)
{
    uv_timer_stop(&offline->beat_timer);

    if (offline->walking) {
        offline_end(offline);
    }
}


offline_t *
offline_create(uv_loop_t *loop, due_t *due, const offline_options_t *options)
{
    offline_t *offline = calloc(1, sizeof(*offline));

    if (offline == NULL) {
        return NULL;
    }

    offline->options = *options;
    offline->self = share_agent(options->name);
    offline->cover.due = due;
    offline->cover.options = &offline->options;
    offline->cover.self = offline->self;
    offline->due = due;
    offline->slot.data = offline;
    offline->slot.on_due = offline_on_slot;
    uv_timer_init(loop, &offline->beat_timer);
    offline->beat_timer.data = offline;
    return offline;
}


static void
offline_on_closed(uv_handle_t *handle)
{
    free(handle->data);
}


void
offline_destroy(offline_t *offline)
{
    offline_stop(offline);
    uv_close((uv_handle_t *) &offline->beat_timer, offline_on_closed);
}
