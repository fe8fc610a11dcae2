
/* Secrets stay at home; whom we connect to is judged, however it is written. */

#include "check_target.h"

#include "guard.h"
#include "reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>


/* --- the life of a target ------------------------------------------------- */

static int
check_target_init_proxy(check_target_t *target)
{
    const char *proxy = target->check->spec->proxy;
    const char *error;

    if (proxy == NULL) {
        return 0;
    }

    if (bs_url_parse(proxy, strlen(proxy), &target->proxy, &error) != 0) {
        check_fail(target->check, BS_REASON_NOT_RUN, "start", "the proxy's URL makes no sense");
        return -1;
    }

    if (target->proxy.tls) {
        check_fail(target->check, BS_REASON_NOT_RUN, "start",
                   "a proxy that is reached by https is not supported");
        return -1;
    }

    return 0;
}


int
check_target_init(check_target_t *target, check_t *check, const char *url, const http_header_t *own,
                  size_t own_count)
{
    const char *error;
    size_t count = check->spec->headers_count + own_count;

    target->check = check;
    target->own = own;
    target->own_count = own_count;

    if (bs_url_parse(url, strlen(url), &target->first, &error) != 0) {
        check_fail(check, BS_REASON_NOT_RUN, "start", error);
        return -1;
    }

    if (check_target_init_proxy(target) != 0) {
        return -1;
    }

    target->headers = (count > 0) ? malloc(count * sizeof(*target->headers)) : NULL;

    if (count > 0 && target->headers == NULL) {
        check_fail(check, BS_REASON_AGENT_OVERLOADED, "start", "out of memory");
        return -1;
    }

    target->url = target->first;
    return 0;
}


void
check_target_deinit(check_target_t *target)
{
    if (target->redirected) {
        bs_url_free(&target->url);
    }

    bs_url_free(&target->first);
    bs_url_free(&target->proxy);
    free(target->headers);
    target->headers = NULL;
}


void
check_target_follow(check_target_t *target, bs_url_t *take_url)
{
    if (target->redirected) {
        bs_url_free(&target->url);
    }

    target->url = *take_url;
    target->redirected = 1;
}


/* --- whom to connect to --------------------------------------------------- */

static int
check_target_refused(check_target_t *target)
{
    check_t *check = target->check;
    char address[BS_ADDR_TEXT_MAX];
    char words[CHECK_DETAIL_MAX];

    if (target->proxy.text == NULL || !target->url.is_address) {
        return 0;
    }

    bs_addr_class_t refused = guard_judge(check->env->guard, &target->url.addr);

    if (refused == BS_ADDR_PUBLIC) {
        return 0;
    }

    bs_addr_format(&target->url.addr, address);
    snprintf(words, sizeof(words), "%s is %s, which this agent's configuration does not allow",
             address, bs_addr_class_words(refused));
    check_fail(check, target->redirected ? BS_REASON_REDIRECT_BLOCKED : BS_REASON_ADDRESS_BLOCKED,
               "connect", words);
    return 1;
}


void
check_target_resolve(check_target_t *target, check_resolved_cb resolved)
{
    const bs_url_t *next = (target->proxy.text != NULL) ? &target->proxy : &target->url;

    if (!check_target_refused(target)) {
        check_resolve(target->check, next->host, next->port, resolved);
    }
}


/* --- what is sent --------------------------------------------------------- */

/* Headers that say how to answer, not who asks: fit for any site. */
static int
check_target_header_harmless(const char *name)
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
check_target_header_framing(const char *name)
{
    return strcasecmp(name, "Content-Length") == 0 || strcasecmp(name, "Transfer-Encoding") == 0;
}


static int
check_target_header_own(const check_target_t *target, const char *name)
{
    for (size_t i = 0; i < target->own_count; i++) {
        if (strcasecmp(target->own[i].name, name) == 0) {
            return 1;
        }
    }

    return 0;
}


static size_t
check_target_fill_headers(check_target_t *target, int own_site, int with_body)
{
    const spec_t *spec = target->check->spec;
    size_t count = 0;

    for (size_t i = 0; i < spec->headers_count; i++) {
        const char *name = spec->headers[i].name;
        int is_body = strcasecmp(name, "Content-Type") == 0;

        if (check_target_header_framing(name) || check_target_header_own(target, name)
            || (is_body && !with_body))
        {
            continue;
        }

        if (own_site || check_target_header_harmless(name)) {
            target->headers[count++] = spec->headers[i];
        }
    }

    for (size_t i = 0; i < target->own_count; i++) {
        target->headers[count++] = target->own[i];
    }

    return count;
}


/* What the monitor says is meant for its own site; another gets nothing that could be secret. */
static void
check_target_fill_secrets(const check_target_t *target, http_request_t *request)
{
    const spec_t *spec = target->check->spec;

    request->username = (spec->username != NULL) ? spec->username : target->first.username;
    request->password = (spec->username != NULL) ? spec->password : target->first.password;
    request->bearer = spec->bearer;
    request->certificate_pem = spec->certificate;
    request->key_pem = spec->key;
}


void
check_target_fill(check_target_t *target, const bs_addr_t *address, int with_body,
                  http_request_t *request)
{
    const check_t *check = target->check;
    const spec_t *spec = check->spec;
    int own_site = bs_url_same_site(&target->first, &target->url);

    request->url = target->url.text;
    request->timeout_ms = spec->timeout_ms;
    request->address = *address;
    request->proxy = target->proxy.text != NULL;
    request->port = request->proxy ? target->proxy.port : target->url.port;
    request->ca_file = check->env->ca_file;
    request->ca_pem = spec->ca;
    request->verify = spec->verify;
    request->tls_min = spec->tls_min;
    request->http_version = spec->http_version;
    request->certificate = &check->facts->certificate;
    request->headers_count = check_target_fill_headers(target, own_site, with_body && own_site);
    request->headers = target->headers;

    if (own_site) {
        check_target_fill_secrets(target, request);
    }

    if (own_site && with_body) {
        request->body = spec->body;
        request->body_len = spec->body_len;
    }

    /* of an earlier hop; only the last one's is judged and shown */
    memset(&check->facts->certificate, 0, sizeof(check->facts->certificate));
}


/* --- what came back ------------------------------------------------------- */

static const char *
check_target_words(check_target_t *target)
{
    if (target->proxy.text == NULL) {
        return target->check->target;
    }

    snprintf(target->through, sizeof(target->through), "the proxy %s", target->check->target);
    return target->through;
}


void
check_target_note(check_target_t *target, const http_result_t *result)
{
    check_facts_t *facts = target->check->facts;

    check_add_phase(&facts->phases.connect_us, result->phases.connect_us);
    check_add_phase(&facts->phases.tls_us, result->phases.tls_us);
    check_add_phase(&facts->phases.first_byte_us, result->phases.first_byte_us);

    /* what a proxy says instead of connecting is no answer of the target */
    facts->http_status = (result->error != HTTP_ERROR_PROXY) ? result->status : 0;
    facts->http_version = result->http_version;
    snprintf(facts->tls_version, sizeof(facts->tls_version), "%s",
             (result->tls_version != NULL) ? result->tls_version : "");
    facts_set_headers(facts, result->headers);
    reason_from_http(result, check_target_words(target), target->check->spec->timeout_ms, facts);

    if (target->redirected && facts->failure == BS_REASON_ADDRESS_BLOCKED) {
        facts->failure = BS_REASON_REDIRECT_BLOCKED;
    }
}
