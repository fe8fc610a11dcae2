
/* One thing's events, another's doing. */

#include "agent_parts.h"

#include <inttypes.h>


void
agent_on_finished(void *data, const char *id)
{
    agent_t *agent = data;

    if (agent->jobs != NULL) {
        jobs_ack(agent->jobs, id);
    }
}


void
agent_on_room(void *data)
{
    agent_t *agent = data;

    if (agent->jobs != NULL) {
        jobs_resume(agent->jobs);
    }
}


void
agent_on_durable(void *data, uint64_t sequence)
{
    agent_t *agent = data;

    work_on_durable(agent->work, sequence);

    if (agent->jobs != NULL) {
        jobs_flush(agent->jobs);
    }

    report_wake(agent->report, 0);
}


void
agent_on_record(void *data, const uint8_t *payload, size_t len)
{
    agent_t *agent = data;

    work_remember(agent->work, payload, len);
}


unsigned
agent_room(void *data)
{
    agent_t *agent = data;

    unsigned room = work_room(agent->work);
    unsigned held = hold_count(agent->hold);

    return (agent->stopping_since_ms == 0 && room > held) ? room - held : 0;
}


void
agent_on_job(void *data, const char *id, const void *job, size_t len)
{
    agent_t *agent = data;

    hold_take(agent->hold, id, job, len);
}


void
agent_on_due_job(void *data, const char *id, const void *job, size_t len)
{
    agent_t *agent = data;

    work_take_job(agent->work, id, job, len);
}


void
agent_on_slot(void *data, const offline_slot_t *slot)
{
    agent_t *agent = data;

    work_take_slot(agent->work, slot->monitor, slot->slot_ms, slot->expires_ms, slot->spec,
                   slot->spec_len);
}


void
agent_on_offline(void *data)
{
    agent_t *agent = data;

    snapshot_refresh(agent->snapshot);
}


void
agent_on_beat(void *data, int64_t watermark_ms)
{
    agent_t *agent = data;

    offline_on_beat(agent->offline, watermark_ms, hold_newest_ms(agent->hold));
}


static void
agent_touch(void *data, const char *id)
{
    agent_t *agent = data;

    jobs_touch(agent->jobs, id);
}


void
agent_on_touch(void *data)
{
    agent_t *agent = data;

    work_each_entry(agent->work, agent_touch, agent);
}


void
agent_on_stats(uv_timer_t *timer)
{
    agent_t *agent = timer->data;
    work_counts_t work = work_counts(agent->work);
    spool_counts_t spool = spool_counts(agent->spool);
    report_counts_t report = report_counts(agent->report);
    lateness_t late = hold_take_lateness(agent->hold);

    log_info("agent",
             "%" PRIu64 " jobs began late by (us): half %" PRId64 ", 99%% %" PRId64
             ", most %" PRId64,
             late.count, lateness_permille(&late, 500), lateness_permille(&late, 990), late.max_us);
    log_info("agent",
             "probed %" PRIu64 ", in flight %u, reported %" PRIu64 ", waiting %" PRIu64
             "; doubles %" PRIu64 ", too late %" PRIu64 ", invalid %" PRIu64 ", not kept %" PRIu64
             ", rejected %" PRIu64 ", dropped %" PRIu64 ", failed writes %" PRIu64
             ", failed reports %" PRIu64,
             work.probed, work_in_flight(agent->work), report.reported, spool.unreported,
             work.doubles, work.expired, work.invalid, work.unspooled, report.rejected,
             spool.dropped, spool.failures, report.failures);
}
