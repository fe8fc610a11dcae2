
/*
 * HTTP(S): resolve, judge the address, connect to exactly that, follow
 * redirects by the same road, until the answer is whole.
 */

#include "check_kinds.h"

#include "bs_url.h"
#include "http.h"
#include "keyword.h"
#include "reason.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

typedef struct {
    check_t base;
    http_exchange_t *exchange;
    bs_url_t first; /* what the monitor's secrets are meant for */
    bs_url_t url;   /* this hop */
    const char *method;
    int drop_body;
    int64_t body_seen;
    keyword_t keyword;
    http_header_t headers[SPEC_HEADERS_MAX];
} check_http_t;

static void check_http_hop(check_http_t *check);


/* --- the end -------------------------------------------------------------- */

static void
check_http_close(check_t *base)
{
    check_http_t *check = (check_http_t *) base;

    if (check->exchange != NULL) {
        http_cancel(check->exchange, NULL);
        check->exchange = NULL;
    }

    keyword_deinit(&check->keyword);
    bs_url_free(&check->first);
    bs_url_free(&check->url);
}


static void
check_http_finish(check_http_t *check)
{
    check->base.facts->keyword_found = check->keyword.found;
    check_finish(&check->base);
}


/* --- facts ---------------------------------------------------------------- */

/* With redirects the phases of all hops add up, so that they sum to the total. */
static void
check_http_note(check_http_t *check, const http_result_t *result)
{
    check_facts_t *facts = check->base.facts;

    check_add_phase(&facts->phases.connect_us, result->phases.connect_us);
    check_add_phase(&facts->phases.tls_us, result->phases.tls_us);
    check_add_phase(&facts->phases.first_byte_us, result->phases.first_byte_us);
    facts->http_status = result->status;
    facts->http_version = result->http_version;
    facts->body_bytes = check->body_seen;
    snprintf(facts->tls_version, sizeof(facts->tls_version), "%s",
             (result->tls_version != NULL) ? result->tls_version : "");
    facts_set_headers(facts, result->headers);
    reason_from_http(result, check->base.target, check->base.spec->timeout_ms, facts);

    if (facts->redirects_count > 0 && facts->failure == BS_REASON_ADDRESS_BLOCKED) {
        facts->failure = BS_REASON_REDIRECT_BLOCKED;
    }
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
    check->body_seen += (int64_t) len;
    keyword_feed(&check->keyword, piece, len);
    return facts->body_cut;
}


static void
check_http_on_deadline(check_t *base)
{
    check_http_t *check = (check_http_t *) base;
    http_exchange_t *exchange = check->exchange;
    http_result_t result;

    check->exchange = NULL;
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
        check_fail(&check->base, BS_REASON_REDIRECT_LIMIT, facts->phase,
                   "more than 10 redirects");
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
    bs_url_free(&check->url);
    check->url = next;
    check_http_hop(check);
}


static void
check_http_on_done(void *data, const http_result_t *result)
{
    check_http_t *check = data;

    check->exchange = NULL;
    check_http_note(check, result);

    if (check->base.facts->failure == BS_REASON_NONE && check->base.spec->redirects
        && result->location != NULL) {
        check_http_redirect(check, result);
        return;
    }

    check_http_finish(check);
}


/* --- one hop -------------------------------------------------------------- */

/* Headers that say how to answer, not who asks: fit for any site. */
static int
check_http_header_harmless(const char *name)
{
    static const char *const names[] = {"Accept", "Accept-Language", "User-Agent", "Cache-Control"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcasecmp(names[i], name) == 0) {
            return 1;
        }
    }

    return 0;
}


/* libcurl frames the request itself; a second opinion would only make it ambiguous. */
static int
check_http_header_framing(const char *name)
{
    return strcasecmp(name, "Content-Length") == 0 || strcasecmp(name, "Transfer-Encoding") == 0;
}


/* What the monitor says is meant for its own site; another gets nothing that could be secret. */
static void
check_http_fill_request(check_http_t *check, http_request_t *request)
{
    const spec_t *spec = check->base.spec;
    int own_site = bs_url_same_site(&check->first, &check->url);
    int with_body = own_site && !check->drop_body;

    for (size_t i = 0; i < spec->headers_count; i++) {
        const char *name = spec->headers[i].name;
        int is_body = strcasecmp(name, "Content-Type") == 0;

        if (check_http_header_framing(name) || (is_body && !with_body)) {
            continue;
        }

        if (own_site || check_http_header_harmless(name)) {
            check->headers[request->headers_count++] = spec->headers[i];
        }
    }

    request->headers = check->headers;
    request->body = with_body ? spec->body : NULL;
    request->body_len = with_body ? spec->body_len : 0;

    if (own_site) {
        request->username = (spec->username != NULL) ? spec->username : check->first.username;
        request->password = (spec->username != NULL) ? spec->password : check->first.password;
    }
}


static void
check_http_connect(check_http_t *check, const bs_addr_t *address)
{
    check_facts_t *facts = check->base.facts;

    /* only the last hop's answer is judged and shown */
    memset(&facts->certificate, 0, sizeof(facts->certificate));
    facts->body_len = 0;

    http_request_t request = {
        .url = check->url.text,
        .method = check->method,
        .timeout_ms = check->base.spec->timeout_ms,
        .ca_file = check->base.env->ca_file,
        .address = *address,
        .port = check->url.port,
        .verify = check->base.spec->verify,
        .certificate = &facts->certificate,
        .on_body = check_http_on_body,
        .skip_redirect_body = check->base.spec->redirects,
    };

    check_http_fill_request(check, &request);
    check->exchange = http_start(check->base.env->http, &request, check_http_on_done, check);

    if (check->exchange == NULL) {
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

    if (base->facts->redirects_count > 0 && base->facts->failure == BS_REASON_ADDRESS_BLOCKED) {
        base->facts->failure = BS_REASON_REDIRECT_BLOCKED;
    }

    check_http_finish(check);
}


static void
check_http_hop(check_http_t *check)
{
    check_resolve(&check->base, check->url.host, check->url.port, check_http_on_resolved);
}


static void
check_http_start(check_t *base)
{
    check_http_t *check = (check_http_t *) base;
    const spec_t *spec = base->spec;
    const char *error;

    check->method = spec->method;

    if (keyword_init(&check->keyword, spec->keyword, spec->keyword_len) != 0) {
        check_fail(base, BS_REASON_AGENT_OVERLOADED, "start", "out of memory");
        return;
    }

    if (bs_url_parse(spec->url, strlen(spec->url), &check->first, &error) != 0
        || bs_url_parse(spec->url, strlen(spec->url), &check->url, &error) != 0)
    {
        check_fail(base, BS_REASON_NOT_RUN, "start", error);
        return;
    }

    check_http_hop(check);
}


const check_kind_t check_http_kind = {
    .size = sizeof(check_http_t),
    .start = check_http_start,
    .on_deadline = check_http_on_deadline,
    .close = check_http_close,
};
