
#include "pgwire.h"

#include <stdio.h>
#include <string.h>

#define PGWIRE_VERSION 196608 /* 3.0 */
#define PGWIRE_TEXT_MAX 4096


/* --- reading -------------------------------------------------------------- */

static uint32_t
pgwire_number(const char *bytes)
{
    const unsigned char *b = (const unsigned char *) bytes;

    return (uint32_t) b[0] << 24 | (uint32_t) b[1] << 16 | (uint32_t) b[2] << 8 | b[3];
}


int
pgwire_read(const char *data, size_t len, pgwire_message_t *message, size_t *used)
{
    /* what a server says until it is ready: anything else is no Postgres */
    if (len > 0 && (data[0] == '\0' || strchr("RSKZENv", data[0]) == NULL)) {
        return -1;
    }

    if (len < 5) {
        return 0;
    }

    uint32_t size = pgwire_number(data + 1);

    if (size < 4 || size - 4 > PGWIRE_BODY_MAX) {
        return -1;
    }

    *used = 1 + (size_t) size;

    if (len < *used) {
        return 0;
    }

    *message = (pgwire_message_t){data[0], data + 5, size - 4};
    return 1;
}


int32_t
pgwire_int(const pgwire_message_t *message)
{
    return (message->len >= 4) ? (int32_t) pgwire_number(message->body) : -1;
}


/* A field of an error; "" if it is not there. */
static const char *
pgwire_field(const pgwire_message_t *message, char name)
{
    const char *p = message->body;
    const char *end = message->body + message->len;

    while (p < end && *p != '\0') {
        const char *zero = memchr(p, '\0', (size_t) (end - p));

        if (zero == NULL) {
            break;
        }

        if (*p == name) {
            return p + 1;
        }

        p = zero + 1;
    }

    return "";
}


void
pgwire_error(const pgwire_message_t *message, char *out, size_t size)
{
    const char *words = pgwire_field(message, 'M');

    if (words[0] == '\0') {
        snprintf(out, size, "an error without a message");
        return;
    }

    snprintf(out, size, "%s: %s (%s)", pgwire_field(message, 'S'), words,
             pgwire_field(message, 'C'));
}


int
pgwire_lists(const char *strings, size_t len, const char *wanted)
{
    while (len > 0) {
        const char *zero = memchr(strings, '\0', len);

        if (zero == NULL) {
            return 0;
        }

        if (strcmp(strings, wanted) == 0) {
            return 1;
        }

        len -= (size_t) (zero + 1 - strings);
        strings = zero + 1;
    }

    return 0;
}


/* --- writing -------------------------------------------------------------- */

static void
pgwire_set_number(char *out, uint32_t number)
{
    out[0] = (char) (number >> 24);
    out[1] = (char) (number >> 16);
    out[2] = (char) (number >> 8);
    out[3] = (char) number;
}


size_t
pgwire_startup(char *out, size_t size, const char *user, const char *database)
{
    const char *const words[] = {"user",       user, "database", database, "application_name",
                                 "betterstack"};
    size_t len = 8;

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        size_t word_len = strlen(words[i]) + 1;

        if (len + word_len + 1 > size) {
            return 0;
        }

        memcpy(out + len, words[i], word_len);
        len += word_len;
    }

    out[len++] = '\0';
    pgwire_set_number(out, (uint32_t) len);
    pgwire_set_number(out + 4, PGWIRE_VERSION);
    return len;
}


size_t
pgwire_put(char *out, size_t size, char type, const void *body, size_t len)
{
    if (size < 5 || len > size - 5) {
        return 0;
    }

    out[0] = type;
    pgwire_set_number(out + 1, (uint32_t) (len + 4));

    if (len > 0) {
        memcpy(out + 5, body, len);
    }

    return len + 5;
}


size_t
pgwire_sasl(char *out, size_t size, const char *mechanism, const char *text)
{
    char body[PGWIRE_TEXT_MAX];
    size_t name_len = strlen(mechanism) + 1;
    size_t text_len = strlen(text);

    if (name_len + 4 + text_len > sizeof(body)) {
        return 0;
    }

    memcpy(body, mechanism, name_len);
    pgwire_set_number(body + name_len, (uint32_t) text_len);
    memcpy(body + name_len + 4, text, text_len);
    return pgwire_put(out, size, 'p', body, name_len + 4 + text_len);
}


int
pgwire_md5(const char *user, const char *password, const char salt[4], char out[PGWIRE_MD5_MAX])
{
    char text[PGWIRE_TEXT_MAX];
    int len = snprintf(text, sizeof(text), "%s%s", password, user);

    if (len < 0 || len >= (int) sizeof(text) || digest_md5_hex(text, (size_t) len, text) != 0) {
        return -1;
    }

    memcpy(text + DIGEST_MD5_HEX - 1, salt, 4);
    memcpy(out, "md5", 3);
    return digest_md5_hex(text, DIGEST_MD5_HEX - 1 + 4, out + 3);
}
