
#include "ngx_bs_history_out.h"


#define NGX_BS_HISTORY_OUT_FIRST   16384
#define NGX_BS_HISTORY_OUT_DIGITS  20         /* of an int64_t, and a sign */
#define NGX_BS_HISTORY_OUT_TIME    24

#define NGX_BS_HISTORY_DAY_MS      86400000


static u_char *ngx_bs_history_out_room(ngx_bs_history_out_t *out, size_t len);
static u_char *ngx_bs_history_out_digits(u_char *p, uint64_t number,
    ngx_uint_t digits);
static void ngx_bs_history_out_date(u_char *p, int64_t days);


/* NULL: there is none, and nothing more will be written. */

static u_char *
ngx_bs_history_out_room(ngx_bs_history_out_t *out, size_t len)
{
    size_t   size;
    u_char  *data;

    if (out->failed) {
        return NULL;
    }

    if (out->size - out->len >= len) {
        return out->data + out->len;
    }

    size = out->size ? out->size : NGX_BS_HISTORY_OUT_FIRST;

    while (size - out->len < len && size <= NGX_BS_HISTORY_OUT_MAX) {
        size *= 2;
    }

    data = size <= NGX_BS_HISTORY_OUT_MAX ? realloc(out->data, size) : NULL;

    if (data == NULL) {
        out->failed = 1;
        return NULL;
    }

    out->data = data;
    out->size = size;

    return data + out->len;
}


void
ngx_bs_history_out_bytes(ngx_bs_history_out_t *out, const u_char *bytes,
    size_t len)
{
    u_char  *p;

    p = ngx_bs_history_out_room(out, len);

    if (p != NULL && len) {
        ngx_memcpy(p, bytes, len);
        out->len += len;
    }
}


void
ngx_bs_history_out_number(ngx_bs_history_out_t *out, int64_t number)
{
    u_char     *p, *end, buffer[NGX_BS_HISTORY_OUT_DIGITS];
    uint64_t    rest;

    end = buffer + sizeof(buffer);
    p = end;
    rest = number < 0 ? 0 - (uint64_t) number : (uint64_t) number;

    do {
        *--p = (u_char) ('0' + rest % 10);
        rest /= 10;
    } while (rest);

    if (number < 0) {
        *--p = '-';
    }

    ngx_bs_history_out_bytes(out, p, end - p);
}


/* Exactly so many digits, leading zeros included; answers what follows. */

static u_char *
ngx_bs_history_out_digits(u_char *p, uint64_t number, ngx_uint_t digits)
{
    ngx_uint_t  i;

    for (i = digits; i > 0; i--) {
        p[i - 1] = (u_char) ('0' + number % 10);
        number /= 10;
    }

    return p + digits;
}


void
ngx_bs_history_out_seconds(ngx_bs_history_out_t *out, int64_t us)
{
    size_t   len;
    u_char   part[7];

    us = ngx_max(us, 0);

    ngx_bs_history_out_number(out, us / 1000000);

    part[0] = '.';
    (void) ngx_bs_history_out_digits(part + 1, us % 1000000, 6);

    for (len = 7; len > 1 && part[len - 1] == '0'; len--) { /* void */ }

    if (len > 1) {
        ngx_bs_history_out_bytes(out, part, len);
    }
}


void
ngx_bs_history_out_share(ngx_bs_history_out_t *out, uint64_t part,
    uint64_t whole)
{
    ngx_bs_history_out_seconds(out, (part * 1000000 + whole / 2) / whole);
}


void
ngx_bs_history_out_time(ngx_bs_history_out_t *out, int64_t ms)
{
    u_char    text[NGX_BS_HISTORY_OUT_TIME] = "YYYY-MM-DDTHH:MM:SS.mmmZ";
    int64_t   of_day;

    ms = ngx_max(ms, 0);
    of_day = ms % NGX_BS_HISTORY_DAY_MS;

    ngx_bs_history_out_date(text, ms / NGX_BS_HISTORY_DAY_MS);

    (void) ngx_bs_history_out_digits(text + 11, of_day / 3600000, 2);
    (void) ngx_bs_history_out_digits(text + 14, of_day / 60000 % 60, 2);
    (void) ngx_bs_history_out_digits(text + 17, of_day / 1000 % 60, 2);
    (void) ngx_bs_history_out_digits(text + 20, of_day % 1000, 3);

    ngx_bs_history_out_bytes(out, text, sizeof(text));
}


/*
 * Days since 1970 as a date.  Years are counted from March, so that the day
 * that is not always there is the last one.
 */

static void
ngx_bs_history_out_date(u_char *p, int64_t days)
{
    int64_t  era, of_era, year, of_year, month, day;

    days += 719468;                        /* since the 1st of March, year 0 */
    era = days / 146097;                   /* of 400 years */
    of_era = days % 146097;
    year = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
    of_year = of_era - (365 * year + year / 4 - year / 100);
    month = (5 * of_year + 2) / 153;       /* 0: March */
    day = of_year - (153 * month + 2) / 5 + 1;

    year += era * 400 + (month >= 10);
    month += month < 10 ? 3 : -9;

    (void) ngx_bs_history_out_digits(p, year, 4);
    (void) ngx_bs_history_out_digits(p + 5, month, 2);
    (void) ngx_bs_history_out_digits(p + 8, day, 2);
}


void
ngx_bs_history_out_text(ngx_bs_history_out_t *out, const u_char *text,
    size_t len)
{
    u_char  *p;
    size_t   more;

    more = (size_t) ngx_escape_json(NULL, (u_char *) text, len);

    p = ngx_bs_history_out_room(out, len + more + 2);

    if (p == NULL) {
        return;
    }

    *p++ = '"';
    p = (u_char *) ngx_escape_json(p, (u_char *) text, len);
    *p++ = '"';

    out->len += len + more + 2;
}


void
ngx_bs_history_out_field(ngx_bs_history_out_t *out, const u_char *text,
    size_t len)
{
    u_char  *p;
    size_t   i;

    if (len == 0) {
        return;
    }

    /* Every byte doubled, two quotes, and what takes the formula's place. */

    p = ngx_bs_history_out_room(out, 2 * len + 3);

    if (p == NULL) {
        return;
    }

    out->data[out->len++] = '"';

    if (ngx_strchr("=+-@\t\r", text[0])) {
        out->data[out->len++] = '\'';
    }

    for (i = 0; i < len; i++) {

        if (text[i] == '"') {
            out->data[out->len++] = '"';
        }

        out->data[out->len++] = text[i];
    }

    out->data[out->len++] = '"';
}
