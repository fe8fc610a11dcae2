
/*
 * Results wait for the disk (100 ms) and for others (200 ms), then go in batches.
 * Where nothing depends on when (up as before, of a monitor about which nobody
 * asks), the model lets them wait longer, so that a day is over in minutes.
 */

#include "agent_model.h"

#include "hub_model.h"

#include <stdlib.h>
#include <string.h>

#define REPORT_PROMPT_US 300000
#define REPORT_NETWORK_US 25000
#define REPORT_TROUBLED_US (3 * SECOND) /* while something befalls somebody */
#define REPORT_CALM_US (10 * SECOND)
#define REPORT_IDLE_US (27 * SECOND)
#define REPORT_BACKOFF_MAX_US (30 * SECOND)
#define REPORT_BACKLOG_DELAY_US (5 * SECOND)
#define REPORT_BACKLOG_PART 125        /* of a batch of results of now */
#define REPORT_BACKLOG_PAUSE_US 500000 /* 1000 results a second */
#define REPORT_RECENT_US (60 * SECOND) /* what a spool's last segments hold, about */


static void agent_report_on_due(void *data, uint64_t number);


static void
agent_report_plan(agent_model_t *agent, int64_t at_us)
{
    if (agent->report_due_us == 0 || at_us < agent->report_due_us) {
        agent->report_due_us = at_us;
        agent->report_number++;
        events_at(&agent->world->events, at_us, agent, agent_report_on_due, agent,
                  agent->report_number);
    }
}


static void
agent_report_keep(kept_t *kept, const kept_tick_t *tick)
{
    if (kept->count == kept->size) {
        kept->size = (kept->size == 0) ? 1024 : 2 * kept->size;
        kept->ticks = realloc(kept->ticks, kept->size * sizeof(*kept->ticks));
    }

    kept->ticks[kept->count++] = *tick;
}


/* Does anything depend on when the hub hears of it? */
static int
agent_report_is_news(const agent_model_t *agent, const monitor_t *monitor,
                     const bs_wire_tick_t *tick)
{
    return monitor->told[agent->number] != tick->status
           || (monitor->hub_status != 1 && monitor->hub_status != 2 && monitor->hub_status != 3);
}


void
agent_report_take(agent_model_t *agent, monitor_t *monitor, const bs_wire_tick_t *tick, int urgent)
{
    int64_t now_us = agent->world->events.now_us;
    kept_tick_t kept = {.monitor = monitor, .tick = *tick, .kept_us = now_us};
    int64_t linger_us = hub_model_is_in_trouble(agent->hub) ? REPORT_TROUBLED_US : REPORT_CALM_US;

    if (tick->evidence.len > 0) {
        kept.evidence = strndup(tick->evidence.data, tick->evidence.len);
    }

    if (urgent || agent_report_is_news(agent, monitor, tick)) {
        linger_us = REPORT_PROMPT_US;
    }

    agent_report_keep(&agent->now, &kept);

    if (agent->failures == 0) {
        linger_us = (agent->now.count >= AGENT_REPORT_TICKS_MAX) ? 0 : linger_us;
        agent_report_plan(agent, now_us + linger_us + REPORT_NETWORK_US);
    }
}


/* The hub is there again: all but the newest is backlog. */
static void
agent_report_back(agent_model_t *agent)
{
    int64_t now_us = agent->world->events.now_us;
    size_t old = 0;

    while (old < agent->now.count && agent->now.ticks[old].kept_us < now_us - REPORT_RECENT_US) {
        agent_report_keep(&agent->backlog, &agent->now.ticks[old++]);
    }

    agent->now.count -= old;
    memmove(agent->now.ticks, agent->now.ticks + old, agent->now.count * sizeof(kept_tick_t));
    agent->backlog_from_us = now_us + chance_below(&agent->world->chance, REPORT_BACKLOG_DELAY_US);
}


/* The next batch: what is new, and of the backlog a part or what has room. */
static size_t
agent_report_batch(agent_model_t *agent, kept_tick_t *batch)
{
    size_t count = 0;
    size_t room = AGENT_REPORT_TICKS_MAX;
    size_t old = 0;

    if (agent->backlog.count > 0 && agent->world->events.now_us >= agent->backlog_from_us) {
        old = (agent->now.count + REPORT_BACKLOG_PART > room) ? REPORT_BACKLOG_PART
                                                              : room - agent->now.count;
        old = (old > agent->backlog.count) ? agent->backlog.count : old;
        room -= old;
    }

    count = (agent->now.count > room) ? room : agent->now.count;
    memcpy(batch, agent->now.ticks, count * sizeof(*batch));
    agent->now.count -= count;
    memmove(agent->now.ticks, agent->now.ticks + count, agent->now.count * sizeof(*batch));

    while (old-- > 0) {
        batch[count++] = agent->backlog.ticks[--agent->backlog.count];
    }

    return count;
}


static void
agent_report_send(agent_model_t *agent)
{
    kept_tick_t batch[AGENT_REPORT_TICKS_MAX];
    size_t count = agent_report_batch(agent, batch);
    int64_t now_us = agent->world->events.now_us;

    hub_model_report(agent->hub, agent->number, batch, count);

    for (size_t i = 0; i < count; i++) {
        batch[i].monitor->told[agent->number] = batch[i].tick.status;
        free(batch[i].evidence);
    }

    agent->reported_us = now_us;
    health_on_hub_time(agent->health, now_us / 1000, now_us - REPORT_NETWORK_US, now_us);

    if (agent->now.count > 0) {
        agent_report_plan(agent, now_us + REPORT_NETWORK_US);
    } else if (agent->backlog.count > 0) {
        agent_report_plan(agent, now_us + REPORT_BACKLOG_PAUSE_US);
    } else {
        agent_report_plan(agent, now_us + REPORT_IDLE_US);
    }
}


static void
agent_report_on_due(void *data, uint64_t number)
{
    agent_model_t *agent = data;
    int64_t now_us = agent->world->events.now_us;

    if (number != agent->report_number) {
        return;
    }

    agent->report_due_us = 0;

    if (!agent_model_reaches_hub(agent)) {
        int64_t wait_us = 250000ll << (agent->failures < 7 ? agent->failures : 7);

        agent->failures++;
        wait_us = (wait_us > REPORT_BACKOFF_MAX_US) ? REPORT_BACKOFF_MAX_US : wait_us;
        agent_report_plan(agent,
                          now_us + wait_us / 2 + chance_below(&agent->world->chance, wait_us / 2));
        return;
    }

    if (agent->failures > 0) {
        agent->failures = 0;
        agent_report_back(agent);
    }

    agent_report_send(agent);
}


void
agent_report_start(agent_model_t *agent)
{
    agent_report_plan(agent, agent->world->events.now_us
                                 + chance_below(&agent->world->chance, 2 * SECOND));
}


static void
agent_report_drop(kept_t *kept)
{
    for (size_t i = 0; i < kept->count; i++) {
        free(kept->ticks[i].evidence);
    }

    free(kept->ticks);
}


void
agent_report_free(agent_model_t *agent)
{
    agent_report_drop(&agent->now);
    agent_report_drop(&agent->backlog);
}
