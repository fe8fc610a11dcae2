
#include "ngx_bs_seal_row.h"


/* dimensions, has nulls, element type; length and lower bound of the one */
#define NGX_BS_SEAL_ARRAY_HEAD  20


/* The columns of core.seal_row. */
enum {
    NGX_BS_SEAL_KIND = 0,
    NGX_BS_SEAL_DAY,
    NGX_BS_SEAL_SEEN_MONITOR,
    NGX_BS_SEAL_SEEN_REGION,
    NGX_BS_SEAL_MONITOR,
    NGX_BS_SEAL_REGION,
    NGX_BS_SEAL_SOURCE,
    NGX_BS_SEAL_REVISION,
    NGX_BS_SEAL_TICKS,
    NGX_BS_SEAL_PACKED,
    NGX_BS_SEAL_TEXTS,
    NGX_BS_SEAL_EVIDENCES,
    NGX_BS_SEAL_SLOTS,             /* 8 bytes an element */
    NGX_BS_SEAL_LATENESS,          /* 4 bytes, up to total */
    NGX_BS_SEAL_DNS,
    NGX_BS_SEAL_CONNECT,
    NGX_BS_SEAL_TLS,
    NGX_BS_SEAL_FIRST_BYTE,
    NGX_BS_SEAL_TOTAL,
    NGX_BS_SEAL_HTTP_STATUS,       /* 2 bytes, up to flags */
    NGX_BS_SEAL_STATUS,
    NGX_BS_SEAL_REASON,
    NGX_BS_SEAL_ATTEMPTS,
    NGX_BS_SEAL_FLAGS,
    NGX_BS_SEAL_ADDRESS,           /* text */
    NGX_BS_SEAL_COLUMNS
};

#define NGX_BS_SEAL_ARRAYS  (NGX_BS_SEAL_COLUMNS - NGX_BS_SEAL_SLOTS)


typedef struct {
    const u_char  *p;              /* before the next element's length */
    const u_char  *end;
} ngx_bs_seal_array_t;


static uint64_t
ngx_bs_seal_number(const u_char *p, size_t bytes)
{
    size_t    i;
    uint64_t  value;

    value = 0;

    for (i = 0; i < bytes; i++) {
        value = value << 8 | p[i];
    }

    return value;
}


static size_t
ngx_bs_seal_width(ngx_uint_t column)
{
    if (column == NGX_BS_SEAL_SLOTS) {
        return 8;
    }

    if (column == NGX_BS_SEAL_ADDRESS) {
        return 0;
    }

    return column <= NGX_BS_SEAL_TOTAL ? 4 : 2;
}


static ngx_int_t
ngx_bs_seal_row_int(const ngx_bs_pg_result_t *result, ngx_uint_t i,
    ngx_uint_t column, size_t bytes, int32_t *value)
{
    ngx_str_t  field;

    if (!ngx_bs_pg_result_value(result, i, column, &field)) {
        *value = 0;
        return NGX_OK;
    }

    if (field.len != bytes) {
        return NGX_ERROR;
    }

    *value = bytes == 2
             ? (int32_t) (int16_t) ngx_bs_seal_number(field.data, 2)
             : (int32_t) ngx_bs_seal_number(field.data, bytes);

    return NGX_OK;
}


