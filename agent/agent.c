
/*
 * What flows where:
 *   jobs (or offline) -> work -> probe -> work -> spool -> (durable) -> jobs' acknowledgement
 *                                                     \-> report -> hub
 */

#include "agent_parts.h"

#include "agent_door.h"
#include "agent_reload.h"
#include "clock.h"
#include "redact.h"

#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#define AGENT_STATS_MS 60000
#define AGENT_HUB_SHOWN_MAX 256


static void
agent_begin(agent_t *agent)
{
    static const int numbers[AGENT_SIGNALS] = {SIGTERM, SIGINT, SIGHUP};

    for (int i = 0; i < AGENT_SIGNALS; i++) {
        uv_signal_init(&agent->loop, &agent->signals[i]);
        agent->signals[i].data = agent;
        uv_signal_start(&agent->signals[i], agent_on_signal, numbers[i]);
    }

    uv_timer_init(&agent->loop, &agent->stats_timer);
    uv_timer_init(&agent->loop, &agent->stop_timer);
    agent->stats_timer.data = agent;
    agent->stop_timer.data = agent;
    uv_timer_start(&agent->stats_timer, agent_on_stats, AGENT_STATS_MS, AGENT_STATS_MS);

    char hub[AGENT_HUB_SHOWN_MAX];

    redact_url(agent->config->hub, hub, sizeof(hub));
    log_info("agent", "betterstack-agent " BS_VERSION ", hub %s, %" PRIu64 " results to report",
             hub, spool_counts(agent->spool).unreported);

    snapshot_load(agent->snapshot);

    if (agent->stopping_since_ms == 0) {
        snapshot_start(agent->snapshot);
        report_wake(agent->report, 1);
    }
}


int
agent_run(config_t *config, const redis_address_t *redis, agent_reread_cb reread, void *data)
{
    agent_t *agent = calloc(1, sizeof(*agent));

    if (agent == NULL) {
        return 1;
    }

    agent->config = config;
    agent->redis = redis;
    agent->reread = reread;
    agent->reread_data = data;
    agent->started_ms = clock_ms();
    uv_loop_init(&agent->loop);

    if (state_open(&agent->state, config->state) != 0 || agent_open(agent) != 0
        || agent_door_open(agent) != 0)
    {
        _exit(1); /* nothing has been begun that is worth taking down in order */
    }

    agent_begin(agent);
    uv_run(&agent->loop, UV_RUN_DEFAULT);

    int status = agent->status;

    work_destroy(agent->work);
    hub_destroy(agent->hub);
    uv_loop_close(&agent->loop);
    state_close(&agent->state);
    agent_reload_forget(agent, 0);
    free(agent);
    return status;
}
