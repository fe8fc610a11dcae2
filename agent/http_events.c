
/*
 * What libcurl tells about one transfer while it runs.  Nothing is removed or
 * cleaned up in here: these are libcurl's callbacks.
 */

#include "http_curl.h"

#include "clock.h"

#include <ctype.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define HTTP_SHOWN_VALUE_MAX 200 /* of one response header */


/* The last look before connecting: exactly the judged address, or no socket. */
curl_socket_t
http_on_open_socket(void *data, curlsocktype purpose, struct curl_sockaddr *address)
{
    http_exchange_t *x = data;
    const bs_addr_t *wanted = &x->request.address;
    bs_addr_t seen = {.family = 0};

    if (purpose == CURLSOCKTYPE_IPCXN && address->family == AF_INET) {
        seen.family = 4;
        memcpy(seen.bytes, &((struct sockaddr_in *) (void *) &address->addr)->sin_addr, 4);

    } else if (purpose == CURLSOCKTYPE_IPCXN && address->family == AF_INET6) {
        seen.family = 6;
        memcpy(seen.bytes, &((struct sockaddr_in6 *) (void *) &address->addr)->sin6_addr, 16);
    }

    if (!bs_addr_equal(&seen, wanted)) {
        x->blocked = 1;
        return CURL_SOCKET_BAD;
    }

    int fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);

    if (fd < 0) {
        x->socket_error = errno;
        return CURL_SOCKET_BAD;
    }

    x->fd = fd;
    return fd;
}


CURLcode
http_on_ssl_ctx(CURL *easy, void *ssl_ctx, void *data)
{
    http_exchange_t *x = data;
    const http_request_t *request = &x->request;
    void *authorities = NULL;

    (void) easy;

    /* libcurl forgets the connect time when the handshake fails; this is that moment */
    x->tls_started_us = clock_us();
    x->phase = HTTP_PHASE_TLS;

    if (request->verify && request->ca_pem == NULL && request->ca_file != NULL) {
        authorities = tls_authorities_of(x->http->authorities, request->ca_file);

        if (authorities == NULL) {
            return CURLE_SSL_CACERT_BADFILE;
        }
    }

    tls_attach(ssl_ctx, &x->watch, authorities);
    return CURLE_OK;
}


int
http_on_connected(void *data, char *primary_ip, char *local_ip, int primary_port, int local_port)
{
    http_exchange_t *x = data;

    (void) primary_ip;
    (void) local_ip;
    (void) primary_port;
    (void) local_port;

    x->connected = 1;

    if (x->request.mail_command == NULL) {
        x->phase = HTTP_PHASE_FIRST_BYTE;
    }

    if (x->tls_started_us != 0) {
        struct curl_tlssessioninfo *session = NULL;

        curl_easy_getinfo(x->easy, CURLINFO_TLS_SSL_PTR, &session);

        if (session != NULL && session->internals != NULL) {
            tls_describe(session->internals, &x->tls_version, &x->tls_cipher);
        }
    }

    return CURL_PREREQFUNC_OK;
}


int
http_header_is(const char *name, size_t len, const char *wanted)
{
    return strlen(wanted) == len && strncasecmp(wanted, name, len) == 0;
}


/* Response headers worth keeping as evidence; never cookies. */
static int
http_header_shown(const char *name, size_t name_len)
{
    static const char *const names[] = {
        "server",      "content-type", "content-length",   "location",
        "retry-after", "via",          "cache-control",    "x-cache",
        "cf-ray",      "date",         "www-authenticate", "last-modified",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (http_header_is(name, name_len, names[i])) {
            return 1;
        }
    }

    return 0;
}


static void
http_show_header(http_exchange_t *x, const char *line, size_t name_len, size_t len)
{
    if (len > name_len + HTTP_SHOWN_VALUE_MAX) {
        len = name_len + HTTP_SHOWN_VALUE_MAX;
    }

    if (!http_header_shown(line, name_len) || x->shown_len + len + 2 > sizeof(x->shown)) {
        return;
    }

    memcpy(x->shown + x->shown_len, line, len);
    x->shown_len += len;
    x->shown[x->shown_len++] = '\n';
    x->shown[x->shown_len] = '\0';
}


/* libcurl gives up on a coding it does not know; all are known whose names begin like this. */
static int
http_encoding_unknown(const char *value, size_t len)
{
    static const char *const known[] = {"gzip", "x-gzip", "deflate", "br", "zstd", "identity"};
    size_t token = 0;

    while (token < len && value[token] != ',' && value[token] != ' ') {
        token++;
    }

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strlen(known[i]) == token && strncasecmp(known[i], value, token) == 0) {
            return 0;
        }
    }

    return token > 0;
}


