
/* What happens in a run: each scenario makes its monitors, outages and faults. */

#ifndef SCENARIO_H
#define SCENARIO_H

#include "world.h"

typedef struct {
    const char *name;
    int monitors; /* as many, unless told */
    int minutes;
    void (*prepare)(world_t *world, size_t monitors);
    int silent; /* incidents of this kind that are expected; -1: any number */
    int quarantined;
} scenario_t;

/* NULL: there is none of this name. */
const scenario_t *scenario_find(const char *name);

/* After the monitors have regions and before they are made: see world.h. */
extern const scenario_t scenarios[];
extern const int scenarios_count;

#endif
