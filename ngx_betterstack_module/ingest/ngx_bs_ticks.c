
#include "ngx_bs_ticks.h"
#include "ngx_bs_array.h"
#include "../http/ngx_bs_text.h"

#include <bs_json.h>


/* 31 December 9999: a date that Postgres, JavaScript and people can read */
#define NGX_BS_TICKS_TIME_MAX  253402300799999

/* A probe starts near its slot, or the agent's clock is out of order. */
#define NGX_BS_TICKS_LATENESS_MAX  (10 * 86400 * (int64_t) 1000)

#define NGX_BS_TICKS_HTTP_STATUS_MAX  999


/* One column: where it is in a tick, and as what Postgres wants it. */
typedef enum {
    NGX_BS_TICKS_U8,
    NGX_BS_TICKS_U16,
    NGX_BS_TICKS_U32,
    NGX_BS_TICKS_I32,
    NGX_BS_TICKS_I64,
    NGX_BS_TICKS_STR
} ngx_bs_ticks_kind_e;


typedef struct {
    size_t               offset;
    ngx_bs_ticks_kind_e  kind;
    ngx_bs_array_type_e  type;
} ngx_bs_ticks_column_t;


static ngx_uint_t ngx_bs_ticks_mend_times(bs_wire_tick_t *tick);
static ngx_uint_t ngx_bs_ticks_mend_end(int64_t *seconds);
static ngx_uint_t ngx_bs_ticks_mend_address(bs_wire_str_t *address);
static ngx_uint_t ngx_bs_ticks_mend_evidence(bs_wire_str_t *evidence);
static size_t ngx_bs_ticks_size(const bs_wire_tick_t *ticks, ngx_uint_t n);
static ngx_uint_t ngx_bs_ticks_know_domain(const bs_wire_tick_t *ticks,
    ngx_uint_t n);
static void ngx_bs_ticks_put(ngx_bs_array_t *array,
    const ngx_bs_ticks_column_t *column, const bs_wire_tick_t *tick);


