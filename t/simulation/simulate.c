
/*
 * simulate CONNINFO CREDENTIAL SCENARIO SEED MONITORS MINUTES SLUG=DIGEST...
 *
 * Runs one scenario and prints "count NAME VALUE" and "problem ..." lines.
 * MONITORS and MINUTES may be 0: the scenario's own.
 */

#include "judge.h"
#include "scenario.h"

#include "log.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define SIMULATE_ARGUMENTS 7 /* before the regions */
#define SIMULATE_EVEN_US \
    (30 * MINUTE) /* all intervals are parts of it: slots do not depend on today */

int __real_clock_gettime(clockid_t clock, struct timespec *ts);

typedef struct {
    world_t world;
    hub_model_t hub;
    agent_model_t agents[WORLD_AGENTS_MAX];
    judge_t judge;
} simulation_t;


static int64_t
simulate_real_us(clockid_t clock)
{
    struct timespec ts;

    __real_clock_gettime(clock, &ts);
    return (int64_t) ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}


/* With SIMULATE_PROGRESS set: how far it has come, each simulated hour. */
static void
simulate_tell(const simulation_t *simulation, int64_t *told_us)
{
    const world_t *world = &simulation->world;

    if (world->events.now_us >= *told_us + HOUR && getenv("SIMULATE_PROGRESS") != NULL) {
        *told_us += HOUR;
        fprintf(stderr,
                "%d min: %" PRIu64 " ticks, %" PRIu64 " reports, %" PRIu64
                " sweeps, not up: %zu, Postgres %.0f s\n",
                (int) ((world->events.now_us - world->start_us) / MINUTE),
                simulation->hub.counts.ticks, simulation->hub.counts.reports,
                simulation->hub.counts.sweeps, simulation->hub.listed_count,
                hub_model_cpu_seconds(&simulation->hub));
    }
}


/* An agent whose loop stands still comes to it later. */
static void
simulate_run(simulation_t *simulation)
{
    world_t *world = &simulation->world;
    int64_t told_us = world->start_us;
    event_t event;

    while (events_next(&world->events, &event) && event.at_us < world->end_us) {
        if (event.at_us > world->events.now_us) {
            world->events.now_us = event.at_us;
        }

        if (event.agent != NULL && event.agent->stalled_until_us > world->events.now_us) {
            events_at(&world->events, event.agent->stalled_until_us, event.agent, event.run,
                      event.data, event.number);
            continue;
        }

        stand_in_run(event.agent);
        event.run(event.data, event.number);
        simulate_tell(simulation, &told_us);
    }
}


static void
simulate_regions(simulation_t *simulation, char **words, int count)
{
    for (int i = 0; i < count && i < WORLD_AGENTS_MAX; i++) {
        char *equals = strchr(words[i], '=');

        if (equals == NULL) {
            fprintf(stderr, "not SLUG=DIGEST: %s\n", words[i]);
            exit(2);
        }

        *equals = '\0';
        simulation->hub.slugs[i] = words[i];
        simulation->hub.digests[i] = equals + 1;
        simulation->hub.agents[i] = &simulation->agents[i];
        simulation->world.agents_count++;
    }
}


static void
simulate_begin(simulation_t *simulation, const scenario_t *scenario, char **arguments)
{
    world_t *world = &simulation->world;
    int64_t monitors = atoll(arguments[4]);
    int64_t minutes = atoll(arguments[5]);

    world->chance.state = strtoull(arguments[3], NULL, 10) * 2654435761u + 88172645463325252u;
    world->start_us = (simulate_real_us(CLOCK_REALTIME) / SIMULATE_EVEN_US + 1) * SIMULATE_EVEN_US;
    world->end_us = world->start_us + (minutes > 0 ? minutes : scenario->minutes) * MINUTE;
    world->events.now_us = world->start_us;
    stand_in_events(&world->events);
    hub_model_open(&simulation->hub, arguments[0], world);
    simulation->hub.credential = arguments[1];
    scenario->prepare(world, (size_t) (monitors > 0 ? monitors : scenario->monitors));

    for (int i = 0; i < world->agents_count; i++) {
        agent_model_init(&simulation->agents[i], world, &simulation->hub, i);
    }

    hub_model_people(&simulation->hub);
    hub_model_start(&simulation->hub);

    for (int i = 0; i < world->agents_count; i++) {
        agent_model_start(&simulation->agents[i]);
    }
}


static void
simulate_end(simulation_t *simulation, const scenario_t *scenario, int64_t began_us)
{
    struct rusage usage;

    getrusage(RUSAGE_SELF, &usage);
    judge_all(&simulation->judge, &simulation->hub);
    judge_print(&simulation->judge, &simulation->hub);
    printf("count expected_silent %d\ncount expected_quarantined %d\n", scenario->silent,
           scenario->quarantined);
    printf("count simulate_cpu_s %.1f\n",
           (double) (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
               + (double) (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6);
    printf("count postgres_cpu_s %.1f\n", hub_model_cpu_seconds(&simulation->hub));
    printf("count seconds %.1f\n",
           (double) (simulate_real_us(CLOCK_MONOTONIC) - began_us) / SECOND);

    for (int i = 0; i < simulation->world.agents_count; i++) {
        agent_model_free(&simulation->agents[i]);
    }

    judge_free(&simulation->judge);
    hub_model_close(&simulation->hub);
    world_free(&simulation->world);
}


int
main(int argc, char **argv)
{
    const scenario_t *scenario = (argc > SIMULATE_ARGUMENTS) ? scenario_find(argv[3]) : NULL;
    simulation_t *simulation = calloc(1, sizeof(*simulation));
    int64_t began_us = simulate_real_us(CLOCK_MONOTONIC);

    if (scenario == NULL || simulation == NULL) {
        fprintf(stderr, "simulate CONNINFO CREDENTIAL SCENARIO SEED MONITORS MINUTES"
                        " SLUG=DIGEST...\n");
        return 2;
    }

    log_set_level(LOG_LEVEL_ERROR);
    simulate_regions(simulation, argv + SIMULATE_ARGUMENTS, argc - SIMULATE_ARGUMENTS);
    simulate_begin(simulation, scenario, argv + 1);
    simulate_run(simulation);
    simulate_end(simulation, scenario, began_us);
    free(simulation);
    return 0;
}
