
#include "events.h"

#include <stdio.h>
#include <stdlib.h>


static int
events_before(const event_t *a, const event_t *b)
{
    return a->at_us < b->at_us || (a->at_us == b->at_us && a->order < b->order);
}


void
events_at(events_t *events, int64_t at_us, struct agent_model *agent, event_run run, void *data,
          uint64_t number)
{
    if (events->count == events->size) {
        events->size = (events->size == 0) ? 1024 : 2 * events->size;
        events->heap = realloc(events->heap, events->size * sizeof(*events->heap));

        if (events->heap == NULL) {
            perror("events");
            exit(2);
        }
    }

    event_t event = {at_us, events->order++, agent, run, data, number};
    size_t place = events->count++;

    while (place > 0 && events_before(&event, &events->heap[(place - 1) / 2])) {
        events->heap[place] = events->heap[(place - 1) / 2];
        place = (place - 1) / 2;
    }

    events->heap[place] = event;
}


int
events_next(events_t *events, event_t *event)
{
    if (events->count == 0) {
        return 0;
    }

    *event = events->heap[0];

    event_t last = events->heap[--events->count];
    size_t place = 0;

    for (size_t child = 1; child < events->count; child = 2 * place + 1) {
        child += child + 1 < events->count
                 && events_before(&events->heap[child + 1], &events->heap[child]);

        if (!events_before(&events->heap[child], &last)) {
            break;
        }

        events->heap[place] = events->heap[child];
        place = child;
    }

    if (events->count > 0) {
        events->heap[place] = last;
    }

    return 1;
}


void
events_free(events_t *events)
{
    free(events->heap);
}
