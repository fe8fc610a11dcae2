
/*
 * What is wanted of one transfer, in libcurl's options.  A handle keeps what
 * all probes have in common; whoever sets anything else says that it is special
 * by it, and it is reset before it is used again.
 */

#include "http_curl.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define HTTP_GRACE_MS 1000      /* the caller's own timer comes first */
#define HTTP_RECEIVE_BYTES 8192 /* per connection */
#define HTTP_CA_CACHE_S 86400
#define HTTP_HUB_KEEP_S 50 /* below nginx's keepalive_timeout */


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
http_add_header(http_exchange_t *x, const char *name, const char *between, const char *value)
{
    size_t size = strlen(name) + strlen(between) + strlen(value) + 1;
    char *line = malloc(size);

    if (line == NULL) {
        return -1;
    }

    snprintf(line, size, "%s%s%s", name, between, value);

    int failed = http_append(&x->headers, line);

    free(line);
    return failed;
}


static int
http_add_headers(http_exchange_t *x)
{
    int failed = 0;

    if (x->has_body) {
        failed = http_append(&x->headers, "Expect:"); /* never wait for a 100 */

        /* libcurl would call every body a form */
        if (!http_has_header(&x->request, "Content-Type")) {
            failed |= http_append(&x->headers, "Content-Type:");
        }
    }

    for (size_t i = 0; i < x->request.headers_count; i++) {
        const http_header_t *header = &x->request.headers[i];

        /* "Name;" is libcurl's way to send a header without a value */
        failed |= http_add_header(x, header->name, (header->value[0] == '\0') ? ";" : ": ",
                                  header->value);
    }

    if (x->request.bearer != NULL && !http_has_header(&x->request, "Authorization")) {
        failed |= http_add_header(x, "Authorization: Bearer", " ", x->request.bearer);
    }

    curl_easy_setopt(x->easy, CURLOPT_HTTPHEADER, x->headers);
    return failed;
}


/*
 * What all exchanges want, said once to a fresh handle.  FRESH_CONNECT and its
 * kin are a probe's: a connection of its own, no session to resume.
 */
static void
http_set_base(http_exchange_t *x)
{
    CURL *easy = x->easy;

    curl_easy_setopt(easy, CURLOPT_PRIVATE, x);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, x->words);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);

    /* only the hub's name is libcurl's to look up; else the end of a call waits for that thread */
    curl_easy_setopt(easy, CURLOPT_QUICK_EXIT, 1L);

    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_USERAGENT, "betterstack-agent/" BS_VERSION);
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    curl_easy_setopt(easy, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(easy, CURLOPT_BUFFERSIZE, (long) HTTP_RECEIVE_BYTES);
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, http_on_header);
    curl_easy_setopt(easy, CURLOPT_HEADERDATA, x);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, http_on_data);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, x);

    /* Debian compiles a CAPATH in, and libcurl's cache of the CA store is off while there is one */
    curl_easy_setopt(easy, CURLOPT_CAPATH, NULL);

    if (x->request.hub) {
        curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, (long) HTTP_CA_CACHE_S);
        return;
    }

    /* libcurl loads none, which would hold the loop: http_on_ssl_ctx gives it the agent's store */
    curl_easy_setopt(easy, CURLOPT_CAINFO, NULL);
    curl_easy_setopt(easy, CURLOPT_CA_CACHE_TIMEOUT, 0L);

    curl_easy_setopt(easy, CURLOPT_DNS_CACHE_TIMEOUT, 0L);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, http_on_open_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, x);
    curl_easy_setopt(easy, CURLOPT_PREREQFUNCTION, http_on_connected);
    curl_easy_setopt(easy, CURLOPT_PREREQDATA, x);
    curl_easy_setopt(easy, CURLOPT_FRESH_CONNECT, 1L);
    curl_easy_setopt(easy, CURLOPT_FORBID_REUSE, 1L);
    curl_easy_setopt(easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
    curl_easy_setopt(easy, CURLOPT_SSL_EC_CURVES, TLS_GROUPS);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_FUNCTION, http_on_ssl_ctx);
    curl_easy_setopt(easy, CURLOPT_SSL_CTX_DATA, x);

    /* nothing compressed is asked for, and what comes all the same is unpacked piece by piece */
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "identity");
}


static long
http_curl_version(const http_request_t *request)
{
    if (request->hub || request->http_version == 1) {
        return CURL_HTTP_VERSION_1_1;
    }

    return (request->http_version == 2) ? CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE
                                        : CURL_HTTP_VERSION_2TLS;
}


static void
http_set_method(http_exchange_t *x)
{
    CURL *easy = x->easy;
    const http_request_t *request = &x->request;

    if (request->body == NULL && strcmp(request->method, "GET") == 0) {
        return;
    }

    x->special = 1;

    if (strcmp(request->method, "HEAD") == 0) {
        curl_easy_setopt(easy, CURLOPT_NOBODY, 1L);
        return;
    }

    x->has_body = 1;
    curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t) request->body_len);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, (request->body != NULL) ? request->body : "");
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, request->method);
}


static void
http_set_login(http_exchange_t *x)
{
    const http_request_t *request = &x->request;

    if (request->username == NULL) {
        return;
    }

    x->special = 1;
    curl_easy_setopt(x->easy, CURLOPT_USERNAME, request->username);
    curl_easy_setopt(x->easy, CURLOPT_PASSWORD,
                     (request->password != NULL) ? request->password : "");

    if (request->mail_command == NULL) {
        curl_easy_setopt(x->easy, CURLOPT_HTTPAUTH, (long) CURLAUTH_BASIC);
    }
}


