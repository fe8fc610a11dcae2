
/*
 * The region's schedule as the hub hands it out, and a walk through its slots
 * in the order of time.  Pure.
 */

#ifndef SCHEDULE_H
#define SCHEDULE_H

#include <stddef.h>
#include <stdint.h>

#define SCHEDULE_REGION_MAX 64
#define SCHEDULE_MONITORS_MAX 1000000
#define SCHEDULE_BYTES_MAX (256u << 20)

typedef struct {
    uint32_t monitor;
    int64_t interval_ms;
    int64_t phase_ms;
    const uint8_t *spec; /* packed, within `bytes` */
    size_t spec_len;
} schedule_entry_t;

typedef struct {
    char region[SCHEDULE_REGION_MAX + 1];
    size_t count;
    schedule_entry_t *entries;
    uint8_t *bytes;
    size_t bytes_len;
} schedule_t;

/* Takes a copy of `data`.  NULL with *error a literal. */
schedule_t *schedule_decode(const void *data, size_t len, const char **error);
void schedule_destroy(schedule_t *schedule);

typedef struct {
    int64_t slot_ms;
    size_t index;
} schedule_due_t;

typedef struct {
    const schedule_t *schedule; /* borrowed */
    schedule_due_t *heap;
    size_t count;
} schedule_walk_t;

/* Begins with the first slots strictly after `after_ms`.  0, or -1 out of memory. */
int schedule_walk_begin(schedule_walk_t *walk, const schedule_t *schedule, int64_t after_ms);
void schedule_walk_end(schedule_walk_t *walk);

/* The next slot; NULL if there is no monitor. */
const schedule_due_t *schedule_walk_peek(const schedule_walk_t *walk);
/* On to the slot after it. */
void schedule_walk_advance(schedule_walk_t *walk);

#endif
