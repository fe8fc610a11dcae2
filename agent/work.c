
/*
 * An item lives from the job's arrival until its tick is durable.  Of one
 * monitor at most WORK_MONITOR_MAX are probed at a time: a target that hangs
 * longer than its interval must not fill the agent.  Its other slots wait, and
 * are written down as expired when that takes too long.  Urgent items pass the
 * others: somebody waits to hear whether a failure is one.
 */

#include "work_parts.h"

#include "clock.h"
#include "log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORK_MONITOR_MAX 2
#define WORK_MONITOR_WAITING_MAX 16 /* slots live 15 s or longer, and are a second apart or more */
#define WORK_AGAIN_SHARE 8          /* of all probes may be free before jobs are asked for again */
#define WORK_AGAIN_MAX 32
#define WORK_READY_MAX 128 /* admitted and not begun yet; more wait where they come from */


/* --- items ---------------------------------------------------------------- */

static void
work_add_id(work_item_t *item, const char *id)
{
    for (unsigned i = 0; i < item->ids_count; i++) {
        if (strcmp(item->ids[i], id) == 0) {
            return;
        }
    }

    /* one more than that comes again by itself, and is recognised as done then */
    if (item->ids_count < WORK_DOUBLE_IDS_MAX) {
        snprintf(item->ids[item->ids_count++], JOBS_ID_MAX, "%s", id);
    }
}


/* Out of its list, and into another one or none. */
static void
work_item_move(work_item_t *item, work_list_t *list)
{
    if (item->list != NULL) {
        TAILQ_REMOVE(&item->list->items, item, link);
        item->list->count--;
    }

    item->list = list;

    if (list != NULL) {
        TAILQ_INSERT_TAIL(&list->items, item, link);
        list->count++;
    }
}


/* Admitted: behind those who wait already, or behind the urgent ones of them. */
static void
work_item_ready(work_item_t *item)
{
    work_list_t *ready = &item->work->ready;
    work_item_t *other;

    work_item_move(item, ready);

    TAILQ_FOREACH(other, &ready->items, link)
    {
        if (item->urgent && !other->urgent) {
            TAILQ_REMOVE(&ready->items, item, link);
            TAILQ_INSERT_BEFORE(other, item, link);
            return;
        }
    }
}


/* How many of the monitor stand in this list. */
static unsigned
work_monitor_count(const work_t *work, uint32_t monitor, const work_list_t *list)
{
    const work_item_t *item;
    unsigned count = 0;

    LIST_FOREACH(item, &work->monitors[monitor % WORK_BUCKETS], monitor_link)
    {
        count += (item->monitor == monitor && item->list == list);
    }

    return count;
}


/* Begun, or about to begin. */
static unsigned
work_monitor_begun(const work_t *work, uint32_t monitor)
{
    return work_monitor_count(work, monitor, &work->probing)
           + work_monitor_count(work, monitor, &work->ready);
}


/* One of the monitor's slots is settled: if it was a probe, the one that waited longest begins. */
static void
work_monitor_next(work_t *work, uint32_t monitor)
{
    work_item_t *item;
    work_item_t *oldest = NULL;

    if (work_monitor_begun(work, monitor) >= WORK_MONITOR_MAX) {
        return; /* what ended was urgent, and one more */
    }

    LIST_FOREACH(item, &work->monitors[monitor % WORK_BUCKETS], monitor_link)
    {
        if (item->monitor == monitor && item->list == &work->crowded) {
            oldest = item; /* new ones are put in front */
        }
    }

    if (oldest != NULL) {
        work_item_ready(oldest);
        work_start_later(work);
    }
}


static work_item_t *
work_item_create(work_t *work, const bs_wire_job_t *job, const char *id)
{
    work_item_t *item = calloc(1, sizeof(*item));

    if (item == NULL) {
        return NULL;
    }

    item->work = work;
    item->monitor = job->monitor;
    item->slot_ms = job->slot_ms;
    item->expires_ms = job->expires_ms;
    item->urgent = job->urgent;

    if (seen_begin(work->seen, item->monitor, item->slot_ms, item) != 0) {
        free(item);
        return NULL;
    }

    if (id != NULL) {
        work_add_id(item, id);
    }

    work_item_ready(item);
    LIST_INSERT_HEAD(&work->monitors[item->monitor % WORK_BUCKETS], item, monitor_link);
    return item;
}


void
work_item_begin(work_item_t *item)
{
    work_item_move(item, &item->work->probing);
}


