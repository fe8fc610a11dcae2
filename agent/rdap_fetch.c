
/*
 * Every end goes through the timer, which is also the deadline: so done is
 * never called from inside a start.
 */

#include "rdap_fetch.h"

#include "guard.h"
#include "http.h"
#include "resolve.h"

#include "bs_url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RDAP_FETCH_TIMEOUT_MS 20000
#define RDAP_FETCH_REDIRECTS_MAX 5
#define RDAP_FETCH_WORDS_MAX 256

struct rdap_fetch {
    const check_env_t *env;
    bs_url_t url;
    unsigned redirects;
    resolve_query_t *query;
    http_exchange_t *exchange;
    uv_timer_t timer;
    char *body;
    size_t body_len;
    size_t body_max;
    rdap_fetch_result_t result;
    char words[RDAP_FETCH_WORDS_MAX];
    rdap_fetch_done_cb done;
    void *data;
};

static const http_header_t headers[] = {{"Accept", "application/rdap+json, application/json"}};

static void rdap_fetch_hop(rdap_fetch_t *fetch);


/* --- the end -------------------------------------------------------------- */

static void
rdap_fetch_on_end(uv_timer_t *timer)
{
    rdap_fetch_t *fetch = timer->data;

    fetch->result.words = fetch->words;
    fetch->result.body = fetch->body;
    fetch->result.len = fetch->body_len;
    fetch->done(fetch->data, &fetch->result);
}


static void
rdap_fetch_end(rdap_fetch_t *fetch)
{
    uv_timer_start(&fetch->timer, rdap_fetch_on_end, 0, 0);
}


static void
rdap_fetch_fail(rdap_fetch_t *fetch, const char *words)
{
    fetch->result.status = 0;
    snprintf(fetch->words, sizeof(fetch->words), "%.100s: %.140s",
             (fetch->url.host != NULL) ? fetch->url.host : "the registry", words);
    rdap_fetch_end(fetch);
}


static void
rdap_fetch_stop(rdap_fetch_t *fetch)
{
    if (fetch->query != NULL) {
        resolve_cancel(fetch->query);
        fetch->query = NULL;
    }

    if (fetch->exchange != NULL) {
        http_cancel(fetch->exchange, NULL);
        fetch->exchange = NULL;
    }
}


static void
rdap_fetch_on_deadline(uv_timer_t *timer)
{
    rdap_fetch_t *fetch = timer->data;

    rdap_fetch_stop(fetch);
    rdap_fetch_fail(fetch, "no answer in time");
}


/* --- the answer ----------------------------------------------------------- */

static int
rdap_fetch_on_body(void *data, const char *piece, size_t len)
{
    rdap_fetch_t *fetch = data;

    if (len > fetch->body_max - fetch->body_len) {
        return 1;
    }

    char *body = realloc(fetch->body, fetch->body_len + len + 1);

    if (body == NULL) {
        return 1;
    }

    memcpy(body + fetch->body_len, piece, len);
    fetch->body = body;
    fetch->body_len += len;
    body[fetch->body_len] = '\0';
    return 0;
}


/* -1 after a failure. */
static int
rdap_fetch_redirect(rdap_fetch_t *fetch, const char *location)
{
    bs_url_t next;
    const char *error;

    if (++fetch->redirects > RDAP_FETCH_REDIRECTS_MAX) {
        rdap_fetch_fail(fetch, "too many redirects");
        return -1;
    }

    if (bs_url_parse(location, strlen(location), &next, &error) != 0) {
        rdap_fetch_fail(fetch, error);
        return -1;
    }

    if (fetch->url.tls && !next.tls) {
        bs_url_free(&next);
        rdap_fetch_fail(fetch, "redirected from https to http");
        return -1;
    }

    bs_url_free(&fetch->url);
    fetch->url = next;
    fetch->body_len = 0;
    return 0;
}


