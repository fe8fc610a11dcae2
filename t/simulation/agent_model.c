
#include "agent_model.h"

#include "hub_model.h"

#include "bs_slot.h"
#include "clock.h"

#include <stdlib.h>

#define AGENT_REDIS_MIN_US 5000 /* the way of an urgent job */
#define AGENT_REDIS_MAX_US 60000
#define AGENT_UP_MIN_US 15000 /* how long a good answer takes */
#define AGENT_UP_MAX_US 250000
#define AGENT_HELD_US 700000 /* hold waits for 1 s at most, for jobs that come 0.3 s early */

typedef struct {
    agent_model_t *agent;
    monitor_t *monitor;
    int64_t slot_ms;
    int64_t expires_ms;
    int urgent;
} job_t;


int
agent_model_has(const agent_model_t *agent, fault_kind_t kind)
{
    return world_fault_at(agent->world, kind, agent->number, agent->world->events.now_us) != NULL;
}


int
agent_model_reaches_hub(const agent_model_t *agent)
{
    return !agent_model_has(agent, FAULT_CABLE) && !agent_model_has(agent, FAULT_UPLINK)
           && !agent_model_has(agent, FAULT_HUB_UNREACHABLE)
           && !agent_model_has(agent, FAULT_HUB_AWAY);
}


int64_t
agent_model_clock_error_us(const agent_model_t *agent)
{
    const fault_t *fault =
        world_fault_at(agent->world, FAULT_CLOCK, agent->number, agent->world->events.now_us);

    return (fault == NULL) ? 0 : fault->amount * 1000;
}


int64_t
agent_model_name_minute(const agent_model_t *agent, const monitor_t *monitor)
{
    return (agent->world->events.now_us + monitor->id * (7 * SECOND)) / MINUTE;
}


/* --- what work would do ---------------------------------------------------- */

void
work_spool(work_item_t *item, const bs_wire_tick_t *tick)
{
    agent_model_t *agent = item->work->options.data;

    agent_report_take(agent, world_monitor_of(agent->world, item->spec), tick, item->urgent);
    free(item);
}


void
work_start_look(work_t *work)
{
    (void) work; /* nobody waits for room */
}


static void
agent_on_room(void *data)
{
    (void) data;
}


/* --- probes ---------------------------------------------------------------- */

/* The usual case: up, as work_result would have it, without going all the way. */
static void
agent_up(agent_model_t *agent, monitor_t *monitor, int64_t slot_ms)
{
    int32_t total_us =
        (int32_t) chance_between(&agent->world->chance, AGENT_UP_MIN_US, AGENT_UP_MAX_US);
    bs_wire_tick_t tick = {
        .slot_ms = slot_ms,
        .checked_at_ms = clock_wall_ms(),
        .status = BS_STATUS_UP,
        .attempts = 1,
        .http_status = 200,
        .address.len = 1,
        .dns_us = total_us / 8,
        .connect_us = total_us / 4,
        .tls_us = -1,
        .first_byte_us = total_us / 2,
        .total_us = total_us,
    };

    monitor->looked_up[agent->number] = agent_model_name_minute(agent, monitor);
    health_on_answer(agent->health, &monitor->address);
    agent_report_take(agent, monitor, &tick, 0);
}


static void
agent_probe(agent_model_t *agent, monitor_t *monitor, int64_t slot_ms, int64_t expires_ms,
            int urgent)
{
    work_item_t *item = calloc(1, sizeof(*item));

    item->work = &agent->work;
    item->monitor = (uint32_t) monitor->id;
    item->slot_ms = slot_ms;
    item->expires_ms = expires_ms;
    item->urgent = urgent;
    item->spec = urgent ? &monitor->fresh : &monitor->spec;

    if (clock_wall_ms() > expires_ms) {
        work_expire(item);
        return;
    }

    probe_start(&agent->env, item->spec, PROBE_ATTEMPTS_MAX, work_on_probed, item);
}


static void
agent_on_job(void *data, uint64_t number)
{
    job_t *job = data;

    (void) number;
    agent_probe(job->agent, job->monitor, job->slot_ms, job->expires_ms, job->urgent);
    free(job);
}


static void
agent_job(agent_model_t *agent, const job_t *job, int64_t at_us)
{
    job_t *copy = malloc(sizeof(*copy));

    *copy = *job;
    events_at(&agent->world->events, at_us, agent, agent_on_job, copy, 0);
}


