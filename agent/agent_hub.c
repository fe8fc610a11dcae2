
/* What a report says of this agent, and what is done with the hub's reply. */

#include "agent_parts.h"

#include <string.h>


static void
agent_say_health(agent_t *agent, bs_wire_report_t *report)
{
    health_summary_t health;

    health_summary(agent->health, &health);
    report_say(report, "uplink", health.uplink);
    report_say(report, "dns", health.dns);
    report_say(report, "lag_max_us", health.lag_max_us);
    report_say(report, "busy_permille", health.busy_permille);
    report_say(report, "fds", health.fds);

    if (health.clock_known) {
        report_say(report, "clock_offset_ms", health.clock_offset_ms);
    }
}


/* The numbers of one moment, in every report. */
void
agent_on_self(void *data, bs_wire_report_t *report)
{
    agent_t *agent = data;
    work_counts_t work = work_counts(agent->work);
    spool_counts_t spool = spool_counts(agent->spool);
    health_summary_t health;

    health_summary(agent->health, &health);
    report_say(report, "uplink", health.uplink);
    report_say(report, "dns", health.dns);
    report_say(report, "lag_max_us", health.lag_max_us);
    report_say(report, "busy_permille", health.busy_permille);
    report_say(report, "clock_offset_ms", health.clock_offset_ms);
    report_say(report, "fds", health.fds);
    report_say(report, "overloaded", (int64_t) work.overloaded);
    agent_say_health(agent, report);
    report_say(report, "in_flight", work_in_flight(agent->work));
    report_say(report, "probed", (int64_t) work.probed);
    report_say(report, "doubles", (int64_t) work.doubles);
    report_say(report, "expired", (int64_t) work.expired);
    report_say(report, "unspooled", (int64_t) work.unspooled);
    report_say(report, "overloaded", (int64_t) work.overloaded);
    report_say(report, "offline", offline_is_walking(agent->offline));
    report_say(report, "waiting", (int64_t) spool_waiting(agent->spool));
    report_say(report, "spool_bytes", (int64_t) spool.bytes);
    report_say(report, "dropped", (int64_t) spool.dropped);
    report_say(report, "rejected", (int64_t) report_counts(agent->report).rejected);
}


static void
agent_tell_fellows(agent_t *agent, const bs_wire_reply_t *reply)
{
    char names[BS_WIRE_AGENTS_MAX][BS_WIRE_NAME_BYTES_MAX + 1];
    const char *list[BS_WIRE_AGENTS_MAX];

    for (size_t i = 0; i < reply->agents_count; i++) {
        memcpy(names[i], reply->agents[i].data, reply->agents[i].len);
        names[i][reply->agents[i].len] = '\0';
        list[i] = names[i];
    }

    offline_set_agents(agent->offline, list, reply->agents_count);
}


void
agent_on_reply(void *data, const bs_wire_reply_t *reply, int64_t sent_us, int64_t received_us)
{
    agent_t *agent = data;

    health_on_hub_time(agent->health, reply->hub_time_ms, sent_us, received_us);
    agent_tell_fellows(agent, reply);
}


/* Of hub and Redis at least one: what the emergency alert goes by. */
int
agent_is_in_reach(void *data)
{
    agent_t *agent = data;
    int hub = report_counts(agent->report).reached_ms != 0 && !report_is_failing(agent->report);

    return hub || (agent->jobs != NULL && jobs_is_up(agent->jobs));
}


const char *
agent_region(void *data)
{
    agent_t *agent = data;

    return agent->region;
}
