
/*
 * The reading of a URL, front to back: scheme, userinfo, host, port, target.
 * Everything is written into one allocation whose size is known beforehand:
 * escaping can at most triple the input.
 */

#include "bs_url.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef struct {
    const char *pos;
    const char *end;
    char *out; /* the next free byte of the allocation */
    const char *error;
} url_reader_t;


static int
url_fail(url_reader_t *r, const char *error)
{
    r->error = error;
    return -1;
}


static char
url_lower(char c)
{
    return (c >= 'A' && c <= 'Z') ? (char) (c - 'A' + 'a') : c;
}


static int
url_hex(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c = url_lower(c);
    return (c >= 'a' && c <= 'f') ? c - 'a' + 10 : -1;
}


static int
url_starts_with(url_reader_t *r, const char *prefix)
{
    size_t len = strlen(prefix);

    if ((size_t) (r->end - r->pos) < len) {
        return 0;
    }

    for (size_t i = 0; i < len; i++) {
        if (url_lower(r->pos[i]) != prefix[i]) {
            return 0;
        }
    }

    r->pos += len;
    return 1;
}


static int
url_read_scheme(url_reader_t *r, bs_url_t *url)
{
    if (url_starts_with(r, "https://")) {
        url->tls = 1;
        url->port = 443;
        return 0;
    }

    if (url_starts_with(r, "http://")) {
        url->tls = 0;
        url->port = 80;
        return 0;
    }

    return url_fail(r, "the URL must start with http:// or https://");
}


/* Copies percent-decoded; a zero byte or a broken escape is refused. */
static char *
url_decode(url_reader_t *r, const char *from, const char *to)
{
    char *start = r->out;

    while (from < to) {
        char c = *from++;

        if (c == '%') {
            int high = (to - from >= 2) ? url_hex(from[0]) : -1;
            int low = (to - from >= 2) ? url_hex(from[1]) : -1;

            if (high < 0 || low < 0 || high + low == 0) {
                url_fail(r, "the user name or password of the URL has a broken % escape");
                return NULL;
            }

            c = (char) (high * 16 + low);
            from += 2;
        }

        *r->out++ = c;
    }

    *r->out++ = '\0';
    return start;
}


static int
url_read_userinfo(url_reader_t *r, bs_url_t *url, const char *authority_end)
{
    const char *at = NULL;

    for (const char *p = r->pos; p < authority_end; p++) {
        if (*p == '@') {
            at = p; /* the last one: the first may belong to a careless password */
        }
    }

    if (at == NULL) {
        return 0;
    }

    const char *colon = memchr(r->pos, ':', (size_t) (at - r->pos));

    url->username = url_decode(r, r->pos, (colon != NULL) ? colon : at);

    if (url->username == NULL) {
        return -1;
    }

    url->password = url_decode(r, (colon != NULL) ? colon + 1 : at, at);

    if (url->password == NULL) {
        return -1;
    }

    r->pos = at + 1;
    return 0;
}


static int
url_read_brackets(url_reader_t *r, bs_url_t *url, const char *authority_end)
{
    const char *close = memchr(r->pos, ']', (size_t) (authority_end - r->pos));

    if (close == NULL) {
        return url_fail(r, "the IPv6 address of the URL lacks its closing bracket");
    }

    if (bs_addr_parse(r->pos + 1, (size_t) (close - r->pos - 1), &url->addr) != 0
        || url->addr.family != 6)
    {
        return url_fail(r, "the URL has something in brackets that is no IPv6 address");
    }

    r->pos = close + 1;
    return 0;
}


static int
url_host_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '.' || c == '_';
}


/* A name, or any spelling of an IPv4 address. */
static int
url_read_name(url_reader_t *r, bs_url_t *url, const char *authority_end)
{
    char *start = r->out;

    while (r->pos < authority_end && *r->pos != ':') {
        char c = url_lower(*r->pos++);

        if (!url_host_char(c)) {
            return url_fail(r, "the host of the URL has a character that host names do not have "
                               "(write international names in their xn-- form)");
        }

        *r->out++ = c;
    }

    if (r->out > start + 1 && r->out[-1] == '.') {
        r->out--; /* the root, which every name has anyway */
    }

    size_t len = (size_t) (r->out - start);

    *r->out++ = '\0';

    if (len == 0 || start[0] == '.' || strstr(start, "..") != NULL) {
        return url_fail(r, "the URL has no host");
    }

    if (len > BS_URL_HOST_MAX) {
        return url_fail(r, "the host of the URL is too long");
    }

    switch (bs_addr_parse_host(start, len, &url->addr)) {
    case 0:
        url->is_address = 1;
        return 0;
    case 1:
        url->host = start;
        return 0;
    default:
        return url_fail(r, "the host of the URL looks like an address but is none");
    }
}


