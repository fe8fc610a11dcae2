
/* What could not be observed is unknown; it is never called up, nor counted as down. */

#include "expect.h"

#include "reason.h"

#include <stdio.h>


static int
expect_status_wanted(const spec_t *spec, int status)
{
    if (spec->type != SPEC_EXPECTED_STATUS_CODE || spec->expected_count == 0) {
        return status >= 200 && status <= 299;
    }

    for (size_t i = 0; i < spec->expected_count; i++) {
        if (status >= spec->expected[i].from && status <= spec->expected[i].to) {
            return 1;
        }
    }

    return 0;
}


/* An answer that came, but too late to be good, or with a certificate that ends soon. */
static expect_verdict_t
expect_well(const spec_t *spec, const check_facts_t *facts)
{
    int64_t ends_ms = facts->certificate.not_after * 1000;
    int64_t soon_ms = facts->checked_at_ms + (int64_t) spec->expiry_days * 86400000;

    if (spec->expiry_days > 0 && facts->certificate.seen && ends_ms < soon_ms) {
        return (expect_verdict_t){BS_STATUS_DEGRADED, BS_REASON_CERTIFICATE_EXPIRING};
    }

    if (spec->expiry_days > 0 && facts->domain_expires_at != 0
        && facts->domain_expires_at * 1000 < soon_ms)
    {
        return (expect_verdict_t){BS_STATUS_DEGRADED, BS_REASON_ASSERTION_FAILED};
    }

    if (spec->type == SPEC_PING && facts->loss_percent > (unsigned) spec->loss_max) {
        return (expect_verdict_t){BS_STATUS_DEGRADED, BS_REASON_ASSERTION_FAILED};
    }

    if (spec->degraded_ms > 0 && facts->phases.total_us > spec->degraded_ms * 1000) {
        return (expect_verdict_t){BS_STATUS_DEGRADED, BS_REASON_TOO_SLOW};
    }

    return (expect_verdict_t){BS_STATUS_UP, BS_REASON_NONE};
}


static expect_verdict_t
expect_down(bs_reason_t reason)
{
    return (expect_verdict_t){BS_STATUS_DOWN, reason};
}


static bs_reason_t
expect_keyword(const spec_t *spec, const check_facts_t *facts)
{
    int wanted = spec->type == SPEC_KEYWORD;

    if (facts->keyword_found) {
        return wanted ? BS_REASON_NONE : BS_REASON_KEYWORD_PRESENT;
    }

    if (facts->body_cut) {
        return BS_REASON_BODY_TOO_LARGE;
    }

    return wanted ? BS_REASON_KEYWORD_MISSING : BS_REASON_NONE;
}


expect_verdict_t
expect_judge(const spec_t *spec, const check_facts_t *facts)
{
    if (facts->failure != BS_REASON_NONE) {
        bs_status_t status =
            bs_reason_is_observer((int) facts->failure) ? BS_STATUS_UNKNOWN : BS_STATUS_DOWN;

        return (expect_verdict_t){status, facts->failure};
    }

    bs_reason_t reason = BS_REASON_NONE;

    switch (spec->type) {
    case SPEC_STATUS:
    case SPEC_EXPECTED_STATUS_CODE:
        if (!expect_status_wanted(spec, facts->http_status)) {
            reason = BS_REASON_STATUS_UNEXPECTED;
        }

        break;
    case SPEC_KEYWORD:
    case SPEC_KEYWORD_ABSENCE:
        reason = expect_keyword(spec, facts);
        break;
    default: /* the other kinds find out by themselves whether the answer is right */
        break;
    }

    return (reason == BS_REASON_NONE) ? expect_well(spec, facts) : expect_down(reason);
}


void
expect_explain(expect_verdict_t verdict, check_facts_t *facts)
{
    facts->reason = verdict.reason;

    if (verdict.reason == BS_REASON_STATUS_UNEXPECTED) {
        snprintf(facts->detail, sizeof(facts->detail), "the status was %d", facts->http_status);

    } else if (facts->detail[0] == '\0') {
        snprintf(facts->detail, sizeof(facts->detail), "%s", reason_words(verdict.reason));
    }
}