ngx_int_t
ngx_bs_seal_row_read(const ngx_bs_pg_result_t *result, ngx_uint_t i,
    ngx_bs_seal_row_t *row)
{
    ngx_str_t   field;
    ngx_uint_t  k;

    const struct {
        ngx_uint_t   column;
        size_t       bytes;
        int32_t     *value;
    } numbers[] = {
        { NGX_BS_SEAL_KIND, 2, &row->kind },
        { NGX_BS_SEAL_DAY, 4, &row->day },
        { NGX_BS_SEAL_SEEN_MONITOR, 4, &row->seen_monitor },
        { NGX_BS_SEAL_SEEN_REGION, 2, &row->seen_region },
        { NGX_BS_SEAL_MONITOR, 4, &row->monitor },
        { NGX_BS_SEAL_REGION, 2, &row->region },
        { NGX_BS_SEAL_SOURCE, 2, &row->source },
        { NGX_BS_SEAL_REVISION, 2, &row->revision },
        { NGX_BS_SEAL_TICKS, 4, &row->ticks }
    };

    for (k = 0; k < sizeof(numbers) / sizeof(numbers[0]); k++) {
        if (ngx_bs_seal_row_int(result, i, numbers[k].column,
                                numbers[k].bytes, numbers[k].value)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    row->evidences = ngx_bs_pg_result_value(result, i, NGX_BS_SEAL_EVIDENCES,
                                            &field)
                     && field.len == 1 && field.data[0];

    (void) ngx_bs_pg_result_value(result, i, NGX_BS_SEAL_PACKED,
                                  &row->packed);
    (void) ngx_bs_pg_result_value(result, i, NGX_BS_SEAL_TEXTS, &row->texts);

    return NGX_OK;
}


/* How many elements there are, all of the column's width. */

static ngx_int_t
ngx_bs_seal_array_open(const ngx_bs_pg_result_t *result, ngx_uint_t i,
    ngx_uint_t column, ngx_bs_seal_array_t *array)
{
    size_t     width;
    uint32_t   n;
    ngx_str_t  field;

    if (!ngx_bs_pg_result_value(result, i, column, &field)
        || field.len < NGX_BS_SEAL_ARRAY_HEAD
        || ngx_bs_seal_number(field.data, 4) != 1)
    {
        return NGX_ERROR;
    }

    n = (uint32_t) ngx_bs_seal_number(field.data + 12, 4);
    width = ngx_bs_seal_width(column);

    if (n > BS_PACK_TICKS_MAX
        || field.len < NGX_BS_SEAL_ARRAY_HEAD + n * (4 + width))
    {
        return NGX_ERROR;
    }

    array->p = field.data + NGX_BS_SEAL_ARRAY_HEAD;
    array->end = field.data + field.len;

    return (ngx_int_t) n;
}


ngx_int_t
ngx_bs_seal_row_ticks(const ngx_bs_pg_result_t *result, ngx_uint_t i)
{
    ngx_int_t            n;
    ngx_uint_t           column;
    ngx_bs_seal_array_t  array;

    n = ngx_bs_seal_array_open(result, i, NGX_BS_SEAL_SLOTS, &array);

    for (column = NGX_BS_SEAL_LATENESS; column < NGX_BS_SEAL_COLUMNS; column++)
    {
        if (ngx_bs_seal_array_open(result, i, column, &array) != n) {
            return NGX_ERROR;
        }
    }

    return n;
}


static ngx_int_t
ngx_bs_seal_array_next(ngx_bs_seal_array_t *array, size_t width,
    int64_t *value)
{
    if ((size_t) (array->end - array->p) < 4 + width
        || ngx_bs_seal_number(array->p, 4) != width)
    {
        return NGX_ERROR;
    }

    *value = width == 2
             ? (int16_t) ngx_bs_seal_number(array->p + 4, 2)
             : width == 4
             ? (int32_t) ngx_bs_seal_number(array->p + 4, 4)
             : (int64_t) ngx_bs_seal_number(array->p + 4, 8);

    array->p += 4 + width;

    return NGX_OK;
}


static ngx_int_t
ngx_bs_seal_array_text(ngx_bs_seal_array_t *array, bs_pack_text_t *text)
{
    size_t  left;

    left = array->end - array->p;

    if (left < 4) {
        return NGX_ERROR;
    }

    text->len = (uint32_t) ngx_bs_seal_number(array->p, 4);
    text->data = (const char *) array->p + 4;

    if (text->len > left - 4) {
        return NGX_ERROR;
    }

    array->p += 4 + text->len;

    return NGX_OK;
}


/* The next element of each array is a tick. */

static const char *
ngx_bs_seal_row_tick(ngx_bs_seal_array_t arrays[NGX_BS_SEAL_ARRAYS],
    bs_pack_tick_t *tick)
{
    int64_t     v[NGX_BS_SEAL_COLUMNS];
    ngx_uint_t  c;

    for (c = NGX_BS_SEAL_SLOTS; c < NGX_BS_SEAL_ADDRESS; c++) {
        if (ngx_bs_seal_array_next(&arrays[c - NGX_BS_SEAL_SLOTS],
                                   ngx_bs_seal_width(c), &v[c])
            != NGX_OK)
        {
            return "a column has no value";
        }
    }

    if (ngx_bs_seal_array_text(&arrays[NGX_BS_SEAL_ARRAYS - 1],
                               &tick->address)
        != NGX_OK)
    {
        return "a tick has no address";
    }

    if (v[NGX_BS_SEAL_SLOTS] % 1000 != 0) {
        return "a slot is between two milliseconds";
    }

    tick->slot_ms = v[NGX_BS_SEAL_SLOTS] / 1000 + NGX_BS_SEAL_EPOCH_MS;
    tick->lateness_ms = (int32_t) v[NGX_BS_SEAL_LATENESS];
    tick->dns_us = (int32_t) v[NGX_BS_SEAL_DNS];
    tick->connect_us = (int32_t) v[NGX_BS_SEAL_CONNECT];
    tick->tls_us = (int32_t) v[NGX_BS_SEAL_TLS];
    tick->first_byte_us = (int32_t) v[NGX_BS_SEAL_FIRST_BYTE];
    tick->total_us = (int32_t) v[NGX_BS_SEAL_TOTAL];
    tick->http_status = (int16_t) v[NGX_BS_SEAL_HTTP_STATUS];
    tick->status = (int16_t) v[NGX_BS_SEAL_STATUS];
    tick->reason = (int16_t) v[NGX_BS_SEAL_REASON];
    tick->attempts = (int16_t) v[NGX_BS_SEAL_ATTEMPTS];
    tick->flags = (int16_t) v[NGX_BS_SEAL_FLAGS];

    return NULL;
}


int
ngx_bs_seal_row_fill(const ngx_bs_pg_result_t *result, ngx_uint_t i,
    ngx_uint_t n, bs_pack_day_t *day, const char **error)
{
    int64_t              before;
    ngx_uint_t           c, k;
    bs_pack_tick_t       tick;
    ngx_bs_seal_array_t  arrays[NGX_BS_SEAL_ARRAYS];

    for (c = 0; c < NGX_BS_SEAL_ARRAYS; c++) {
        if (ngx_bs_seal_array_open(result, i, c + NGX_BS_SEAL_SLOTS,
                                   &arrays[c])
            < (ngx_int_t) n)
        {
            *error = "a column is short";
            return -1;
        }
    }

    before = 0;

    for (k = 0; k < n; k++) {

        *error = ngx_bs_seal_row_tick(arrays, &tick);

        if (*error) {
            return -1;
        }

        /* Nothing but reports sees to it that a slot is there once. */

        if (k && tick.slot_ms == before) {
            continue;
        }

        if (bs_pack_day_add(day, &tick, error) != 0) {
            return -1;
        }

        before = tick.slot_ms;
    }

    return 0;
}
