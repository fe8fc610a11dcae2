
/* What could not be observed is unknown; it is never called up, nor counted as down. */

#include "expect.h"

#include "reason.h"

#include <stdio.h>


static int
expect_status_wanted(const spec_t *spec, int status)
{
    if (spec->type != SPEC_EXPECTED_STATUS_CODE) {
        return status >= 200 && status <= 299;
    }

    for (size_t i = 0; i < spec->expected_count; i++) {
        if (spec->expected[i] == status) {
            return 1;
        }
    }

    return 0;
}


static expect_verdict_t
expect_down(bs_reason_t reason)
{
    return (expect_verdict_t){BS_STATUS_DOWN, reason};
}


expect_verdict_t
expect_judge(const spec_t *spec, const check_facts_t *facts)
{
    if (facts->failure != BS_REASON_NONE) {
        bs_status_t status =
            bs_reason_is_observer((int) facts->failure) ? BS_STATUS_UNKNOWN : BS_STATUS_DOWN;

        return (expect_verdict_t){status, facts->failure};
    }

    if (spec->type == SPEC_KEYWORD || spec->type == SPEC_KEYWORD_ABSENCE) {
        int wanted = spec->type == SPEC_KEYWORD;

        if (facts->keyword_found && !wanted) {
            return expect_down(BS_REASON_KEYWORD_PRESENT);
        }

        if (!facts->keyword_found && facts->body_cut) {
            return expect_down(BS_REASON_BODY_TOO_LARGE);
        }

        if (!facts->keyword_found && wanted) {
            return expect_down(BS_REASON_KEYWORD_MISSING);
        }

    } else if (!expect_status_wanted(spec, facts->http_status)) {
        return expect_down(BS_REASON_STATUS_UNEXPECTED);
    }

    return (expect_verdict_t){BS_STATUS_UP, BS_REASON_NONE};
}


void
expect_explain(expect_verdict_t verdict, check_facts_t *facts)
{
    if (verdict.reason == BS_REASON_STATUS_UNEXPECTED) {
        snprintf(facts->detail, sizeof(facts->detail), "the status was %d", facts->http_status);

    } else if (facts->detail[0] == '\0') {
        snprintf(facts->detail, sizeof(facts->detail), "%s", reason_words(verdict.reason));
    }
}
