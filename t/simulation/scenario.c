
#include "scenario.h"

#include <math.h>
#include <string.h>

static const int often[] = {30, 30, 60, 0};
static const int seldom[] = {60, 120, 180, 180, 180, 300, 300, 300, 300, 300, 0};

#define SETTLED (4 * MINUTE) /* everybody has been seen from everywhere */


/* Between two lengths; short ones as often as long ones. */
static int64_t
scenario_length(world_t *world, int64_t from_us, int64_t to_us)
{
    double share = (double) chance_below(&world->chance, 1000000) / 1000000;

    return (int64_t) ((double) from_us * pow((double) to_us / (double) from_us, share));
}


static outage_kind_t
scenario_kind(world_t *world)
{
    return (outage_kind_t) chance_below(&world->chance, OUTAGE_KINDS);
}


/* True outages of monitors far enough from each other in time that none of them is flapping. */
static void
scenario_outages(world_t *world, int count, int64_t from_us, int64_t until_us, int64_t longest_us)
{
    for (int i = 0; i < count; i++) {
        size_t place = (size_t) chance_below(&world->chance, (int64_t) world->monitors_count);
        monitor_t *monitor = &world->monitors[place];
        int64_t for_us = scenario_length(world, 3 * SECOND, longest_us);
        int64_t begin_us = chance_between(&world->chance, from_us, until_us);
        int64_t apart_us = 30 * monitor->interval_ms * 1000;
        int free = monitor->parent < 0;

        for (size_t j = 0; j < monitor->outages_count; j++) {
            free &= monitor->outages[j].from_us > world->start_us + begin_us + for_us + apart_us
                    || monitor->outages[j].until_us < world->start_us + begin_us - apart_us;
        }

        if (free) {
            world_outage(world, place, begin_us, for_us, scenario_kind(world));
        }
    }
}


/* Every nth monitor is slow for a while, and every nth flaps. */
static void
scenario_moody(world_t *world, size_t nth, int64_t from_us, int64_t for_us)
{
    for (size_t i = 5; i < world->monitors_count; i += nth) {
        monitor_t *monitor = &world->monitors[i];
        int64_t interval_us = monitor->interval_ms * 1000;

        if (monitor->outages_count > 0) {
            continue;
        }

        if (i / nth % 2 == 0) {
            world_outage(world, i, from_us, for_us, OUTAGE_SLOW);
            continue;
        }

        for (int64_t at_us = from_us; at_us < from_us + for_us; at_us += 3 * interval_us) {
            world_outage(world, i, at_us, interval_us * 3 / 2, OUTAGE_REFUSED);
        }

        for (size_t j = 0; j < monitor->outages_count; j++) {
            monitor->outages[j].flapping = 1;
        }
    }
}


/* --- small ones: one thing each, with true outages besides ------------------- */

static void
scenario_true_outages(world_t *world, size_t monitors)
{
    world_people(world, monitors, often);
    scenario_outages(world, (int) monitors, SETTLED, 30 * MINUTE, 15 * MINUTE);
}


static void
scenario_flapping(world_t *world, size_t monitors)
{
    world_people(world, monitors, often);
    scenario_moody(world, 4, SETTLED, 20 * MINUTE);
}


static void
scenario_uplink(world_t *world, size_t monitors)
{
    world_people(world, monitors, often);
    world_fault(world, FAULT_UPLINK, 0, 8 * MINUTE, 6 * MINUTE, 0);
    world_fault(world, FAULT_CABLE, 1, 22 * MINUTE, 40 * SECOND, 0);
    scenario_outages(world, (int) monitors / 2, SETTLED, 25 * MINUTE, 8 * MINUTE);
}


static void
scenario_resolver(world_t *world, size_t monitors)
{
    world_people(world, monitors, often);
    world_fault(world, FAULT_RESOLVER_DEAD, 0, 6 * MINUTE, 4 * MINUTE, 0);
    world_fault(world, FAULT_RESOLVER_FAILS, 1, 13 * MINUTE, 4 * MINUTE, 0);
    world_fault(world, FAULT_RESOLVER_LIES, 2, 20 * MINUTE, 5 * MINUTE, 0);
    scenario_outages(world, (int) monitors / 3, SETTLED, 30 * MINUTE, 8 * MINUTE);
}


static void
scenario_overload(world_t *world, size_t monitors)
{
    world_people(world, monitors, often);
    world_fault(world, FAULT_OVERLOAD, 1, 6 * MINUTE, 15 * MINUTE, 0);
    scenario_outages(world, (int) monitors / 3, SETTLED, 25 * MINUTE, 8 * MINUTE);
}