/* It is probed no longer; what follows is the disk, or nothing. */
static void
work_item_settle(work_item_t *item, work_list_t *list)
{
    int was_begun = item->list != &item->work->crowded;

    LIST_REMOVE(item, monitor_link);
    work_item_move(item, list);

    if (was_begun) {
        work_monitor_next(item->work, item->monitor);
    }

    free(item->spec);
    item->spec = NULL;
}


/* Nothing has happened, so that the job may come again. */
static void
work_item_undo(work_item_t *item)
{
    seen_forget(item->work->seen, item->monitor, item->slot_ms);
    work_item_settle(item, NULL);
    free(item);
}


/* --- ticks ---------------------------------------------------------------- */

void
work_spool(work_item_t *item, const bs_wire_tick_t *tick)
{
    work_t *work = item->work;

    msgpack_sbuffer_clear(&work->tick);

    if (bs_wire_tick_encode(&work->tick, tick) == 0) {
        item->sequence = spool_append(work->spool, work->tick.data, work->tick.size);
    }

    if (item->sequence == 0) {
        log_error("work", "the result of monitor %" PRIu32 " cannot be kept: the spool is full",
                  item->monitor);
        work->counts.unspooled++;
        work_item_undo(item);
        return;
    }

    work_item_settle(item, &work->waiting);
}


void
work_set_health(work_t *work, health_t *health)
{
    work->health = health;
}


void
work_set_spool(work_t *work, spool_t *spool)
{
    work->spool = spool;
}


/* --- intake --------------------------------------------------------------- */

/* Too many of the monitor's are under way: it waits for one of them to end, or is too much. */
static void
work_crowd(work_item_t *item)
{
    work_t *work = item->work;

    if (work->crowded.count < work->options.probes_max
        && work_monitor_count(work, item->monitor, &work->crowded) < WORK_MONITOR_WAITING_MAX)
    {
        work_item_move(item, &work->crowded);
        return;
    }

    work->counts.crowded++;
    work_spool_unknown(item, BS_REASON_NOT_RUN,
                       "earlier probes of this monitor are still under way: its timeout is longer "
                       "than its interval");
}


static void
work_admit(work_item_t *item, const bs_wire_job_t *job)
{
    work_t *work = item->work;
    const char *error;

    if (clock_wall_ms() > item->expires_ms) {
        work_expire(item);
        return;
    }

    item->spec = spec_decode(job->spec.data, job->spec.len, &error);

    if (item->spec == NULL) {
        work->counts.invalid++;
        log_warn("work", "monitor %" PRIu32 " cannot be probed: its job has a bad %s",
                 item->monitor, error);
        work_spool_unknown(item, BS_REASON_NOT_RUN, error);
        return;
    }

    item->spec->fresh = item->urgent;

    /* the item itself is ready already; one that is urgent is one more, the others may hang */
    if (work_monitor_begun(work, item->monitor) > WORK_MONITOR_MAX + (item->urgent ? 1U : 0U)) {
        work_crowd(item);
    } else {
        work_start(item);
    }
}


static void
work_take(work_t *work, const char *id, const bs_wire_job_t *job)
{
    void *known = NULL;

    switch (seen_find(work->seen, job->monitor, job->slot_ms, &known)) {
    case 1:
        work->counts.doubles++;

        if (id != NULL) {
            work_add_id(known, id);
        }

        return;
    case 2:
        work->counts.doubles++;

        if (id != NULL) {
            work->options.on_finished(work->options.data, id);
        }

        return;
    default:
        break;
    }

    work_item_t *item = work_item_create(work, job, id);

    if (item == NULL) {
        work->counts.unspooled++;
        return; /* not acknowledged: it comes again */
    }

    work_admit(item, job);
}


void
work_take_job(work_t *work, const char *id, const void *job, size_t len)
{
    bs_wire_job_t decoded;
    const char *error = "larger than a job may be";

    if (len > BS_WIRE_JOB_BYTES_MAX || bs_wire_job_decode(job, len, &decoded, &error) != 0) {
        work->counts.invalid++;
        log_warn("work", "job %s makes no sense (%s): ignored", id, error);
        work->options.on_finished(work->options.data, id);
        return;
    }

    work_take(work, id, &decoded);
}


