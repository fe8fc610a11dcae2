
/*
 * Every string grows by its terminating zero and loses its msgpack head, which
 * is at least as long; so the packed length bounds what the strings need.
 */

#include "spec.h"

#include "bs_cursor.h"
#include "bs_wire.h"
#include "keyword.h"

#include <stdlib.h>
#include <string.h>

#define SPEC_VALUES_MAX 1000

typedef struct {
    bs_cursor_t cursor;
    spec_t *spec;
    char *out;
    int has_url;
    int has_type;
} spec_reader_t;

typedef struct {
    const char *key;
    int (*read)(spec_reader_t *r);
    const char *error;
} spec_field_t;


static int
spec_read_bytes(spec_reader_t *r, char **text, size_t *len)
{
    const char *data;

    if (bs_cursor_nil(&r->cursor) == 0) {
        *text = NULL;
        *len = 0;
        return 0;
    }

    if (bs_cursor_str(&r->cursor, &data, len) != 0) {
        return -1;
    }

    *text = r->out;
    memcpy(r->out, data, *len);
    r->out[*len] = '\0';
    r->out += *len + 1;
    return 0;
}


/* For what goes to libcurl as a C string. */
static int
spec_read_text(spec_reader_t *r, char **text)
{
    size_t len;

    if (spec_read_bytes(r, text, &len) != 0) {
        return -1;
    }

    return (*text == NULL || strlen(*text) == len) ? 0 : -1;
}


static int
spec_read_type(spec_reader_t *r)
{
    static const char *const names[SPEC_TYPE_COUNT] = {
        [SPEC_STATUS] = "status",
        [SPEC_EXPECTED_STATUS_CODE] = "expected_status_code",
        [SPEC_KEYWORD] = "keyword",
        [SPEC_KEYWORD_ABSENCE] = "keyword_absence",
    };
    const char *data;
    size_t len;

    if (bs_cursor_str(&r->cursor, &data, &len) != 0) {
        return -1;
    }

    for (int i = 0; i < SPEC_TYPE_COUNT; i++) {
        if (strlen(names[i]) == len && memcmp(names[i], data, len) == 0) {
            r->spec->type = (spec_type_t) i;
            r->has_type = 1;
            return 0;
        }
    }

    return -1;
}


static int
spec_read_url(spec_reader_t *r)
{
    if (spec_read_text(r, &r->spec->url) != 0 || r->spec->url == NULL) {
        return -1;
    }

    r->has_url = 1;
    return 0;
}


static int
spec_read_timeout(spec_reader_t *r)
{
    return bs_cursor_int(&r->cursor, &r->spec->timeout_ms, 1, SPEC_TIMEOUT_MAX_MS);
}


int
spec_method_ok(const char *method)
{
    static const char *const known[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(method, known[i]) == 0) {
            return 1;
        }
    }

    return 0;
}


static int
spec_read_method(spec_reader_t *r)
{
    if (spec_read_text(r, &r->spec->method) != 0 || r->spec->method == NULL) {
        return -1;
    }

    for (char *p = r->spec->method; *p != '\0'; p++) {
        if (*p >= 'a' && *p <= 'z') {
            *p = (char) (*p - 'a' + 'A');
        }
    }

    return spec_method_ok(r->spec->method) ? 0 : -1;
}


int
spec_header_ok(const char *name, const char *value)
{
    static const char separators[] = "()<>@,;:\\\"/[]?={} \t";

    if (name[0] == '\0') {
        return 0;
    }

    for (const char *p = name; *p != '\0'; p++) {
        if ((unsigned char) *p <= 0x20 || (unsigned char) *p >= 0x7f
            || strchr(separators, *p) != NULL) {
            return 0;
        }
    }

    for (const char *p = value; *p != '\0'; p++) {
        if (((unsigned char) *p < 0x20 && *p != '\t') || *p == 0x7f) {
            return 0;
        }
    }

    return 1;
}


static int
spec_read_headers(spec_reader_t *r)
{
    uint32_t count;
    uint32_t two;

    if (bs_cursor_nil(&r->cursor) == 0) {
        return 0;
    }

    if (bs_cursor_array(&r->cursor, &count) != 0 || count > SPEC_HEADERS_MAX) {
        return -1;
    }

    for (uint32_t i = 0; i < count; i++) {
        char *name;
        char *value;

        if (bs_cursor_array(&r->cursor, &two) != 0 || two != 2 || spec_read_text(r, &name) != 0
            || spec_read_text(r, &value) != 0 || name == NULL || value == NULL
            || !spec_header_ok(name, value))
        {
            return -1;
        }

        r->spec->headers[i] = (http_header_t){name, value};
        r->spec->headers_count = i + 1;
    }

    return 0;
}


static int
spec_read_body(spec_reader_t *r)
{
    return spec_read_bytes(r, &r->spec->body, &r->spec->body_len);
}


static int
spec_read_username(spec_reader_t *r)
{
    return spec_read_text(r, &r->spec->username);
}


static int
spec_read_password(spec_reader_t *r)
{
    return spec_read_text(r, &r->spec->password);
}


