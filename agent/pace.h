
/*
 * How fast the backlog may follow: so many a second, and at first not before a
 * moment that chance has chosen, so that all the agents that have waited for
 * one hub do not come at once.  Pure but for that chance.
 */

#ifndef PACE_H
#define PACE_H

#include <stdint.h>

typedef struct {
    unsigned per_second;
    unsigned most;   /* at one time */
    int64_t from_ms; /* not before */
    int64_t at_ms;   /* when `have` was right */
    double have;
} pace_t;

/* Begins with all that may be sent at one time. */
void pace_init(pace_t *pace, unsigned per_second, unsigned most, int64_t now_ms);

/* Nothing up to delay_max_ms from now; how long is left to chance. */
void pace_hold(pace_t *pace, int64_t now_ms, int64_t delay_max_ms);

/* How many may be sent now. */
unsigned pace_room(pace_t *pace, int64_t now_ms);

/* So many were. */
void pace_spend(pace_t *pace, unsigned count);

#endif
