
/*
 * HTTP(S): resolve, judge the address, connect to exactly that, follow
 * redirects by the same road, until the answer is whole.
 */

#include "check_kinds.h"
#include "assert_run.h"
#include "check_site.h"
#include "clock.h"
#include "expect.h"
#include "keyword.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct {
    check_t base;
    check_site_t site;
    http_cookies_t *cookies;
    const char *method;
    int drop_body;
    int64_t body_seen;
    keyword_t keyword;
    assert_run_t *asserts; /* NULL: the monitor has none */
    int64_t judging_us;    /* since when; 0: they are not judged now */
} check_http_t;

static void check_http_hop(check_http_t *check);


/* --- the end -------------------------------------------------------------- */

static void
check_http_close(check_t *base)
{
    check_http_t *check = (check_http_t *) base;

    check_site_cancel(&check->site);
    http_cookies_free(check->cookies);
    check->cookies = NULL;
    assert_run_destroy(check->asserts);
    check->asserts = NULL;
    keyword_deinit(&check->keyword);
    check_site_deinit(&check->site);
}


/* The time that judges take is not the target's. */
static void
check_http_on_judged(void *data)
{
    check_http_t *check = data;
    bs_reason_t reason = assert_run_reason(check->asserts);

    check->base.paused_us = (check->judging_us != 0) ? clock_us() - check->judging_us : 0;

    if (reason == BS_REASON_NONE) {
        check_finish(&check->base);
    } else {
        check_fail(&check->base, reason, check->base.facts->phase,
                   assert_run_detail(check->asserts));
    }
}


/* Whoever is down without them needs no assertions. */
static void
check_http_finish(check_http_t *check)
{
    check_facts_t *facts = check->base.facts;

    facts->keyword_found = check->keyword.found;

    if (check->asserts == NULL || expect_judge(check->base.spec, facts).status == BS_STATUS_DOWN
        || facts->failure != BS_REASON_NONE)
    {
        check_finish(&check->base);
        return;
    }

    check->judging_us = clock_us();

    if (assert_run_judge(check->asserts, facts->body_cut, check_http_on_judged, check)) {
        check_http_on_judged(check);
    }
}


/* --- facts ---------------------------------------------------------------- */

static void
check_http_note(check_http_t *check, const http_result_t *result)
{
    check_site_note(&check->site, result);
    check->base.facts->body_bytes = check->body_seen;
}


static int
check_http_on_body(void *data, const char *piece, size_t len)
{
    check_http_t *check = data;
    check_facts_t *facts = check->base.facts;
    int64_t room = check->base.env->body_limit - check->body_seen;

    if ((int64_t) len > room) {
        len = (size_t) room;
        facts->body_cut = 1;
    }

    facts_add_body(facts, piece, len);

    if (check->asserts != NULL) {
        assert_run_add_body(check->asserts, piece, len);
    }

    check->body_seen += (int64_t) len;
    keyword_feed(&check->keyword, piece, len);
    return facts->body_cut;
}


static void
check_http_on_header(void *data, const char *name, size_t name_len, const char *value,
                     size_t value_len)
{
    check_http_t *check = data;

    assert_run_add_header(check->asserts, name, name_len, value, value_len);
}


static void
check_http_on_deadline(check_t *base)
{
    check_http_t *check = (check_http_t *) base;
    http_exchange_t *exchange = check->site.exchange;
    http_result_t result;

    if (exchange == NULL) {
        assert_run_give_up(check->asserts);
        check_http_on_judged(check);
        return;
    }

    check->site.exchange = NULL;
    http_cancel(exchange, &result);
    check_http_note(check, &result);
    base->facts->keyword_found = check->keyword.found;
}


/* --- redirects ------------------------------------------------------------ */

/* 303 always, 301 and 302 for POST: what browsers do. */
static void
check_http_change_method(check_http_t *check, int status)
{
    int to_get = (status == 303 && strcmp(check->method, "HEAD") != 0)
                 || ((status == 301 || status == 302) && strcmp(check->method, "POST") == 0);

    if (to_get) {
        check->method = "GET";
        check->drop_body = 1;
    }
}


