
/* The token goes into one header and nowhere else, never into a log. */

#include "hub.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HUB_TIMEOUT_MS 30000
#define HUB_RETRY_AFTER_MAX_MS 300000
#define HUB_HEADERS_MAX 3

struct hub {
    const config_t *config;
    http_t *http;
};

struct hub_call {
    hub_t *hub;
    http_exchange_t *exchange;
    int (*on_piece)(void *data, const char *piece, size_t len);
    hub_done_cb done;
    void *data;
    char *url;
    char *authorization;
    char *etag;
    http_header_t headers[HUB_HEADERS_MAX];
    size_t headers_count;
};


hub_t *
hub_create(const config_t *config, http_t *http)
{
    hub_t *hub = calloc(1, sizeof(*hub));

    if (hub == NULL) {
        return NULL;
    }

    hub->config = config;
    hub->http = http;
    return hub;
}


void
hub_destroy(hub_t *hub)
{
    free(hub);
}


static void
hub_call_free(hub_call_t *call)
{
    free(call->url);
    free(call->authorization);
    free(call->etag);
    free(call);
}


static void
hub_on_done(void *data, const http_result_t *result)
{
    hub_call_t *call = data;
    int64_t retry_after_ms = HUB_RETRY_AFTER_MAX_MS;

    if (result->retry_after_s < HUB_RETRY_AFTER_MAX_MS / 1000) {
        retry_after_ms = result->retry_after_s * 1000;
    }

    hub_answer_t answer = {
        .status = (result->error == HTTP_ERROR_NONE && !result->stopped) ? result->status : 0,
        .words = result->stopped ? "given up" : result->words,
        .etag = result->etag,
        .body = result->body,
        .body_len = result->body_len,
        .retry_after_ms = retry_after_ms,
    };

    call->done(call->data, &answer);
    hub_call_free(call);
}


static int
hub_on_piece(void *data, const char *piece, size_t len)
{
    hub_call_t *call = data;

    return call->on_piece(call->data, piece, len);
}


static hub_call_t *
hub_call_create(hub_t *hub, const char *path, hub_done_cb done, void *data)
{
    hub_call_t *call = calloc(1, sizeof(*call));
    size_t base = strlen(hub->config->hub);

    while (base > 0 && hub->config->hub[base - 1] == '/') {
        base--;
    }

    if (call == NULL) {
        return NULL;
    }

    /* the token may change with a SIGHUP: each call takes today's */
    if (asprintf(&call->url, "%.*s%s", (int) base, hub->config->hub, path) < 0
        || asprintf(&call->authorization, "Bearer %s", hub->config->token) < 0)
    {
        hub_call_free(call);
        return NULL;
    }

    call->hub = hub;
    call->done = done;
    call->data = data;
    call->headers[call->headers_count++] = (http_header_t){"Authorization", call->authorization};
    return call;
}


static hub_call_t *
hub_call_start(hub_call_t *call, http_request_t *request)
{
    const config_t *config = call->hub->config;

    request->url = call->url;
    request->headers = call->headers;
    request->headers_count = call->headers_count;
    request->timeout_ms = HUB_TIMEOUT_MS;
    request->hub = 1;
    request->ca_file = (config->hub_ca != NULL) ? config->hub_ca : config->ca_file;

    call->exchange = http_start(call->hub->http, request, hub_on_done, call);

    if (call->exchange == NULL) {
        hub_call_free(call);
        return NULL;
    }

    return call;
}


hub_call_t *
hub_post(hub_t *hub, const char *path, const void *body, size_t len, hub_done_cb done, void *data)
{
    hub_call_t *call = hub_call_create(hub, path, done, data);
    http_request_t request = {.method = "POST", .body = body, .body_len = len};

    if (call == NULL) {
        return NULL;
    }

    call->headers[call->headers_count++] = (http_header_t){"Content-Type", "application/msgpack"};
    return hub_call_start(call, &request);
}


hub_call_t *
hub_get(hub_t *hub, const char *path, const char *etag,
        int (*on_piece)(void *data, const char *piece, size_t len), hub_done_cb done, void *data)
{
    hub_call_t *call = hub_call_create(hub, path, done, data);
    http_request_t request = {.method = "GET", .on_body = hub_on_piece};

    if (call == NULL) {
        return NULL;
    }

    call->on_piece = on_piece;

    if (etag[0] != '\0') {
        call->etag = strdup(etag);

        if (call->etag == NULL) {
            hub_call_free(call);
            return NULL;
        }

        call->headers[call->headers_count++] = (http_header_t){"If-None-Match", call->etag};
    }

    return hub_call_start(call, &request);
}


void
hub_resume(hub_call_t *call)
{
    http_resume(call->exchange);
}


void
hub_cancel(hub_call_t *call)
{
    http_cancel(call->exchange, NULL);
    hub_call_free(call);
}