static int
spec_read_expected(spec_reader_t *r)
{
    uint32_t count;
    int64_t code;

    if (bs_cursor_nil(&r->cursor) == 0) {
        return 0;
    }

    if (bs_cursor_array(&r->cursor, &count) != 0 || count > SPEC_EXPECTED_MAX) {
        return -1;
    }

    for (uint32_t i = 0; i < count; i++) {
        if (bs_cursor_int(&r->cursor, &code, 100, 999) != 0) {
            return -1;
        }

        r->spec->expected[i] = (uint16_t) code;
        r->spec->expected_count = i + 1;
    }

    return 0;
}


static int
spec_read_keyword(spec_reader_t *r)
{
    if (spec_read_bytes(r, &r->spec->keyword, &r->spec->keyword_len) != 0) {
        return -1;
    }

    return (r->spec->keyword_len <= KEYWORD_BYTES_MAX) ? 0 : -1;
}


static int
spec_read_redirects(spec_reader_t *r)
{
    return bs_cursor_bool(&r->cursor, &r->spec->redirects);
}


static int
spec_read_verify(spec_reader_t *r)
{
    return bs_cursor_bool(&r->cursor, &r->spec->verify);
}


static int
spec_read_ip(spec_reader_t *r)
{
    int64_t ip;

    if (bs_cursor_nil(&r->cursor) == 0) {
        return 0;
    }

    if (bs_cursor_int(&r->cursor, &ip, 0, 6) != 0 || (ip != 0 && ip != 4 && ip != 6)) {
        return -1;
    }

    r->spec->ip = (int) ip;
    return 0;
}


static const spec_field_t fields[] = {
    {"type", spec_read_type, "type: this agent does not know it"},
    {"url", spec_read_url, "url"},
    {"timeout", spec_read_timeout, "timeout"},
    {"method", spec_read_method, "method"},
    {"headers", spec_read_headers, "headers"},
    {"body", spec_read_body, "body"},
    {"username", spec_read_username, "username"},
    {"password", spec_read_password, "password"},
    {"expected", spec_read_expected, "expected"},
    {"keyword", spec_read_keyword, "keyword"},
    {"redirects", spec_read_redirects, "redirects"},
    {"verify", spec_read_verify, "verify"},
    {"ip", spec_read_ip, "ip"},
};


/* Keys that are not in the table are skipped: the hub may be newer. */
static int
spec_read_pair(spec_reader_t *r, const char **error)
{
    const char *key;
    size_t len;

    if (bs_cursor_str(&r->cursor, &key, &len) != 0) {
        *error = "a key";
        return -1;
    }

    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strlen(fields[i].key) == len && memcmp(fields[i].key, key, len) == 0) {
            *error = fields[i].error;
            return fields[i].read(r);
        }
    }

    *error = "an unknown key's value";
    return bs_cursor_skip(&r->cursor, BS_WIRE_DEPTH_MAX, SPEC_VALUES_MAX);
}


static spec_t *
spec_allocate(size_t len, spec_reader_t *r)
{
    size_t headers_size = SPEC_HEADERS_MAX * sizeof(http_header_t);
    size_t expected_size = SPEC_EXPECTED_MAX * sizeof(uint16_t);
    spec_t *spec = calloc(1, sizeof(*spec) + headers_size + expected_size + len + 1);

    if (spec == NULL) {
        return NULL;
    }

    spec->headers = (http_header_t *) (void *) (spec + 1);
    spec->expected = (uint16_t *) (void *) ((char *) spec->headers + headers_size);
    r->out = (char *) spec->expected + expected_size;
    r->spec = spec;

    spec->timeout_ms = 15000;
    spec->redirects = 1;
    spec->verify = 1;
    return spec;
}


static int
spec_complete(const spec_reader_t *r, const char **error)
{
    const spec_t *spec = r->spec;
    int wants_keyword = spec->type == SPEC_KEYWORD || spec->type == SPEC_KEYWORD_ABSENCE;

    if (!r->has_type || !r->has_url) {
        *error = r->has_type ? "url: is missing" : "type: is missing";
        return -1;
    }

    if (wants_keyword && spec->keyword == NULL) {
        *error = "keyword: is missing";
        return -1;
    }

    return 0;
}


spec_t *
spec_decode(const void *data, size_t len, const char **error)
{
    spec_reader_t r = {.cursor = {data, (const uint8_t *) data + len}};
    uint32_t count;

    *error = "not a map";

    if (bs_wire_bounded(data, len, BS_WIRE_DEPTH_MAX, SPEC_VALUES_MAX) != 0
        || bs_cursor_map(&r.cursor, &count) != 0)
    {
        return NULL;
    }

    spec_t *spec = spec_allocate(len, &r);

    if (spec == NULL) {
        *error = "out of memory";
        return NULL;
    }

    for (uint32_t i = 0; i < count; i++) {
        if (spec_read_pair(&r, error) != 0) {
            free(spec);
            return NULL;
        }
    }

    if (spec_complete(&r, error) != 0) {
        free(spec);
        return NULL;
    }

    if (spec->method == NULL) {
        static char get[] = "GET";

        spec->method = get;
    }

    return spec;
}