static void
check_http_redirect(check_http_t *check, const http_result_t *result)
{
    check_facts_t *facts = check->base.facts;
    const char *error;
    bs_url_t next;

    if (facts->redirects_count == CHECK_REDIRECTS_MAX) {
        check_fail(&check->base, BS_REASON_REDIRECT_LIMIT, facts->phase, "more than 10 redirects");
        return;
    }

    facts_add_redirect(facts, result->status, result->location);

    if (bs_url_parse(result->location, strlen(result->location), &next, &error) != 0) {
        int scheme = strncasecmp(result->location, "http:", 5) != 0
                     && strncasecmp(result->location, "https:", 6) != 0;

        check_fail(&check->base, scheme ? BS_REASON_REDIRECT_BLOCKED : BS_REASON_PROTOCOL_ERROR,
                   facts->phase,
                   scheme ? "redirected to something that is not http or https" : error);
        return;
    }

    check_http_change_method(check, result->status);
    check_site_follow(&check->site, &next);
    check_http_hop(check);
}


static void
check_http_on_done(void *data, const http_result_t *result)
{
    check_http_t *check = data;

    check->site.exchange = NULL;
    check_http_note(check, result);

    if (check->base.facts->failure == BS_REASON_NONE && check->base.spec->redirects
        && result->location != NULL)
    {
        check_http_redirect(check, result);
        return;
    }

    if (result->unreadable
        && (check->keyword.word != NULL
            || (check->asserts != NULL && assert_run_wants_body(check->asserts))))
    {
        check_fail(&check->base, BS_REASON_PROTOCOL_ERROR, "body",
                   "the body has an unknown Content-Encoding: there is nothing to look at");
        return;
    }

    check_http_finish(check);
}


/* --- one hop -------------------------------------------------------------- */

static void
check_http_connect(check_http_t *check, const bs_addr_t *address)
{
    http_request_t request = {
        .method = check->method,
        .on_body = check_http_on_body,
        .skip_redirect_body = check->base.spec->redirects,
        .cookies = check->cookies,
    };

    if (check->asserts != NULL) {
        assert_run_restart(check->asserts);
        request.on_header = check_http_on_header;
    }

    check->base.facts->body_len = 0;
    check_site_fill(&check->site, address, !check->drop_body, &request);
    check->site.exchange = http_start(check->base.env->http, &request, check_http_on_done, check);

    if (check->site.exchange == NULL) {
        check_fail(&check->base, BS_REASON_AGENT_OVERLOADED, "connect", "out of memory");
    }
}


static void
check_http_on_resolved(check_t *base, const bs_addr_t *address)
{
    check_http_t *check = (check_http_t *) base;

    if (address != NULL) {
        check_http_connect(check, address);
        return;
    }

    if (check->site.redirected && base->facts->failure == BS_REASON_ADDRESS_BLOCKED) {
        base->facts->failure = BS_REASON_REDIRECT_BLOCKED;
    }

    check_http_finish(check);
}


static void
check_http_hop(check_http_t *check)
{
    check_site_resolve(&check->site, check_http_on_resolved);
}


static void
check_http_start(check_t *base)
{
    check_http_t *check = (check_http_t *) base;
    const spec_t *spec = base->spec;
    int keeps_cookies = spec->cookies && spec->redirects;

    check->method = spec->method;

    if (keyword_init(&check->keyword, spec->keyword, spec->keyword_len) != 0
        || (keeps_cookies && (check->cookies = http_cookies_create()) == NULL)
        || (spec->assertions_count > 0
            && (check->asserts = assert_run_create(base->env->asserts, spec)) == NULL))
    {
        check_fail(base, BS_REASON_AGENT_OVERLOADED, "start", "out of memory");
        return;
    }

    if (check_site_init(&check->site, base, spec->url, NULL, 0) == 0) {
        check_http_hop(check);
    }
}


const check_kind_t check_http_kind = {
    .size = sizeof(check_http_t),
    .start = check_http_start,
    .on_deadline = check_http_on_deadline,
    .close = check_http_close,
};