static int
url_read_host(url_reader_t *r, bs_url_t *url, const char *authority_end)
{
    if (r->pos < authority_end && *r->pos == '[') {
        url->is_address = 1;

        if (url_read_brackets(r, url, authority_end) != 0) {
            return -1;
        }

    } else if (url_read_name(r, url, authority_end) != 0) {
        return -1;
    }

    if (url->is_address) {
        url->host = r->out;
        r->out += bs_addr_format(&url->addr, r->out) + 1;
    }

    return 0;
}


static int
url_read_port(url_reader_t *r, bs_url_t *url, const char *authority_end)
{
    unsigned port = 0;

    if (r->pos == authority_end) {
        return 0;
    }

    if (*r->pos++ != ':') {
        return url_fail(r, "the URL has something between its host and its path");
    }

    if (r->pos == authority_end) {
        return 0;
    }

    for (; r->pos < authority_end; r->pos++) {
        if (*r->pos < '0' || *r->pos > '9' || port > UINT16_MAX) {
            return url_fail(r, "the port of the URL is no number from 1 to 65535");
        }

        port = port * 10 + (unsigned) (*r->pos - '0');
    }

    if (port == 0 || port > UINT16_MAX) {
        return url_fail(r, "the port of the URL is no number from 1 to 65535");
    }

    url->port = (uint16_t) port;
    return 0;
}


/* Host and port again, as the start of the text that will be handed to libcurl. */
static void
url_write_site(url_reader_t *r, bs_url_t *url)
{
    int v6 = url->is_address && url->addr.family == 6;
    size_t room = strlen(url->host) + sizeof("https://[]:65535");

    url->text = r->out;
    r->out += snprintf(r->out, room, "%s://%s%s%s", url->tls ? "https" : "http", v6 ? "[" : "",
                       url->host, v6 ? "]" : "");

    if (url->port != (url->tls ? 443 : 80)) {
        r->out += snprintf(r->out, sizeof(":65535"), ":%u", url->port);
    }
}


/* Bytes that must not stand in a request line are escaped, as browsers do. */
static void
url_write_target(url_reader_t *r)
{
    static const char digits[] = "0123456789ABCDEF";

    if (r->pos == r->end || *r->pos != '/') {
        *r->out++ = '/';
    }

    for (; r->pos < r->end && *r->pos != '#'; r->pos++) {
        unsigned char c = (unsigned char) *r->pos;

        if (c > 0x20 && c < 0x7f && c != '"' && c != '<' && c != '>' && c != '\\') {
            *r->out++ = (char) c;
            continue;
        }

        *r->out++ = '%';
        *r->out++ = digits[c >> 4];
        *r->out++ = digits[c & 15];
    }

    *r->out++ = '\0';
}


static int
url_read(url_reader_t *r, bs_url_t *url)
{
    for (const char *p = r->pos; p < r->end; p++) {
        if ((unsigned char) *p < 0x20 || *p == 0x7f) {
            return url_fail(r, "the URL has a control character");
        }
    }

    if (url_read_scheme(r, url) != 0) {
        return -1;
    }

    const char *authority_end = r->pos;

    while (authority_end < r->end && strchr("/?#", *authority_end) == NULL) {
        if (*authority_end == '\\') {
            return url_fail(r, "the URL has a backslash before its path");
        }

        authority_end++;
    }

    if (url_read_userinfo(r, url, authority_end) != 0 || url_read_host(r, url, authority_end) != 0
        || url_read_port(r, url, authority_end) != 0)
    {
        return -1;
    }

    url_write_site(r, url);
    url_write_target(r);
    return 0;
}


int
bs_url_parse(const char *text, size_t len, bs_url_t *url, const char **error)
{
    url_reader_t r = {.pos = text, .end = text + len};

    memset(url, 0, sizeof(*url));

    if (len > BS_URL_BYTES_MAX) {
        *error = "the URL is longer than 8192 bytes";
        return -1;
    }

    /* userinfo and host once, host again in the text, the target at most tripled */
    size_t size = 4 * len + 2 * BS_ADDR_TEXT_MAX + 64;
    char *block = malloc(size);

    if (block == NULL) {
        *error = "out of memory";
        return -1;
    }

    r.out = block;

    if (url_read(&r, url) != 0) {
        free(block);
        memset(url, 0, sizeof(*url));
        *error = r.error;
        return -1;
    }

    url->block = block;
    return 0;
}


void
bs_url_free(bs_url_t *url)
{
    free(url->block);
    memset(url, 0, sizeof(*url));
}


int
bs_url_same_site(const bs_url_t *from, const bs_url_t *to)
{
    if (strcmp(from->host, to->host) != 0) {
        return 0;
    }

    if (from->tls == to->tls && from->port == to->port) {
        return 1;
    }

    /* The usual step from http to https of one name; never the way back. */
    return !from->tls && from->port == 80 && to->tls && to->port == 443;
}
