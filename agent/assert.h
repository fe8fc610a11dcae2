
/*
 * One assertion: what was found against what the monitor wants.  Pure.  Regular
 * expressions and jq programs are not compared here but by a judge (see
 * assert_pool.h), which has all the time in the world and no secrets.
 */

#ifndef ASSERT_H
#define ASSERT_H

#include "bs_check.h"
#include "spec.h"

#include <stddef.h>

#define ASSERT_SEEN_MAX 1024

typedef enum {
    ASSERT_HOLDS,
    ASSERT_DIFFERS,   /* `seen` is the value that was found, if it is worth showing */
    ASSERT_ABSENT,    /* there is no such header, or the program gave nothing */
    ASSERT_FAILS,     /* `seen` says why, as the end of a sentence */
    ASSERT_INVALID,   /* the assertion makes no sense: `seen` says why */
    ASSERT_CUT,       /* it needs more of the body than was read */
    ASSERT_LIMIT,     /* the regular expression took too many steps */
    ASSERT_TIME,      /* it took too much time */
    ASSERT_MEMORY,    /* it took too much memory */
    ASSERT_TROUBLE,   /* ours: nothing is known */
    ASSERT_OUTCOME_COUNT
} assert_outcome_t;

typedef struct {
    assert_outcome_t outcome;
    size_t len;
    char seen[ASSERT_SEEN_MAX];
} assert_answer_t;

typedef struct {
    const char *data; /* NULL: absent */
    size_t len;
    int is_number;
    int cut; /* more followed that was not read */
} assert_value_t;

/* Does a judge have to find out, provided that there is something to look at? */
int assert_needs_judge(const spec_assertion_t *assertion);

/* What an absent value means; everything but exists and its like fails or holds by it. */
assert_outcome_t assert_absent(const spec_assertion_t *assertion);

/* For all operators but matches, not_matches and is_true. */
void assert_compare(const spec_assertion_t *assertion, const assert_value_t *value,
                    assert_answer_t *answer);

/* From whether an expression matched to what that means. */
void assert_matched(const spec_assertion_t *assertion, const assert_value_t *value, int matched,
                    assert_answer_t *answer);

/* Keeps as much of the text as fits. */
void assert_see(assert_answer_t *answer, assert_outcome_t outcome, const char *text, size_t len);

/* The reason of a check that ends so; NONE if the assertion holds. */
bs_reason_t assert_reason(const spec_assertion_t *assertion, assert_outcome_t outcome);

/* "header content-type: expected to contain “json”, was “text/html”".  `seen` is redacted. */
void assert_explain(const spec_assertion_t *assertion, const assert_answer_t *answer, char *out,
                    size_t size);

#endif
