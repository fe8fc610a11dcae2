
/*
 * Carries ticks from the spool to the hub, in their order, one batch at a
 * time.  The spool's place moves only after the hub has said "committed" (or
 * that it will never take the batch, which then is set aside on disk).
 */

#ifndef REPORT_H
#define REPORT_H

#include "hub.h"
#include "spool.h"

typedef struct report report_t;

typedef struct {
    uint64_t reported; /* ticks the hub has taken */
    uint64_t rejected; /* ticks set aside */
    uint64_t failures; /* calls that have to be repeated */
} report_counts_t;

/* All are borrowed.  `aside` is the directory for what the hub refuses.  NULL: no memory. */
report_t *report_create(uv_loop_t *loop, const config_t *config, hub_t *hub, spool_t *spool,
                        const char *aside);

/* There is something new to report; `now` does not wait for more to come. */
void report_wake(report_t *report, int now);

/* Has the last call failed, so that there is no hurry to wait for the next? */
int report_is_failing(const report_t *report);

report_counts_t report_counts(const report_t *report);

/* A call under way is given up.  The loop must run once more. */
void report_destroy(report_t *report);

#endif
