
/*
 * Carries ticks from the spool to the hub, one batch at a time, the newest
 * first.  The spool forgets them only after the hub has said "committed" (or
 * that it will never take one, which then is set aside on disk).
 *
 * With nothing to carry it reports all the same, now and then: the hub learns
 * that the agent lives and how it is, the agent the hub's time and its fellows.
 */

#ifndef REPORT_H
#define REPORT_H

#include "bs_wire.h"
#include "hub.h"
#include "spool.h"

typedef struct report report_t;

typedef struct {
    uint64_t reported;  /* ticks the hub has taken */
    uint64_t rejected;  /* ticks set aside */
    uint64_t failures;  /* calls that have to be repeated */
    int64_t reached_ms; /* clock_ms(): the hub last answered as one that is well; 0: not yet */
} report_counts_t;

typedef struct {
    const config_t *config;
    hub_t *hub;
    spool_t *spool;
    const char *aside;    /* the directory for what the hub refuses */
    const char *database; /* the file that says which database has what is reported */
    /* report_say() what there is to say, and what became of deliveries; before each call. */
    void (*on_self)(void *data, bs_wire_report_t *report);
    /* The hub has taken a report; clock_us() of before and after. */
    void (*on_reply)(void *data, const bs_wire_reply_t *reply, int64_t sent_us,
                     int64_t received_us);
    void *data;
} report_options_t;

/* All are borrowed.  NULL: no memory. */
report_t *report_create(uv_loop_t *loop, const report_options_t *options);

/* The agent says this of itself; `name` is borrowed.  What is too much is left out. */
void report_say(bs_wire_report_t *report, const char *name, int64_t value);

/* There is something new to report; `now` does not wait for more to come. */
void report_wake(report_t *report, int now);

/* A report is due at once, be there ticks or not; unless the hub is being waited for. */
void report_now(report_t *report);

/* Has the last call failed, so that there is no hurry to wait for the next? */
int report_is_failing(const report_t *report);

report_counts_t report_counts(const report_t *report);

/* A call under way is given up.  The loop must run once more. */
void report_destroy(report_t *report);

#endif
