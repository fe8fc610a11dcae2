
/* PCRE2 with limits.  The only file that knows it. */

#ifndef ASSERT_REGEX_H
#define ASSERT_REGEX_H

#include "assert.h"

#define ASSERT_PATTERN_MAX 2000 /* bytes */

/* Completes `answer` for an assertion that compares by matches or not_matches. */
void assert_regex(const spec_assertion_t *assertion, const assert_value_t *value,
                  assert_answer_t *answer);

#endif
