
/* PCRE2 with limits.  The only file that knows it. */

#ifndef ASSERT_REGEX_H
#define ASSERT_REGEX_H

#include "assertion.h"

#define ASSERT_PATTERN_MAX 4096 /* bytes: what 1024 characters can take */

/* Completes `answer` for an assertion that compares by matches or not_matches. */
void assert_regex(const spec_assertion_t *assertion, const assertion_value_t *value,
                  assertion_answer_t *answer);

#endif
