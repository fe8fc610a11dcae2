
/*
 * Whatever a program can do, it does in here: without files, sockets or other
 * descriptors than its two pipes, with bounded memory, and with a clock of its
 * own CPU time, which is fair on a busy machine and needs nobody to watch it.
 */

#include "assert_judge.h"

#include "assert_jq.h"
#include "assert_regex.h"
#include "assert_wire.h"

#include <errno.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <unistd.h>

#define JUDGE_MEMORY_MAX (512ul << 20)
#define JUDGE_NOBODY 65534
#define JUDGE_FDS 3 /* no descriptor beyond the standard ones can be opened */

typedef struct {
    assert_jq_t *jq;
    int loaded; /* the body was given to jq */
    int is_json;
    assertion_answer_t why_not;
    const char *body;
    size_t body_len;
    int cut;
} judge_t;


/* --- giving up ------------------------------------------------------------ */

static void
judge_limit(__rlimit_resource_t what, rlim_t most)
{
    struct rlimit limit = {most, most};

    setrlimit(what, &limit);
}


static int
judge_confine(void)
{
    closefrom(JUDGE_FDS);
    signal(SIGPIPE, SIG_DFL);

    /* who interrupts the agent still lets it finish what it has begun; its end ends us */
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGHUP, SIG_IGN);

    /* an agent that runs as root judges as nobody */
    if (getuid() == 0
        && (setgroups(0, NULL) != 0 || setgid(JUDGE_NOBODY) != 0 || setuid(JUDGE_NOBODY) != 0))
    {
        return -1;
    }

    prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
    judge_limit(RLIMIT_CORE, 0);
    judge_limit(RLIMIT_FSIZE, 0);
    judge_limit(RLIMIT_NOFILE, JUDGE_FDS);
#ifndef __SANITIZE_ADDRESS__ /* whose shadow is larger than any limit */
    judge_limit(RLIMIT_AS, JUDGE_MEMORY_MAX);
#endif
    return 0;
}


static void
judge_on_nomem(void *data)
{
    (void) data;
    _exit(ASSERT_JUDGE_EXIT_MEMORY);
}


static void *
judge_allocate(size_t len)
{
    void *data = malloc(len);

    if (data == NULL) {
        judge_on_nomem(NULL);
    }

    return data;
}


static void
judge_set_clock(long ms)
{
    struct itimerval value = {.it_value = {ms / 1000, (ms % 1000) * 1000}};

    setitimer(ITIMER_PROF, &value, NULL);
}


/* --- pipes ---------------------------------------------------------------- */

/* 0, or -1 at the end of the input. */
static int
judge_read(void *data, size_t len)
{
    char *at = data;

    while (len > 0) {
        ssize_t n = read(STDIN_FILENO, at, len);

        if (n <= 0) {
            if (n < 0 && errno == EINTR) {
                continue;
            }

            return -1;
        }

        at += n;
        len -= (size_t) n;
    }

    return 0;
}


static int
judge_write(const assertion_answer_t *answer)
{
    char frame[ASSERT_WIRE_ANSWER_MAX];
    assert_wire_answer_t head = {(uint16_t) answer->outcome, (uint16_t) answer->len};
    size_t len = sizeof(head) + answer->len;
    const char *at = frame;

    memcpy(frame, &head, sizeof(head));
    memcpy(frame + sizeof(head), answer->seen, answer->len);

    while (len > 0) {
        ssize_t n = write(STDOUT_FILENO, at, len);

        if (n < 0) {
            if (errno == EINTR) {
                continue;
            }

            return -1;
        }

        at += n;
        len -= (size_t) n;
    }

    return 0;
}


/* --- judging -------------------------------------------------------------- */

static void
judge_compare(const spec_assertion_t *assertion, const assertion_value_t *value,
              assertion_answer_t *answer)
{
    if (assertion->comparison == SPEC_MATCHES || assertion->comparison == SPEC_NOT_MATCHES) {
        assert_regex(assertion, value, answer);
    } else {
        assertion_compare(assertion, value, answer);
    }
}


