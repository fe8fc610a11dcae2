
/*
 * To compile a program costs milliseconds (jq parses its own library each
 * time), so the last few stay compiled.
 */

#include "assert_jq.h"

#include <jq.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ASSERT_JQ_KEPT 32
#define ASSERT_JQ_WORDS_MAX 256

typedef struct {
    char *program;
    jq_state *state;
} assert_jq_entry_t;

struct assert_jq {
    assert_jq_entry_t kept[ASSERT_JQ_KEPT];
    unsigned next; /* the place that is used again */
    void (*on_nomem)(void *data);
    int loaded;
    jv input;
};


assert_jq_t *
assert_jq_create(void (*on_nomem)(void *))
{
    assert_jq_t *jq = calloc(1, sizeof(*jq));

    if (jq != NULL) {
        jq->on_nomem = on_nomem;
        jv_nomem_handler(on_nomem, NULL);
    }

    return jq;
}


/* --- words ---------------------------------------------------------------- */

static void
assert_jq_say(assertion_answer_t *error, assertion_outcome_t outcome, const char *before,
              jv take_words)
{
    char text[ASSERT_JQ_WORDS_MAX];
    jv words =
        (jv_get_kind(take_words) == JV_KIND_STRING) ? take_words : jv_dump_string(take_words, 0);

    snprintf(text, sizeof(text), "%s%s", before, jv_string_value(words));
    jv_free(words);
    assertion_see(error, outcome, text, strlen(text));
}


/* "jq: error: syntax error, unexpected '}' (Unix shell quoting issues?) at <top-level>, line 1:" */
static void
assert_jq_on_error(void *data, jv message)
{
    assertion_answer_t *error = data;
    const char *text = (jv_get_kind(message) == JV_KIND_STRING) ? jv_string_value(message) : "";

    if (error->len == 0) {
        const char *start = (strncmp(text, "jq: error: ", 11) == 0) ? text + 11 : text;
        size_t len = strcspn(start, "\n");
        const char *noise[] = {" (Unix shell quoting issues?)", " at <top-level>, line 1"};

        for (size_t i = 0; i < sizeof(noise) / sizeof(noise[0]); i++) {
            const char *found = memmem(start, len, noise[i], strlen(noise[i]));

            len = (found != NULL) ? (size_t) (found - start) : len;
        }

        assert_jq_say(error, ASSERTION_INVALID,
                      "the jq expression is not valid: ", jv_string_sized(start, (int) len));
    }

    jv_free(message);
}


/* --- programs ------------------------------------------------------------- */

static jq_state *
assert_jq_find(const assert_jq_t *jq, const char *program)
{
    for (unsigned i = 0; i < ASSERT_JQ_KEPT; i++) {
        if (jq->kept[i].program != NULL && strcmp(jq->kept[i].program, program) == 0) {
            return jq->kept[i].state;
        }
    }

    return NULL;
}


static void
assert_jq_keep(assert_jq_t *jq, const char *program, jq_state *state)
{
    assert_jq_entry_t *entry = &jq->kept[jq->next];

    if (entry->program != NULL) {
        free(entry->program);
        jq_teardown(&entry->state);
    }

    jq->next = (jq->next + 1) % ASSERT_JQ_KEPT;
    entry->program = strdup(program);
    entry->state = state;
}


static jv
assert_jq_on_input(jq_state *state, void *data)
{
    (void) state;
    (void) data;
    return jv_invalid(); /* no more than the body */
}


static void
assert_jq_on_debug(void *data, jv message)
{
    (void) data;
    jv_free(message);
}


/*
 * libjq calls what it was not given, and counts on being told where modules
 * would be.  From 1.7 on a running program has only its own handler.
 */
static void
assert_jq_set_world(const assert_jq_t *jq, jq_state *state)
{
    jq_set_nomem_handler(state, jq->on_nomem, NULL);
    jq_set_input_cb(state, assert_jq_on_input, NULL);
    jq_set_debug_cb(state, assert_jq_on_debug, NULL);
    jq_set_attr(state, jv_string("JQ_LIBRARY_PATH"), jv_array());
    jq_set_attr(state, jv_string("JQ_ORIGIN"), jv_string("/nonexistent"));
    jq_set_attr(state, jv_string("PROGRAM_ORIGIN"), jv_string("/nonexistent"));
}


static jq_state *
assert_jq_compile(assert_jq_t *jq, const char *program, assertion_answer_t *error)
{
    jq_state *state = assert_jq_find(jq, program);

    if (state != NULL) {
        return state;
    }

    state = jq_init();
    error->outcome = ASSERTION_TROUBLE;
    error->len = 0;

    if (state == NULL) {
        return NULL;
    }

    jq_set_error_cb(state, assert_jq_on_error, error);
    assert_jq_set_world(jq, state);

    if (!jq_compile(state, program)) {
        jq_teardown(&state);
        return NULL;
    }

    /* from now on errors come as results */
    jq_set_error_cb(state, NULL, NULL);
    assert_jq_keep(jq, program, state);
    return state;
}


/* --- input and output ----------------------------------------------------- */

int
assert_jq_load(assert_jq_t *jq, const char *text, size_t len, assertion_answer_t *error)
{
    if (jq->loaded) {
        jv_free(jq->input);
        jq->loaded = 0;
    }

    if (len == 0) {
        assert_jq_say(error, ASSERTION_FAILS, "the body is empty", jv_string(""));
        return -1;
    }

    jv value = jv_parse_sized(text, (int) len);

    if (jv_is_valid(value)) {
        jq->input = value;
        jq->loaded = 1;
        return 0;
    }

    if (jv_invalid_has_msg(jv_copy(value))) {
        assert_jq_say(error, ASSERTION_FAILS, "the body is no JSON: ", jv_invalid_get_msg(value));
        return -1;
    }

    jv_free(value);
    assert_jq_say(error, ASSERTION_FAILS, "there is no JSON in the body", jv_string(""));
    return -1;
}


static void
assert_jq_read(jv take_value, assert_jq_output_t *output)
{
    jv_kind kind = jv_get_kind(take_value);

    output->is_number = kind == JV_KIND_NUMBER;
    output->is_null = kind == JV_KIND_NULL;
    output->is_true = kind != JV_KIND_NULL && kind != JV_KIND_FALSE;

    jv text = (kind == JV_KIND_STRING) ? take_value : jv_dump_string(take_value, 0);

    output->len = (size_t) jv_string_length_bytes(jv_copy(text));
    output->text = malloc(output->len + 1);

    if (output->text != NULL) {
        memcpy(output->text, jv_string_value(text), output->len + 1);
    }

    jv_free(text);
}


int
assert_jq_first(assert_jq_t *jq, const char *program, assert_jq_output_t *output,
                assertion_answer_t *error)
{
    jq_state *state = assert_jq_compile(jq, program, error);

    memset(output, 0, sizeof(*output));

    if (state == NULL) {
        return -1;
    }

    jq_start(state, jv_copy(jq->input), 0);

    jv value = jq_next(state);

    jq_start(state, jv_null(), 0); /* lets go of the input and all that was made of it */

    if (jv_is_valid(value)) {
        assert_jq_read(value, output);
        return 0;
    }

    if (jv_invalid_has_msg(jv_copy(value))) {
        assert_jq_say(error, ASSERTION_FAILS,
                      "the jq expression failed: ", jv_invalid_get_msg(value));
        return -1;
    }

    jv_free(value);
    return 0;
}
