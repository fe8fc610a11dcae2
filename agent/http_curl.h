
/*
 * libcurl, and what the http_*.c files share.  Nobody else includes this.
 *
 * http.c sets a transfer up and runs it, http_loop.c drives libcurl with
 * libuv, http_result.c says in our words how a transfer ended.
 */

#ifndef HTTP_CURL_H
#define HTTP_CURL_H

#include "http.h"
#include "tls.h"

#include <curl/curl.h>

#define HTTP_ETAG_MAX 128

struct http {
    uv_loop_t *loop;
    CURLM *multi;
    uv_timer_t timer;
    size_t hub_body_max;
    unsigned free_count;
    http_exchange_t *free_list;
};

struct http_exchange {
    http_t *http;
    CURL *easy;
    http_exchange_t *next; /* in the free list */
    http_request_t request;
    http_done_cb done;
    void *data;
    struct curl_slist *headers;
    struct curl_slist *connect_to;
    tls_watch_t watch;
    http_phase_t phase;
    curl_socket_t fd; /* libcurl's; open while the transfer runs */
    int blocked;
    int socket_error;
    int headers_too_large;
    int stopped;
    int body_too_large;
    int64_t started_us;
    int64_t tls_started_us;
    size_t header_bytes;
    size_t shown_len;
    char shown[CHECK_HEADERS_MAX];
    char etag[HTTP_ETAG_MAX];
    char *location; /* as the target wrote it, then absolute */
    char *body;
    size_t body_len;
    size_t body_size;
    char words[CURL_ERROR_SIZE];
};

/* Collects what has finished: calls done and releases. */
void http_collect(http_t *http);

/* Hooks the multi handle to the loop. */
void http_loop_attach(http_t *http);

/* Does the answer whose headers have come send us elsewhere? */
int http_result_redirects(const http_exchange_t *x);

void http_result_fill(http_exchange_t *x, CURLcode code, http_result_t *result);

#endif
