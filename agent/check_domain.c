
/*
 * Domain expiry: what the registry says by RDAP.  The registry is asked seldom,
 * so most checks are answered from what is known (`asked_at` says since when),
 * and its troubles, or ours, are never the domain's.
 */

#include "check_kinds.h"

#include "endpoint.h"
#include "json_writer.h"
#include "rdap.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define CHECK_DOMAIN_NO_PORT 1 /* there is none; the reader of endpoints wants one */
#define CHECK_DOMAIN_DAY_S 86400

typedef struct {
    check_t base;
    endpoint_t endpoint;
    const char *domain;
    rdap_query_t *query;
} check_domain_t;


static void
check_domain_close(check_t *base)
{
    check_domain_t *check = (check_domain_t *) base;

    if (check->query != NULL) {
        rdap_cancel(check->query);
        check->query = NULL;
    }
}


static void
check_domain_on_deadline(check_t *base)
{
    base->facts->failure = BS_REASON_NOT_RUN;
    base->facts->phase = "first_byte";
    snprintf(base->facts->detail, sizeof(base->facts->detail), "the registry has not answered yet");
}


/* --- the answer ----------------------------------------------------------- */

static void
check_domain_write(const check_domain_t *check, const rdap_answer_t *answer)
{
    check_facts_t *facts = check->base.facts;
    json_writer_t json;

    json_writer_init(&json, facts->measured, sizeof(facts->measured) - 1);
    json_writer_open(&json, '{');
    json_writer_key(&json, "domain");
    json_writer_string(&json, check->domain);

    if (answer->expires_at != 0) {
        json_writer_key(&json, "expires_at");
        json_writer_time(&json, answer->expires_at);
    }

    json_writer_key(&json, "asked_at");
    json_writer_time(&json, answer->asked_at_ms / 1000);
    json_writer_close(&json, '}');
    facts->measured[json.overflow ? 0 : json.len] = '\0';
}


/* Days in words: "in 12 days", "today", "3 days ago". */
static void
check_domain_distance(int64_t seconds, char *words, size_t size)
{
    int64_t days = ((seconds < 0) ? -seconds : seconds) / CHECK_DOMAIN_DAY_S;
    const char *plural = (days == 1) ? "" : "s";

    if (days == 0) {
        snprintf(words, size, (seconds < 0) ? "less than a day ago" : "within a day");
    } else if (seconds < 0) {
        snprintf(words, size, "%" PRId64 " day%s ago", days, plural);
    } else {
        snprintf(words, size, "in %" PRId64 " day%s", days, plural);
    }
}


static void
check_domain_judge(check_domain_t *check, const rdap_answer_t *answer)
{
    check_t *base = &check->base;
    check_facts_t *facts = base->facts;
    char detail[CHECK_DETAIL_MAX];
    char distance[64];

    if (answer->lapsed) {
        snprintf(detail, sizeof(detail), "The domain %.150s has lapsed and is about to be deleted",
                 check->domain);
        check_fail(base, BS_REASON_ASSERTION_FAILED, "done", detail);
        return;
    }

    if (answer->expires_at == 0) {
        snprintf(detail, sizeof(detail), "the registry does not say when %.150s expires",
                 check->domain);
        check_fail(base, BS_REASON_NOT_RUN, "done", detail);
        return;
    }

    int64_t left_s = answer->expires_at - facts->checked_at_ms / 1000;

    facts->phase = "done";
    facts->domain_expires_at = answer->expires_at;
    check_domain_distance(left_s, distance, sizeof(distance));

    if (left_s <= 0) {
        snprintf(detail, sizeof(detail), "The domain %.150s expired %s", check->domain, distance);
        check_fail(base, BS_REASON_ASSERTION_FAILED, "done", detail);
        return;
    }

    if (left_s < (int64_t) base->spec->expiry_days * CHECK_DOMAIN_DAY_S) {
        snprintf(facts->detail, sizeof(facts->detail), "The domain %.150s expires %s",
                 check->domain, distance);
    }

    check_finish(base);
}


static void
check_domain_on_answer(void *data, const rdap_answer_t *answer)
{
    check_domain_t *check = data;
    char detail[CHECK_DETAIL_MAX];

    switch (answer->end) {
    case RDAP_FOUND:
        check_domain_write(check, answer);
        check_domain_judge(check, answer);
        return;
    case RDAP_NO_SUCH_DOMAIN:
        check_domain_write(check, answer);
        snprintf(detail, sizeof(detail), "The domain %.150s is not registered", check->domain);
        check_fail(&check->base, BS_REASON_ASSERTION_FAILED, "done", detail);
        return;
    default:
        check_fail(&check->base, BS_REASON_NOT_RUN, "first_byte", answer->words);
    }
}


/* --- the start ------------------------------------------------------------ */

static void
check_domain_start(check_t *base)
{
    check_domain_t *check = (check_domain_t *) base;
    size_t len;
    bs_addr_t address;
    const char *error;

    if (endpoint_read(base->spec, CHECK_DOMAIN_NO_PORT, &check->endpoint, &error) != 0) {
        check_fail(base, BS_REASON_NOT_RUN, "start", error);
        return;
    }

    len = strlen(check->endpoint.host);

    if (len > 0 && check->endpoint.host[len - 1] == '.') {
        check->endpoint.host[--len] = '\0';
    }

    check->domain = rdap_registrable(base->env->rdap, check->endpoint.host);

    if (check->domain == NULL || bs_addr_parse_host(check->endpoint.host, len, &address) != 1) {
        check_fail(base, BS_REASON_NOT_RUN, "start", "this is no domain that can be registered");
        return;
    }

    check->query = rdap_start(base->env->rdap, check->domain, check_domain_on_answer, check);

    if (check->query == NULL) {
        check_fail(base, BS_REASON_AGENT_OVERLOADED, "start", "out of memory");
    }
}


const check_kind_t check_domain_kind = {
    .size = sizeof(check_domain_t),
    .start = check_domain_start,
    .on_deadline = check_domain_on_deadline,
    .close = check_domain_close,
};
