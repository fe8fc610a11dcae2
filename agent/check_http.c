
/*
 * The deadline belongs to the attempt: one timer, started before the name is
 * resolved, that no target can push back.  The end of an attempt always goes
 * through closing that timer, so done is never called from inside a start.
 */

#include "check_http.h"

#include "bs_url.h"
#include "clock.h"
#include "guard.h"
#include "http.h"
#include "keyword.h"
#include "reason.h"
#include "resolve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

struct check_http {
    const check_env_t *env;
    const spec_t *spec;
    int attempt;
    check_facts_t *facts;
    check_http_done_cb done;
    void *data;
    uv_timer_t deadline;
    int64_t started_us;
    int64_t asked_us;
    resolve_query_t *query;
    http_exchange_t *exchange;
    bs_url_t first; /* what the monitor's secrets are meant for */
    bs_url_t url;   /* this hop */
    const char *method;
    int drop_body;
    int64_t body_seen;
    keyword_t keyword;
    char target[BS_ADDR_TEXT_MAX + 16];
    http_header_t headers[SPEC_HEADERS_MAX];
};

static void check_http_hop(check_http_t *check);


/* --- the end -------------------------------------------------------------- */

static void
check_http_on_closed(uv_handle_t *handle)
{
    check_http_t *check = handle->data;
    check_http_done_cb done = check->done;
    void *data = check->data;

    keyword_deinit(&check->keyword);
    bs_url_free(&check->first);
    bs_url_free(&check->url);
    free(check);

    if (done != NULL) {
        done(data);
    }
}


static void
check_http_stop(check_http_t *check)
{
    if (check->query != NULL) {
        resolve_cancel(check->query);
        check->query = NULL;
    }

    if (check->exchange != NULL) {
        http_cancel(check->exchange, NULL);
        check->exchange = NULL;
    }

    uv_close((uv_handle_t *) &check->deadline, check_http_on_closed);
}


static void
check_http_finish(check_http_t *check)
{
    int64_t total_us = clock_us() - check->started_us;

    check->facts->phases.total_us = (total_us > INT32_MAX) ? INT32_MAX : (int32_t) total_us;
    check->facts->keyword_found = check->keyword.found;
    check_http_stop(check);
}


static void
check_http_fail(check_http_t *check, bs_reason_t reason, const char *detail)
{
    check->facts->failure = reason;
    snprintf(check->facts->detail, sizeof(check->facts->detail), "%s", detail);
    check_http_finish(check);
}


void
check_http_cancel(check_http_t *check)
{
    check->done = NULL;
    check_http_stop(check);
}


/* --- facts ---------------------------------------------------------------- */

/* With redirects the phases of all hops add up, so that they sum to the total. */
static void
check_http_add_phase(int32_t *sum, int32_t us)
{
    if (us >= 0) {
        *sum = (*sum < 0) ? us : *sum + us;
    }
}


static void
check_http_note(check_http_t *check, const http_result_t *result)
{
    check_facts_t *facts = check->facts;

    check_http_add_phase(&facts->phases.connect_us, result->phases.connect_us);
    check_http_add_phase(&facts->phases.tls_us, result->phases.tls_us);
    check_http_add_phase(&facts->phases.first_byte_us, result->phases.first_byte_us);
    facts->http_status = result->status;
    snprintf(facts->headers, sizeof(facts->headers), "%s",
             (result->headers != NULL) ? result->headers : "");
    reason_from_http(result, check->target, check->spec->timeout_ms, facts);

    if (facts->redirects_count > 0 && facts->failure == BS_REASON_ADDRESS_BLOCKED) {
        facts->failure = BS_REASON_REDIRECT_BLOCKED;
    }
}


