
/*
 * Bytes, not characters: a body may be anything.  The limits bound each place
 * at which a match may begin; what all of them together take, the judge's clock
 * bounds.
 */

#include "assert_regex.h"

#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>

#include <stdio.h>
#include <string.h>

#define ASSERT_REGEX_STEPS_MAX 1000000
#define ASSERT_REGEX_DEPTH_MAX 10000
#define ASSERT_REGEX_HEAP_MAX_KB 20000
#define ASSERT_REGEX_NESTING_MAX 100


static void
assert_regex_refuse(assertion_answer_t *answer, int code, size_t offset)
{
    char words[200];
    char text[256];

    pcre2_get_error_message(code, (PCRE2_UCHAR *) words, sizeof(words));

    int len = snprintf(text, sizeof(text), "the regular expression is not valid at byte %zu: %s",
                       offset, words);

    assertion_see(answer, ASSERTION_INVALID, text, (size_t) len < sizeof(text) ? (size_t) len : 0);
}


static pcre2_code *
assert_regex_compile(const char *pattern, assertion_answer_t *answer)
{
    size_t len = strlen(pattern);
    uint32_t options = PCRE2_NEVER_UTF | PCRE2_NEVER_UCP;
    PCRE2_SIZE offset = 0;
    int code = 0;

    if (len > ASSERT_PATTERN_MAX) {
        static const char words[] = "the regular expression is too long";

        assertion_see(answer, ASSERTION_INVALID, words, sizeof(words) - 1);
        return NULL;
    }

    pcre2_compile_context *context = pcre2_compile_context_create(NULL);

    if (context == NULL) {
        answer->outcome = ASSERTION_TROUBLE;
        return NULL;
    }

    pcre2_set_parens_nest_limit(context, ASSERT_REGEX_NESTING_MAX);

    pcre2_code *compiled =
        pcre2_compile((PCRE2_SPTR) pattern, len, options, &code, &offset, context);

    pcre2_compile_context_free(context);

    if (compiled == NULL) {
        assert_regex_refuse(answer, code, offset);
    }

    return compiled;
}


static int
assert_regex_run(const pcre2_code *compiled, const assertion_value_t *value)
{
    pcre2_match_context *context = pcre2_match_context_create(NULL);
    pcre2_match_data *match = pcre2_match_data_create(1, NULL);
    int code = PCRE2_ERROR_NOMEMORY;

    if (context != NULL && match != NULL) {
        pcre2_set_match_limit(context, ASSERT_REGEX_STEPS_MAX);
        pcre2_set_depth_limit(context, ASSERT_REGEX_DEPTH_MAX);
        pcre2_set_heap_limit(context, ASSERT_REGEX_HEAP_MAX_KB);

        /* where the body was cut is not its end */
        code = pcre2_match(compiled, (PCRE2_SPTR) value->data, value->len, 0,
                           value->cut ? PCRE2_NOTEOL : 0, match, context);
    }

    pcre2_match_data_free(match);
    pcre2_match_context_free(context);
    return code;
}


void
assert_regex(const spec_assertion_t *assertion, const assertion_value_t *value,
             assertion_answer_t *answer)
{
    answer->len = 0;

    pcre2_code *compiled = assert_regex_compile(assertion->value, answer);

    if (compiled == NULL) {
        return;
    }

    int code = assert_regex_run(compiled, value);

    pcre2_code_free(compiled);

    if (code >= 0 || code == PCRE2_ERROR_NOMATCH) {
        assertion_matched(assertion, value, code >= 0, answer);
    } else {
        answer->outcome = ASSERTION_LIMIT;
    }
}
