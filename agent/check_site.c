
/* Secrets stay at home; whom we connect to is judged, however it is written. */

#include "check_site.h"

#include "guard.h"
#include "reason.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>


/* --- the life of a site --------------------------------------------------- */

static int
check_site_init_proxy(check_site_t *site)
{
    const char *proxy = site->check->spec->proxy;
    const char *error;

    if (proxy == NULL) {
        return 0;
    }

    if (bs_url_parse(proxy, strlen(proxy), &site->proxy, &error) != 0) {
        check_fail(site->check, BS_REASON_NOT_RUN, "start", "the proxy's URL makes no sense");
        return -1;
    }

    if (site->proxy.tls) {
        check_fail(site->check, BS_REASON_NOT_RUN, "start",
                   "a proxy that is reached by https is not supported");
        return -1;
    }

    return 0;
}


int
check_site_init(check_site_t *site, check_t *check, const char *url, const http_header_t *own,
                size_t own_count)
{
    const char *error;
    size_t count = check->spec->headers_count + own_count;

    site->check = check;
    site->own = own;
    site->own_count = own_count;

    if (bs_url_parse(url, strlen(url), &site->first, &error) != 0) {
        check_fail(check, BS_REASON_NOT_RUN, "start", error);
        return -1;
    }

    if (check_site_init_proxy(site) != 0) {
        return -1;
    }

    site->headers = (count > 0) ? malloc(count * sizeof(*site->headers)) : NULL;

    if (count > 0 && site->headers == NULL) {
        check_fail(check, BS_REASON_AGENT_OVERLOADED, "start", "out of memory");
        return -1;
    }

    site->url = site->first;
    return 0;
}


void
check_site_deinit(check_site_t *site)
{
    check_site_cancel(site);

    if (site->redirected) {
        bs_url_free(&site->url);
    }

    bs_url_free(&site->first);
    bs_url_free(&site->proxy);
    free(site->headers);
    site->headers = NULL;
}


void
check_site_follow(check_site_t *site, bs_url_t *take_url)
{
    if (site->redirected) {
        bs_url_free(&site->url);
    }

    site->url = *take_url;
    site->redirected = 1;
}


/* --- whom to connect to --------------------------------------------------- */

static int
check_site_refused(check_site_t *site)
{
    check_t *check = site->check;
    char address[BS_ADDR_TEXT_MAX];
    char words[CHECK_DETAIL_MAX];

    if (site->proxy.text == NULL || !site->url.is_address) {
        return 0;
    }

    bs_addr_class_t refused = guard_judge(check->env->guard, &site->url.addr);

    if (refused == BS_ADDR_PUBLIC) {
        return 0;
    }

    bs_addr_format(&site->url.addr, address);
    snprintf(words, sizeof(words), "%s is %s, which this agent's configuration does not allow",
             address, bs_addr_class_words(refused));
    check_fail(check, site->redirected ? BS_REASON_REDIRECT_BLOCKED : BS_REASON_ADDRESS_BLOCKED,
               "connect", words);
    return 1;
}


void
check_site_resolve(check_site_t *site, check_resolved_cb resolved)
{
    const bs_url_t *next = (site->proxy.text != NULL) ? &site->proxy : &site->url;

    if (!check_site_refused(site)) {
        check_resolve(site->check, next->host, next->port, resolved);
    }
}


/* --- what is sent --------------------------------------------------------- */

/* Headers that say how to answer, not who asks: fit for any site. */
static int
check_site_header_harmless(const char *name)
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
check_site_header_framing(const char *name)
{
    return strcasecmp(name, "Content-Length") == 0 || strcasecmp(name, "Transfer-Encoding") == 0;
}


static int
check_site_header_own(const check_site_t *site, const char *name)
{
    for (size_t i = 0; i < site->own_count; i++) {
        if (strcasecmp(site->own[i].name, name) == 0) {
            return 1;
        }
    }

    return 0;
}


static size_t
check_site_fill_headers(check_site_t *site, int own_site, int with_body)
{
    const spec_t *spec = site->check->spec;
    size_t count = 0;

    for (size_t i = 0; i < spec->headers_count; i++) {
        const char *name = spec->headers[i].name;
        int is_body = strcasecmp(name, "Content-Type") == 0;

        if (check_site_header_framing(name) || check_site_header_own(site, name)
            || (is_body && !with_body)) {
            continue;
        }

        if (own_site || check_site_header_harmless(name)) {
            site->headers[count++] = spec->headers[i];
        }
    }

    for (size_t i = 0; i < site->own_count; i++) {
        site->headers[count++] = site->own[i];
    }

    return count;
}


/* What the monitor says is meant for its own site; another gets nothing that could be secret. */
static void
check_site_fill_secrets(const check_site_t *site, http_request_t *request)
{
    const spec_t *spec = site->check->spec;

    request->username = (spec->username != NULL) ? spec->username : site->first.username;
    request->password = (spec->username != NULL) ? spec->password : site->first.password;
    request->bearer = spec->bearer;
    request->certificate_pem = spec->certificate;
    request->key_pem = spec->key;
}


void
check_site_fill(check_site_t *site, const bs_addr_t *address, int with_body,
                http_request_t *request)
{
    const check_t *check = site->check;
    const spec_t *spec = check->spec;
    int own_site = bs_url_same_site(&site->first, &site->url);

    request->url = site->url.text;
    request->timeout_ms = spec->timeout_ms;
    request->address = *address;
    request->proxy = site->proxy.text != NULL;
    request->port = request->proxy ? site->proxy.port : site->url.port;
    request->ca_file = check->env->ca_file;
    request->ca_pem = spec->ca;
    request->verify = spec->verify;
    request->tls_min = spec->tls_min;
    request->http_version = spec->http_version;
    request->certificate = &check->facts->certificate;
    request->headers_count = check_site_fill_headers(site, own_site, with_body && own_site);
    request->headers = site->headers;

    if (own_site) {
        check_site_fill_secrets(site, request);
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
check_site_words(check_site_t *site)
{
    if (site->proxy.text == NULL) {
        return site->check->target;
    }

    snprintf(site->through, sizeof(site->through), "the proxy %s", site->check->target);
    return site->through;
}


void
check_site_cancel(check_site_t *site)
{
    if (site->exchange != NULL) {
        http_cancel(site->exchange, NULL);
        site->exchange = NULL;
    }
}


void
check_site_cut_off(check_site_t *site)
{
    http_exchange_t *exchange = site->exchange;
    http_result_t result;

    if (exchange != NULL) {
        site->exchange = NULL;
        http_cancel(exchange, &result);
        check_site_note(site, &result);
    }
}


void
check_site_note(check_site_t *site, const http_result_t *result)
{
    check_facts_t *facts = site->check->facts;

    check_add_phase(&facts->phases.connect_us, result->phases.connect_us);
    check_add_phase(&facts->phases.tls_us, result->phases.tls_us);
    check_add_phase(&facts->phases.first_byte_us, result->phases.first_byte_us);

    /* what a proxy says instead of connecting is no answer of the target */
    facts->http_status = (result->error != HTTP_ERROR_PROXY) ? result->status : 0;
    facts->http_version = result->http_version;
    snprintf(facts->tls_version, sizeof(facts->tls_version), "%s",
             (result->tls_version != NULL) ? result->tls_version : "");
    facts_set_headers(facts, result->headers);
    reason_from_http(result, check_site_words(site), site->check->spec->timeout_ms, facts);

    if (site->redirected && facts->failure == BS_REASON_ADDRESS_BLOCKED) {
        facts->failure = BS_REASON_REDIRECT_BLOCKED;
    }
}