void
work_take_slot(work_t *work, uint32_t monitor, int64_t slot_ms, int64_t expires_ms,
               const void *spec, size_t spec_len)
{
    bs_wire_job_t job = {
        .monitor = monitor,
        .slot_ms = slot_ms,
        .expires_ms = expires_ms,
        .spec = {spec, spec_len},
    };

    work_take(work, NULL, &job);
}


void
work_remember(work_t *work, const void *tick, size_t len)
{
    const char *error;
    bs_wire_tick_t decoded;

    if (bs_wire_tick_decode(tick, len, &decoded, &error) == 0) {
        seen_finish(work->seen, decoded.monitor, decoded.slot_ms, clock_ms());
    }
}


/* --- what follows --------------------------------------------------------- */

unsigned
work_room(work_t *work)
{
    unsigned begun = work->ready.count + work->probing.count;

    if (begun >= work->options.probes_max || work->ready.count >= WORK_READY_MAX
        || !spool_has_room(work->spool) || work_start_is_held(work))
    {
        work->refused = 1;
        return 0;
    }

    return work->options.probes_max - begun;
}


/* Jobs one by one, as soon as there is room for one, would cost a call to Redis each. */
int
work_has_room_again(work_t *work)
{
    unsigned again = work->options.probes_max / WORK_AGAIN_SHARE;

    return work->ready.count <= WORK_READY_MAX / 2
           && work_room(work) > ((again < WORK_AGAIN_MAX) ? again : WORK_AGAIN_MAX);
}


void
work_on_durable(work_t *work, uint64_t sequence)
{
    work_item_t *item;
    int64_t now = clock_ms();

    while ((item = TAILQ_FIRST(&work->waiting.items)) != NULL && item->sequence <= sequence) {
        work_item_move(item, NULL);
        seen_finish(work->seen, item->monitor, item->slot_ms, now);

        for (unsigned i = 0; i < item->ids_count; i++) {
            work->options.on_finished(work->options.data, item->ids[i]);
        }

        free(item);
    }

    work_start_look(work);
    work->options.on_room(work->options.data);
}


static void
work_each_in(const work_list_t *list, void (*touch)(void *data, const char *id), void *data)
{
    const work_item_t *item;

    TAILQ_FOREACH(item, &list->items, link)
    {
        for (unsigned i = 0; i < item->ids_count; i++) {
            touch(data, item->ids[i]);
        }
    }
}


void
work_each_entry(work_t *work, void (*touch)(void *data, const char *id), void *data)
{
    work_each_in(&work->crowded, touch, data);
    work_each_in(&work->ready, touch, data);
    work_each_in(&work->probing, touch, data);
    work_each_in(&work->waiting, touch, data);
}


unsigned
work_in_flight(const work_t *work)
{
    return work->crowded.count + work->ready.count + work->probing.count + work->waiting.count;
}


static void
work_abandon_item(work_item_t *item)
{
    if (item->probe != NULL) {
        probe_cancel(item->probe);
        item->probe = NULL;
    }

    work_failure_free(item);

    if (item->ids_count == 0) {
        work_spool_unknown(item, BS_REASON_AGENT_SHUTDOWN, NULL);
    } else {
        work_item_undo(item);
    }
}


void
work_abandon(work_t *work)
{
    work_item_t *item;

    while ((item = TAILQ_FIRST(&work->crowded.items)) != NULL
           || (item = TAILQ_FIRST(&work->ready.items)) != NULL
           || (item = TAILQ_FIRST(&work->probing.items)) != NULL)
    {
        work_abandon_item(item);
    }
}


work_counts_t
work_counts(const work_t *work)
{
    return work->counts;
}


work_t *
work_create(const work_options_t *options)
{
    work_t *work = calloc(1, sizeof(*work));

    if (work == NULL || (work->seen = seen_create()) == NULL) {
        free(work);
        return NULL;
    }

    work->options = *options;
    TAILQ_INIT(&work->crowded.items);
    TAILQ_INIT(&work->ready.items);
    TAILQ_INIT(&work->probing.items);
    TAILQ_INIT(&work->waiting.items);
    work_start_init(work);
    msgpack_sbuffer_init(&work->tick);
    return work;
}


void
work_close(work_t *work)
{
    uv_close((uv_handle_t *) &work->start_timer, NULL);
}


void
work_destroy(work_t *work)
{
    work_item_t *item;

    while ((item = TAILQ_FIRST(&work->waiting.items)) != NULL) {
        work_item_move(item, NULL);
        free(item);
    }

    seen_destroy(work->seen);
    msgpack_sbuffer_destroy(&work->tick);
    free(work);
}
