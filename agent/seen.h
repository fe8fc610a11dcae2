
/*
 * The memory of one agent for what it has in work and what it has done: jobs
 * come twice (Redis delivers at least once, the disk schedule overlaps with the
 * stream), results should not.  A bounded hash of (monitor, slot).  Pure.
 */

#ifndef SEEN_H
#define SEEN_H

#include <stddef.h>
#include <stdint.h>

#define SEEN_DONE_MAX 200000
#define SEEN_DONE_MS 120000

typedef struct seen seen_t;

seen_t *seen_create(void);
void seen_destroy(seen_t *seen);

/* Returns 0 if unknown, 1 if in work (*work is set), 2 if done. */
int seen_find(const seen_t *seen, uint32_t monitor, int64_t slot_ms, void **work);

/* In work; `work` must not be NULL.  0, or -1 out of memory. */
int seen_begin(seen_t *seen, uint32_t monitor, int64_t slot_ms, void *work);

/* Done, at this time; forgotten after a while.  Also for what was never begun. */
int seen_finish(seen_t *seen, uint32_t monitor, int64_t slot_ms, int64_t now_ms);

/* As if it had never been begun. */
void seen_forget(seen_t *seen, uint32_t monitor, int64_t slot_ms);

size_t seen_count(const seen_t *seen);

#endif
