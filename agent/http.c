
/*
 * The life of a transfer.  Nothing is ever removed inside one of libcurl's
 * callbacks.
 */

#include "http_curl.h"

#include "clock.h"
#include "tls_share.h"

#include <stdlib.h>
#include <string.h>

#define HTTP_FREE_MAX 64 /* handles kept for reuse */


static http_exchange_t *
http_acquire(http_t *http)
{
    http_exchange_t *x = http->free_list;

    if (x != NULL) {
        http->free_list = x->next;
        http->free_count--;
        x->next = NULL;
        return x;
    }

    x = calloc(1, sizeof(*x));

    if (x == NULL) {
        return NULL;
    }

    x->http = http;
    x->easy = curl_easy_init();

    if (x->easy == NULL) {
        free(x);
        return NULL;
    }

    return x;
}


/* After this the transfer touches nothing of its caller's: no buffer, no jar. */
static void
http_detach(http_exchange_t *x)
{
    curl_multi_remove_handle(x->loop->multi, x->easy);
    tls_detach(&x->watch);

    if (x->request.cookies != NULL) {
        curl_easy_setopt(x->easy, CURLOPT_COOKIEFILE, NULL); /* some versions forget to free it */
        curl_easy_setopt(x->easy, CURLOPT_SHARE, NULL);
    }
}


static void
http_release(http_exchange_t *x)
{
    http_t *http = x->http;

    if (x->special) {
        curl_easy_reset(x->easy);
        x->prepared = 0;

    } else { /* libcurl keeps pointers to lists, and the next exchange may have none of its own */
        curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, NULL);
        curl_easy_setopt(x->easy, CURLOPT_CONNECT_TO, NULL);
    }

    curl_slist_free_all(x->headers);
    curl_slist_free_all(x->connect_to);
    free(x->body);
    free(x->location);

    if (http->free_count == HTTP_FREE_MAX) {
        curl_easy_cleanup(x->easy);
        free(x);
        return;
    }

    CURL *easy = x->easy;
    int prepared = x->prepared;

    memset(x, 0, sizeof(*x));
    x->http = http;
    x->easy = easy;
    x->prepared = prepared;
    x->next = http->free_list;
    http->free_list = x;
    http->free_count++;
}


static void
http_unlink_broken(http_exchange_t *x)
{
    http_exchange_t **link = &x->http->broken_list;

    while (*link != x) {
        link = &(*link)->next;
    }

    *link = x->next;
    x->broken = 0;
}


void
http_break(http_exchange_t *x, int error)
{
    x->socket_error = error;

    if (!x->broken) {
        x->broken = 1;
        x->next = x->http->broken_list;
        x->http->broken_list = x;
    }
}


static void
http_end(http_exchange_t *x, CURLcode code)
{
    http_result_t result;

    if (x->broken) {
        http_unlink_broken(x);
    }

    http_result_fill(x, code, &result);
    x->special |= result.error != HTTP_ERROR_NONE; /* libcurl need not have tidied up */
    http_detach(x);
    x->done(x->data, &result);
    http_release(x);
}


void
http_collect(http_t *http, CURLM *multi)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(multi, &left)) != NULL) {
        http_exchange_t *x = NULL;

        if (message->msg == CURLMSG_DONE) {
            CURLcode code = message->data.result;

            curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **) &x);
            http_end(x, code);
        }
    }

    while (http->broken_list != NULL) {
        http_end(http->broken_list, CURLE_FAILED_INIT);
    }
}


/* Whose TLS has no settings but whether to verify, and the agent's own authorities. */
static int
http_is_alike(const http_request_t *request)
{
    return !request->hub && !request->proxy && request->mail_command == NULL
           && request->tls_min == 0 && request->ca_pem == NULL && request->certificate_pem == NULL
           && request->key_pem == NULL;
}


http_exchange_t *
http_start(http_t *http, const http_request_t *request, http_done_cb done, void *data)
{
    http_exchange_t *x = http_acquire(http);

    if (x == NULL) {
        return NULL;
    }

    x->request = *request;
    x->loop = http_is_alike(request) ? &http->alike : &http->other;
    x->done = done;
    x->data = data;
    x->started_us = clock_us();
    x->fd = CURL_SOCKET_BAD;

    if (http_options_set(x) != 0 || curl_multi_add_handle(x->loop->multi, x->easy) != CURLM_OK) {
        x->special = 1;
        http_detach(x);
        http_release(x);
        return NULL;
    }

    return x;
}


void
http_cancel(http_exchange_t *exchange, http_result_t *result)
{
    if (exchange->broken) {
        http_unlink_broken(exchange);
    }

    if (result != NULL) {
        http_result_fill(exchange, CURLE_OPERATION_TIMEDOUT, result);
        result->words = NULL;
        result->location = NULL;
        result->headers = NULL;
        result->etag = NULL;
        result->body = NULL;
        result->reply = NULL;
    }

    exchange->special = 1;
    http_detach(exchange);
    http_release(exchange);
}


void
http_resume(http_exchange_t *exchange)
{
    curl_easy_pause(exchange->easy, CURLPAUSE_CONT);
}


http_t *
http_create(uv_loop_t *loop, tls_authorities_t *authorities, size_t hub_body_max)
{
    http_t *http = calloc(1, sizeof(*http));

    if (http == NULL) {
        return NULL;
    }

    http->loop = loop;
    http->authorities = authorities;
    http->hub_body_max = hub_body_max;

    if (http_memory_open() != CURLE_OK) {
        free(http);
        return NULL;
    }

    if (http_loop_open(&http->alike, http, 1) != 0) {
        http_memory_close();
        free(http);
        return NULL;
    }

    http->handles_open = 2;

    if (http_loop_open(&http->other, http, 0) != 0) {
        http_loop_close(&http->alike);
        return NULL;
    }

    http->handles_open = 4;
    return http;
}


void
http_destroy(http_t *http)
{
    while (http->free_list != NULL) {
        http_exchange_t *x = http->free_list;

        http->free_list = x->next;
        curl_easy_cleanup(x->easy);
        free(x);
    }

    http_loop_close(&http->alike);
    http_loop_close(&http->other);
}


void
http_on_loop_handle_closed(http_t *http)
{
    if (--http->handles_open == 0) {
        tls_share_clear();
        http_memory_close();
        free(http);
    }
}


const char *
http_version(void)
{
    return curl_version();
}
