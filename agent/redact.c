
/*
 * Secret are: the password, user and password as Basic authentication and mail
 * send them, the bearer token, the request body, and the values of the monitor's
 * headers, whole and word by word ("Bearer TOKEN").  Short words are left
 * alone, else a header "X-Mode: on" would make any page unreadable.
 */

#include "redact.h"

#include "base64.h"
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


/* The place may end within a secret. */
static void
redact_tail(redact_place_t place, const char *secret, size_t len)
{
    size_t part = (len - 1 < place.len) ? len - 1 : place.len;

    for (; part >= REDACT_PREFIX_MIN; part--) {
        char *from = place.data + place.len - part;

        if (memcmp(from, secret, part) == 0) {
            memset(from, '*', part);
            return;
        }
    }
}


static void
redact_in(redact_place_t place, const char *secret, size_t len)
{
    char *hit;

    if (len == 0 || place.len == 0) {
        return;
    }

    while ((hit = memmem(place.data, place.len, secret, len)) != NULL) {
        memset(hit, '*', len);
        place.len -= (size_t) (hit - place.data) + len;
        place.data = hit + len;
    }

    redact_tail(place, secret, len);
}


/* A sentence quotes what is long up to an ellipsis: ours, or jq's three dots. */
static void
redact_in_sentence(char *sentence, const char *secret, size_t len)
{
    redact_in((redact_place_t){sentence, strlen(sentence)}, secret, len);

    for (char *p = sentence; len > 0 && *p != '\0'; p++) {
        if (strncmp(p, "…", strlen("…")) == 0 || strncmp(p, "...", 3) == 0) {
            redact_tail((redact_place_t){sentence, (size_t) (p - sentence)}, secret, len);
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
    redact_in_sentence(facts->detail, secret, len);

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
redact_base64(check_facts_t *facts, const char *bytes, size_t len)
{
    char basic[BASE64_SIZE(REDACT_CREDENTIAL_MAX)];

    base64_encode(bytes, len, basic);
    len = strcspn(basic, "=");

    if (len >= REDACT_VALUE_MIN) {
        redact(facts, basic, len);
    }
}


/* As HTTP's Basic has it, and as mail's PLAIN and LOGIN have it. */
static void
redact_credential(check_facts_t *facts, const char *username, const char *password)
{
    char joined[REDACT_CREDENTIAL_MAX];

    if (password == NULL || password[0] == '\0') {
        return;
    }

    username = (username != NULL) ? username : ""; /* Redis asks for none */

    int len = snprintf(joined, sizeof(joined), "%c%s:%s", '\0', username, password);

    len = (len < (int) sizeof(joined)) ? len : (int) sizeof(joined) - 1;
    redact_base64(facts, joined + 1, (size_t) len - 1);
    joined[1 + strnlen(username, (size_t) len - 2)] = '\0';
    redact_base64(facts, joined, (size_t) len);
    redact_base64(facts, password, strnlen(password, REDACT_CREDENTIAL_MAX - 1));
    redact(facts, password, strlen(password));
}


/* "redis://:secret@host": whatever the scheme, a URL may name who asks. */
static void
redact_credential_of(check_facts_t *facts, const char *url)
{
    char text[BS_URL_BYTES_MAX];
    const char *scheme = (url != NULL) ? strstr(url, "://") : NULL;
    const char *error;
    bs_url_t read;

    if (scheme == NULL || strchr(scheme, '@') == NULL) {
        return;
    }

    int len = snprintf(text, sizeof(text), "http%s", scheme);

    if (len < 0 || (size_t) len >= sizeof(text)
        || bs_url_parse(text, (size_t) len, &read, &error) != 0) {
        return;
    }

    redact_credential(facts, read.username, read.password);
    bs_url_free(&read);
}


void
redact_facts(const spec_t *spec, check_facts_t *facts)
{
    redact_credential(facts, spec->username, spec->password);
    redact_credential_of(facts, spec->url);
    redact_credential_of(facts, spec->proxy);

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
redact_text(const spec_t *spec, char *text, size_t len)
{
    check_facts_t facts = {.body = text, .body_len = len};

    redact_facts(spec, &facts);
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
