
/*
 * An item lives from the job's arrival until its tick is durable.  It stands
 * in one of two lists: probing, or waiting for the disk (in the order of the
 * spool's sequence numbers).
 */

#include "work.h"

#include "bs_wire.h"
#include "clock.h"
#include "evidence.h"
#include "jobs.h"
#include "log.h"
#include "probe.h"
#include "seen.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define WORK_DOUBLE_IDS_MAX 8 /* entries of one slot that are acknowledged together */

typedef struct work_item work_item_t;

struct work_item {
    work_t *work;
    uint32_t monitor;
    int64_t slot_ms;
    spec_t *spec;
    probe_t *probe;
    uint64_t sequence; /* 0: still probing */
    unsigned ids_count;
    char ids[WORK_DOUBLE_IDS_MAX][JOBS_ID_MAX];
    TAILQ_ENTRY(work_item) link;
};

TAILQ_HEAD(work_items, work_item);

struct work {
    work_options_t options;
    spool_t *spool;
    seen_t *seen;
    struct work_items probing;
    struct work_items waiting;
    unsigned probing_count;
    unsigned waiting_count;
    msgpack_sbuffer tick;
    work_counts_t counts;
};


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


static work_item_t *
work_item_create(work_t *work, uint32_t monitor, int64_t slot_ms, const char *id)
{
    work_item_t *item = calloc(1, sizeof(*item));

    if (item == NULL) {
        return NULL;
    }

    item->work = work;
    item->monitor = monitor;
    item->slot_ms = slot_ms;

    if (seen_begin(work->seen, monitor, slot_ms, item) != 0) {
        free(item);
        return NULL;
    }

    if (id != NULL) {
        work_add_id(item, id);
    }

    TAILQ_INSERT_TAIL(&work->probing, item, link);
    work->probing_count++;
    return item;
}


static void
work_item_free(work_item_t *item)
{
    free(item->spec);
    free(item);
}


/* The tick could not be kept: nothing has happened, so that the job may come again. */
static void
work_item_undo(work_item_t *item)
{
    work_t *work = item->work;

    work->counts.unspooled++;
    seen_forget(work->seen, item->monitor, item->slot_ms);
    TAILQ_REMOVE(&work->probing, item, link);
    work->probing_count--;
    work_item_free(item);
}


/* --- ticks ---------------------------------------------------------------- */

static void
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
        work_item_undo(item);
        return;
    }

    TAILQ_REMOVE(&work->probing, item, link);
    work->probing_count--;
    TAILQ_INSERT_TAIL(&work->waiting, item, link);
    work->waiting_count++;
}


/* What was not measured is written down as that. */
static void
work_spool_unknown(work_item_t *item, bs_reason_t reason, const char *detail)
{
    char evidence[256];
    json_writer_t json;
    bs_wire_tick_t tick = {
        .monitor = item->monitor,
        .slot_ms = item->slot_ms,
        .checked_at_ms = clock_wall_ms(),
        .status = BS_STATUS_UNKNOWN,
        .reason = (uint8_t) reason,
        .dns_us = -1,
        .connect_us = -1,
        .tls_us = -1,
        .first_byte_us = -1,
        .total_us = -1,
    };

    if (detail != NULL) {
        json_writer_init(&json, evidence, sizeof(evidence));
        json_writer_open(&json, '{');
        json_writer_key(&json, "detail");
        json_writer_string(&json, detail);
        json_writer_close(&json, '}');
        tick.evidence = (bs_wire_str_t){evidence, json.overflow ? 0 : json.len};
    }

    work_spool(item, &tick);
}


static void
work_on_probed(void *data, const probe_result_t *result)
{
    work_item_t *item = data;
    work_t *work = item->work;
    const check_facts_t *facts = result->facts;
    char address[BS_ADDR_TEXT_MAX];
    char evidence[BS_WIRE_EVIDENCE_BYTES_MAX];
    bs_wire_tick_t tick = {
        .monitor = item->monitor,
        .slot_ms = item->slot_ms,
        .checked_at_ms = result->checked_at_ms,
        .status = (uint8_t) result->verdict.status,
        .reason = (uint8_t) result->verdict.reason,
        .attempts = (uint8_t) result->attempts,
        .http_status = (uint16_t) facts->http_status,
        .dns_us = facts->phases.dns_us,
        .connect_us = facts->phases.connect_us,
        .tls_us = facts->phases.tls_us,
        .first_byte_us = facts->phases.first_byte_us,
        .total_us = facts->phases.total_us,
    };

    item->probe = NULL;
    work->counts.probed++;

    if (facts->has_address) {
        tick.address.len = bs_addr_format(&facts->address, address);
        tick.address.data = address;
    }

    if (result->verdict.status != BS_STATUS_UP) {
        tick.evidence.len = evidence_write(evidence, sizeof(evidence), facts, result->first);
        tick.evidence.data = (tick.evidence.len > 0) ? evidence : NULL;
    }

    work_spool(item, &tick);
    work->options.on_room(work->options.data);
}