static void
rdap_fetch_on_done(void *data, const http_result_t *result)
{
    rdap_fetch_t *fetch = data;

    fetch->exchange = NULL;

    if (result->error != HTTP_ERROR_NONE) {
        rdap_fetch_fail(fetch, (result->words != NULL) ? result->words : "no answer");
        return;
    }

    if (result->location != NULL) {
        if (rdap_fetch_redirect(fetch, result->location) == 0) {
            rdap_fetch_hop(fetch);
        }

        return;
    }

    if (result->stopped) {
        rdap_fetch_fail(fetch, "the answer is too large");
        return;
    }

    fetch->result.status = result->status;
    fetch->result.retry_after_s = result->retry_after_s;
    snprintf(fetch->words, sizeof(fetch->words), "%.200s answers with status %d", fetch->url.host,
             result->status);
    rdap_fetch_end(fetch);
}


/* --- one hop -------------------------------------------------------------- */

static void
rdap_fetch_connect(rdap_fetch_t *fetch, const bs_addr_t *addresses, unsigned count)
{
    unsigned i = 0;

    while (i < count && guard_judge(fetch->env->guard, &addresses[i]) != BS_ADDR_PUBLIC) {
        i++;
    }

    if (i == count) {
        rdap_fetch_fail(fetch, "its address is one that this agent's configuration does not allow");
        return;
    }

    http_request_t request = {
        .url = fetch->url.text,
        .method = "GET",
        .headers = headers,
        .headers_count = sizeof(headers) / sizeof(headers[0]),
        .timeout_ms = RDAP_FETCH_TIMEOUT_MS,
        .ca_file = fetch->env->ca_file,
        .address = addresses[i],
        .port = fetch->url.port,
        .verify = 1,
        .on_body = rdap_fetch_on_body,
        .skip_redirect_body = 1,
    };

    fetch->exchange = http_start(fetch->env->http, &request, rdap_fetch_on_done, fetch);

    if (fetch->exchange == NULL) {
        rdap_fetch_fail(fetch, "out of memory");
    }
}


static void
rdap_fetch_on_resolved(void *data, const dns_answer_t *answer)
{
    rdap_fetch_t *fetch = data;

    fetch->query = NULL;

    if (answer->reason != BS_REASON_NONE) {
        rdap_fetch_fail(fetch, "the name cannot be looked up");
        return;
    }

    rdap_fetch_connect(fetch, answer->addresses, answer->count);
}


static void
rdap_fetch_hop(rdap_fetch_t *fetch)
{
    if (fetch->url.is_address) {
        rdap_fetch_connect(fetch, &fetch->url.addr, 1);
        return;
    }

    fetch->query =
        resolve_start(fetch->env->resolve, fetch->url.host, 0, 0, rdap_fetch_on_resolved, fetch);

    if (fetch->query == NULL) {
        rdap_fetch_fail(fetch, "out of memory");
    }
}


rdap_fetch_t *
rdap_fetch_start(const check_env_t *env, const char *url, size_t body_max, rdap_fetch_done_cb done,
                 void *data)
{
    rdap_fetch_t *fetch = calloc(1, sizeof(*fetch));
    const char *error;

    if (fetch == NULL) {
        return NULL;
    }

    fetch->env = env;
    fetch->body_max = body_max;
    fetch->done = done;
    fetch->data = data;
    uv_timer_init(env->loop, &fetch->timer);
    fetch->timer.data = fetch;
    uv_timer_start(&fetch->timer, rdap_fetch_on_deadline, RDAP_FETCH_TIMEOUT_MS, 0);

    if (bs_url_parse(url, strlen(url), &fetch->url, &error) != 0) {
        memset(&fetch->url, 0, sizeof(fetch->url));
        rdap_fetch_fail(fetch, error);
    } else {
        rdap_fetch_hop(fetch);
    }

    return fetch;
}


static void
rdap_fetch_on_closed(uv_handle_t *handle)
{
    rdap_fetch_t *fetch = handle->data;

    bs_url_free(&fetch->url);
    free(fetch->body);
    free(fetch);
}


void
rdap_fetch_cancel(rdap_fetch_t *fetch)
{
    rdap_fetch_stop(fetch);
    uv_timer_stop(&fetch->timer);
    uv_close((uv_handle_t *) &fetch->timer, rdap_fetch_on_closed);
}