/* Exactly this address, be it the target's or the proxy's. */
static int
http_set_route(http_exchange_t *x)
{
    const http_request_t *request = &x->request;
    char address[BS_ADDR_TEXT_MAX];
    char route[BS_ADDR_TEXT_MAX + 24];
    int v6 = request->address.family == 6;

    bs_addr_format(&request->address, address);

    if (request->proxy) {
        x->special = 1;
        snprintf(route, sizeof(route), v6 ? "http://[%s]:%u" : "http://%s:%u", address,
                 request->port);
        curl_easy_setopt(x->easy, CURLOPT_PROXY, route);
        curl_easy_setopt(x->easy, CURLOPT_NOPROXY, "");
        curl_easy_setopt(x->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
        return 0;
    }

    snprintf(route, sizeof(route), v6 ? "::[%s]:%u" : "::%s:%u", address, request->port);

    if (http_append(&x->connect_to, route) != 0) {
        return -1;
    }

    curl_easy_setopt(x->easy, CURLOPT_CONNECT_TO, x->connect_to);
    return 0;
}


static void
http_set_pem(http_exchange_t *x, CURLoption option, const char *pem)
{
    struct curl_blob blob = {
        .data = (void *) (uintptr_t) pem,
        .len = strlen(pem),
        .flags = CURL_BLOB_NOCOPY,
    };

    curl_easy_setopt(x->easy, option, &blob);
}


static long
http_curl_tls_min(int tls_min)
{
    switch (tls_min) {
    case 10:
        return CURL_SSLVERSION_TLSv1_0;
    case 11:
        return CURL_SSLVERSION_TLSv1_1;
    case 12:
        return CURL_SSLVERSION_TLSv1_2;
    case 13:
        return CURL_SSLVERSION_TLSv1_3;
    default:
        return CURL_SSLVERSION_DEFAULT;
    }
}


/* TLS settings that few ask for. */
static void
http_set_tls_special(http_exchange_t *x)
{
    const http_request_t *request = &x->request;

    if (request->tls_min != 0) {
        x->special = 1;
        curl_easy_setopt(x->easy, CURLOPT_SSLVERSION, http_curl_tls_min(request->tls_min));

        if (request->tls_min < 12) { /* OpenSSL 3 has no older versions above that level */
            curl_easy_setopt(x->easy, CURLOPT_SSL_CIPHER_LIST, "DEFAULT@SECLEVEL=0");
        }
    }

    if (request->ca_pem != NULL) {
        x->special = 1;
        http_set_pem(x, CURLOPT_CAINFO_BLOB, request->ca_pem);
    }

    if (request->certificate_pem != NULL) {
        x->special = 1;
        http_set_pem(x, CURLOPT_SSLCERT_BLOB, request->certificate_pem);
    }

    if (request->key_pem != NULL) {
        x->special = 1;
        http_set_pem(x, CURLOPT_SSLKEY_BLOB, request->key_pem);
    }
}


static void
http_set_tls(http_exchange_t *x)
{
    const http_request_t *request = &x->request;

    if (request->hub) {
        curl_easy_setopt(x->easy, CURLOPT_CAINFO, request->ca_file);
        return;
    }

    x->watch.certificate = request->certificate;
    x->watch.judge = request->verify;
    curl_easy_setopt(x->easy, CURLOPT_SSL_VERIFYPEER, (long) request->verify);
    curl_easy_setopt(x->easy, CURLOPT_SSL_VERIFYHOST, request->verify ? 2L : 0L);
    http_set_tls_special(x);
}


static int
http_set_kind(http_exchange_t *x)
{
    if (x->request.mail_command != NULL) {
        x->special = 1;
        http_mail_set(x);
        return 0;
    }

    curl_easy_setopt(x->easy, CURLOPT_HTTP_VERSION, http_curl_version(&x->request));
    http_set_method(x);
    return http_add_headers(x);
}


int
http_options_set(http_exchange_t *x)
{
    CURL *easy = x->easy;
    long timeout_ms = (long) x->request.timeout_ms + HTTP_GRACE_MS;

    if (x->request.hub && x->prepared) { /* nothing of a probe's, above all not its trust */
        curl_easy_reset(easy);
        x->prepared = 0;
    }

    if (!x->prepared) {
        x->prepared = 1;
        http_set_base(x);
    }

    curl_easy_setopt(easy, CURLOPT_URL, x->request.url);
    curl_easy_setopt(easy, CURLOPT_TIMEOUT_MS, timeout_ms);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms);

    if (strncasecmp(x->request.url, "http:", 5) != 0) {
        http_set_tls(x);
    }

    http_set_login(x);

    if (http_set_kind(x) != 0) {
        return -1;
    }

    if (x->request.hub) {
        x->special = 1;
        curl_easy_setopt(easy, CURLOPT_MAXAGE_CONN, (long) HTTP_HUB_KEEP_S);
        curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
        return 0;
    }

    if (x->request.cookies != NULL) {
        curl_easy_setopt(easy, CURLOPT_COOKIEFILE, ""); /* cookies, but none from disk */
        curl_easy_setopt(easy, CURLOPT_SHARE, (CURLSH *) x->request.cookies);
    }

    return http_set_route(x);
}
