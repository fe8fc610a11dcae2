
/*
 * One reader a key of SPEC.  Every string grows by its terminating zero and
 * loses its msgpack head, which is at least as long; so the packed length
 * bounds what the strings need.
 */

#include "spec_reader.h"

#include "check_kinds.h"
#include "keyword.h"

#include <string.h>


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


/* The place of a word in a table of them. */
static int
spec_read_word(spec_reader_t *r, const char *(*name_of)(int), int count, int *value)
{
    const char *data;
    size_t len;

    if (bs_cursor_str(&r->cursor, &data, &len) != 0) {
        return -1;
    }

    for (int i = 0; i < count; i++) {
        const char *name = name_of(i);

        if (name != NULL && strlen(name) == len && memcmp(name, data, len) == 0) {
            *value = i;
            return 0;
        }
    }

    return -1;
}


static int
spec_read_type(spec_reader_t *r)
{
    int type;

    if (spec_read_word(r, spec_type_name, SPEC_TYPE_COUNT, &type) != 0
        || check_kind_of((spec_type_t) type) == NULL)
    {
        return -1;
    }

    r->spec->type = (spec_type_t) type;
    r->has_type = 1;
    return 0;
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


/* One status, or [from, to]. */
static int
spec_read_range(spec_reader_t *r, spec_range_t *range)
{
    uint32_t two;
    int64_t from;
    int64_t to;

    if (bs_cursor_int(&r->cursor, &from, 100, 999) == 0) {
        *range = (spec_range_t){(uint16_t) from, (uint16_t) from};
        return 0;
    }

    if (bs_cursor_array(&r->cursor, &two) != 0 || two != 2
        || bs_cursor_int(&r->cursor, &from, 100, 999) != 0
        || bs_cursor_int(&r->cursor, &to, from, 999) != 0)
    {
        return -1;
    }

    *range = (spec_range_t){(uint16_t) from, (uint16_t) to};
    return 0;
}


static int
spec_read_expected(spec_reader_t *r)
{
    uint32_t count;

    if (bs_cursor_nil(&r->cursor) == 0) {
        return 0;
    }

    if (bs_cursor_array(&r->cursor, &count) != 0 || count > SPEC_EXPECTED_MAX) {
        return -1;
    }

    for (uint32_t i = 0; i < count; i++) {
        if (spec_read_range(r, &r->spec->expected[i]) != 0) {
            return -1;
        }

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

static int
spec_read_ports(spec_reader_t *r)
{
    uint32_t count;
    int64_t port;

    if (bs_cursor_array(&r->cursor, &count) != 0 || count > SPEC_PORTS_MAX) {
        return -1;
    }

    for (uint32_t i = 0; i < count; i++) {
        if (bs_cursor_int(&r->cursor, &port, 1, 65535) != 0) {
            return -1;
        }

        r->spec->ports[i] = (uint16_t) port;
        r->spec->ports_count = i + 1;
    }

    return 0;
}


static int
spec_read_assertion(spec_reader_t *r, spec_assertion_t *assertion)
{
    uint32_t four;
    int source;
    int comparison;
    char *property;
    char *value;

    if (bs_cursor_array(&r->cursor, &four) != 0 || four != 4
        || spec_read_word(r, spec_source_name, SPEC_SOURCE_COUNT, &source) != 0
        || spec_read_text(r, &property) != 0
        || spec_read_word(r, spec_operator_name, SPEC_OPERATOR_COUNT, &comparison) != 0
        || spec_read_text(r, &value) != 0)
    {
        return -1;
    }

    *assertion = (spec_assertion_t){
        .source = (spec_source_t) source,
        .property = (property != NULL) ? property : "",
        .comparison = (spec_operator_t) comparison,
        .value = (value != NULL) ? value : "",
    };
    return 0;
}


static int
spec_read_assertions(spec_reader_t *r)
{
    uint32_t count;

    if (bs_cursor_array(&r->cursor, &count) != 0 || count > SPEC_ASSERTIONS_MAX) {
        return -1;
    }

    for (uint32_t i = 0; i < count; i++) {
        if (spec_read_assertion(r, &r->spec->assertions[i]) != 0) {
            return -1;
        }

        r->spec->assertions_count = i + 1;
    }

    return 0;
}


static int
spec_read_answers(spec_reader_t *r)
{
    uint32_t count;

    if (bs_cursor_array(&r->cursor, &count) != 0 || count > SPEC_ANSWERS_MAX) {
        return -1;
    }

    for (uint32_t i = 0; i < count; i++) {
        if (spec_read_text(r, &r->spec->answers[i]) != 0 || r->spec->answers[i] == NULL) {
            return -1;
        }

        r->spec->answers_count = i + 1;
    }

    return 0;
}


static int
spec_read_number(spec_reader_t *r, int *number, int min, int max)
{
    int64_t value;

    if (bs_cursor_int(&r->cursor, &value, min, max) != 0) {
        return -1;
    }

    *number = (int) value;
    return 0;
}


static int
spec_read_degraded(spec_reader_t *r)
{
    return bs_cursor_int(&r->cursor, &r->spec->degraded_ms, 0, SPEC_TIMEOUT_MAX_MS);
}


/* It goes into a header. */
static int
spec_read_bearer(spec_reader_t *r)
{
    if (spec_read_text(r, &r->spec->bearer) != 0) {
        return -1;
    }

    return (r->spec->bearer == NULL || spec_header_ok("Authorization", r->spec->bearer)) ? 0 : -1;
}


static int
spec_read_cookies(spec_reader_t *r)
{
    return bs_cursor_bool(&r->cursor, &r->spec->cookies);
}


static int
spec_read_proxy(spec_reader_t *r)
{
    return spec_read_text(r, &r->spec->proxy);
}


static int
spec_read_http_version(spec_reader_t *r)
{
    return spec_read_number(r, &r->spec->http_version, 0, 2);
}


static int
spec_read_tls(spec_reader_t *r)
{
    int mode;

    if (bs_cursor_nil(&r->cursor) == 0) {
        return 0;
    }

    if (spec_read_word(r, spec_tls_mode_name, SPEC_TLS_MODE_COUNT, &mode) != 0) {
        return -1;
    }

    r->spec->tls = (spec_tls_mode_t) mode;
    return 0;
}


static int
spec_read_tls_min(spec_reader_t *r)
{
    return spec_read_number(r, &r->spec->tls_min, 0, 13);
}


static int
spec_read_certificate(spec_reader_t *r)
{
    return spec_read_text(r, &r->spec->certificate);
}


static int
spec_read_key(spec_reader_t *r)
{
    return spec_read_text(r, &r->spec->key);
}


static int
spec_read_ca(spec_reader_t *r)
{
    return spec_read_text(r, &r->spec->ca);
}


static int
spec_read_expiry_days(spec_reader_t *r)
{
    return spec_read_number(r, &r->spec->expiry_days, 0, 3650);
}


static int
spec_read_domain_end(spec_reader_t *r)
{
    return bs_cursor_bool(&r->cursor, &r->spec->domain_end);
}


static int
spec_read_packets(spec_reader_t *r)
{
    return spec_read_number(r, &r->spec->packets, 1, SPEC_PACKETS_MAX);
}


static int
spec_read_loss_max(spec_reader_t *r)
{
    return spec_read_number(r, &r->spec->loss_max, 0, 100);
}


static int
spec_read_record(spec_reader_t *r)
{
    return spec_read_text(r, &r->spec->record);
}


static int
spec_read_service(spec_reader_t *r)
{
    return spec_read_text(r, &r->spec->service);
}


static int
spec_read_database(spec_reader_t *r)
{
    return spec_read_text(r, &r->spec->database);
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
    {"ports", spec_read_ports, "ports"},
    {"assertions", spec_read_assertions, "assertions"},
    {"degraded", spec_read_degraded, "degraded"},
    {"bearer", spec_read_bearer, "bearer"},
    {"cookies", spec_read_cookies, "cookies"},
    {"proxy", spec_read_proxy, "proxy"},
    {"http_version", spec_read_http_version, "http_version"},
    {"tls", spec_read_tls, "tls"},
    {"tls_min", spec_read_tls_min, "tls_min"},
    {"certificate", spec_read_certificate, "certificate"},
    {"key", spec_read_key, "key"},
    {"ca", spec_read_ca, "ca"},
    {"expiry_days", spec_read_expiry_days, "expiry_days"},
    {"domain_end", spec_read_domain_end, "domain_end"},
    {"packets", spec_read_packets, "packets"},
    {"loss_max", spec_read_loss_max, "loss_max"},
    {"record", spec_read_record, "record"},
    {"answers", spec_read_answers, "answers"},
    {"service", spec_read_service, "service"},
    {"database", spec_read_database, "database"},
};


const spec_field_t *
spec_field_find(const char *key, size_t len)
{
    for (size_t i = 0; i < sizeof(fields) / sizeof(fields[0]); i++) {
        if (strlen(fields[i].key) == len && memcmp(fields[i].key, key, len) == 0) {
            return &fields[i];
        }
    }

    return NULL;
}