#define ngx_bs_ticks_column(member, kind, type)                               \
    { offsetof(bs_wire_tick_t, member), NGX_BS_TICKS_##kind,                  \
      NGX_BS_ARRAY_##type }


/* in the order of ingest.report() */

static const ngx_bs_ticks_column_t
    ngx_bs_ticks_columns[NGX_BS_TICKS_PARAMS] =
{
    ngx_bs_ticks_column(monitor, U32, INT4),
    ngx_bs_ticks_column(slot_ms, I64, INT8),
    ngx_bs_ticks_column(checked_at_ms, I64, INT8),
    ngx_bs_ticks_column(status, U8, INT2),
    ngx_bs_ticks_column(reason, U8, INT2),
    ngx_bs_ticks_column(attempts, U8, INT2),
    ngx_bs_ticks_column(http_status, U16, INT4),
    ngx_bs_ticks_column(address, STR, TEXT),
    ngx_bs_ticks_column(dns_us, I32, INT4),
    ngx_bs_ticks_column(connect_us, I32, INT4),
    ngx_bs_ticks_column(tls_us, I32, INT4),
    ngx_bs_ticks_column(first_byte_us, I32, INT4),
    ngx_bs_ticks_column(total_us, I32, INT4),
    ngx_bs_ticks_column(evidence, STR, TEXT),
    ngx_bs_ticks_column(flags, U8, INT2),
    ngx_bs_ticks_column(expires_at_s, I64, INT8),
    ngx_bs_ticks_column(domain_expires_at_s, I64, INT8)
};

/* The last of them: few monitors ask for it, so most often it is empty. */
#define NGX_BS_TICKS_DOMAIN  (NGX_BS_TICKS_PARAMS - 1)


ngx_uint_t
ngx_bs_ticks_mend(bs_wire_tick_t *ticks, ngx_uint_t n)
{
    ngx_uint_t  i, dropped;

    dropped = 0;

    for (i = 0; i < n; i++) {
        dropped += ngx_bs_ticks_mend_times(&ticks[i]);
        dropped += ngx_bs_ticks_mend_address(&ticks[i].address);
        dropped += ngx_bs_ticks_mend_evidence(&ticks[i].evidence);

        if (ticks[i].http_status > NGX_BS_TICKS_HTTP_STATUS_MAX) {
            ticks[i].http_status = 0;
            dropped++;
        }

        dropped += ngx_bs_ticks_mend_end(&ticks[i].expires_at_s);
        dropped += ngx_bs_ticks_mend_end(&ticks[i].domain_expires_at_s);

        /* Beyond Postgres' integers: no such monitor, so SQL refuses it. */

        if (ticks[i].monitor > NGX_MAX_INT32_VALUE) {
            ticks[i].monitor = 0;
        }
    }

    return dropped;
}


/* SQL refuses slots out of time; these only have to fit into a timestamp. */

static ngx_uint_t
ngx_bs_ticks_mend_times(bs_wire_tick_t *tick)
{
    int64_t  lateness;

    if (tick->slot_ms > NGX_BS_TICKS_TIME_MAX) {
        tick->slot_ms = NGX_BS_TICKS_TIME_MAX;
    }

    if (tick->checked_at_ms > NGX_BS_TICKS_TIME_MAX) {
        tick->checked_at_ms = NGX_BS_TICKS_TIME_MAX;
    }

    lateness = tick->checked_at_ms - tick->slot_ms;

    if (lateness <= NGX_BS_TICKS_LATENESS_MAX
        && lateness >= -NGX_BS_TICKS_LATENESS_MAX)
    {
        return 0;
    }

    tick->checked_at_ms = tick->slot_ms;

    return 1;
}


/* Of a certificate or domain. */

static ngx_uint_t
ngx_bs_ticks_mend_end(int64_t *seconds)
{
    if (*seconds <= NGX_BS_TICKS_TIME_MAX / 1000) {
        return 0;
    }

    *seconds = 0;

    return 1;
}


static ngx_uint_t
ngx_bs_ticks_mend_address(bs_wire_str_t *address)
{
    u_char  *data, in6[16];

    data = (u_char *) address->data;

    if (data == NULL) {
        return 0;
    }

    if (address->len <= BS_WIRE_ADDRESS_BYTES_MAX
        && (ngx_inet_addr(data, address->len) != INADDR_NONE
            || ngx_inet6_addr(data, address->len, in6) == NGX_OK))
    {
        return 0;
    }

    address->data = NULL;
    address->len = 0;

    return 1;
}


static ngx_uint_t
ngx_bs_ticks_mend_evidence(bs_wire_str_t *evidence)
{
    ngx_str_t  text;

    text.data = (u_char *) evidence->data;
    text.len = evidence->len;

    if (text.data == NULL) {
        return 0;
    }

    if (text.len <= BS_WIRE_EVIDENCE_BYTES_MAX
        && ngx_bs_text_valid(&text)
        && bs_json_is_object(evidence->data, evidence->len))
    {
        return 0;
    }

    evidence->data = NULL;
    evidence->len = 0;

    return 1;
}


u_char *
ngx_bs_ticks_params(const bs_wire_tick_t *ticks, ngx_uint_t n,
    ngx_bs_pg_param_t *params, ngx_log_t *log)
{
    size_t           size;
    u_char          *buffer;
    ngx_uint_t       i, k, count;
    ngx_bs_array_t   array;

    size = ngx_bs_ticks_size(ticks, n);

    buffer = ngx_alloc(size, log);
    if (buffer == NULL) {
        return NULL;
    }

    array.last = buffer;
    array.end = buffer + size;
    array.param = NULL;

    for (k = 0; k < NGX_BS_TICKS_PARAMS; k++) {
        count = (k == NGX_BS_TICKS_DOMAIN
                 && !ngx_bs_ticks_know_domain(ticks, n)) ? 0 : n;

        ngx_bs_array_begin(&array, ngx_bs_ticks_columns[k].type, count,
                           &params[k]);

        for (i = 0; i < count; i++) {
            ngx_bs_ticks_put(&array, &ngx_bs_ticks_columns[k], &ticks[i]);
        }

        ngx_bs_array_end(&array);
    }

    return buffer;
}


static ngx_uint_t
ngx_bs_ticks_know_domain(const bs_wire_tick_t *ticks, ngx_uint_t n)
{
    ngx_uint_t  i;

    for (i = 0; i < n; i++) {
        if (ticks[i].domain_expires_at_s != 0) {
            return 1;
        }
    }

    return 0;
}


static size_t
ngx_bs_ticks_size(const bs_wire_tick_t *ticks, ngx_uint_t n)
{
    size_t      size;
    ngx_uint_t  i;

    size = 0;

    for (i = 0; i < NGX_BS_TICKS_PARAMS; i++) {
        size += ngx_bs_array_size(ngx_bs_ticks_columns[i].type, n);
    }

    for (i = 0; i < n; i++) {
        size += ticks[i].address.len + ticks[i].evidence.len;
    }

    return size;
}


static void
ngx_bs_ticks_put(ngx_bs_array_t *array, const ngx_bs_ticks_column_t *column,
    const bs_wire_tick_t *tick)
{
    const char           *field;
    const bs_wire_str_t  *str;

    field = (const char *) tick + column->offset;

    switch (column->kind) {

    case NGX_BS_TICKS_U8:
        ngx_bs_array_int2(array, *(const uint8_t *) field);
        break;

    case NGX_BS_TICKS_U16:
        ngx_bs_array_int4(array, *(const uint16_t *) field);
        break;

    case NGX_BS_TICKS_U32:
        ngx_bs_array_int4(array, (int32_t) *(const uint32_t *) field);
        break;

    case NGX_BS_TICKS_I32:
        ngx_bs_array_int4(array, *(const int32_t *) field);
        break;

    case NGX_BS_TICKS_I64:
        ngx_bs_array_int8(array, *(const int64_t *) field);
        break;

    case NGX_BS_TICKS_STR:
        str = (const bs_wire_str_t *) field;
        ngx_bs_array_text(array, str->data, str->len);
        break;
    }
}
