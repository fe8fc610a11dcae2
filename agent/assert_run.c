
/*
 * First what can be compared at once, then, only if all of that holds, the rest
 * by a judge.  What is kept of headers and body counts against the agent's one
 * budget; a check for which there is none left is not judged at all.
 */

#include "assert_run.h"

#include "assert_wire.h"
#include "redact.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define RUN_BODY_BYTES_MIN 4096

typedef struct {
    char *data; /* NULL: no such header */
    size_t len;
} run_header_t;

struct assert_run {
    assert_pool_t *pool;
    const spec_t *spec;
    int wants_headers;
    int wants_body;
    int over_budget;
    int cut;
    size_t reserved;                           /* for headers */
    run_header_t headers[SPEC_ASSERTIONS_MAX]; /* of the assertion with this number */
    char *body;
    size_t body_len;
    size_t body_size; /* all of it reserved */
    assert_task_t *task;
    unsigned asked[SPEC_ASSERTIONS_MAX]; /* which assertions the judge was asked about */
    unsigned asked_count;
    assert_run_cb done;
    void *data;
    bs_reason_t reason;
    char detail[CHECK_DETAIL_MAX];
};


/* --- collecting ----------------------------------------------------------- */

assert_run_t *
assert_run_create(assert_pool_t *pool, const spec_t *spec)
{
    assert_run_t *run = calloc(1, sizeof(*run));

    if (run == NULL) {
        return NULL;
    }

    run->pool = pool;
    run->spec = spec;

    for (size_t i = 0; i < spec->assertions_count; i++) {
        if (spec->assertions[i].source == SPEC_SOURCE_HEADER) {
            run->wants_headers = 1;
        } else {
            run->wants_body = 1;
        }
    }

    return run;
}


void
assert_run_restart(assert_run_t *run)
{
    for (size_t i = 0; i < run->spec->assertions_count; i++) {
        free(run->headers[i].data);
        run->headers[i] = (run_header_t){NULL, 0};
    }

    free(run->body);
    assert_pool_release(run->pool, run->reserved + run->body_size);
    run->body = NULL;
    run->body_len = run->body_size = 0;
    run->reserved = 0;
    run->over_budget = 0;
}


int
assert_run_wants_body(const assert_run_t *run)
{
    return run->wants_body;
}


void
assert_run_destroy(assert_run_t *run)
{
    if (run == NULL) {
        return;
    }

    if (run->task != NULL) {
        assert_pool_cancel(run->task);
    }

    assert_run_restart(run);
    free(run);
}


/* Several of one name are one value, as RFC 9110 has it. */
static void
run_join_header(assert_run_t *run, run_header_t *header, const char *value, size_t len)
{
    size_t more = len + 2;

    if (assert_pool_reserve(run->pool, more) != 0) {
        run->over_budget = 1;
        return;
    }

    run->reserved += more;

    char *grown = realloc(header->data, header->len + more + 1);

    if (grown == NULL) {
        run->over_budget = 1;
        return;
    }

    if (header->data != NULL) {
        memcpy(grown + header->len, ", ", 2);
        header->len += 2;
    }

    memcpy(grown + header->len, value, len);
    header->len += len;
    header->data = grown;
}


void
assert_run_add_header(assert_run_t *run, const char *name, size_t name_len, const char *value,
                      size_t value_len)
{
    if (!run->wants_headers) {
        return;
    }

    for (size_t i = 0; i < run->spec->assertions_count; i++) {
        const spec_assertion_t *assertion = &run->spec->assertions[i];

        if (assertion->source == SPEC_SOURCE_HEADER && strlen(assertion->property) == name_len
            && strncasecmp(assertion->property, name, name_len) == 0)
        {
            run_join_header(run, &run->headers[i], value, value_len);
        }
    }
}


/* 0, or -1: no memory, or no budget. */
static int
run_grow_body(assert_run_t *run, size_t len)
{
    size_t size = (run->body_size == 0) ? RUN_BODY_BYTES_MIN : run->body_size;

    while (size < len) {
        size *= 2;
    }

    if (size == run->body_size) {
        return 0;
    }

    if (assert_pool_reserve(run->pool, size - run->body_size) != 0) {
        return -1;
    }

    char *grown = realloc(run->body, size);

    if (grown == NULL) {
        assert_pool_release(run->pool, size - run->body_size);
        return -1;
    }

    run->body = grown;
    run->body_size = size;
    return 0;
}


void
assert_run_add_body(assert_run_t *run, const char *piece, size_t len)
{
    if (!run->wants_body || run->over_budget || len == 0) {
        return;
    }

    if (run_grow_body(run, run->body_len + len) != 0) {
        run->over_budget = 1;
        return;
    }

    memcpy(run->body + run->body_len, piece, len);
    run->body_len += len;
}


/* --- deciding ------------------------------------------------------------- */

