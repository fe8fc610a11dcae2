
/*
 * The hub, as far as it decides anything: reports and sweeps are the real SQL,
 * with the simulation's clock; urgent jobs go to the agents that it names.
 */

#ifndef HUB_MODEL_H
#define HUB_MODEL_H

#include "agent_model.h"

#include <libpq-fe.h>

typedef struct {
    uint64_t reports;
    uint64_t ticks;
    uint64_t unknown;  /* of these */
    uint64_t failures; /* of these: down */
    uint64_t urgent;
    uint64_t sweeps;
    int64_t report_us; /* real time spent */
    int64_t report_max_us;
    int64_t sweep_us;
    int64_t sweep_max_us;
    int64_t other_us;
} hub_counts_t;

typedef struct hub_model {
    PGconn *connection;
    world_t *world;
    int first_id; /* of the monitors, which follow each other */
    const char *credential;
    const char *slugs[WORLD_AGENTS_MAX];
    const char *digests[WORLD_AGENTS_MAX];
    agent_model_t *agents[WORLD_AGENTS_MAX];
    int unsteady;   /* something waits for time or an answer, or is not as usual */
    int64_t due_us; /* the first time for which a monitor waits */
    int64_t swept_us;
    size_t *listed; /* places of monitors that are not up */
    size_t listed_count;
    hub_counts_t counts;
} hub_model_t;

/* Ends the program with a sentence if anything fails. */
void hub_model_open(hub_model_t *hub, const char *conninfo, world_t *world);
void hub_model_close(hub_model_t *hub);

/* Makes the world's monitors and tells the agents where and when they are due. */
void hub_model_people(hub_model_t *hub);

/* A sweep each second; see hub_model.c for when it is left out. */
void hub_model_start(hub_model_t *hub);

void hub_model_report(hub_model_t *hub, int agent, const kept_tick_t *ticks, size_t count);

/* Something befalls somebody, or much is in doubt: everything is done as often as in reality. */
int hub_model_is_in_trouble(const hub_model_t *hub);

/* Processor time of our backend. */
double hub_model_cpu_seconds(const hub_model_t *hub);

/* Text results; never fails. */
PGresult *hub_model_query(hub_model_t *hub, const char *query);

#endif
