
#include "world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WORLD_SOON_US (3 * SECOND)    /* longer than any probe that succeeds takes */
#define WORLD_BEFORE_US (30 * SECOND) /* so long after a fault an agent is looked at closely */

/* Targets are at addresses of their own, but for every tenth ten that share one. */
static void
world_address(monitor_t *monitor, size_t place)
{
    size_t host = (place / 10 % 10 == 3) ? place / 10 * 10 : place;

    monitor->address = (bs_addr_t){
        .family = 4, .bytes = {93, (uint8_t) (host >> 16), (uint8_t) (host >> 8), (uint8_t) host}};
}


static void
world_spec(monitor_t *monitor)
{
    spec_init(&monitor->spec);
    monitor->spec.type = SPEC_STATUS;
    monitor->spec.url = monitor->url;
    monitor->spec.timeout_ms = monitor->timeout_ms;
    monitor->spec.degraded_ms = monitor->timeout_ms / 2;
    monitor->fresh = monitor->spec;
    monitor->fresh.fresh = 1;
}


/* 15 % have one region, 20 % two, 25 % three, the rest all. */
static void
world_regions(world_t *world, monitor_t *monitor)
{
    int64_t lot = chance_below(&world->chance, 100);
    int count = (lot < 15) ? 1 : (lot < 35) ? 2 : (lot < 60) ? 3 : world->agents_count;

    while (monitor->regions_count < count) {
        unsigned bit = 1u << chance_below(&world->chance, world->agents_count);

        monitor->regions_count += (monitor->regions & bit) == 0;
        monitor->regions |= bit;
    }
}


void
world_people(world_t *world, size_t count, const int *intervals)
{
    static const int timeouts[] = {2, 3, 5, 10};
    static const int confirmations[] = {0, 0, 0, 0, 0, 0, 30, 60, 180, 300};
    static const int recoveries[] = {0, 0, 0, 0, 0, 0, 60, 120, 180, 300};
    int intervals_count = 0;

    while (intervals[intervals_count] != 0) {
        intervals_count++;
    }

    world->monitors = calloc(count, sizeof(*world->monitors));
    world->monitors_count = count;

    for (size_t i = 0; i < count; i++) {
        monitor_t *monitor = &world->monitors[i];

        monitor->parent = -1;
        monitor->interval_ms = 1000 * intervals[chance_below(&world->chance, intervals_count)];
        monitor->timeout_ms = 1000 * timeouts[chance_below(&world->chance, 4)];
        monitor->confirmation_us = confirmations[chance_below(&world->chance, 10)] * SECOND;
        monitor->recovery_us = recoveries[chance_below(&world->chance, 10)] * SECOND;
        world_regions(world, monitor);
        monitor->quorum = (monitor->regions_count > 3 && i % 20 == 7) ? 3 : 0;
        snprintf(monitor->url, sizeof(monitor->url), "http://www.site%zu.com/", i);
        world_address(monitor, i);
        world_spec(monitor);
    }
}


void
world_free(world_t *world)
{
    for (size_t i = 0; i < world->monitors_count; i++) {
        free(world->monitors[i].outages);
    }

    free(world->monitors);
    events_free(&world->events);
}


/* --- what goes wrong ------------------------------------------------------ */

int
world_outage(world_t *world, size_t monitor, int64_t from_us, int64_t for_us, outage_kind_t kind)
{
    monitor_t *m = &world->monitors[monitor];
    outage_t outage = {.from_us = world->start_us + from_us,
                       .until_us = world->start_us + from_us + for_us,
                       .kind = kind};
    size_t place = 0;

    while (place < m->outages_count && m->outages[place].until_us < outage.from_us) {
        place++;
    }

    if (place < m->outages_count && m->outages[place].from_us <= outage.until_us) {
        return 0;
    }

    m->outages = realloc(m->outages, (m->outages_count + 1) * sizeof(*m->outages));
    memmove(&m->outages[place + 1], &m->outages[place],
            (m->outages_count - place) * sizeof(*m->outages));
    m->outages[place] = outage;
    m->outages_count++;
    return 1;
}


outage_t *
world_last_outage(world_t *world, size_t monitor)
{
    monitor_t *m = &world->monitors[monitor];

    return &m->outages[m->outages_count - 1];
}


void
world_fault(world_t *world, fault_kind_t kind, int agent, int64_t from_us, int64_t for_us,
            int64_t amount)
{
    if (world->faults_count < WORLD_FAULTS_MAX) {
        world->faults[world->faults_count++] = (fault_t){
            kind, agent, world->start_us + from_us, world->start_us + from_us + for_us, amount};
    }
}


/* --- how it is ------------------------------------------------------------ */

/* Time goes on: what is over by a minute is not looked at again. */
static void
world_go_on(monitor_t *monitor, int64_t at_us)
{
    while (monitor->outage_next < monitor->outages_count
           && monitor->outages[monitor->outage_next].until_us < at_us - MINUTE)
    {
        monitor->outage_next++;
    }
}


const outage_t *
world_outage_at(monitor_t *monitor, int64_t at_us)
{
    world_go_on(monitor, at_us);

    for (size_t i = monitor->outage_next; i < monitor->outages_count; i++) {
        const outage_t *outage = &monitor->outages[i];

        if (at_us < outage->from_us) {
            return NULL;
        }

        if (at_us < outage->until_us) {
            return outage;
        }
    }

    return NULL;
}


int
world_monitor_is_calm(monitor_t *monitor, int64_t at_us)
{
    world_go_on(monitor, at_us);

    return monitor->blocks == 0
           && (monitor->outage_next == monitor->outages_count
               || at_us + WORLD_SOON_US < monitor->outages[monitor->outage_next].from_us);
}


const fault_t *
world_fault_at(const world_t *world, fault_kind_t kind, int agent, int64_t at_us)
{
    for (size_t i = 0; i < world->faults_count; i++) {
        const fault_t *fault = &world->faults[i];

        if (fault->kind == kind && (fault->agent == agent || fault->agent == -1)
            && at_us >= fault->from_us && at_us < fault->until_us)
        {
            return fault;
        }
    }

    return NULL;
}


int
world_agent_is_calm(const world_t *world, int agent, int64_t at_us)
{
    return !world_troubled(world, 1u << agent, at_us - WORLD_BEFORE_US, at_us + WORLD_SOON_US);
}


int
world_troubled(const world_t *world, unsigned agents, int64_t from_us, int64_t until_us)
{
    for (size_t i = 0; i < world->faults_count; i++) {
        const fault_t *fault = &world->faults[i];

        if ((fault->agent == -1 || (agents & (1u << fault->agent)) != 0)
            && fault->from_us < until_us && fault->until_us > from_us)
        {
            return 1;
        }
    }

    return 0;
}


monitor_t *
world_monitor_of(world_t *world, const spec_t *spec)
{
    size_t bytes = (size_t) ((const char *) spec - (const char *) world->monitors);

    return &world->monitors[bytes / sizeof(*world->monitors)];
}
