
/*
 * Results that are up never wait.  A failure waits until the agent has looked
 * at itself: when it was the agent's, the tick says so, and its evidence what
 * was seen besides.  Those that wait still count as being probed, so there are
 * no more of them than probes_max.
 */

#include "work_parts.h"

#include "clock.h"
#include "domain_end.h"
#include "evidence.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define WORK_LAGGED_US 20000       /* a stall that long shows in the times of the result */
#define WORK_FINDING_BYTES_MAX 600 /* of the evidence, for what the agent found out about itself */

struct work_failure {
    work_item_t *item;
    health_question_t question;
    bs_wire_tick_t tick;
    char address[BS_ADDR_TEXT_MAX];
    char evidence[BS_WIRE_EVIDENCE_BYTES_MAX];
};


void
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


void
work_expire(work_item_t *item)
{
    item->work->counts.expired++;
    work_spool_unknown(item, BS_REASON_JOB_EXPIRED, NULL);
}


/* The last member of the object: what was seen, and what the agent found out about itself. */
static size_t
work_add_finding(char *evidence, size_t len, bs_reason_t seen, const health_finding_t *finding)
{
    json_writer_t json;

    if (len < 2 || finding->words[0] == '\0') {
        return len;
    }

    json_writer_init(&json, evidence, BS_WIRE_EVIDENCE_BYTES_MAX);
    json.len = len - 1;
    json.comma = 1;
    json_writer_key(&json, "agent");
    json_writer_open(&json, '{');

    if (finding->reason != BS_REASON_NONE) {
        json_writer_key(&json, "seen");
        json_writer_string(&json, bs_reason_name((int) seen));
    }

    json_writer_key(&json, "finding");
    json_writer_string(&json, finding->words);
    json_writer_close(&json, '}');
    json_writer_close(&json, '}');

    if (json.overflow) {
        evidence[len - 1] = '}';
        return len;
    }

    return json.len;
}


void
work_failure_free(work_item_t *item)
{
    if (item->failure != NULL) {
        health_forget(item->work->health, &item->failure->question);
        free(item->failure);
        item->failure = NULL;
    }
}


static void
work_fill_tick(bs_wire_tick_t *tick, const work_item_t *item, const probe_result_t *result)
{
    const check_facts_t *facts = result->facts;

    *tick = (bs_wire_tick_t){
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
        .expires_at_s = facts->domain_expires_at,
        .domain_expires_at_s = domain_end_known(item->work->options.env, item->spec),
    };

    if (tick->expires_at_s == 0 && facts->certificate.seen) {
        tick->expires_at_s = facts->certificate.not_after;
    }
}


/* A loop that lagged shows in the times; what was only too slow for that reason was not slow. */
static void
work_mark_lag(const work_item_t *item, const probe_result_t *result, bs_wire_tick_t *tick)
{
    work_t *work = item->work;
    int64_t stall_us = lag_since(work->options.lag, result->began_us);

    if (stall_us < WORK_LAGGED_US) {
        return;
    }

    work->counts.lagged++;
    tick->flags |= BS_TICK_LAGGED;

    if (tick->reason == BS_REASON_TOO_SLOW
        && tick->total_us - stall_us <= item->spec->degraded_ms * 1000)
    {
        tick->status = BS_STATUS_UP;
        tick->reason = BS_REASON_NONE;
    }
}


/* The tick as it goes to disk, with what the agent has to say about itself. */
static void
work_spool_failure(work_item_t *item, const health_finding_t *finding)
{
    work_t *work = item->work;
    work_failure_t *failure = item->failure;
    bs_wire_tick_t *tick = &failure->tick;

    tick->evidence.len = work_add_finding(failure->evidence, tick->evidence.len,
                                          (bs_reason_t) tick->reason, finding);

    if (finding->reason != BS_REASON_NONE) {
        tick->status = BS_STATUS_UNKNOWN;
        tick->reason = (uint8_t) finding->reason;
        work->counts.own++;
        work->counts.overloaded += (finding->reason == BS_REASON_AGENT_OVERLOADED);
    }

    item->failure = NULL;
    work_spool(item, tick);
    free(failure);
    work_start_look(work);
    work->options.on_room(work->options.data);
}


static void
work_on_finding(void *data, const health_finding_t *finding)
{
    work_failure_t *failure = data;

    work_spool_failure(failure->item, finding);
}


static work_failure_t *
work_failure_create(work_item_t *item, const probe_result_t *result, const bs_wire_tick_t *tick)
{
    const check_facts_t *facts = result->facts;
    work_failure_t *failure = malloc(sizeof(*failure));

    if (failure == NULL) {
        return NULL;
    }

    failure->item = item;
    failure->tick = *tick;
    failure->question = (health_question_t){
        .reason = result->verdict.reason,
        .began_us = result->began_us,
        .timeout_ms = item->spec->timeout_ms,
        .asks_dns = item->spec->type != SPEC_DNS,
        .has_address = facts->has_address,
        .address = facts->address,
        .answered = work_on_finding,
        .data = failure,
    };

    size_t len =
        evidence_write(failure->evidence, sizeof(failure->evidence) - WORK_FINDING_BYTES_MAX, facts,
                       result->first);

    failure->tick.evidence = (bs_wire_str_t){(len > 0) ? failure->evidence : NULL, len};

    if (facts->has_address) {
        memcpy(failure->address, tick->address.data, tick->address.len);
        failure->tick.address.data = failure->address;
    }

    return failure;
}


/* Not up: with evidence, and down only when the agent finds no fault with itself. */
static void
work_take_failure(work_item_t *item, const probe_result_t *result, const bs_wire_tick_t *tick)
{
    health_finding_t finding = {.reason = BS_REASON_NONE};

    item->failure = work_failure_create(item, result, tick);

    if (item->failure == NULL) {
        item->work->counts.overloaded++;
        work_spool_unknown(item, BS_REASON_AGENT_OVERLOADED, "out of memory");
        return;
    }

    if (tick->status != BS_STATUS_DOWN
        || health_ask(item->work->health, &item->failure->question, &finding))
    {
        work_spool_failure(item, &finding);
    }
}


void
work_on_probed(void *data, const probe_result_t *result)
{
    work_item_t *item = data;
    work_t *work = item->work;
    const check_facts_t *facts = result->facts;
    char address[BS_ADDR_TEXT_MAX];
    bs_wire_tick_t tick;

    item->probe = NULL;
    work->counts.probed++;
    work_fill_tick(&tick, item, result);
    work_mark_lag(item, result, &tick);

    if (facts->has_address) {
        tick.address = (bs_wire_str_t){address, bs_addr_format(&facts->address, address)};
    }

    if (facts->has_address && (tick.status == BS_STATUS_UP || tick.http_status != 0)) {
        health_on_answer(work->health, &facts->address);
    }

    if (tick.status != BS_STATUS_UP) {
        work_take_failure(item, result, &tick);
        return;
    }

    work_spool(item, &tick);
    work_start_look(work);
    work->options.on_room(work->options.data);
}