static void
judge_compare_output(const spec_assertion_t *assertion, const assert_jq_output_t *output,
                     assertion_answer_t *answer)
{
    int exists = assertion->comparison == SPEC_EXISTS || assertion->comparison == SPEC_NOT_EXISTS;
    assertion_value_t value = {
        .data = output->text, .len = output->len, .is_number = output->is_number};

    if (output->text == NULL || (exists && output->is_null)) {
        answer->outcome = assertion_absent(assertion);
        answer->len = 0;

    } else if (assertion->comparison == SPEC_IS_TRUE) {
        assertion_see(answer, output->is_true ? ASSERTION_HOLDS : ASSERTION_DIFFERS, value.data,
                      value.len);

    } else {
        judge_compare(assertion, &value, answer);
    }
}


static void
judge_json(judge_t *judge, const spec_assertion_t *assertion, assertion_answer_t *answer)
{
    assert_jq_output_t output;

    if (judge->cut) {
        answer->outcome = ASSERTION_CUT;
        return;
    }

    if (!judge->loaded) {
        judge->loaded = 1;
        judge->is_json =
            assert_jq_load(judge->jq, judge->body, judge->body_len, &judge->why_not) == 0;
    }

    if (!judge->is_json) {
        *answer = judge->why_not;
        return;
    }

    if (assert_jq_first(judge->jq, assertion->property, &output, answer) != 0) {
        int exists =
            assertion->comparison == SPEC_EXISTS || assertion->comparison == SPEC_NOT_EXISTS;

        /* "Cannot index string": then there is no such thing */
        if (exists && answer->outcome == ASSERTION_FAILS) {
            answer->outcome = assertion_absent(assertion);
            answer->len = 0;
        }

        return;
    }

    judge_compare_output(assertion, &output, answer);
    free(output.text);
}


static void
judge_one(judge_t *judge, const spec_assertion_t *assertion, const char *subject, size_t len,
          assertion_answer_t *answer)
{
    answer->outcome = ASSERTION_TROUBLE;
    answer->len = 0;

    if (assertion->source == SPEC_SOURCE_JSON) {
        judge_json(judge, assertion, answer);
        return;
    }

    assertion_value_t value = {
        .data = (subject != NULL) ? subject : judge->body,
        .len = (subject != NULL) ? len : judge->body_len,
        .cut = (subject == NULL) ? judge->cut : 0,
    };

    judge_compare(assertion, &value, answer);

    if (subject == NULL && answer->outcome == ASSERTION_DIFFERS) {
        answer->len = 0; /* a page is no value to show in a sentence */
    }
}


/* 0, or -1: nobody listens any more, or what they say makes no sense. */
static int
judge_all(judge_t *judge, const assert_wire_head_t *head, const char *text)
{
    const char *end = text + head->text_len;
    assertion_answer_t answer;

    for (uint32_t i = 0; i < head->count; i++) {
        spec_assertion_t assertion;
        const char *subject;
        size_t len;

        text = assert_wire_get(text, end, &assertion, &subject, &len);

        if (text == NULL) {
            return -1;
        }

        judge_one(judge, &assertion, subject, len, &answer);

        if (judge_write(&answer) != 0) {
            return -1;
        }

        if (answer.outcome != ASSERTION_HOLDS) {
            break;
        }
    }

    return 0;
}


static int
judge_question(judge_t *judge)
{
    assert_wire_head_t head;

    if (judge_read(&head, sizeof(head)) != 0 || head.count > SPEC_ASSERTIONS_MAX
        || head.text_len > JUDGE_MEMORY_MAX || head.body_len > JUDGE_MEMORY_MAX)
    {
        return -1;
    }

    char *text = judge_allocate(head.text_len + 1);
    char *body = judge_allocate(head.body_len + 1);
    int failed = judge_read(text, head.text_len) != 0 || judge_read(body, head.body_len) != 0;

    if (!failed) {
        body[head.body_len] = '\0';
        judge->body = body;
        judge->body_len = head.body_len;
        judge->cut = (int) head.cut;
        judge->loaded = 0;

        judge_set_clock(ASSERT_JUDGE_CPU_MS);
        failed = judge_all(judge, &head, text);
        judge_set_clock(0);
    }

    free(text);
    free(body);
    return failed ? -1 : 0;
}


int
assert_judge_main(void)
{
    static judge_t judge;

    if (judge_confine() != 0 || (judge.jq = assert_jq_create(judge_on_nomem)) == NULL) {
        return 1;
    }

    while (judge_question(&judge) == 0) {
    }

    _exit(0); /* all that is left is the kernel's to free */
}