static void
http_keep_header(http_exchange_t *x, const char *line, size_t name_len, const char *value,
                 size_t value_len)
{
    if (http_header_is(line, name_len, "etag")) {
        snprintf(x->etag, sizeof(x->etag), "%.*s", (int) value_len, value);

    } else if (http_header_is(line, name_len, "location") && x->location == NULL && value_len > 0) {
        x->location = strndup(value, value_len);

    } else if (http_header_is(line, name_len, "content-encoding")) {
        x->encoding_unknown |= http_encoding_unknown(value, value_len);
    }
}


static int
http_status_is_final(int status)
{
    return status >= 200 || status == 101;
}


/* One line of an answer, or of what follows its body. */
static void
http_read_header(http_exchange_t *x, const char *line, size_t len, int is_trailer)
{
    const char *colon = memchr(line, ':', len);

    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r' || line[len - 1] == ' ')) {
        len--;
    }

    if (colon == NULL || colon >= line + len) {
        return;
    }

    size_t name_len = (size_t) (colon - line);
    const char *value = colon + 1;

    while (value < line + len && (*value == ' ' || *value == '\t')) {
        value++;
    }

    size_t value_len = (size_t) (line + len - value);

    if (!is_trailer) {
        http_keep_header(x, line, name_len, value, value_len);
        http_show_header(x, line, name_len, len);
    }

    if (x->request.on_header != NULL && http_status_is_final(x->status)) {
        x->request.on_header(x->data, line, name_len, value, value_len);
    }
}


/* "HTTP/1.1 200 OK", "HTTP/2 200" */
static void
http_read_status(http_exchange_t *x, const char *line, size_t len)
{
    const char *end = line + len, *p = memchr(line, ' ', len);

    x->status = 0;
    p = (p != NULL) ? p + 1 : end;

    for (; p < end && isdigit((unsigned char) *p); p++) {
        x->status = (x->status < 1000) ? x->status * 10 + (*p - '0') : x->status;
    }

    x->shown_len = 0; /* what came before belonged to a 1xx answer */
    x->shown[0] = '\0';
    x->etag[0] = '\0';
    x->encoding_unknown = 0;
    free(x->location);
    x->location = NULL;
}


static int
http_ends_here(const http_exchange_t *x)
{
    return (x->request.skip_redirect_body && http_result_redirects(x))
           || (x->request.stop_at_headers && http_status_is_final(x->status));
}


size_t
http_on_header(char *line, size_t size, size_t count, void *data)
{
    http_exchange_t *x = data;
    size_t len = size * count;
    int is_status = len >= 5 && memcmp(line, "HTTP/", 5) == 0;

    x->header_bytes += len;
    x->answered_us = (x->answered_us != 0) ? x->answered_us : clock_us();

    if (x->header_bytes > HTTP_RESPONSE_HEADERS_BYTES_MAX) {
        x->headers_too_large = 1;
        return 0;
    }

    if (x->phase == HTTP_PHASE_BODY && !is_status) {
        http_read_header(x, line, len, 1);
        return len;
    }

    x->phase = HTTP_PHASE_HEADERS;

    if (is_status) {
        http_read_status(x, line, len);

    } else if (len <= 2) {
        x->phase = HTTP_PHASE_BODY;
        x->stopped = http_ends_here(x);
        return x->stopped ? 0 : len;

    } else {
        http_read_header(x, line, len, 0);
    }

    return len;
}


static int
http_keep_body(http_exchange_t *x, const char *piece, size_t len)
{
    if (x->body_len + len > x->http->hub_body_max) {
        x->body_too_large = 1;
        return -1;
    }

    if (x->body_len + len > x->body_size) {
        size_t size = 2 * (x->body_len + len);
        char *grown = realloc(x->body, size);

        if (grown == NULL) {
            return -1;
        }

        x->body = grown;
        x->body_size = size;
    }

    memcpy(x->body + x->body_len, piece, len);
    x->body_len += len;
    return 0;
}


size_t
http_on_data(char *piece, size_t size, size_t count, void *data)
{
    http_exchange_t *x = data;
    size_t len = size * count;

    x->phase = HTTP_PHASE_BODY;

    if (x->request.hub && x->request.on_body == NULL) {
        return (http_keep_body(x, piece, len) == 0) ? len : 0;
    }

    int verdict = x->request.skip_redirect_body && http_result_redirects(x);

    if (verdict == 0 && x->request.on_body != NULL) {
        verdict = x->request.on_body(x->data, piece, len);
    }

    if (verdict == HTTP_BODY_WAIT) {
        return CURL_WRITEFUNC_PAUSE;
    }

    x->stopped = verdict != 0;
    return x->stopped ? 0 : len;
}
