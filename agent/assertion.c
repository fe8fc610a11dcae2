
/* Operators and sentences.  What does not exist contains, equals and matches nothing. */

#include "assertion.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASSERTION_SHOWN_MAX 64 /* bytes of a name or value in a sentence */
#define ASSERTION_NUMBER_MAX 64

static const char *const operator_words[SPEC_OPERATOR_COUNT] = {
    [SPEC_EQUALS] = "to equal",
    [SPEC_NOT_EQUALS] = "not to equal",
    [SPEC_CONTAINS] = "to contain",
    [SPEC_NOT_CONTAINS] = "not to contain",
    [SPEC_MATCHES] = "to match",
    [SPEC_NOT_MATCHES] = "not to match",
    [SPEC_EXISTS] = "to exist",
    [SPEC_NOT_EXISTS] = "not to exist",
    [SPEC_GREATER_THAN] = "to be greater than",
    [SPEC_LESS_THAN] = "to be less than",
    [SPEC_IS_TRUE] = "to be true",
};


int
assertion_needs_judge(const spec_assertion_t *assertion)
{
    return assertion->source == SPEC_SOURCE_JSON || assertion->comparison == SPEC_MATCHES
           || assertion->comparison == SPEC_NOT_MATCHES;
}


assertion_outcome_t
assertion_absent(const spec_assertion_t *assertion)
{
    switch (assertion->comparison) {
    case SPEC_NOT_EQUALS:
    case SPEC_NOT_CONTAINS:
    case SPEC_NOT_MATCHES:
    case SPEC_NOT_EXISTS:
        return ASSERTION_HOLDS;
    default:
        return ASSERTION_ABSENT;
    }
}


void
assertion_see(assertion_answer_t *answer, assertion_outcome_t outcome, const char *text, size_t len)
{
    answer->outcome = outcome;
    answer->len = (len < ASSERTION_SEEN_MAX) ? len : ASSERTION_SEEN_MAX;
    memcpy(answer->seen, text, answer->len);
}


static void
assertion_say(assertion_answer_t *answer, assertion_outcome_t outcome, const char *words)
{
    assertion_see(answer, outcome, words, strlen(words));
}


/* --- operators ------------------------------------------------------------ */

/* 0, or -1 if the text is no finite number. */
static int
assertion_number(const char *text, size_t len, double *number)
{
    char copy[ASSERTION_NUMBER_MAX];
    char *end;

    if (len == 0 || len >= sizeof(copy)) {
        return -1;
    }

    memcpy(copy, text, len);
    copy[len] = '\0';
    *number = strtod(copy, &end);
    end += strspn(end, " \t\r\n");
    return (end == copy + len && isfinite(*number)) ? 0 : -1;
}


static void
assertion_compare_numbers(const spec_assertion_t *assertion, const assertion_value_t *value,
                          assertion_answer_t *answer)
{
    double wanted;
    double found;

    if (assertion_number(assertion->value, strlen(assertion->value), &wanted) != 0) {
        assertion_say(answer, ASSERTION_INVALID, "the value to compare with is no number");
        return;
    }

    if (assertion_number(value->data, value->len, &found) != 0) {
        assertion_see(answer, ASSERTION_DIFFERS, value->data, value->len);
        return;
    }

    int holds = (assertion->comparison == SPEC_GREATER_THAN) ? found > wanted : found < wanted;

    assertion_see(answer, holds ? ASSERTION_HOLDS : ASSERTION_DIFFERS, value->data, value->len);
}


/* 1 and 1.0 are the same number, and versions of jq write it differently. */
static int
assertion_equal(const spec_assertion_t *assertion, const assertion_value_t *value)
{
    size_t len = strlen(assertion->value);
    double wanted;
    double found;

    if (len == value->len && memcmp(assertion->value, value->data, len) == 0) {
        return 1;
    }

    return value->is_number && assertion_number(assertion->value, len, &wanted) == 0
           && assertion_number(value->data, value->len, &found) == 0 && !(wanted < found)
           && !(wanted > found);
}


void
assertion_matched(const spec_assertion_t *assertion, const assertion_value_t *value, int matched,
                  assertion_answer_t *answer)
{
    int wanted = assertion->comparison == SPEC_MATCHES || assertion->comparison == SPEC_CONTAINS
                 || assertion->comparison == SPEC_EQUALS;

    if (!matched && value->cut) {
        answer->outcome = ASSERTION_CUT;
        answer->len = 0;
        return;
    }

    assertion_see(answer, (matched == wanted) ? ASSERTION_HOLDS : ASSERTION_DIFFERS, value->data,
                  value->len);
}


void
assertion_compare(const spec_assertion_t *assertion, const assertion_value_t *value,
                  assertion_answer_t *answer)
{
    const char *wanted = assertion->value;

    answer->len = 0;

    switch (assertion->comparison) {
    case SPEC_EQUALS:
    case SPEC_NOT_EQUALS:
        assertion_matched(assertion, value, !value->cut && assertion_equal(assertion, value),
                          answer);
        return;
    case SPEC_CONTAINS:
    case SPEC_NOT_CONTAINS:
        assertion_matched(assertion, value,
                          memmem(value->data, value->len, wanted, strlen(wanted)) != NULL, answer);
        return;
    case SPEC_EXISTS:
        answer->outcome = ASSERTION_HOLDS;
        return;
    case SPEC_NOT_EXISTS:
        assertion_see(answer, ASSERTION_DIFFERS, value->data, value->len);
        return;
    case SPEC_GREATER_THAN:
    case SPEC_LESS_THAN:
        if (value->cut) {
            answer->outcome = ASSERTION_CUT;
            return;
        }

        assertion_compare_numbers(assertion, value, answer);
        return;
    default:
        assertion_say(answer, ASSERTION_INVALID, "this comparison is not for this source");
    }
}


