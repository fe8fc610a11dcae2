
/*
 * What passes between the agent and a judge, both of the same binary, through
 * pipes: a question (assertions, what they look at, a body) and for each of its
 * assertions, until one does not hold, an answer.
 *
 * Of a question the head goes first, then `text_len` bytes that
 * assert_wire_put() and assert_wire_get() write and read, then the body.
 */

#ifndef ASSERT_WIRE_H
#define ASSERT_WIRE_H

#include "assertion.h"

#include <stdint.h>

typedef struct {
    uint32_t count;
    uint32_t cut; /* more of the body followed */
    uint64_t text_len;
    uint64_t body_len;
} assert_wire_head_t;

typedef struct {
    uint16_t outcome;
    uint16_t len; /* bytes of text behind this */
} assert_wire_answer_t;

#define ASSERT_WIRE_ANSWER_MAX (sizeof(assert_wire_answer_t) + ASSERTION_SEEN_MAX)

/* What the assertion looks at; NULL: the body. */
size_t assert_wire_size(const spec_assertion_t *assertion, const char *subject, size_t len);

/* Writes assert_wire_size() bytes; returns behind them. */
char *
assert_wire_put(char *out, const spec_assertion_t *assertion, const char *subject, size_t len);

/* Returns behind what it has read, or NULL.  The strings point into the text. */
const char *assert_wire_get(const char *text, const char *end, spec_assertion_t *assertion,
                            const char **subject, size_t *len);

#endif
