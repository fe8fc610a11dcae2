
/*
 * Secret are: the password, user and password as Basic authentication sends
 * them, the bearer token, the request body, and the values of the monitor's
 * headers, whole and word by word ("Bearer TOKEN").  Short words are left
 * alone, else a header "X-Mode: on" would make any page unreadable.
 */

#include "redact.h"

#include "bs_url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REDACT_VALUE_MIN 4
#define REDACT_WORD_MIN 8
#define REDACT_PREFIX_MIN 4
#define REDACT_CREDENTIAL_MAX 2048

typedef struct {
    char *data;
    size_t len;
} redact_place_t;


static void
redact_in(redact_place_t place, const char *secret, size_t len)
{
    char *from = place.data;
    size_t left = place.len;
    char *hit;

    if (len == 0 || left == 0) {
        return;
    }

    while ((hit = memmem(from, left, secret, len)) != NULL) {
        memset(hit, '*', len);
        left -= (size_t) (hit - from) + len;
        from = hit + len;
    }

    /* the sample may end within a secret */
    for (size_t part = (len - 1 < left) ? len - 1 : left; part >= REDACT_PREFIX_MIN; part--) {
        if (memcmp(from + left - part, secret, part) == 0) {
            memset(from + left - part, '*', part);
            return;
        }
    }
}


/* Each value may have been cut, and within a secret, too. */
static void
redact_in_lines(char *lines, const char *secret, size_t len)
{
    while (lines != NULL && *lines != '\0') {
        size_t line = strcspn(lines, "\n");

        redact_in((redact_place_t){lines, line}, secret, len);
        lines += line + (lines[line] == '\n');
    }
}


static void
redact(check_facts_t *facts, const char *secret, size_t len)
{
    redact_in((redact_place_t){facts->body, facts->body_len}, secret, len);
    redact_in_lines(facts->headers, secret, len);
    redact_in((redact_place_t){facts->detail, strlen(facts->detail)}, secret, len);

    for (unsigned i = 0; i < facts->redirects_count; i++) {
        redact_in((redact_place_t){facts->redirects[i], strlen(facts->redirects[i])}, secret, len);
    }
}


static void
redact_words(check_facts_t *facts, const char *value)
{
    while (*value != '\0') {
        size_t len = strcspn(value, " \t,;=\"");

        if (len >= REDACT_WORD_MIN) {
            redact(facts, value, len);
        }

        value += len;
        value += strspn(value, " \t,;=\"");
    }
}


static void
redact_base64(const char *text, char *out, size_t size)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    size_t len = strlen(text);
    size_t used = 0;

    for (size_t i = 0; i < len && used + 5 < size; i += 3) {
        unsigned b0 = (unsigned char) text[i];
        unsigned b1 = (i + 1 < len) ? (unsigned char) text[i + 1] : 0;
        unsigned b2 = (i + 2 < len) ? (unsigned char) text[i + 2] : 0;

        out[used++] = digits[b0 >> 2];
        out[used++] = digits[(b0 & 3) << 4 | b1 >> 4];

        /* what follows the input's end would be padding, which is no secret */
        if (i + 1 < len) {
            out[used++] = digits[(b1 & 15) << 2 | b2 >> 6];
        }

        if (i + 2 < len) {
            out[used++] = digits[b2 & 63];
        }
    }

    out[used] = '\0';
}


static void
redact_credential(check_facts_t *facts, const char *username, const char *password)
{
    char joined[REDACT_CREDENTIAL_MAX];
    char basic[REDACT_CREDENTIAL_MAX * 4 / 3 + 8];

    if (username == NULL || password == NULL || password[0] == '\0') {
        return;
    }

    snprintf(joined, sizeof(joined), "%s:%s", username, password);
    redact_base64(joined, basic, sizeof(basic));
    redact(facts, basic, strlen(basic));
    redact(facts, password, strlen(password));
}


void
redact_facts(const spec_t *spec, check_facts_t *facts)
{
    const char *error;
    bs_url_t url;

    redact_credential(facts, spec->username, spec->password);

    if (bs_url_parse(spec->url, strlen(spec->url), &url, &error) == 0) {
        redact_credential(facts, url.username, url.password);
        bs_url_free(&url);
    }

    if (spec->bearer != NULL && strlen(spec->bearer) >= REDACT_VALUE_MIN) {
        redact(facts, spec->bearer, strlen(spec->bearer));
    }

    for (size_t i = 0; i < spec->headers_count; i++) {
        const char *value = spec->headers[i].value;

        if (strlen(value) >= REDACT_VALUE_MIN) {
            redact(facts, value, strlen(value));
        }

        redact_words(facts, value);
    }

    int body_is_secret = spec->type != SPEC_DNS; /* there it is the name that is asked for */

    if (body_is_secret && spec->body_len >= REDACT_WORD_MIN) {
        redact(facts, spec->body, spec->body_len);
    }
}


void
redact_url(const char *url, char *out, size_t size)
{
    const char *scheme = strstr(url, "://");
    const char *host = (scheme != NULL) ? scheme + 3 : url;
    size_t authority = strcspn(host, "/?#");
    const char *at = memrchr(host, '@', authority);

    snprintf(out, size, "%.*s%s", (int) (host - url), url, (at != NULL) ? at + 1 : host);
}
