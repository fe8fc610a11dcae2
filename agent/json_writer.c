
/* Appending only; every byte goes through json_writer_put(). */

#include "json_writer.h"

#include "utf8.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define JSON_WRITER_ESCAPE_MAX 8


void
json_writer_init(json_writer_t *json, char *data, size_t size)
{
    memset(json, 0, sizeof(*json));
    json->data = data;
    json->size = size;
}


void
json_writer_put(json_writer_t *json, const char *bytes, size_t len)
{
    if (json->overflow || len > json->size - json->len) {
        json->overflow = 1;
        return;
    }

    memcpy(json->data + json->len, bytes, len);
    json->len += len;
}


static void
json_writer_separate(json_writer_t *json)
{
    if (json->comma) {
        json_writer_put(json, ",", 1);
    }

    json->comma = 1;
}


void
json_writer_open(json_writer_t *json, char bracket)
{
    json_writer_separate(json);
    json_writer_put(json, &bracket, 1);
    json->comma = 0;
}


void
json_writer_close(json_writer_t *json, char bracket)
{
    json_writer_put(json, &bracket, 1);
    json->comma = 1;
}


void
json_writer_key(json_writer_t *json, const char *key)
{
    json_writer_string(json, key);
    json_writer_put(json, ":", 1);
    json->comma = 0;
}


/* Writes one character of the input escaped; returns how many input bytes it was. */
static size_t
json_writer_escape(const char *data, size_t len, char out[JSON_WRITER_ESCAPE_MAX], size_t *out_len)
{
    unsigned char c = (unsigned char) data[0];
    size_t used = utf8_sequence(data, len);

    if (used == 0 || c == 0) {
        *out_len = 3;
        memcpy(out, "\xef\xbf\xbd", 3); /* U+FFFD; Postgres knows no zero character */
        return 1;
    }

    if (c == '"' || c == '\\') {
        out[0] = '\\';
        out[1] = (char) c;
        *out_len = 2;
        return 1;
    }

    if (c < 0x20 || c == 0x7f) {
        *out_len = (size_t) snprintf(out, JSON_WRITER_ESCAPE_MAX, "\\u%04x", c);
        return 1;
    }

    memcpy(out, data, used);
    *out_len = used;
    return used;
}


void
json_writer_bytes_fitting(json_writer_t *json, const char *data, size_t len, size_t spare)
{
    char out[JSON_WRITER_ESCAPE_MAX];
    size_t out_len;

    json_writer_separate(json);
    json_writer_put(json, "\"", 1);

    for (size_t i = 0; i < len;) {
        size_t used = json_writer_escape(data + i, len - i, out, &out_len);

        if (json->size - json->len < out_len + 1 + spare) {
            break;
        }

        json_writer_put(json, out, out_len);
        i += used;
    }

    json_writer_put(json, "\"", 1);
}


void
json_writer_bytes(json_writer_t *json, const char *data, size_t len)
{
    char out[JSON_WRITER_ESCAPE_MAX];
    size_t out_len;

    json_writer_separate(json);
    json_writer_put(json, "\"", 1);

    for (size_t i = 0; i < len;) {
        i += json_writer_escape(data + i, len - i, out, &out_len);
        json_writer_put(json, out, out_len);
    }

    json_writer_put(json, "\"", 1);
}


void
json_writer_string(json_writer_t *json, const char *text)
{
    json_writer_bytes(json, text, strlen(text));
}


void
json_writer_int(json_writer_t *json, int64_t value)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%" PRId64, value);

    json_writer_separate(json);
    json_writer_put(json, text, (size_t) len);
}


void
json_writer_time(json_writer_t *json, int64_t seconds)
{
    time_t when = (time_t) seconds;
    struct tm tm;
    char text[32];

    gmtime_r(&when, &tm);
    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &tm);
    json_writer_string(json, text);
}


void
json_writer_null(json_writer_t *json)
{
    json_writer_raw(json, "null");
}


void
json_writer_raw(json_writer_t *json, const char *value)
{
    json_writer_separate(json);
    json_writer_put(json, value, strlen(value));
}


json_writer_t
json_writer_mark(const json_writer_t *json)
{
    return *json;
}


void
json_writer_rewind(json_writer_t *json, json_writer_t mark)
{
    *json = mark;
}