/* What a cookie's value opens is nobody's to read in a sentence. */
static int
run_is_secret(const spec_assertion_t *assertion)
{
    return assertion->source == SPEC_SOURCE_HEADER
           && strcasecmp(assertion->property, "set-cookie") == 0;
}


static void
run_decide(assert_run_t *run, const spec_assertion_t *assertion, const assertion_answer_t *found)
{
    assertion_answer_t answer = *found;

    if (run_is_secret(assertion) && answer.outcome == ASSERTION_DIFFERS) {
        answer.len = 0;
    }

    /* before it is cut to what a sentence holds, else a part of a secret could remain */
    redact_text(run->spec, answer.seen, answer.len);
    run->reason = assertion_reason(assertion, answer.outcome);
    assertion_explain(assertion, &answer, run->detail, sizeof(run->detail));
}


static void
run_decide_trouble(assert_run_t *run, const char *words)
{
    run->reason = BS_REASON_AGENT_OVERLOADED;
    strncpy(run->detail, words, sizeof(run->detail) - 1);
}


/* 1: *answer is complete; 0: that is for a judge. */
static int
run_compare_here(const assert_run_t *run, size_t number, assertion_answer_t *answer)
{
    const spec_assertion_t *assertion = &run->spec->assertions[number];
    const run_header_t *header = &run->headers[number];
    int is_header = assertion->source == SPEC_SOURCE_HEADER;
    assertion_value_t value = {
        .data = is_header             ? header->data
                : (run->body != NULL) ? run->body
                                      : "",
        .len = is_header ? header->len : run->body_len,
        .cut = is_header ? 0 : run->cut,
    };

    if (is_header && header->data == NULL) {
        answer->outcome = assertion_absent(assertion);
        answer->len = 0;
        return 1;
    }

    if (assertion_needs_judge(assertion)) {
        return 0;
    }

    assertion_compare(assertion, &value, answer);

    if (!is_header && answer->outcome == ASSERTION_DIFFERS) {
        answer->len = 0; /* a page is no value to show in a sentence */
    }

    return 1;
}


static void
run_on_judged(void *data, unsigned index, const assertion_answer_t *answer)
{
    assert_run_t *run = data;

    run->task = NULL;

    if (index < run->asked_count) {
        run_decide(run, &run->spec->assertions[run->asked[index]], answer);
    }

    run->done(run->data);
}


static size_t
run_question_size(const assert_run_t *run)
{
    size_t size = 0;

    for (unsigned i = 0; i < run->asked_count; i++) {
        const run_header_t *header = &run->headers[run->asked[i]];

        size += assert_wire_size(&run->spec->assertions[run->asked[i]], header->data, header->len);
    }

    return size;
}


/* 0, or -1: it cannot be asked. */
static int
run_ask(assert_run_t *run)
{
    assert_question_t question = {
        .count = run->asked_count,
        .cut = run->cut,
        .text_len = run_question_size(run),
        .body = run->body,
        .body_len = run->body_len,
        .reserved = run->body_size,
    };

    question.text = malloc(question.text_len);

    if (question.text == NULL) {
        return -1;
    }

    char *at = question.text;

    for (unsigned i = 0; i < run->asked_count; i++) {
        const run_header_t *header = &run->headers[run->asked[i]];

        at = assert_wire_put(at, &run->spec->assertions[run->asked[i]], header->data, header->len);
    }

    run->body = NULL;
    run->body_len = run->body_size = 0;
    run->task = assert_pool_ask(run->pool, &question, run_on_judged, run);
    return (run->task != NULL) ? 0 : -1;
}


int
assert_run_judge(assert_run_t *run, int cut, assert_run_cb done, void *data)
{
    assertion_answer_t answer;

    run->cut = cut;
    run->done = done;
    run->data = data;

    if (run->over_budget) {
        run_decide_trouble(run, "too many large answers at once to compare this one");
        return 1;
    }

    for (size_t i = 0; i < run->spec->assertions_count; i++) {
        if (!run_compare_here(run, i, &answer)) {
            run->asked[run->asked_count++] = (unsigned) i;

        } else if (answer.outcome != ASSERTION_HOLDS) {
            run_decide(run, &run->spec->assertions[i], &answer);
            return 1;
        }
    }

    if (run->asked_count == 0) {
        return 1;
    }

    if (run_ask(run) != 0) {
        run_decide_trouble(run, "too many assertions wait to be judged");
        return 1;
    }

    return 0;
}


void
assert_run_give_up(assert_run_t *run)
{
    int progress = assert_pool_progress(run->task);
    assertion_answer_t answer = {.outcome = ASSERTION_TIME};

    assert_pool_cancel(run->task);
    run->task = NULL;

    if (progress < 0) {
        run_decide_trouble(run, "no time was left to judge the assertions");
    } else {
        run_decide(run, &run->spec->assertions[run->asked[progress]], &answer);
    }
}


bs_reason_t
assert_run_reason(const assert_run_t *run)
{
    return run->reason;
}


const char *
assert_run_detail(const assert_run_t *run)
{
    return run->detail;
}
