
/*
 * One transfer: its options, what it tells on the way, its end.  Nothing is
 * ever removed inside one of libcurl's callbacks.
 */

#include "http_curl.h"

#include "clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

#define HTTP_FREE_MAX 64        /* handles kept for reuse */
#define HTTP_GRACE_MS 1000      /* the caller's own timer comes first */
#define HTTP_RECEIVE_BYTES 8192 /* per connection */
#define HTTP_CA_CACHE_S 86400
#define HTTP_SHOWN_VALUE_MAX 200 /* of one response header */
#define HTTP_HUB_KEEP_S 50       /* below nginx's keepalive_timeout */


/* --- what libcurl tells about one transfer -------------------------------- */

/* The last look before connecting: exactly the judged address, or no socket. */
static curl_socket_t
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


static CURLcode
http_on_ssl_ctx(CURL *easy, void *ssl_ctx, void *data)
{
    http_exchange_t *x = data;

    (void) easy;

    /* libcurl forgets the connect time when the handshake fails; this is that moment */
    x->tls_started_us = clock_us();
    x->phase = HTTP_PHASE_TLS;
    tls_attach(ssl_ctx, &x->watch);
    return CURLE_OK;
}


static int
http_on_connected(void *data, char *primary_ip, char *local_ip, int primary_port, int local_port)
{
    http_exchange_t *x = data;

    (void) primary_ip;
    (void) local_ip;
    (void) primary_port;
    (void) local_port;

    x->phase = HTTP_PHASE_FIRST_BYTE;
    return CURL_PREREQFUNC_OK;
}


/* Response headers worth keeping as evidence; never cookies. */
static int
http_header_shown(const char *line, size_t name_len)
{
    static const char *const names[] = {
        "server",        "content-type", "content-length", "location", "retry-after",      "via",
        "cache-control", "x-cache",      "cf-ray",         "date",     "www-authenticate",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strlen(names[i]) == name_len && strncasecmp(names[i], line, name_len) == 0) {
            return 1;
        }
    }

    return 0;
}


static void
http_keep_header(http_exchange_t *x, const char *line, size_t len)
{
    const char *colon = memchr(line, ':', len);

    while (len > 0 && (line[len - 1] == '\n' || line[len - 1] == '\r' || line[len - 1] == ' ')) {
        len--;
    }

    if (colon == NULL || colon >= line + len) {
        return;
    }

    size_t name_len = (size_t) (colon - line);

    if (name_len == 4 && strncasecmp(line, "etag", 4) == 0) {
        const char *value = colon + 1 + strspn(colon + 1, " \t");

        snprintf(x->etag, sizeof(x->etag), "%.*s", (int) (line + len - value), value);
        return;
    }

    if (name_len == 8 && strncasecmp(line, "location", 8) == 0 && x->location == NULL) {
        const char *value = colon + 1 + strspn(colon + 1, " \t");

        x->location = (value < line + len) ? strndup(value, (size_t) (line + len - value)) : NULL;
    }

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


static size_t
http_on_header(char *line, size_t size, size_t count, void *data)
{
    http_exchange_t *x = data;
    size_t len = size * count;
    int is_status = len >= 5 && memcmp(line, "HTTP/", 5) == 0;

    x->header_bytes += len;

    if (x->header_bytes > HTTP_RESPONSE_HEADERS_BYTES_MAX) {
        x->headers_too_large = 1;
        return 0;
    }

    if (x->phase == HTTP_PHASE_BODY && !is_status) {
        return len; /* a trailer behind a chunked body: the answer's headers are over */
    }

    x->phase = HTTP_PHASE_HEADERS;

    if (is_status) {
        x->shown_len = 0; /* what came before belonged to a 1xx answer */
        x->shown[0] = '\0';
        free(x->location);
        x->location = NULL;

    } else if (len <= 2) {
        x->phase = HTTP_PHASE_BODY;

        if (x->request.skip_redirect_body && http_result_redirects(x)) {
            x->stopped = 1;
            return 0;
        }

    } else {
        http_keep_header(x, line, len);
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


static size_t
http_on_data(char *piece, size_t size, size_t count, void *data)
{
    http_exchange_t *x = data;
    size_t len = size * count;

    x->phase = HTTP_PHASE_BODY;

    if (x->request.hub) {
        return (http_keep_body(x, piece, len) == 0) ? len : 0;
    }

    if ((x->request.skip_redirect_body && http_result_redirects(x))
        || (x->request.on_body != NULL && x->request.on_body(x->data, piece, len) != 0))
    {
        x->stopped = 1;
        return 0;
    }

    return len;
}


/* --- the life of an exchange ---------------------------------------------- */

static void
http_release(http_exchange_t *x)
{
    http_t *http = x->http;

    curl_multi_remove_handle(http->multi, x->easy);
    curl_easy_reset(x->easy);
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

    memset(x, 0, sizeof(*x));
    x->http = http;
    x->easy = easy;
    x->next = http->free_list;
    http->free_list = x;
    http->free_count++;
}


void
http_collect(http_t *http)
{
    CURLMsg *message;
    int left;

    while ((message = curl_multi_info_read(http->multi, &left)) != NULL) {
        http_exchange_t *x = NULL;
        CURLcode code = message->data.result;
        http_result_t result;

        if (message->msg != CURLMSG_DONE) {
            continue;
        }

        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, (char **) &x);
        http_result_fill(x, code, &result);
        x->done(x->data, &result);
        http_release(x);
    }
}


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


static int
http_append(struct curl_slist **list, const char *line)
{
    struct curl_slist *grown = curl_slist_append(*list, line);

    if (grown == NULL) {
        return -1;
    }

    *list = grown;
    return 0;
}


static int
http_has_header(const http_request_t *request, const char *name)
{
    for (size_t i = 0; i < request->headers_count; i++) {
        if (strcasecmp(request->headers[i].name, name) == 0) {
            return 1;
        }
    }

    return 0;
}


static int
http_add_headers(http_exchange_t *x)
{
    int failed = http_append(&x->headers, "Expect:"); /* never wait for a 100 */

    /* libcurl would call every body a form */
    if (!http_has_header(&x->request, "Content-Type")) {
        failed |= http_append(&x->headers, "Content-Type:");
    }

    for (size_t i = 0; i < x->request.headers_count; i++) {
        const http_header_t *header = &x->request.headers[i];
        size_t size = strlen(header->name) + strlen(header->value) + 3;
        char *line = malloc(size);

        if (line == NULL) {
            return -1;
        }

        /* "Name;" is libcurl's way to send a header without a value */
        if (header->value[0] == '\0') {
            snprintf(line, size, "%s;", header->name);
        } else {
            snprintf(line, size, "%s: %s", header->name, header->value);
        }

        failed |= http_append(&x->headers, line);
        free(line);
    }

    curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
    return failed;
}


static void
http_set_common(http_exchange_t *x)
{
    CURL *easy = x->easy;
    long timeout_ms = (long) x->request.timeout_ms + HTTP_GRACE_MS;

    curl_easy_setopt(easy, CURLOPT_PRIVATE, x);
    curl_easy_setopt(easy, CURLOPT_URL, x->request.url);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->words);
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "betterstack-agent/" BS_VERSION);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);

    /* only the hub's name is libcurl's to look up; else the end of a call waits for that thread */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);

    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long) CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long) HTTP_RECEIVE_BYTES);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, http_on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, http_on_data);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);

    /* Debian compiles a CAPATH in, and libcurl's cache of the CA store is off while there is one */
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);
    curl_easy_setopt(easy, CURLOPT_CAINFO, x->request.ca_file);
    curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, (long) HTTP_CA_CACHE_S);

    if (x->request.username != NULL) {
        curl_easy_setopt(easy, CURLOPT_HTTPAUTH, (long) CURLAUTH_BASIC);
        curl_easy_setopt(easy, CURLOPT_USERNAME, x->request.username);
        curl_easy_setopt(easy, CURLOPT_PASSWORD,
                         (x->request.password != NULL) ? x->request.password : "");
    }
}


