
/*
 * The region is known once there is a schedule, from disk or from the hub;
 * only then jobs and offline begin.
 */

#include "agent_parts.h"

#include <stdio.h>
#include <string.h>


static int
agent_begin_region(agent_t *agent, const char *region)
{
    if (agent->config->region != NULL && strcmp(agent->config->region, region) != 0) {
        log_error("agent", "the token is for region %s, but REGION_NAME says %s", region,
                  agent->config->region);
        return -1;
    }

    snprintf(agent->region, sizeof(agent->region), "%s", region);
    agent->has_region = 1;

    jobs_options_t options = {
        .address = agent->redis,
        .region = agent->region,
        .name = agent->config->name,
        .on_job = agent_on_job,
        .capacity = agent_room,
        .on_beat = agent_on_beat,
        .on_touch = agent_on_touch,
        .data = agent,
    };

    agent->jobs = jobs_create(&agent->loop, &options);

    if (agent->jobs == NULL) {
        log_error("agent", "out of memory");
        return -1;
    }

    log_info("agent", "%s of region %s", agent->config->name, agent->region);
    offline_start(agent->offline);
    return 0;
}


void
agent_on_schedule(void *data, const schedule_t *schedule)
{
    agent_t *agent = data;

    if (agent->stopping_since_ms != 0) {
        return;
    }

    if (agent->has_region && strcmp(agent->region, schedule->region) != 0) {
        log_error("agent",
                  "the token is for region %s, but the results in %s are of region %s: give each "
                  "region its own state directory",
                  schedule->region, agent->config->state, agent->region);
        agent_stop(agent, 1);
        return;
    }

    if (!agent->has_region && agent_begin_region(agent, schedule->region) != 0) {
        agent_stop(agent, 1);
        return;
    }

    offline_set_schedule(agent->offline, schedule);
}
