
/*
 * Sends what the hub leases to this agent and keeps what became of it until a
 * report that says so was answered.
 *
 * Nothing is begun that could not end within its lease.  A provider that hangs
 * holds back only its own: so many at once to one host, and what waits too long
 * for its turn is given back to the hub as failed.
 *
 * on_outcome runs from the loop: there is something to report at once.  It is
 * never called from inside another function of this file.
 */

#ifndef DELIVER_H
#define DELIVER_H

#include "bs_wire.h"
#include "check.h"
#include "config.h"

typedef struct deliver deliver_t;

typedef struct {
    const config_t *config; /* `deliver` may change while it runs */
    const check_env_t *env;
    const char *journal; /* the file of what was sent and is not reported yet */
    void (*on_outcome)(void *data);
    void *data;
} deliver_options_t;

typedef struct {
    uint64_t sent;
    uint64_t failed; /* attempts that are worth another one */
    uint64_t refused;
    unsigned held; /* in hand: waiting, under way, or not reported yet */
    unsigned sending;
    unsigned unreported;
} deliver_counts_t;

/* All are borrowed.  NULL: no memory. */
deliver_t *deliver_create(uv_loop_t *loop, const deliver_options_t *options);

/* Fills in what a report says of deliveries; the texts are borrowed until the next call of any. */
void deliver_say(deliver_t *deliver, bs_wire_report_t *report);

/*
 * The hub has answered the report that deliver_say() was last called for: what it
 * said is forgotten, what the reply brings is taken.  sent_us is clock_us() of
 * when the report went out, so earlier than any lease of the reply.
 */
void deliver_take(deliver_t *deliver, const bs_wire_reply_t *reply, int64_t sent_us);

deliver_counts_t deliver_counts(const deliver_t *deliver);

/* Takes no more, and gives back what has not begun. */
void deliver_stop(deliver_t *deliver);
/* Gives up what is under way: whether it arrived nobody knows. */
void deliver_abandon(deliver_t *deliver);

/* The loop must run once more. */
void deliver_destroy(deliver_t *deliver);

#endif