/* --- reasons and sentences ------------------------------------------------ */

bs_reason_t
assertion_reason(const spec_assertion_t *assertion, assertion_outcome_t outcome)
{
    switch (outcome) {
    case ASSERTION_HOLDS:
        return BS_REASON_NONE;
    case ASSERTION_INVALID:
        return BS_REASON_NOT_RUN;
    case ASSERTION_CUT:
        return BS_REASON_BODY_TOO_LARGE;
    case ASSERTION_LIMIT:
        return BS_REASON_REGEX_LIMIT;
    case ASSERTION_TIME:
    case ASSERTION_MEMORY:
        return (assertion->source == SPEC_SOURCE_JSON) ? BS_REASON_ASSERTION_FAILED
                                                       : BS_REASON_REGEX_LIMIT;
    case ASSERTION_TROUBLE:
        return BS_REASON_AGENT_OVERLOADED;
    default:
        return BS_REASON_ASSERTION_FAILED;
    }
}


/* Writes a piece of text in quotes; one that is too long ends in "…", between characters. */
static size_t
assertion_quote(char *out, size_t size, const char *before, const char *text, size_t len)
{
    int cut = len > ASSERTION_SHOWN_MAX;

    if (cut) {
        len = ASSERTION_SHOWN_MAX;

        while (len > 0 && ((unsigned char) text[len] & 0xc0) == 0x80) {
            len--;
        }
    }

    int written = snprintf(out, size, "%s“%.*s%s”", before, (int) len, text, cut ? "…" : "");

    return (written < 0) ? 0 : ((size_t) written < size) ? (size_t) written : size - 1;
}


static size_t
assertion_print(char *out, size_t size, const char *before, const char *text, size_t len)
{
    int written = snprintf(out, size, "%s%.*s", before, (int) len, text);

    return (written < 0) ? 0 : ((size_t) written < size) ? (size_t) written : size - 1;
}


/* "header content-type", "json .status", "body" */
static size_t
assertion_name(const spec_assertion_t *assertion, char *out, size_t size)
{
    size_t len = strlen(assertion->property);
    const char *source = spec_source_name((int) assertion->source);
    int shown = (int) ((len < ASSERTION_SHOWN_MAX) ? len : ASSERTION_SHOWN_MAX);
    int written = snprintf(out, size, "%s%s%.*s%s", source, (len > 0) ? " " : "", shown,
                           assertion->property, (len > ASSERTION_SHOWN_MAX) ? "…" : "");

    return (written < 0) ? 0 : ((size_t) written < size) ? (size_t) written : size - 1;
}


static const char *
assertion_outcome_words(const spec_assertion_t *assertion, assertion_outcome_t outcome)
{
    int is_json = assertion->source == SPEC_SOURCE_JSON;

    switch (outcome) {
    case ASSERTION_CUT:
        return "the answer is too large to look at all of it";
    case ASSERTION_LIMIT:
        return "the regular expression took too many steps";
    case ASSERTION_TIME:
        return is_json ? "the jq expression took too long" : "the regular expression took too long";
    case ASSERTION_MEMORY:
        return is_json ? "the jq expression needed too much memory"
                       : "the regular expression needed too much memory";
    default:
        return "the agent could not judge it";
    }
}


static size_t
assertion_explain_difference(const spec_assertion_t *assertion, const assertion_answer_t *answer,
                             char *out, size_t size)
{
    size_t used = assertion_print(out, size, ": expected ", operator_words[assertion->comparison],
                                  strlen(operator_words[assertion->comparison]));
    size_t value_len = strlen(assertion->value);

    if (value_len > 0) {
        used += assertion_quote(out + used, size - used, " ", assertion->value, value_len);
    }

    if (answer->outcome == ASSERTION_ABSENT) {
        used += assertion_print(out + used, size - used, ", but there is none", "", 0);

    } else if (answer->outcome == ASSERTION_FAILS) {
        used += assertion_print(out + used, size - used, ", but ", answer->seen, answer->len);

    } else if (answer->len > 0) {
        used += assertion_quote(out + used, size - used, ", was ", answer->seen, answer->len);
    }

    return used;
}


void
assertion_explain(const spec_assertion_t *assertion, const assertion_answer_t *answer, char *out,
                  size_t size)
{
    size_t used = assertion_name(assertion, out, size);

    switch (answer->outcome) {
    case ASSERTION_HOLDS:
        return;
    case ASSERTION_DIFFERS:
    case ASSERTION_ABSENT:
    case ASSERTION_FAILS:
        assertion_explain_difference(assertion, answer, out + used, size - used);
        return;
    case ASSERTION_INVALID:
        assertion_print(out + used, size - used, ": ", answer->seen, answer->len);
        return;
    default:
        snprintf(out + used, size - used, ": %s",
                 assertion_outcome_words(assertion, answer->outcome));
    }
}