static int
check_http_on_body(void *data, const char *piece, size_t len)
{
    check_http_t *check = data;
    check_facts_t *facts = check->facts;
    int64_t room = check->env->body_limit - check->body_seen;

    if ((int64_t) len > room) {
        len = (size_t) room;
        facts->body_cut = 1;
    }

    size_t sample = sizeof(facts->body) - facts->body_len;

    sample = (len < sample) ? len : sample;
    memcpy(facts->body + facts->body_len, piece, sample);
    facts->body_len += sample;
    check->body_seen += (int64_t) len;
    keyword_feed(&check->keyword, piece, len);
    return facts->body_cut;
}


static void
check_http_on_deadline(uv_timer_t *timer)
{
    check_http_t *check = timer->data;

    if (check->exchange != NULL) {
        http_result_t result;
        http_exchange_t *exchange = check->exchange;

        check->exchange = NULL;
        http_cancel(exchange, &result);
        check_http_note(check, &result);
        check_http_finish(check);
        return;
    }

    /* the name was never asked for: that says nothing about it */
    int waiting = check->query != NULL && resolve_is_waiting(check->query);
    bs_reason_t reason = waiting ? BS_REASON_AGENT_OVERLOADED : BS_REASON_DNS_TIMEOUT;

    check->facts->phase = "dns";
    check_http_fail(check, reason, reason_words(reason));
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
    check_facts_t *facts = check->facts;
    const char *error;
    bs_url_t next;

    if (facts->redirects_count == CHECK_REDIRECTS_MAX) {
        check_http_fail(check, BS_REASON_REDIRECT_LIMIT, "more than 10 redirects");
        return;
    }

    snprintf(facts->redirects[facts->redirects_count++], CHECK_REDIRECT_MAX, "%d %s",
             result->status, result->location);

    if (bs_url_parse(result->location, strlen(result->location), &next, &error) != 0) {
        int scheme = strncasecmp(result->location, "http:", 5) != 0
                     && strncasecmp(result->location, "https:", 6) != 0;

        check_http_fail(check, scheme ? BS_REASON_REDIRECT_BLOCKED : BS_REASON_PROTOCOL_ERROR,
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

    if (check->facts->failure == BS_REASON_NONE && check->spec->redirects
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
    const spec_t *spec = check->spec;
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
check_http_connect(check_http_t *check, const bs_addr_t *addr)
{
    check_facts_t *facts = check->facts;
    char text[BS_ADDR_TEXT_MAX];

    facts->has_address = 1;
    facts->address = *addr;
    facts->port = check->url.port;
    bs_addr_format(addr, text);
    snprintf(check->target, sizeof(check->target), (addr->family == 6) ? "[%s]:%u" : "%s:%u", text,
             check->url.port);

    /* only the last hop's answer is judged and shown */
    memset(&facts->certificate, 0, sizeof(facts->certificate));
    facts->body_len = 0;

    http_request_t request = {
        .url = check->url.text,
        .method = check->method,
        .timeout_ms = check->spec->timeout_ms,
        .ca_file = check->env->ca_file,
        .address = *addr,
        .port = check->url.port,
        .verify = check->spec->verify,
        .certificate = &facts->certificate,
        .on_body = check_http_on_body,
        .skip_redirect_body = check->spec->redirects,
    };

    check_http_fill_request(check, &request);
    check->exchange = http_start(check->env->http, &request, check_http_on_done, check);

    if (check->exchange == NULL) {
        check_http_fail(check, BS_REASON_AGENT_OVERLOADED, "out of memory");
    }
}


/* Of the allowed addresses the one whose turn it is; the second attempt takes the second. */
static void
check_http_choose(check_http_t *check, const bs_addr_t *addresses, unsigned count)
{
    unsigned allowed[DNS_ADDRESSES_MAX];
    unsigned allowed_count = 0;
    bs_addr_class_t refused = BS_ADDR_PUBLIC;

    for (unsigned i = 0; i < count; i++) {
        bs_addr_class_t cls = guard_judge(check->env->guard, &addresses[i]);

        if (cls == BS_ADDR_PUBLIC) {
            allowed[allowed_count++] = i;
        } else {
            refused = cls;
        }
    }

    if (allowed_count > 0) {
        unsigned turn = (unsigned) (check->attempt - 1) % allowed_count;

        check_http_connect(check, &addresses[allowed[turn]]);
        return;
    }

    char detail[CHECK_DETAIL_MAX];
    char text[BS_ADDR_TEXT_MAX];

    check->facts->has_address = 1;
    check->facts->address = addresses[0];
    check->facts->port = check->url.port;
    bs_addr_format(&addresses[0], text);
    snprintf(detail, sizeof(detail), "%s is %s, which this agent's configuration does not allow",
             text, bs_addr_class_words(refused));
    check->facts->phase = "connect";
    check_http_fail(check,
                    check->facts->redirects_count > 0 ? BS_REASON_REDIRECT_BLOCKED
                                                      : BS_REASON_ADDRESS_BLOCKED,
                    detail);
}


static void
check_http_on_resolved(void *data, const dns_answer_t *answer)
{
    check_http_t *check = data;
    int64_t us = clock_us() - check->asked_us;

    check->query = NULL;
    check_http_add_phase(&check->facts->phases.dns_us, (us > INT32_MAX) ? INT32_MAX : (int32_t) us);

    if (answer->reason != BS_REASON_NONE) {
        char detail[CHECK_DETAIL_MAX];

        snprintf(detail, sizeof(detail), "%.150s: %s", check->url.host,
                 reason_words(answer->reason));
        check->facts->phase = "dns";
        check_http_fail(check, answer->reason, detail);
        return;
    }

    check_http_choose(check, answer->addresses, answer->count);
}


static void
check_http_hop(check_http_t *check)
{
    const bs_url_t *url = &check->url;
    int family = check->spec->ip;

    check->facts->has_address = 0;

    if (url->is_address) {
        check_http_add_phase(&check->facts->phases.dns_us, 0);

        if (family != 0 && family != url->addr.family) {
            check->facts->phase = "dns";
            check_http_fail(check, BS_REASON_DNS_NO_ADDRESS, "the address is of the other kind");
            return;
        }

        check_http_choose(check, &url->addr, 1);
        return;
    }

    check->asked_us = clock_us();
    check->query = resolve_start(check->env->resolve, url->host, family, check->attempt > 1,
                                 check_http_on_resolved, check);

    if (check->query == NULL) {
        check_http_fail(check, BS_REASON_AGENT_OVERLOADED, "out of memory");
    }
}


static void
check_http_reset_facts(check_facts_t *facts)
{
    memset(facts, 0, sizeof(*facts));
    facts->phases = (check_phases_t){-1, -1, -1, -1, -1};
    facts->checked_at_ms = clock_wall_ms();
    facts->phase = "start";
}


check_http_t *
check_http_start(const check_env_t *env, const spec_t *spec, int attempt, check_facts_t *facts,
                 check_http_done_cb done, void *data)
{
    check_http_t *check = calloc(1, sizeof(*check));
    const char *error;

    if (check == NULL || keyword_init(&check->keyword, spec->keyword, spec->keyword_len) != 0) {
        free(check);
        return NULL;
    }

    check_http_reset_facts(facts);
    check->env = env;
    check->spec = spec;
    check->attempt = attempt;
    check->facts = facts;
    check->done = done;
    check->data = data;
    check->method = spec->method;
    check->started_us = clock_us();

    uv_timer_init(env->loop, &check->deadline);
    check->deadline.data = check;
    uv_update_time(env->loop);
    uv_timer_start(&check->deadline, check_http_on_deadline, (uint64_t) spec->timeout_ms, 0);

    if (bs_url_parse(spec->url, strlen(spec->url), &check->first, &error) != 0
        || bs_url_parse(spec->url, strlen(spec->url), &check->url, &error) != 0)
    {
        check_http_fail(check, BS_REASON_NOT_RUN, error);
        return check;
    }

    check_http_hop(check);
    return check;
}
