
/*
 * What stands in for the machine beneath the agent's own code: its clocks, its
 * timers, the lag of its loop, its control targets.  One thing is global,
 * because clocks are: which agent is being run.
 */

#ifndef STAND_IN_H
#define STAND_IN_H

#include "events.h"

#include "lag_history.h"

struct agent_model;

/* lag.h keeps it from others. */
struct lag {
    lag_history_t history;
};

void stand_in_events(events_t *events);

/* From now on clocks are this agent's; NULL: nobody may ask. */
void stand_in_run(struct agent_model *agent);

#endif
