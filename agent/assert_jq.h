
/*
 * jq programs on one JSON text, through libjq.  The only file that knows it.
 *
 * A program may run for ever, take all memory or end the process: nothing of
 * this may be called outside a judge.
 */

#ifndef ASSERT_JQ_H
#define ASSERT_JQ_H

#include "assertion.h"

typedef struct assert_jq assert_jq_t;

typedef struct {
    char *text; /* a string as it is, other values as compact JSON; NULL: no output */
    size_t len;
    int is_number;
    int is_true; /* neither false nor null */
    int is_null;
} assert_jq_output_t;

/* NULL: no memory.  on_nomem is called when a program needs too much; it must not return. */
assert_jq_t *assert_jq_create(void (*on_nomem)(void *));

/* Parses the text that the next programs are about.  0, or -1: it is no JSON, *error says why. */
int assert_jq_load(assert_jq_t *jq, const char *text, size_t len, assertion_answer_t *error);

/*
 * The first output of a program; the caller frees its text.  0, or -1: the
 * program is not valid or failed, *error says which and why.
 */
int assert_jq_first(assert_jq_t *jq, const char *program, assert_jq_output_t *output,
                    assertion_answer_t *error);

#endif