/* While the agent is cut off its jobs lie in Redis. */
void
agent_model_urgent(agent_model_t *agent, monitor_t *monitor, int64_t slot_ms, int64_t expires_ms)
{
    world_t *world = agent->world;
    int64_t at_us = world->events.now_us
                    + chance_between(&world->chance, AGENT_REDIS_MIN_US, AGENT_REDIS_MAX_US);
    static const fault_kind_t cuts[] = {FAULT_CABLE, FAULT_UPLINK};

    for (int i = 0; i < 2; i++) {
        const fault_t *cut = world_fault_at(world, cuts[i], agent->number, at_us);

        if (cut != NULL) {
            at_us = cut->until_us + chance_between(&world->chance, 0, 5 * SECOND);
        }
    }

    agent_job(agent, &(job_t){agent, monitor, slot_ms, expires_ms, 1}, at_us);
}


static void
agent_on_slot(void *data, uint64_t number)
{
    place_t *place = data;
    agent_model_t *agent = place->agent;
    monitor_t *monitor = place->monitor;
    int64_t slot_ms = place->slot_ms;
    int64_t now_us = agent->world->events.now_us;

    place->slot_ms += monitor->interval_ms;
    events_at(&agent->world->events, place->slot_ms * 1000, agent, agent_on_slot, place, number);

    if (world_monitor_is_calm(monitor, now_us)
        && world_agent_is_calm(agent->world, agent->number, now_us))
    {
        agent_up(agent, monitor, slot_ms);
        return;
    }

    int64_t held_us = (agent_model_clock_error_us(agent) < 0) ? AGENT_HELD_US : 0;

    agent_job(agent,
              &(job_t){agent, monitor, slot_ms, bs_slot_expires(slot_ms, monitor->interval_ms), 0},
              now_us + held_us);
}


/* --- overload --------------------------------------------------------------- */

static void agent_on_stall(void *data, uint64_t number);


/* `number` is how long the loop stood still. */
static void
agent_on_stall_over(void *data, uint64_t number)
{
    agent_model_t *agent = data;
    world_t *world = agent->world;

    lag_history_add_stall(&agent->lag.history, world->events.now_us, (int64_t) number);
    events_at(&world->events,
              world->events.now_us + chance_between(&world->chance, SECOND / 20, 2 * SECOND), NULL,
              agent_on_stall, agent, 0);
}


static void
agent_on_stall(void *data, uint64_t number)
{
    agent_model_t *agent = data;
    world_t *world = agent->world;
    int64_t stall_us = chance_between(&world->chance, SECOND / 20, 4 * SECOND);

    (void) number;

    if (agent_model_has(agent, FAULT_OVERLOAD)) {
        agent->stalled_until_us = world->events.now_us + stall_us;
        events_at(&world->events, agent->stalled_until_us, NULL, agent_on_stall_over, agent,
                  (uint64_t) stall_us);
    }
}


static void
agent_plan_stalls(agent_model_t *agent)
{
    for (size_t i = 0; i < agent->world->faults_count; i++) {
        const fault_t *fault = &agent->world->faults[i];

        if (fault->kind == FAULT_OVERLOAD && fault->agent == agent->number) {
            events_at(&agent->world->events, fault->from_us, NULL, agent_on_stall, agent, 0);
        }
    }
}


/* --- the whole --------------------------------------------------------------- */

void
agent_model_init(agent_model_t *agent, world_t *world, struct hub_model *hub, int number)
{
    static const config_t config;

    agent->world = world;
    agent->hub = hub;
    agent->number = number;
    agent->work.options.lag = &agent->lag;
    agent->work.options.on_room = agent_on_room;
    agent->work.options.data = agent;
    stand_in_run(agent);
    agent->health = health_create((uv_loop_t *) (void *) agent, &config, NULL, &agent->lag);
    agent->work.health = agent->health;
}


void
agent_model_free(agent_model_t *agent)
{
    agent_report_free(agent);
    health_destroy(agent->health);
    free(agent->places);
}


void
agent_model_place(agent_model_t *agent, monitor_t *monitor, int64_t phase_ms)
{
    if (agent->places == NULL) {
        agent->places = calloc(agent->world->monitors_count, sizeof(*agent->places));
    }

    agent->places[agent->places_count++] =
        (place_t){agent, monitor,
                  bs_slot_next(agent->world->start_us / 1000, monitor->interval_ms, phase_ms)};
}


void
agent_model_start(agent_model_t *agent)
{
    for (size_t i = 0; i < agent->places_count; i++) {
        events_at(&agent->world->events, agent->places[i].slot_ms * 1000, agent, agent_on_slot,
                  &agent->places[i], 0);
    }

    agent_plan_stalls(agent);
    agent_report_start(agent);
}
