
#include "ngx_bs_text.h"


static size_t ngx_bs_text_sequence(const u_char *p, const u_char *last);
static ngx_int_t ngx_bs_text_hex(u_char c);


ngx_flag_t
ngx_bs_text_valid(const ngx_str_t *text)
{
    size_t         n;
    const u_char  *p, *last;

    p = text->data;
    last = p + text->len;

    while (p < last) {

        if (*p == '\0') {
            return 0;
        }

        if (*p < 0x80) {
            p++;
            continue;
        }

        n = ngx_bs_text_sequence(p, last);
        if (n == 0) {
            return 0;
        }

        p += n;
    }

    return 1;
}


void
ngx_bs_text_mend(ngx_str_t *text)
{
    size_t   n;
    u_char  *p, *last;

    p = text->data;
    last = p + text->len;

    while (p < last) {

        if (*p != '\0' && *p < 0x80) {
            p++;
            continue;
        }

        n = ngx_bs_text_sequence(p, last);

        if (n == 0) {
            *p = '?';
            n = 1;
        }

        p += n;
    }
}


/* Length of the well-formed multi-byte sequence at p (Unicode, table 3-7). */

static size_t
ngx_bs_text_sequence(const u_char *p, const u_char *last)
{
    size_t  i, n;
    u_char  low, high;

    low = 0x80;
    high = 0xbf;

    if (*p >= 0xc2 && *p <= 0xdf) {
        n = 2;

    } else if (*p >= 0xe0 && *p <= 0xef) {
        n = 3;
        low = (*p == 0xe0) ? 0xa0 : 0x80;
        high = (*p == 0xed) ? 0x9f : 0xbf;

    } else if (*p >= 0xf0 && *p <= 0xf4) {
        n = 4;
        low = (*p == 0xf0) ? 0x90 : 0x80;
        high = (*p == 0xf4) ? 0x8f : 0xbf;

    } else {
        return 0;
    }

    if ((size_t) (last - p) < n || p[1] < low || p[1] > high) {
        return 0;
    }

    for (i = 2; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }

    return n;
}


size_t
ngx_bs_text_length(const ngx_str_t *text)
{
    size_t  i, length;

    length = 0;

    for (i = 0; i < text->len; i++) {
        if ((text->data[i] & 0xc0) != 0x80) {
            length++;
        }
    }

    return length;
}


ngx_int_t
ngx_bs_text_decode(const ngx_str_t *encoded, ngx_str_t *out)
{
    size_t     i;
    u_char    *p;
    ngx_int_t  high, low;

    p = out->data;

    for (i = 0; i < encoded->len; i++) {

        if (encoded->data[i] == '+') {
            *p++ = ' ';
            continue;
        }

        if (encoded->data[i] != '%') {
            *p++ = encoded->data[i];
            continue;
        }

        if (encoded->len - i < 3) {
            return NGX_ERROR;
        }

        high = ngx_bs_text_hex(encoded->data[i + 1]);
        low = ngx_bs_text_hex(encoded->data[i + 2]);

        if (high == NGX_ERROR || low == NGX_ERROR) {
            return NGX_ERROR;
        }

        *p++ = (u_char) (high << 4 | low);
        i += 2;
    }

    out->len = p - out->data;

    return NGX_OK;
}


static ngx_int_t
ngx_bs_text_hex(u_char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }

    c |= 0x20;

    if (c >= 'a' && c <= 'f') {
        return c - 'a' + 10;
    }

    return NGX_ERROR;
}