static void
scenario_loss(world_t *world, size_t monitors)
{
    world_people(world, monitors, often);
    world_fault(world, FAULT_LOSS, 2, 6 * MINUTE, 15 * MINUTE, 300);
    scenario_outages(world, (int) monitors / 3, SETTLED, 25 * MINUTE, 8 * MINUTE);
}


static void
scenario_two_regions(world_t *world, size_t monitors)
{
    world_people(world, monitors, often);
    world_fault(world, FAULT_UPLINK, 1, 8 * MINUTE, 8 * MINUTE, 0);
    world_fault(world, FAULT_CABLE, 2, 8 * MINUTE, 8 * MINUTE, 0);
    scenario_outages(world, (int) monitors / 3, SETTLED, 28 * MINUTE, 8 * MINUTE);
}


static void
scenario_hub_away(world_t *world, size_t monitors)
{
    world_people(world, monitors, often);
    world_fault(world, FAULT_HUB_AWAY, -1, 8 * MINUTE, 30 * MINUTE, 0);
    scenario_outages(world, (int) monitors, SETTLED, 42 * MINUTE, 15 * MINUTE);
}


/* Does it fail from exactly then on? */
static outage_t *
scenario_fails_from(world_t *world, int place, int64_t from_us)
{
    for (size_t i = 0; place >= 0 && i < world->monitors[place].outages_count; i++) {
        if (world->monitors[place].outages[i].from_us == world->start_us + from_us) {
            return &world->monitors[place].outages[i];
        }
    }

    return NULL;
}


/* Name servers of most targets break; parents come before their children. */
static void
scenario_break_names(world_t *world, int permille, int64_t from_us, int64_t for_us)
{
    for (size_t i = 0; i < world->monitors_count; i++) {
        if (!chance_permille(&world->chance, permille)
            || !world_outage(world, i, from_us, for_us, OUTAGE_SERVFAIL))
        {
            continue;
        }

        outage_t *outage = scenario_fails_from(world, (int) i, from_us);

        outage->mass = 1;

        if (scenario_fails_from(world, world->monitors[i].parent, from_us) != NULL) {
            outage->explained_us = outage->until_us;
        }
    }
}


static void
scenario_mass(world_t *world, size_t monitors)
{
    world_people(world, monitors, often);
    scenario_break_names(world, 700, 8 * MINUTE, 10 * MINUTE);
    scenario_outages(world, (int) monitors / 5, SETTLED, 30 * MINUTE, 8 * MINUTE);
}


static void
scenario_blocked(world_t *world, size_t monitors)
{
    world_people(world, monitors, often);

    for (size_t i = 0; i < monitors; i += 4) {
        monitor_t *monitor = &world->monitors[i];
        unsigned agent = 1u << chance_below(&world->chance, world->agents_count);

        if (monitor->regions_count > 1) {
            monitor->blocks = monitor->regions & agent;
        }
    }

    scenario_outages(world, (int) monitors / 2, SETTLED, 25 * MINUTE, 8 * MINUTE);
}


static void
scenario_clock(world_t *world, size_t monitors)
{
    world_people(world, monitors, often);
    world_fault(world, FAULT_CLOCK, 0, 6 * MINUTE, 5 * MINUTE, 3600000);
    world_fault(world, FAULT_CLOCK, 1, 12 * MINUTE, 5 * MINUTE, -3600000);
    world_fault(world, FAULT_CLOCK, 2, 18 * MINUTE, 4 * MINUTE, 20000);
    world_fault(world, FAULT_CLOCK, 3, 23 * MINUTE, 4 * MINUTE, -7000);
    scenario_outages(world, (int) monitors / 2, SETTLED, 30 * MINUTE, 8 * MINUTE);
}


/* Every tenth is a parent of the three after it, which fail with it; the last of them for longer. */
static void
scenario_families(world_t *world, int64_t from_us, int64_t until_us)
{
    for (size_t i = 0; i + 3 < world->monitors_count; i += 10) {
        int64_t begin_us = chance_between(&world->chance, from_us, until_us);
        int64_t for_us = scenario_length(world, 3 * MINUTE, 10 * MINUTE);
        outage_kind_t kind = scenario_kind(world);

        if (world->monitors[i].outages_count > 0 || !world_outage(world, i, begin_us, for_us, kind))
        {
            continue;
        }

        for (size_t j = i + 1; j < i + 4; j++) {
            int64_t longer_us = (j == i + 3) ? 15 * MINUTE : 0;

            world->monitors[j].parent = (int) i;

            if (world->monitors[j].outages_count == 0
                && world_outage(world, j, begin_us, for_us + longer_us, kind))
            {
                outage_t *outage = world_last_outage(world, j);

                outage->explained_us = world->start_us + begin_us + for_us;
                outage->alone_us = (longer_us > 0) ? world->start_us + begin_us + for_us
                                                         + world->monitors[i].recovery_us
                                                         + world->monitors[i].interval_ms * 1000
                                                   : 0;
            }
        }
    }
}


