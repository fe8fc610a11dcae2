
/*
 * One assertion: what was found against what the monitor wants.  Pure.  Regular
 * expressions and jq programs are not compared here but by a judge (see
 * assert_pool.h), which has all the time in the world and no secrets.
 */

#ifndef ASSERTION_H
#define ASSERTION_H

#include "bs_check.h"
#include "spec.h"

#include <stddef.h>

#define ASSERTION_SEEN_MAX 1024

typedef enum {
    ASSERTION_HOLDS,
    ASSERTION_DIFFERS, /* `seen` is the value that was found, if it is worth showing */
    ASSERTION_ABSENT,  /* there is no such header, or the program gave nothing */
    ASSERTION_FAILS,   /* `seen` says why, as the end of a sentence */
    ASSERTION_INVALID, /* the assertion makes no sense: `seen` says why */
    ASSERTION_CUT,     /* it needs more of the body than was read */
    ASSERTION_LIMIT,   /* the regular expression took too many steps */
    ASSERTION_TIME,    /* it took too much time */
    ASSERTION_MEMORY,  /* it took too much memory */
    ASSERTION_TROUBLE, /* ours: nothing is known */
    ASSERTION_OUTCOME_COUNT
} assertion_outcome_t;

typedef struct {
    assertion_outcome_t outcome;
    size_t len;
    char seen[ASSERTION_SEEN_MAX];
} assertion_answer_t;

typedef struct {
    const char *data; /* NULL: absent */
    size_t len;
    int is_number;
    int cut; /* more followed that was not read */
} assertion_value_t;

/* Does a judge have to find out, provided that there is something to look at? */
int assertion_needs_judge(const spec_assertion_t *assertion);

/* What an absent value means; everything but exists and its like fails or holds by it. */
assertion_outcome_t assertion_absent(const spec_assertion_t *assertion);

/* For all operators but matches, not_matches and is_true. */
void assertion_compare(const spec_assertion_t *assertion, const assertion_value_t *value,
                       assertion_answer_t *answer);

/* From whether an expression matched to what that means. */
void assertion_matched(const spec_assertion_t *assertion, const assertion_value_t *value,
                       int matched, assertion_answer_t *answer);

/* Keeps as much of the text as fits. */
void assertion_see(assertion_answer_t *answer, assertion_outcome_t outcome, const char *text,
                   size_t len);

/* The reason of a check that ends so; NONE if the assertion holds. */
bs_reason_t assertion_reason(const spec_assertion_t *assertion, assertion_outcome_t outcome);

/* "header via: expected to contain “a”, was “b”"; `seen` must be redacted. */
void assertion_explain(const spec_assertion_t *assertion, const assertion_answer_t *answer,
                       char *out, size_t size);

#endif
