
#include "ngx_bs_history_hot.h"


/*
 * A record is how many columns (4 bytes), and of each its type (4), length (4)
 * and value.  There are two kinds, as core.history_hot() makes them: all
 * columns, and those that latency is told from.
 */
#define NGX_BS_HISTORY_HOT_ALL      13
#define NGX_BS_HISTORY_HOT_FEW      8
#define NGX_BS_HISTORY_HOT_LEAST    (4 + NGX_BS_HISTORY_HOT_FEW * 8 + 34)

/* Microseconds since 2000 to milliseconds since 1970. */
#define NGX_BS_HISTORY_HOT_EPOCH    INT64_C(946684800000)


typedef struct {
    const u_char  *p;
    const u_char  *end;
    ngx_uint_t     failed;
} ngx_bs_history_hot_t;


static ngx_uint_t ngx_bs_history_hot_tick(ngx_bs_history_hot_t *in,
    bs_pack_tick_t *tick);
static const u_char *ngx_bs_history_hot_bytes(ngx_bs_history_hot_t *in,
    size_t len);
static const u_char *ngx_bs_history_hot_value(ngx_bs_history_hot_t *in,
    size_t *len);
static int64_t ngx_bs_history_hot_number(ngx_bs_history_hot_t *in,
    size_t len);
static ngx_uint_t ngx_bs_history_hot_sort(bs_pack_tick_t *ticks,
    ngx_uint_t n);
static int ngx_libc_cdecl ngx_bs_history_hot_compare(const void *a,
    const void *b);


ngx_int_t
ngx_bs_history_hot(ngx_bs_history_t *h, ngx_bs_history_row_t *row,
    bs_pack_tick_t **ticks, ngx_uint_t *n)
{
    ngx_uint_t            max;
    ngx_bs_history_hot_t  in;

    *n = 0;

    max = ngx_min(row->data.len / NGX_BS_HISTORY_HOT_LEAST + 1,
                  NGX_BS_HISTORY_TICKS_MAX - h->ticks);

    *ticks = ngx_palloc(h->pool, max * sizeof(bs_pack_tick_t) + 1);
    if (*ticks == NULL) {
        return NGX_ERROR;
    }

    in.p = row->data.data;
    in.end = row->data.data + row->data.len;
    in.failed = 0;

    while (in.p < in.end) {

        if (*n == max) {
            h->cut = 1;
            break;
        }

        if (!ngx_bs_history_hot_tick(&in, &(*ticks)[*n])) {
            ngx_bs_history_damaged(h, row, "a tick cannot be read");
            break;
        }

        (*n)++;
    }

    h->ticks += *n;
    *n = ngx_bs_history_hot_sort(*ticks, *n);

    return NGX_OK;
}


static ngx_uint_t
ngx_bs_history_hot_tick(ngx_bs_history_hot_t *in, bs_pack_tick_t *tick)
{
    size_t         len;
    int64_t        columns, slot_us;
    const u_char  *p;

    ngx_memzero(tick, sizeof(bs_pack_tick_t));

    p = ngx_bs_history_hot_bytes(in, 4);
    columns = p && p[0] == 0 && p[1] == 0 && p[2] == 0 ? p[3] : 0;

    if (columns != NGX_BS_HISTORY_HOT_ALL && columns != NGX_BS_HISTORY_HOT_FEW)
    {
        return 0;
    }

    slot_us = ngx_bs_history_hot_number(in, 8);

    tick->slot_ms = slot_us / 1000 + NGX_BS_HISTORY_HOT_EPOCH;
    tick->lateness_ms = (int32_t) ngx_bs_history_hot_number(in, 4);
    tick->dns_us = (int32_t) ngx_bs_history_hot_number(in, 4);
    tick->connect_us = (int32_t) ngx_bs_history_hot_number(in, 4);
    tick->tls_us = (int32_t) ngx_bs_history_hot_number(in, 4);
    tick->first_byte_us = (int32_t) ngx_bs_history_hot_number(in, 4);
    tick->total_us = (int32_t) ngx_bs_history_hot_number(in, 4);
    tick->status = (int16_t) ngx_bs_history_hot_number(in, 2);

    if (columns == NGX_BS_HISTORY_HOT_ALL) {
        tick->reason = (int16_t) ngx_bs_history_hot_number(in, 2);
        tick->http_status = (int16_t) ngx_bs_history_hot_number(in, 2);
        tick->attempts = (int16_t) ngx_bs_history_hot_number(in, 2);
        tick->flags = (int16_t) ngx_bs_history_hot_number(in, 2);
        tick->address.data = (char *) ngx_bs_history_hot_value(in, &len);
        tick->address.len = (uint32_t) ngx_min(len,
                                               BS_PACK_ADDRESS_BYTES_MAX);
    }

    return !in->failed && tick->slot_ms >= 0
           && tick->slot_ms / NGX_BS_HISTORY_DAY_MS <= BS_PACK_DAYS_MAX;
}


