
/* How a transfer ended, in our words: libcurl's code alone does not tell. */

#include "http_curl.h"

#include "clock.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>


static http_error_t
http_result_classify_receive(const http_exchange_t *x)
{
    /* CURLE_RECV_ERROR also stands for broken chunked framing; only the words tell */
    /* with TLS 1.3 a server refuses the client's certificate only after the handshake */
    if (x->phase <= HTTP_PHASE_FIRST_BYTE && strstr(x->words, " alert ") != NULL) {
        return HTTP_ERROR_TLS;
    }

    int lost = strstr(x->words, "Recv failure") != NULL || strstr(x->words, "SSL_read") != NULL
               || strstr(x->words, "Connection died") != NULL; /* HTTP/2: five times refused */

    return lost ? HTTP_ERROR_RESET : HTTP_ERROR_PROTOCOL;
}


/* Of a stream alone, by the server; what nghttp2 itself ends so was no proper HTTP/2. */
static http_error_t
http_result_classify_stream(const http_exchange_t *x)
{
    return (strstr(x->words, "PROTOCOL_ERROR") != NULL) ? HTTP_ERROR_PROTOCOL : HTTP_ERROR_RESET;
}


/* HTTP/2 goes on sending while it receives. */
static http_error_t
http_result_classify_send(const http_exchange_t *x)
{
    return (x->phase >= HTTP_PHASE_HEADERS) ? HTTP_ERROR_RESET : HTTP_ERROR_SEND;
}


static http_error_t
http_result_classify_code(const http_exchange_t *x, CURLcode code)
{
    switch (code) {
    case CURLE_OK: /* also for an answer that ends within its headers */
        return (x->phase == HTTP_PHASE_BODY) ? HTTP_ERROR_NONE : HTTP_ERROR_PARTIAL;
    case CURLE_BAD_CONTENT_ENCODING: /* that one of which browsers take no notice, too */
        return x->encoding_unknown ? HTTP_ERROR_NONE : HTTP_ERROR_PROTOCOL;
    case CURLE_COULDNT_RESOLVE_HOST:
    case CURLE_COULDNT_CONNECT:
        return HTTP_ERROR_CONNECT;
    case CURLE_OPERATION_TIMEDOUT:
        return HTTP_ERROR_TIMEOUT;
    case CURLE_PEER_FAILED_VERIFICATION:
        return HTTP_ERROR_CERTIFICATE;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_SSL_CIPHER:
    case CURLE_SSL_CLIENTCERT:
        return HTTP_ERROR_TLS;
    case CURLE_SEND_ERROR:
    case CURLE_SEND_FAIL_REWIND:
        return http_result_classify_send(x);
    case CURLE_RECV_ERROR:
        return http_result_classify_receive(x);
    case CURLE_HTTP2_STREAM:
        return http_result_classify_stream(x);
    case CURLE_GOT_NOTHING: /* some versions say so of half a status line, too */
        return (x->phase >= HTTP_PHASE_HEADERS) ? HTTP_ERROR_PARTIAL : HTTP_ERROR_EMPTY;
    case CURLE_PARTIAL_FILE:
        return HTTP_ERROR_PARTIAL;
    case CURLE_WRITE_ERROR:
    case CURLE_FAILED_INIT:
    case CURLE_ABORTED_BY_CALLBACK:
        return HTTP_ERROR_AGENT;
    case CURLE_SSL_CERTPROBLEM:
        return HTTP_ERROR_SETTINGS;
    case CURLE_SSL_CACERT_BADFILE:
        return (x->request.ca_pem != NULL) ? HTTP_ERROR_SETTINGS : HTTP_ERROR_AGENT;
    case CURLE_OUT_OF_MEMORY: /* libcurl 7 says this of a header line beyond its limit */
        return (x->phase >= HTTP_PHASE_FIRST_BYTE) ? HTTP_ERROR_PROTOCOL : HTTP_ERROR_AGENT;
    default:
        return HTTP_ERROR_PROTOCOL;
    }
}


/*
 * A handle is used again and again, and before libcurl has begun with a
 * transfer, it tells the numbers of the last one.
 */
static int
http_result_has_begun(const http_exchange_t *x)
{
    return x->request.hub || x->fd != CURL_SOCKET_BAD;
}


static long
http_result_number(const http_exchange_t *x, CURLINFO info)
{
    long value = 0;

    if (http_result_has_begun(x)) {
        curl_easy_getinfo(x->easy, info, &value);
    }

    return value;
}


static curl_off_t
http_result_offset(const http_exchange_t *x, CURLINFO info)
{
    curl_off_t value = 0;

    if (http_result_has_begun(x)) {
        curl_easy_getinfo(x->easy, info, &value);
    }

    return value;
}


static http_error_t
http_result_classify(const http_exchange_t *x, CURLcode code)
{
    if (x->blocked) {
        return HTTP_ERROR_BLOCKED;
    }

    if (x->socket_error != 0) {
        return HTTP_ERROR_AGENT;
    }

    if (x->request.mail_command != NULL) {
        http_error_t error = http_mail_classify(x, code);

        if (error != HTTP_ERROR_COUNT) {
            return error;
        }
    }

    if (x->headers_too_large || x->body_too_large) {
        return HTTP_ERROR_PROTOCOL;
    }

    if (x->stopped) {
        return HTTP_ERROR_NONE;
    }

    if (x->request.proxy && http_result_number(x, CURLINFO_HTTP_CONNECTCODE) >= 300) {
        return HTTP_ERROR_PROXY;
    }

    return http_result_classify_code(x, code);
}
static int32_t
http_result_span(curl_off_t from, curl_off_t to)
{
    if (to <= 0 || to < from) {
        return -1;
    }

    return (to - from > INT32_MAX) ? INT32_MAX : (int32_t) (to - from);
}