void
work_set_spool(work_t *work, spool_t *spool)
{
    work->spool = spool;
}


/* --- intake --------------------------------------------------------------- */

static void
work_begin(work_item_t *item, const void *spec, size_t spec_len)
{
    work_t *work = item->work;
    const char *error;

    item->spec = spec_decode(spec, spec_len, &error);

    if (item->spec == NULL) {
        work->counts.invalid++;
        log_warn("work", "monitor %" PRIu32 " cannot be probed: its job has a bad %s",
                 item->monitor, error);
        work_spool_unknown(item, BS_REASON_NOT_RUN, error);
        return;
    }

    item->probe =
        probe_start(work->options.env, item->spec, PROBE_ATTEMPTS_MAX, work_on_probed, item);

    if (item->probe == NULL) {
        work_spool_unknown(item, BS_REASON_AGENT_OVERLOADED, "out of memory");
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

    work_item_t *item = work_item_create(work, job->monitor, job->slot_ms, id);

    if (item == NULL) {
        work->counts.unspooled++;
        return; /* not acknowledged: it comes again */
    }

    if (clock_wall_ms() > job->expires_ms) {
        work->counts.expired++;
        work_spool_unknown(item, BS_REASON_JOB_EXPIRED, NULL);
        return;
    }

    work_begin(item, job->spec.data, job->spec.len);
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
work_room(const work_t *work)
{
    if (work->probing_count >= work->options.probes_max || !spool_has_room(work->spool)) {
        return 0;
    }

    return work->options.probes_max - work->probing_count;
}


void
work_on_durable(work_t *work, uint64_t sequence)
{
    work_item_t *item;
    int64_t now = clock_ms();

    while ((item = TAILQ_FIRST(&work->waiting)) != NULL && item->sequence <= sequence) {
        TAILQ_REMOVE(&work->waiting, item, link);
        work->waiting_count--;
        seen_finish(work->seen, item->monitor, item->slot_ms, now);

        for (unsigned i = 0; i < item->ids_count; i++) {
            work->options.on_finished(work->options.data, item->ids[i]);
        }

        work_item_free(item);
    }

    work->options.on_room(work->options.data);
}


static void
work_each_in(const struct work_items *items, void (*touch)(void *data, const char *id), void *data)
{
    const work_item_t *item;

    TAILQ_FOREACH(item, items, link)
    {
        for (unsigned i = 0; i < item->ids_count; i++) {
            touch(data, item->ids[i]);
        }
    }
}


void
work_each_entry(work_t *work, void (*touch)(void *data, const char *id), void *data)
{
    work_each_in(&work->probing, touch, data);
    work_each_in(&work->waiting, touch, data);
}


unsigned
work_in_flight(const work_t *work)
{
    return work->probing_count + work->waiting_count;
}


void
work_abandon(work_t *work)
{
    work_item_t *item;

    while ((item = TAILQ_FIRST(&work->probing)) != NULL) {
        probe_cancel(item->probe);
        item->probe = NULL;

        if (item->ids_count == 0) {
            work_spool_unknown(item, BS_REASON_AGENT_SHUTDOWN, NULL);
            continue;
        }

        seen_forget(work->seen, item->monitor, item->slot_ms);
        TAILQ_REMOVE(&work->probing, item, link);
        work->probing_count--;
        work_item_free(item);
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
    TAILQ_INIT(&work->probing);
    TAILQ_INIT(&work->waiting);
    msgpack_sbuffer_init(&work->tick);
    return work;
}


void
work_destroy(work_t *work)
{
    work_item_t *item;

    while ((item = TAILQ_FIRST(&work->waiting)) != NULL) {
        TAILQ_REMOVE(&work->waiting, item, link);
        work_item_free(item);
    }

    seen_destroy(work->seen);
    msgpack_sbuffer_destroy(&work->tick);
    free(work);
}
