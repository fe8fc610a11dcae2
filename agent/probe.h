
/*
 * One probe: an attempt, and when its verdict is not "up" at once a second one,
 * on a fresh connection, after asking the DNS anew.  What both agree on counts
 * as seen; the second one's times and facts are what is reported.
 *
 * done runs once, from the loop, never inside probe_start().
 */

#ifndef PROBE_H
#define PROBE_H

#include "check.h"
#include "expect.h"

#define PROBE_ATTEMPTS_MAX 2

typedef struct probe probe_t;

/* Everything is valid within done only. */
typedef struct {
    expect_verdict_t verdict;
    unsigned attempts;
    int64_t checked_at_ms; /* when the first attempt began */
    int64_t began_us;      /* the attempt whose facts these are, by clock_us() */
    check_facts_t *facts;
    check_facts_t *first; /* of an attempt that was repeated; else NULL */
} probe_result_t;

typedef void (*probe_done_cb)(void *data, const probe_result_t *result);

/* `env` and `spec` are borrowed until done.  NULL: no memory. */
probe_t *probe_start(const check_env_t *env, const spec_t *spec, unsigned attempts_max,
                     probe_done_cb done, void *data);
void probe_cancel(probe_t *probe);

#endif
