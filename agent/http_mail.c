
/*
 * Mail through libcurl: greeting, TLS, login, one command.  Every line the
 * server says comes through the header callback.
 */

#include "http_curl.h"

#include "clock.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>


void
http_mail_set(http_exchange_t *x)
{
    CURL *easy = x->easy;

    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "smtp,smtps,imap,imaps,pop3,pop3s");
    curl_easy_setopt(easy, CURLOPT_CUSTOMREQUEST, x->request.mail_command);
    curl_easy_setopt(easy, CURLOPT_NOBODY, 1L); /* the reply's line is all of it */
    curl_easy_setopt(easy, CURLOPT_HEADERFUNCTION, http_mail_on_reply);
    curl_easy_setopt(easy, CURLOPT_USE_SSL,
                     (long) (x->request.starttls ? CURLUSESSL_ALL : CURLUSESSL_NONE));
}


/* libcurl would wait for a proper greeting until the deadline. */
static int
http_mail_greets(const char *url, const char *line, size_t len)
{
    if (strncmp(url, "smtp", 4) == 0) {
        return len >= 4 && isdigit((unsigned char) line[0]) && isdigit((unsigned char) line[1])
               && isdigit((unsigned char) line[2]);
    }

    if (strncmp(url, "imap", 4) == 0) {
        return len >= 2 && memcmp(line, "* ", 2) == 0;
    }

    return len >= 3 && (memcmp(line, "+OK", 3) == 0 || memcmp(line, "-ER", 3) == 0);
}


/* Is this line the end of a reply? */
static int
http_mail_ends(const char *url, const char *line, size_t len)
{
    if (strncmp(url, "smtp", 4) == 0) {
        return len >= 4 && line[3] != '-';
    }

    return strncmp(url, "imap", 4) != 0 || (line[0] != '*' && line[0] != '+');
}


size_t
http_mail_on_reply(char *line, size_t size, size_t count, void *data)
{
    http_exchange_t *x = data;
    size_t len = size * count;
    size_t shown = len;

    if (x->reply_us == 0) {
        x->reply_us = clock_us();
        x->not_mail = !http_mail_greets(x->request.url, line, len);
    }

    x->phase = HTTP_PHASE_HEADERS;
    x->header_bytes += len;
    x->headers_too_large = x->header_bytes > HTTP_RESPONSE_HEADERS_BYTES_MAX;

    while (shown > 0 && isspace((unsigned char) line[shown - 1])) {
        shown--;
    }

    if (shown >= sizeof(x->shown)) {
        shown = sizeof(x->shown) - 1;
    }

    memcpy(x->shown, line, shown);
    x->shown[shown] = '\0';
    x->shown_len = shown;

    /*
     * That was the reply to our command.  libcurl says goodbye now and waits for
     * the answer, in a call that blocks: there is nothing to read any more.
     */
    if (x->connected && http_mail_ends(x->request.url, line, len)) {
        shutdown(x->fd, SHUT_RD);
    }

    return (x->headers_too_large || x->not_mail) ? 0 : len;
}


/* Is the server's last line a no? */
static int
http_mail_is_refused(const http_exchange_t *x)
{
    if (strncmp(x->request.url, "smtp", 4) == 0) {
        return x->shown[0] == '4' || x->shown[0] == '5';
    }

    if (strncmp(x->request.url, "imap", 4) == 0) {
        const char *word = strchr(x->shown, ' ');

        return word != NULL
               && (strncasecmp(word, " NO", 3) == 0 || strncasecmp(word, " BAD", 4) == 0
                   || strncasecmp(word, " BYE", 4) == 0);
    }

    return strncasecmp(x->shown, "-ERR", 4) == 0;
}


/* What of libcurl's codes means something else for mail; HTTP_ERROR_COUNT: nothing. */
http_error_t
http_mail_classify(const http_exchange_t *x, CURLcode code)
{
    if (code == CURLE_OK) {
        return HTTP_ERROR_NONE;
    }

    if (x->not_mail || x->headers_too_large) {
        return HTTP_ERROR_PROTOCOL;
    }

    if (code == CURLE_LOGIN_DENIED || code == CURLE_USE_SSL_FAILED) {
        return HTTP_ERROR_REPLY;
    }

    int conversation = code == CURLE_RECV_ERROR || code == CURLE_WEIRD_SERVER_REPLY
                       || code == CURLE_REMOTE_ACCESS_DENIED || code == CURLE_QUOTE_ERROR;

    if (!conversation) {
        return HTTP_ERROR_COUNT;
    }

    if (x->reply_us != 0 && http_mail_is_refused(x)) {
        return HTTP_ERROR_REPLY;
    }

    if (strstr(x->words, "response reading failed") != NULL) {
        return (x->reply_us != 0) ? HTTP_ERROR_PARTIAL : HTTP_ERROR_EMPTY;
    }

    return HTTP_ERROR_COUNT;
}


/* libcurl says that it is connected only after the login. */
void
http_mail_fill(http_exchange_t *x, http_result_t *result)
{
    curl_off_t connected = 0;
    curl_off_t secured = 0;

    curl_easy_getinfo(x->easy, CURLINFO_CONNECT_TIME_T, &connected);
    curl_easy_getinfo(x->easy, CURLINFO_APPCONNECT_TIME_T, &secured);

    int64_t from_us = x->started_us + ((secured > 0 && !x->request.starttls) ? secured : connected);

    if (x->phase == HTTP_PHASE_CONNECT && connected > 0) {
        x->phase = HTTP_PHASE_FIRST_BYTE;
    }

    if (x->phase == HTTP_PHASE_TLS && secured > 0) {
        x->phase = (x->reply_us != 0) ? HTTP_PHASE_HEADERS : HTTP_PHASE_FIRST_BYTE;
    }

    if (secured > 0 && x->tls_started_us != 0) {
        result->phases.tls_us = (int32_t) (x->started_us + secured - x->tls_started_us);
    }

    result->phases.first_byte_us = (x->reply_us > from_us) ? (int32_t) (x->reply_us - from_us) : -1;
}