/* Asks the kernel: our callbacks see whole header lines only. */
static int64_t
http_result_idle_us(const http_exchange_t *x)
{
    struct tcp_info info;
    socklen_t len = sizeof(info);

    if (x->fd == CURL_SOCKET_BAD || getsockopt(x->fd, IPPROTO_TCP, TCP_INFO, &info, &len) != 0) {
        return 0;
    }

    return (int64_t) info.tcpi_last_data_recv * 1000;
}


static void
http_result_fill_phases(http_exchange_t *x, CURLcode code, http_result_t *result)
{
    curl_off_t resolved = http_result_offset(x, CURLINFO_NAMELOOKUP_TIME_T);
    curl_off_t connected = http_result_offset(x, CURLINFO_CONNECT_TIME_T);
    curl_off_t secured = http_result_offset(x, CURLINFO_APPCONNECT_TIME_T);
    curl_off_t sent = http_result_offset(x, CURLINFO_PRETRANSFER_TIME_T);
    curl_off_t answered = http_result_offset(x, CURLINFO_STARTTRANSFER_TIME_T);
    int64_t now = clock_us();

    if (connected == 0 && x->tls_started_us != 0) {
        connected = x->tls_started_us - x->started_us;
    }

    /* of a request with a body it may be the moment when that began to be sent */
    if (x->request.body != NULL) {
        answered = (x->answered_us != 0) ? x->answered_us - x->started_us : 0;
    }

    /* a part of a line came, too little for the callback; an end without a byte looks the same */
    if (code == CURLE_OPERATION_TIMEDOUT && x->phase == HTTP_PHASE_FIRST_BYTE && answered > sent) {
        x->phase = HTTP_PHASE_HEADERS;
    }

    result->phases.dns_us = -1;
    result->phases.connect_us = http_result_span(resolved, connected);
    result->phases.tls_us = http_result_span(connected, secured);
    result->phases.first_byte_us =
        (x->phase >= HTTP_PHASE_HEADERS) ? http_result_span(sent, answered) : -1;
    result->phases.total_us = http_result_span(0, now - x->started_us);
}


int
http_result_redirects(const http_exchange_t *x)
{
    long status = http_result_number(x, CURLINFO_RESPONSE_CODE);

    return x->location != NULL
           && (status == 301 || status == 302 || status == 303 || status == 307 || status == 308);
}


/* Replaces the location by the URL it means; what makes no sense is the caller's to refuse. */
static void
http_result_resolve_location(http_exchange_t *x)
{
    CURLU *url = curl_url();
    char *absolute = NULL;
    unsigned flags = CURLU_NON_SUPPORT_SCHEME | CURLU_ALLOW_SPACE;

    if (url != NULL && curl_url_set(url, CURLUPART_URL, x->request.url, 0) == CURLUE_OK
        && curl_url_set(url, CURLUPART_URL, x->location, flags) == CURLUE_OK
        && curl_url_get(url, CURLUPART_URL, &absolute, 0) == CURLUE_OK)
    {
        char *copy = strdup(absolute);

        if (copy != NULL) {
            free(x->location);
            x->location = copy;
        }
    }

    curl_free(absolute);
    curl_url_cleanup(url);
}


static int
http_result_version(const http_exchange_t *x)
{
    switch (http_result_number(x, CURLINFO_HTTP_VERSION)) {
    case CURL_HTTP_VERSION_1_0:
        return 10;
    case CURL_HTTP_VERSION_1_1:
        return 11;
    case CURL_HTTP_VERSION_2_0:
        return 20;
    default:
        return 0;
    }
}


void
http_result_fill(http_exchange_t *x, CURLcode code, http_result_t *result)
{
    memset(result, 0, sizeof(*result));

    if (x->words[0] == '\0') {
        snprintf(x->words, sizeof(x->words), "%s", curl_easy_strerror(code));
    }

    http_result_fill_phases(x, code, result);

    if (x->request.mail_command != NULL) {
        http_mail_fill(x, result);
    }

    result->error = http_result_classify(x, code);

    if (result->error == HTTP_ERROR_SETTINGS) {
        snprintf(x->words, sizeof(x->words), "the monitor's %s cannot be read",
                 (code == CURLE_SSL_CERTPROBLEM) ? "client certificate or its key"
                                                 : "certificate authorities");
    }

    result->phase = x->phase;
    result->idle_us = (code == CURLE_OPERATION_TIMEDOUT) ? http_result_idle_us(x) : 0;
    result->words = x->words;
    result->stopped = x->stopped;
    result->unreadable = code == CURLE_BAD_CONTENT_ENCODING && result->error == HTTP_ERROR_NONE;
    result->headers = (x->request.mail_command != NULL) ? "" : x->shown;
    result->reply = (x->request.mail_command != NULL) ? x->shown : "";
    result->etag = x->etag;
    result->body = x->body;
    result->body_len = x->body_len;

    result->os_error =
        (x->socket_error != 0) ? x->socket_error : (int) http_result_number(x, CURLINFO_OS_ERRNO);
    result->status = (int) http_result_number(x, CURLINFO_RESPONSE_CODE);

    if (result->error == HTTP_ERROR_PROXY) {
        result->status = (int) http_result_number(x, CURLINFO_HTTP_CONNECTCODE);
    }

    result->http_version = http_result_version(x);
    result->tls_version = x->tls_version;
    result->tls_cipher = x->tls_cipher;
    result->retry_after_s = http_result_offset(x, CURLINFO_RETRY_AFTER);

    if (http_result_redirects(x)) {
        http_result_resolve_location(x);
        result->location = x->location;
    }
}
