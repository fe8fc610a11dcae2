
/*
 * What must outlive the agent about an outage: when it began and ended, and who
 * has been told.  A few lines of text in one file.
 */

#ifndef EMERGENCY_STATE_H
#define EMERGENCY_STATE_H

#include "emergency_ways.h"

typedef struct {
    int64_t since_ms; /* wall clock; 0: there is no outage and nobody to be told */
    int64_t until_ms; /* 0: it goes on */
    int alerted[EMERGENCY_WAYS];
} emergency_state_t;

/* All zero when there is no file, or one that makes no sense. */
void emergency_state_load(const char *path, emergency_state_t *state);

/* Removes the file when since_ms is 0.  0, or -1 with errno.  Blocks, for one small file. */
int emergency_state_save(const char *path, const emergency_state_t *state);

#endif