static const u_char *
ngx_bs_history_hot_bytes(ngx_bs_history_hot_t *in, size_t len)
{
    const u_char  *p;

    if (in->failed || (size_t) (in->end - in->p) < len) {
        in->failed = 1;
        return NULL;
    }

    p = in->p;
    in->p += len;

    return p;
}


static const u_char *
ngx_bs_history_hot_value(ngx_bs_history_hot_t *in, size_t *len)
{
    const u_char  *p;

    *len = 0;

    p = ngx_bs_history_hot_bytes(in, 8);

    if (p == NULL || (p[4] & 0x80)) {
        in->failed = 1;
        return NULL;
    }

    *len = (size_t) p[4] << 24 | (size_t) p[5] << 16 | (size_t) p[6] << 8
           | p[7];

    return ngx_bs_history_hot_bytes(in, *len);
}


static int64_t
ngx_bs_history_hot_number(ngx_bs_history_hot_t *in, size_t len)
{
    size_t         i, found;
    uint64_t       number;
    const u_char  *p;

    p = ngx_bs_history_hot_value(in, &found);

    if (p == NULL || found != len) {
        in->failed = 1;
        return 0;
    }

    number = (p[0] & 0x80) ? ~(uint64_t) 0 : 0;

    for (i = 0; i < len; i++) {
        number = number << 8 | p[i];
    }

    return (int64_t) number;
}


/* They come in either order, as the index has them.  Returns how many. */

static ngx_uint_t
ngx_bs_history_hot_sort(bs_pack_tick_t *ticks, ngx_uint_t n)
{
    ngx_uint_t      i, kept;
    bs_pack_tick_t  tick;

    if (n > 1 && ticks[0].slot_ms > ticks[n - 1].slot_ms) {
        for (i = 0; i < n / 2; i++) {
            tick = ticks[i];
            ticks[i] = ticks[n - 1 - i];
            ticks[n - 1 - i] = tick;
        }
    }

    for (i = 1; i < n && ticks[i - 1].slot_ms < ticks[i].slot_ms; i++) {
        /* void */
    }

    if (i >= n) {
        return n;
    }

    ngx_qsort(ticks, n, sizeof(bs_pack_tick_t), ngx_bs_history_hot_compare);

    for (i = 1, kept = 1; i < n; i++) {

        if (ticks[i].slot_ms != ticks[kept - 1].slot_ms) {
            ticks[kept++] = ticks[i];

        } else if (ticks[kept - 1].status == 0) {

            /* As the sealer has it: what was measured is the truth. */

            ticks[kept - 1] = ticks[i];
        }
    }

    return kept;
}


static int ngx_libc_cdecl
ngx_bs_history_hot_compare(const void *a, const void *b)
{
    int64_t  slot_a, slot_b;

    slot_a = ((const bs_pack_tick_t *) a)->slot_ms;
    slot_b = ((const bs_pack_tick_t *) b)->slot_ms;

    return slot_a < slot_b ? -1 : slot_a > slot_b;
}
