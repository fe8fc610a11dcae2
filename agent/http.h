
/*
 * Exchanges on the event loop: one request, one response, no redirects, to one
 * address that the caller has chosen.  HTTP, and for mail servers a login and
 * one command.  Only the http* files know libcurl.
 *
 * Two kinds share it.  A probe measures: always a fresh connection, to exactly
 * the given address, the certificate written down.  A call to the hub works:
 * the connection is kept, the name is libcurl's to resolve.
 *
 * The done callback runs once, from the loop, never inside http_start(); in it
 * and in no later moment the result may be read.  It may start and cancel
 * exchanges.  A cancelled exchange calls nothing any more.
 */

#ifndef HTTP_H
#define HTTP_H

#include "facts.h"
#include "http_header.h"
#include "tls_authorities.h"

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define HTTP_RESPONSE_HEADERS_BYTES_MAX 65536
#define HTTP_BODY_WAIT 2 /* of on_body: not now; the piece comes again after http_resume() */

typedef struct http http_t;
typedef struct http_exchange http_exchange_t;

/* The cookies of one probe, kept by its caller from hop to hop.  libcurl says who gets which. */
typedef struct http_cookies http_cookies_t;

typedef enum {
    HTTP_PHASE_CONNECT,
    HTTP_PHASE_TLS,
    HTTP_PHASE_FIRST_BYTE, /* the request goes out, nothing has come back */
    HTTP_PHASE_HEADERS,
    HTTP_PHASE_BODY,
    HTTP_PHASE_COUNT
} http_phase_t;

typedef enum {
    HTTP_ERROR_NONE = 0,
    HTTP_ERROR_CONNECT, /* os_error says more */
    HTTP_ERROR_TLS,
    HTTP_ERROR_CERTIFICATE,
    HTTP_ERROR_SEND,
    HTTP_ERROR_RESET,
    HTTP_ERROR_EMPTY,    /* closed without one byte of an answer */
    HTTP_ERROR_PARTIAL,  /* closed before the declared end */
    HTTP_ERROR_PROTOCOL, /* what came is not HTTP, or too much of it */
    HTTP_ERROR_TIMEOUT,
    HTTP_ERROR_BLOCKED,  /* the address is not the one that was allowed */
    HTTP_ERROR_PROXY,    /* it refused to connect; status is what it said */
    HTTP_ERROR_REPLY,    /* the mail server refused: `reply` has its words */
    HTTP_ERROR_SETTINGS, /* the request's own certificates or key make no sense */
    HTTP_ERROR_AGENT,    /* our own trouble: descriptors, memory, CA file */
    HTTP_ERROR_COUNT
} http_error_t;

/* Everything is borrowed and must live until the exchange is over. */
typedef struct {
    const char *url;
    const char *method; /* "GET", ... */
    const http_header_t *headers;
    size_t headers_count;
    const char *body; /* NULL: none */
    size_t body_len;
    const char *username;
    const char *password;
    int64_t timeout_ms;
    /*
     * Sees the body in pieces; anything but 0 stops reading, which is no error
     * (HTTP_BODY_WAIT only for a while, the deadline goes on).  Without it a
     * call to the hub keeps the body.
     */
    int (*on_body)(void *data, const char *piece, size_t len);
    int hub; /* a call to the hub; what follows is for probes only */
    const char *ca_file;
    bs_addr_t address;
    uint16_t port;
    int verify;
    check_certificate_t *certificate;
    int skip_redirect_body; /* a redirect is over with its headers */
    int stop_at_headers;    /* so is every final answer, and a 101: that is its success */
    /* Sees each header and trailer of the final answer; value_len may be 0. */
    void (*on_header)(void *data, const char *name, size_t name_len, const char *value,
                      size_t value_len);
    int http_version;   /* 0: h2 or http/1.1, by ALPN; 1: HTTP/1.1; 2: HTTP/2, without TLS too */
    int tls_min;        /* 0: libcurl's default; 10, 11, 12, 13 */
    const char *ca_pem; /* instead of ca_file */
    const char *certificate_pem; /* the client's, with what leads to its root */
    const char *key_pem;
    const char *bearer;
    /* address and port are an HTTP proxy's: absolute-form for http, CONNECT for https */
    int proxy;
    http_cookies_t *cookies; /* NULL: none are kept, none sent */
    /*
     * Not NULL: the url is smtp:, smtps:, imap:, imaps:, pop3: or pop3s:, and this
     * is what is said after the login ("NOOP").  The url's path is the name an SMTP
     * client gives in its EHLO.  on_body and on_header are not called.
     */
    const char *mail_command;
    int starttls; /* TLS, or no further */
} http_request_t;

typedef struct {
    http_error_t error;
    http_phase_t phase;
    int os_error;
    const char *words; /* libcurl's; valid within the callback */
    int status;
    int unreadable;        /* the body has a coding that nobody knows: it was not read */
    int stopped;           /* on_body asked to stop */
    check_phases_t phases; /* dns_us is not filled */
    int64_t idle_us;       /* after a timeout: since the last byte came */
    const char *location;  /* absolute if it makes sense; NULL if this is no redirect */
    const char *headers;   /* a chosen few, "name: value\n" */
    const char *etag;      /* "" if none */
    const char *body;      /* calls to the hub only */
    size_t body_len;
    int64_t retry_after_s;
    int http_version;        /* of the answer: 10, 11, 20; 0: none came */
    const char *tls_version; /* "TLSv1.3"; NULL: no handshake was finished */
    const char *tls_cipher;
    const char *reply; /* mail: the server's last line, its code is the status; "" if none */
} http_result_t;

typedef void (*http_done_cb)(void *data, const http_result_t *result);

/* NULL when out of memory.  hub_body_max bounds what one answer of the hub may hold. */
http_t *http_create(uv_loop_t *loop, tls_authorities_t *authorities, size_t hub_body_max);
/* All exchanges must be over or cancelled.  The loop must run once more to free all of it. */
void http_destroy(http_t *http);

http_exchange_t *
http_start(http_t *http, const http_request_t *request, http_done_cb done, void *data);

/* The name of a header as on_header has it is this one. */
int http_header_is(const char *name, size_t len, const char *wanted);

/* Ends an exchange and tells how far it came, through `result` (may be NULL). */
void http_cancel(http_exchange_t *exchange, http_result_t *result);

/* NULL when out of memory.  All exchanges that were given the jar must be over. */
http_cookies_t *http_cookies_create(void);
void http_cookies_free(http_cookies_t *cookies);

/* After on_body has said HTTP_BODY_WAIT; it may be called from here. */
void http_resume(http_exchange_t *exchange);

const char *http_version(void);

#endif
