
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

/* 20 bytes: a hundred thousand of them are known at all times. */
typedef struct {
    uint32_t monitor;
    uint32_t interval_ms;
    uint32_t phase_ms;
    uint32_t spec_at; /* within the schedule's bytes: schedule_spec() */
    uint32_t spec_len;
} schedule_entry_t;

typedef struct {
    char region[SCHEDULE_REGION_MAX + 1];
    size_t count;
    schedule_entry_t *entries;
    const uint8_t *bytes; /* borrowed */
} schedule_t;

/* An index of `data`, which must live as long.  NULL with *error a literal. */
schedule_t *schedule_decode(const void *data, size_t len, const char **error);
void schedule_destroy(schedule_t *schedule);

/* The packed SPEC of one of its entries. */
const uint8_t *schedule_spec(const schedule_t *schedule, const schedule_entry_t *entry);

typedef struct {
    int64_t slot_ms;
    uint32_t index;
} schedule_due_t;

typedef struct {
    const schedule_t *schedule; /* borrowed */
    schedule_due_t *heap;
    size_t count;
    size_t filled;
    size_t unsorted; /* places from the top that are no heap yet */
    int64_t after_ms;
} schedule_walk_t;

/*
 * Begins with the first slots strictly after `after_ms`; schedule_walk_build()
 * must have said that it is done before the walk is used.  0, or -1 out of
 * memory.
 */
int schedule_walk_begin(schedule_walk_t *walk, const schedule_t *schedule, int64_t after_ms);
void schedule_walk_end(schedule_walk_t *walk);

/* Some work on it, for so many monitors.  Returns 1 when it is done. */
int schedule_walk_build(schedule_walk_t *walk, size_t monitors);

/* The next slot; NULL if there is no monitor, or the walk is not built. */
const schedule_due_t *schedule_walk_peek(const schedule_walk_t *walk);
/* On to the slot after it. */
void schedule_walk_advance(schedule_walk_t *walk);

#endif
