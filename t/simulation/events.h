
/*
 * What happens next: a heap of moments.  Two events of one moment happen in the
 * order in which they were planned, so a run depends on its seed alone.
 */

#ifndef EVENTS_H
#define EVENTS_H

#include <stddef.h>
#include <stdint.h>

struct agent_model;

typedef void (*event_run)(void *data, uint64_t number);

typedef struct {
    int64_t at_us;
    uint64_t order;
    struct agent_model *agent; /* whose loop it happens in; NULL: nobody's */
    event_run run;
    void *data;
    uint64_t number;
} event_t;

typedef struct {
    event_t *heap;
    size_t count;
    size_t size;
    uint64_t order;
    int64_t now_us; /* true time, which is the hub's; since the epoch */
} events_t;

void events_at(events_t *events, int64_t at_us, struct agent_model *agent, event_run run,
               void *data, uint64_t number);

/* Takes the next one; 0: there is none. */
int events_next(events_t *events, event_t *event);
void events_free(events_t *events);

#endif