static void
http_set_method(http_exchange_t *x)
{
    CURL *easy = x->easy;

    if (strcmp(x->request.method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }

    if (x->request.body != NULL || strcmp(x->request.method, "GET") != 0) {
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) x->request.body_len);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDS,
                         (x->request.body != NULL) ? x->request.body : "");
    }

    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, x->request.method);
}


/* Fresh connection, no session to resume, exactly this address. */
static int
http_set_probe(http_exchange_t *x)
{
    CURL *easy = x->easy;
    char address[BS_ADDR_TEXT_MAX];
    char route[BS_ADDR_TEXT_MAX + 16];

    bs_addr_format(&x->request.address, address);
    snprintf(route, sizeof(route), (x->request.address.family == 6) ? "::[%s]:%u" : "::%s:%u",
             address, x->request.port);

    if (http_append(&x->connect_to, route) != 0) {
        return -1;
    }

    x->watch.certificate = x->request.certificate;
    x->watch.judge = x->request.verify;

    curl_easy_setopt(easy, CURLOPT_CONNECT_TO, x->connect_to);
    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, http_on_open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, x);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, http_on_connected);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, x);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, http_on_ssl_ctx);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, x);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYPEER, (long) x->request.verify);
    curl_easy_setopt(easy, CURLOPT_SSL_VERIFYHOST, x->request.verify ? 2L : 0L);
    return 0;
}


http_exchange_t *
http_start(http_t *http, const http_request_t *request, http_done_cb done, void *data)
{
    http_exchange_t *x = http_acquire(http);

    if (x == NULL) {
        return NULL;
    }

    x->request = *request;
    x->done = done;
    x->data = data;
    x->started_us = clock_us();
    x->fd = CURL_SOCKET_BAD;

    http_set_common(x);
    http_set_method(x);

    if (http_add_headers(x) != 0 || (!request->hub && http_set_probe(x) != 0)) {
        http_release(x);
        return NULL;
    }

    if (request->hub) {
        curl_easy_setopt(x->easy, CURLOPT_MAXAGE_CONN, (long) HTTP_HUB_KEEP_S);
        curl_easy_setopt(x->easy, CURLOPT_TCP_KEEPALIVE, 1L);
    }

    if (curl_multi_add_handle(http->multi, x->easy) != CURLM_OK) {
        http_release(x);
        return NULL;
    }

    return x;
}


void
http_cancel(http_exchange_t *exchange, http_result_t *result)
{
    if (result != NULL) {
        http_result_fill(exchange, CURLE_OPERATION_TIMEDOUT, result);
        result->words = NULL;
        result->location = NULL;
        result->headers = NULL;
        result->etag = NULL;
        result->body = NULL;
    }

    http_release(exchange);
}


http_t *
http_create(uv_loop_t *loop, size_t hub_body_max)
{
    http_t *http = calloc(1, sizeof(*http));

    if (http == NULL) {
        return NULL;
    }

    http->loop = loop;
    http->hub_body_max = hub_body_max;

    if (curl_global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK
        || (http->multi = curl_multi_init()) == NULL) {
        free(http);
        return NULL;
    }

    http_loop_attach(http);
    return http;
}


static void
http_on_destroyed(uv_handle_t *handle)
{
    free(handle->data);
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

    curl_multi_cleanup(http->multi);
    curl_global_cleanup();
    uv_close((uv_handle_t *) &http->timer, http_on_destroyed);
}


const char *
http_version(void)
{
    return curl_version();
}
