
/* What is done with the hub's reply, and what others ask of the agent. */

#include "agent_parts.h"

#include <string.h>


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
    deliver_take(agent->deliver, reply, sent_us);

    /* a full reply is perhaps not all there is */
    if (reply->deliveries_count == BS_WIRE_DELIVERIES_MAX
        || deliver_counts(agent->deliver).unreported > 0)
    {
        report_now(agent->report);
    }
}


void
agent_on_outcome(void *data)
{
    agent_t *agent = data;

    report_now(agent->report);
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
