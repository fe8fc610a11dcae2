
/*
 * libcurl, and what the http_*.c files share.  Nobody else includes this.
 *
 * http.c begins and ends a transfer, http_options.c says what is wanted of it,
 * http_events.c hears what happens on the way, http_result.c says in our words
 * how it ended; http_mail.c is all of that for mail.  http_loop.c drives
 * libcurl with libuv.
 */

#ifndef HTTP_CURL_H
#define HTTP_CURL_H

#include "http.h"
#include "tls.h"

#include <curl/curl.h>

#define HTTP_ETAG_MAX 128

/*
 * One multi handle on the loop.  Probes whose TLS settings are all alike have
 * one to themselves, and in it share their SSL_CTX; calls to the hub, mail and
 * whoever has settings of his own are in the other.
 */
typedef struct {
    http_t *http;
    CURLM *multi;
    int shares_tls;
    uv_timer_t timer;
    uv_poll_t poll; /* of the epoll that has all sockets */
    int epoll;
    int sockets; /* in it */
} http_loop_t;

struct http {
    uv_loop_t *loop;
    tls_authorities_t *authorities;
    http_loop_t alike;
    http_loop_t other;
    int handles_open; /* while closing */
    size_t hub_body_max;
    unsigned free_count;
    http_exchange_t *free_list;
    http_exchange_t *broken_list; /* failed by us, still to be collected */
};

struct http_exchange {
    http_t *http;
    CURL *easy;
    http_loop_t *loop;
    int prepared;          /* the handle has what all probes have in common */
    int special;           /* and now something else: it is reset afterwards */
    http_exchange_t *next; /* in the free or the broken list */
    http_request_t request;
    http_done_cb done;
    void *data;
    struct curl_slist *headers;
    struct curl_slist *connect_to;
    tls_watch_t watch;
    http_phase_t phase;
    curl_socket_t fd; /* libcurl's; open while the transfer runs */
    int broken;       /* in the broken list */
    int has_body;
    int connected; /* TLS and login, too */
    int blocked;
    int socket_error;
    int headers_too_large;
    int stopped;
    int body_too_large;
    int encoding_unknown;
    int not_mail;
    int status; /* of the answer whose headers come */
    int64_t started_us;
    int64_t tls_started_us;
    int64_t answered_us; /* the first whole line of an answer */
    int64_t reply_us;    /* mail: the first line came */
    const char *tls_version;
    const char *tls_cipher;
    size_t header_bytes;
    size_t shown_len;
    char shown[CHECK_HEADERS_MAX]; /* mail: the server's last line */
    char etag[HTTP_ETAG_MAX];
    char *location; /* as the target wrote it, then absolute */
    char *body;
    size_t body_len;
    size_t body_size;
    char words[CURL_ERROR_SIZE];
};

/* libcurl, with its memory from here; as often closed as opened. */
CURLcode http_memory_open(void);
void http_memory_close(void);

/* Collects what has finished: calls done and releases. */
void http_collect(http_t *http, CURLM *multi);

/* The agent cannot go on with it; http_collect() says so, not this call. */
void http_break(http_exchange_t *x, int error);

/* A multi handle, hooked to the loop.  0, or -1: no descriptors, no memory. */
int http_loop_open(http_loop_t *loop, http_t *http, int shares_tls);

/* No transfer is in it any more.  Calls http_on_loop_handle_closed() for each of two handles. */
void http_loop_close(http_loop_t *loop);
void http_on_loop_handle_closed(http_t *http);

/* 0, or -1 when out of memory. */
int http_options_set(http_exchange_t *x);

curl_socket_t http_on_open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address);
CURLcode http_on_ssl_ctx(CURL *easy, void *ssl_ctx, void *data);
int
http_on_connected(void *data, char *primary_ip, char *local_ip, int primary_port, int local_port);
size_t http_on_header(char *line, size_t size, size_t count, void *data);
size_t http_on_data(char *piece, size_t size, size_t count, void *data);

void http_mail_set(http_exchange_t *x);
size_t http_mail_on_reply(char *line, size_t size, size_t count, void *data);
http_error_t http_mail_classify(const http_exchange_t *x, CURLcode code);
void http_mail_fill(http_exchange_t *x, http_result_t *result);

/* Does the answer whose headers have come send us elsewhere? */
int http_result_redirects(const http_exchange_t *x);

void http_result_fill(http_exchange_t *x, CURLcode code, http_result_t *result);

#endif
