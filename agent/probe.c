
/* Attempts in a row; secrets leave the facts before anybody sees them. */

#include "probe.h"

#include "clock.h"
#include "redact.h"

#include <stdlib.h>

struct probe {
    const check_env_t *env;
    const spec_t *spec;
    unsigned attempt;
    unsigned attempts_max;
    int64_t began_us; /* the attempt under way */
    probe_done_cb done;
    void *data;
    check_t *check;
    expect_verdict_t verdict;
    check_facts_t *facts[PROBE_ATTEMPTS_MAX];
};


static void
probe_free(probe_t *probe)
{
    for (unsigned i = 0; i < probe->attempt; i++) {
        facts_deinit(probe->facts[i]);
        free(probe->facts[i]);
    }

    free(probe);
}


/* A second look changes nothing about what we refuse, or a certificate's end. */
static int
probe_worth_repeating(expect_verdict_t verdict)
{
    return verdict.status != BS_STATUS_UP && verdict.reason != BS_REASON_ADDRESS_BLOCKED
           && verdict.reason != BS_REASON_REDIRECT_BLOCKED && verdict.reason != BS_REASON_NOT_RUN
           && verdict.reason != BS_REASON_CERTIFICATE_EXPIRING
           && verdict.reason != BS_REASON_REGEX_LIMIT;
}


static int probe_attempt(probe_t *probe);


static void
probe_on_done(void *data)
{
    probe_t *probe = data;
    check_facts_t *facts = probe->facts[probe->attempt - 1];

    probe->check = NULL;
    probe->verdict = expect_judge(probe->spec, facts);
    expect_explain(probe->verdict, facts);
    redact_facts(probe->spec, facts);

    if (probe->attempt < probe->attempts_max && probe_worth_repeating(probe->verdict)
        && probe_attempt(probe) == 0)
    {
        return;
    }

    probe_result_t result = {
        .verdict = probe->verdict,
        .attempts = probe->attempt,
        .checked_at_ms = probe->facts[0]->checked_at_ms,
        .began_us = probe->began_us,
        .facts = facts,
        .first = (probe->attempt > 1) ? probe->facts[0] : NULL,
    };

    probe->done(probe->data, &result);
    probe_free(probe);
}


static int
probe_attempt(probe_t *probe)
{
    check_facts_t *facts = malloc(sizeof(*facts));

    if (facts == NULL) {
        return -1;
    }

    int64_t began_us = clock_us();

    probe->check =
        check_start(probe->env, probe->spec, (int) probe->attempt + 1, facts, probe_on_done, probe);

    if (probe->check == NULL) {
        free(facts);
        return -1;
    }

    probe->began_us = began_us;
    probe->facts[probe->attempt++] = facts;
    return 0;
}


probe_t *
probe_start(const check_env_t *env, const spec_t *spec, unsigned attempts_max, probe_done_cb done,
            void *data)
{
    probe_t *probe = calloc(1, sizeof(*probe));

    if (probe == NULL) {
        return NULL;
    }

    probe->env = env;
    probe->spec = spec;
    probe->attempts_max = attempts_max;
    probe->done = done;
    probe->data = data;

    if (probe_attempt(probe) != 0) {
        free(probe);
        return NULL;
    }

    return probe;
}


void
probe_cancel(probe_t *probe)
{
    check_cancel(probe->check);
    probe_free(probe);
}
