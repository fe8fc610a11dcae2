
/* Operators, sentences, and what passes between agent and judge. */

#include "../../agent/assert_wire.h"
#include "../../agent/assertion.h"

#include "tap.h"

#include <stdlib.h>
#include <string.h>

static assertion_outcome_t
compare(spec_operator_t comparison, const char *wanted, const char *found, int cut)
{
    spec_assertion_t assertion = {SPEC_SOURCE_BODY, "", comparison, wanted};
    assertion_value_t value = {.data = found, .len = strlen(found), .cut = cut};
    assertion_answer_t answer;

    assertion_compare(&assertion, &value, &answer);
    return answer.outcome;
}

static void
operators(void)
{
    const struct {
        spec_operator_t comparison;
        const char *wanted;
        const char *found;
        int cut;
        assertion_outcome_t outcome;
    } rows[] = {
        {SPEC_EQUALS, "a", "a", 0, ASSERTION_HOLDS},
        {SPEC_EQUALS, "a", "A", 0, ASSERTION_DIFFERS},
        {SPEC_EQUALS, "", "", 0, ASSERTION_HOLDS},
        {SPEC_EQUALS, "a", "a", 1, ASSERTION_CUT},
        {SPEC_NOT_EQUALS, "a", "b", 0, ASSERTION_HOLDS},
        {SPEC_NOT_EQUALS, "a", "a", 0, ASSERTION_DIFFERS},
        {SPEC_CONTAINS, "b", "abc", 0, ASSERTION_HOLDS},
        {SPEC_CONTAINS, "b", "abc", 1, ASSERTION_HOLDS},
        {SPEC_CONTAINS, "d", "abc", 0, ASSERTION_DIFFERS},
        {SPEC_CONTAINS, "d", "abc", 1, ASSERTION_CUT},
        {SPEC_NOT_CONTAINS, "d", "abc", 0, ASSERTION_HOLDS},
        {SPEC_NOT_CONTAINS, "d", "abc", 1, ASSERTION_CUT},
        {SPEC_NOT_CONTAINS, "b", "abc", 1, ASSERTION_DIFFERS},
        {SPEC_GREATER_THAN, "1.5", "2", 0, ASSERTION_HOLDS},
        {SPEC_GREATER_THAN, "2", "2", 0, ASSERTION_DIFFERS},
        {SPEC_LESS_THAN, "1e3", " 999 ", 0, ASSERTION_HOLDS},
        {SPEC_LESS_THAN, "3", "x", 0, ASSERTION_DIFFERS},
        {SPEC_LESS_THAN, "3", "", 0, ASSERTION_DIFFERS},
        {SPEC_LESS_THAN, "3", "-inf", 0, ASSERTION_DIFFERS},
        {SPEC_LESS_THAN, "nan", "1", 0, ASSERTION_INVALID},
        {SPEC_LESS_THAN, "", "1", 0, ASSERTION_INVALID},
        {SPEC_EXISTS, "", "", 0, ASSERTION_HOLDS},
        {SPEC_NOT_EXISTS, "", "", 0, ASSERTION_DIFFERS},
        {SPEC_IS_TRUE, "", "true", 0, ASSERTION_INVALID},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        is_int(compare(rows[i].comparison, rows[i].wanted, rows[i].found, rows[i].cut),
               rows[i].outcome, spec_operator_name((int) rows[i].comparison));
    }
}

static const char *
sentence(spec_source_t source, const char *property, const char *wanted,
         assertion_outcome_t outcome, const char *seen, size_t size)
{
    static char out[512];
    spec_assertion_t assertion = {source, property, SPEC_CONTAINS, wanted};
    assertion_answer_t answer;

    memset(out, 'x', sizeof(out));
    assertion_see(&answer, outcome, seen, strlen(seen));
    assertion_explain(&assertion, &answer, out, size);
    return out;
}

static void
sentences(void)
{
    char long_text[300];
    int wrong = 0;

    is_str(sentence(SPEC_SOURCE_HEADER, "server", "a", ASSERTION_DIFFERS, "b", 256),
           "header server: expected to contain “a”, was “b”", "a difference");
    is_str(sentence(SPEC_SOURCE_BODY, "", "a", ASSERTION_DIFFERS, "", 256),
           "body: expected to contain “a”", "of a body");
    is_str(sentence(SPEC_SOURCE_JSON, ".a", "a", ASSERTION_TIME, "", 256),
           "json .a: the jq expression took too long", "a program without end");
    is_str(sentence(SPEC_SOURCE_BODY, "", "a", ASSERTION_TROUBLE, "", 256),
           "body: the agent could not judge it", "our own trouble");

    for (size_t i = 0; i < sizeof(long_text) - 1; i++) {
        long_text[i] = (i % 2) ? '\xa9' : '\xc3';
    }

    long_text[sizeof(long_text) - 1] = '\0';

    for (size_t size = 1; size < 400; size++) {
        const char *text =
            sentence(SPEC_SOURCE_HEADER, long_text, long_text, ASSERTION_DIFFERS, long_text, size);

        wrong += strlen(text) >= size || text[size] != 'x';
    }

    is_int(wrong, 0, "never longer than its place");
}

static void
wire(void)
{
    spec_assertion_t given = {SPEC_SOURCE_HEADER, "x-y", SPEC_MATCHES, "^a$"};
    spec_assertion_t read;
    const char *subject;
    size_t len;
    size_t size = assert_wire_size(&given, "sub\0ject", 8);
    char *text = malloc(size);
    int refused = 0;

    is_int(assert_wire_put(text, &given, "sub\0ject", 8) - text, (long) size, "as long as said");
    ok(assert_wire_get(text, text + size, &read, &subject, &len) == text + size, "read whole");
    is_str(read.property, "x-y", "the property");
    is_str(read.value, "^a$", "the value");
    is_int(read.comparison, SPEC_MATCHES, "the operator");
    ok(len == 8 && memcmp(subject, "sub\0ject", 9) == 0, "what it looks at");

    for (size_t cut = 0; cut < size; cut++) {
        char *copy = malloc(cut + 1);

        memcpy(copy, text, cut);
        refused += assert_wire_get(copy, copy + cut, &read, &subject, &len) == NULL;
        free(copy);
    }

    is_int(refused, (long) size, "refused if anything is missing");
    free(text);

    size = assert_wire_size(&given, NULL, 0);
    text = malloc(size);
    assert_wire_put(text, &given, NULL, 0);
    ok(assert_wire_get(text, text + size, &read, &subject, &len) != NULL && subject == NULL,
       "the body is nothing of its own");
    free(text);
}

int
main(void)
{
    operators();
    sentences();
    wire();
    return done();
}