static void
scenario_dependent(world_t *world, size_t monitors)
{
    world_people(world, monitors, often);
    scenario_families(world, SETTLED, 12 * MINUTE);
}


/* --- the whole day ------------------------------------------------------------ */

static void
scenario_day(world_t *world, size_t monitors)
{
    static const struct {
        fault_kind_t kind;
        int agent;
        int64_t from_us;
        int64_t for_us;
        int64_t amount;
    } faults[] = {
        {FAULT_UPLINK, 0, 1 * HOUR, 20 * MINUTE, 0},
        {FAULT_RESOLVER_DEAD, 1, 2 * HOUR, 15 * MINUTE, 0},
        {FAULT_RESOLVER_FAILS, 0, 3 * HOUR, 15 * MINUTE, 0},
        {FAULT_RESOLVER_LIES, 3, 4 * HOUR, 20 * MINUTE, 0},
        {FAULT_OVERLOAD, 2, 5 * HOUR, 40 * MINUTE, 0},
        {FAULT_LOSS, 1, 7 * HOUR, HOUR, 300},
        {FAULT_UPLINK, 2, 9 * HOUR, 30 * MINUTE, 0},
        {FAULT_CABLE, 3, 9 * HOUR, 30 * MINUTE, 0},
        {FAULT_HUB_AWAY, -1, 11 * HOUR, 30 * MINUTE, 0},
        {FAULT_CLOCK, 0, 15 * HOUR, 10 * MINUTE, 3600000},
        {FAULT_CLOCK, 1, 16 * HOUR, 10 * MINUTE, -3600000},
        {FAULT_CABLE, 2, 18 * HOUR, 30 * SECOND, 0},
        {FAULT_HUB_UNREACHABLE, 3, 19 * HOUR, 20 * MINUTE, 0},
    };

    world_people(world, monitors, seldom);

    for (size_t i = 0; i < sizeof(faults) / sizeof(faults[0]); i++) {
        world_fault(world, faults[i].kind, faults[i].agent, faults[i].from_us, faults[i].for_us,
                    faults[i].amount);
    }

    for (size_t i = 3; i < monitors; i += 100) {
        if (world->monitors[i].regions_count > 1) {
            world->monitors[i].blocks = world->monitors[i].regions & (1u << i / 100 % 4);
        }
    }

    scenario_families(world, 20 * HOUR, 22 * HOUR);
    scenario_moody(world, 500, 17 * HOUR, 90 * MINUTE);
    scenario_break_names(world, 600, 13 * HOUR, 25 * MINUTE);
    scenario_outages(world, (int) monitors / 5, 10 * MINUTE, 23 * HOUR, 3 * HOUR);
}


const scenario_t scenarios[] = {
    {"true_outages", 90, 55, scenario_true_outages, 0, 0},
    {"flapping", 60, 55, scenario_flapping, 0, 0},
    {"uplink", 70, 40, scenario_uplink, 1, 0},
    {"resolver", 70, 45, scenario_resolver, 0, 1},
    {"overload", 70, 40, scenario_overload, 0, -1},
    {"loss", 70, 40, scenario_loss, 0, 0},
    {"two_regions", 70, 45, scenario_two_regions, 2, 0},
    {"hub_away", 70, 65, scenario_hub_away, 0, 0},
    {"mass", 70, 45, scenario_mass, 0, 0},
    {"blocked", 70, 40, scenario_blocked, 0, 0},
    {"clock", 70, 45, scenario_clock, 0, 0},
    {"dependent", 70, 50, scenario_dependent, 0, 0},
    {"day", 10000, 24 * 60, scenario_day, 4, 1},
};

const int scenarios_count = (int) (sizeof(scenarios) / sizeof(scenarios[0]));


const scenario_t *
scenario_find(const char *name)
{
    for (int i = 0; i < scenarios_count; i++) {
        if (strcmp(scenarios[i].name, name) == 0) {
            return &scenarios[i];
        }
    }

    return NULL;
}
