
#include "../ingest/ngx_bs_array.h"

#include "ngx_bs_hour_step.h"


#define NGX_BS_HOUR_STEP_POOL_SIZE  16384
#define NGX_BS_HOUR_STEP_MONITORS   64     /* mostly; more is no problem */


/* The columns of a row: those of a tick, then those of the last row. */
enum {
    NGX_BS_HOUR_C_MONITOR = 0,
    NGX_BS_HOUR_C_STATUS,
    NGX_BS_HOUR_C_DNS,
    NGX_BS_HOUR_C_CONNECT,
    NGX_BS_HOUR_C_TLS,
    NGX_BS_HOUR_C_FIRST_BYTE,
    NGX_BS_HOUR_C_TOTAL,
    NGX_BS_HOUR_C_REGION,
    NGX_BS_HOUR_C_HOUR,
    NGX_BS_HOUR_C_LEASE,
    NGX_BS_HOUR_C_LAST
};


/* Parameters of dispatch.hour_store(); the first four as they were taken. */
enum {
    NGX_BS_HOUR_P_REGION = 0,
    NGX_BS_HOUR_P_HOUR,
    NGX_BS_HOUR_P_LEASE,
    NGX_BS_HOUR_P_LAST,
    NGX_BS_HOUR_P_MONITORS,
    NGX_BS_HOUR_P_ROLLUPS
};


static ngx_int_t ngx_bs_hour_step_read(ngx_bs_hour_step_t *step,
    const ngx_bs_pg_result_t *result, bs_rollup_t *rollup);
static ngx_int_t ngx_bs_hour_step_tick(const ngx_bs_pg_result_t *result,
    ngx_uint_t row, int32_t *monitor, bs_pack_tick_t *tick);
static ngx_int_t ngx_bs_hour_step_pack(ngx_bs_hour_step_t *step,
    int32_t monitor, const bs_rollup_t *rollup);
static ngx_int_t ngx_bs_hour_step_bind(ngx_bs_hour_step_t *step,
    const ngx_bs_pg_result_t *result);


ngx_bs_hour_step_t *
ngx_bs_hour_step_create(const ngx_bs_pg_result_t *result, bs_rollup_t *rollup,
    ngx_log_t *log)
{
    ngx_pool_t          *pool;
    ngx_bs_hour_step_t  *step;

    pool = ngx_create_pool(NGX_BS_HOUR_STEP_POOL_SIZE, log);
    if (pool == NULL) {
        return NULL;
    }

    step = ngx_pcalloc(pool, sizeof(ngx_bs_hour_step_t));
    if (step == NULL) {
        goto failed;
    }

    step->pool = pool;

    if (ngx_array_init(&step->monitors, pool, NGX_BS_HOUR_STEP_MONITORS,
                       sizeof(int32_t))
        != NGX_OK
        || ngx_array_init(&step->packed, pool, NGX_BS_HOUR_STEP_MONITORS,
                          sizeof(ngx_str_t))
           != NGX_OK
        || ngx_bs_hour_step_read(step, result, rollup) != NGX_OK
        || ngx_bs_hour_step_bind(step, result) != NGX_OK)
    {
        goto failed;
    }

    return step;

failed:

    ngx_destroy_pool(pool);

    return NULL;
}


void
ngx_bs_hour_step_destroy(ngx_bs_hour_step_t *step)
{
    ngx_pool_t  *pool;

    pool = step->pool;
    ngx_destroy_pool(pool);
}


static ngx_int_t
ngx_bs_hour_step_read(ngx_bs_hour_step_t *step,
    const ngx_bs_pg_result_t *result, bs_rollup_t *rollup)
{
    int32_t         monitor, before;
    ngx_uint_t      i;
    bs_pack_tick_t  tick;

    ngx_memzero(&tick, sizeof(bs_pack_tick_t));
    bs_rollup_clear(rollup);

    before = 0;
    step->ticks = ngx_bs_pg_result_rows(result) - 1;

    for (i = 0; i < step->ticks; i++) {

        if (ngx_bs_hour_step_tick(result, i, &monitor, &tick) != NGX_OK) {
            return NGX_ERROR;
        }

        if (i > 0 && monitor != before) {
            if (ngx_bs_hour_step_pack(step, before, rollup) != NGX_OK) {
                return NGX_ERROR;
            }

            bs_rollup_clear(rollup);
        }

        bs_rollup_add(rollup, &tick);
        before = monitor;
    }

    if (step->ticks == 0) {
        return NGX_OK;
    }

    return ngx_bs_hour_step_pack(step, before, rollup);
}


static ngx_int_t
ngx_bs_hour_step_number(const ngx_bs_pg_result_t *result, ngx_uint_t row,
    ngx_uint_t column, size_t bytes, int32_t *number)
{
    size_t     i;
    uint32_t   value;
    ngx_str_t  field;

    if (!ngx_bs_pg_result_value(result, row, column, &field)
        || field.len != bytes)
    {
        return NGX_ERROR;
    }

    value = 0;

    for (i = 0; i < bytes; i++) {
        value = value << 8 | field.data[i];
    }

    *number = bytes == 2 ? (int16_t) value : (int32_t) value;

    return NGX_OK;
}


static ngx_int_t
ngx_bs_hour_step_tick(const ngx_bs_pg_result_t *result, ngx_uint_t row,
    int32_t *monitor, bs_pack_tick_t *tick)
{
    int32_t     status;
    ngx_uint_t  i;

    const struct {
        ngx_uint_t   column;
        size_t       bytes;
        int32_t     *number;
    } numbers[] = {
        { NGX_BS_HOUR_C_MONITOR, 4, monitor },
        { NGX_BS_HOUR_C_STATUS, 2, &status },
        { NGX_BS_HOUR_C_DNS, 4, &tick->dns_us },
        { NGX_BS_HOUR_C_CONNECT, 4, &tick->connect_us },
        { NGX_BS_HOUR_C_TLS, 4, &tick->tls_us },
        { NGX_BS_HOUR_C_FIRST_BYTE, 4, &tick->first_byte_us },
        { NGX_BS_HOUR_C_TOTAL, 4, &tick->total_us }
    };

    for (i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
        if (ngx_bs_hour_step_number(result, row, numbers[i].column,
                                    numbers[i].bytes, numbers[i].number)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    tick->status = (int16_t) status;

    return NGX_OK;
}


static ngx_int_t
ngx_bs_hour_step_pack(ngx_bs_hour_step_t *step, int32_t monitor,
    const bs_rollup_t *rollup)
{
    u_char      room[BS_ROLLUP_ROOM];
    int32_t    *id;
    ngx_str_t  *packed;

    id = ngx_array_push(&step->monitors);
    packed = ngx_array_push(&step->packed);

    if (id == NULL || packed == NULL) {
        return NGX_ERROR;
    }

    packed->len = bs_rollup_pack(rollup, BS_ROLLUP_WANT_ALL, room,
                                 sizeof(room));
    packed->data = ngx_pnalloc(step->pool, packed->len);

    if (packed->len == 0 || packed->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(packed->data, room, packed->len);
    *id = monitor;
    step->rollups++;

    return NGX_OK;
}


/* What tells the step goes back as it came, in binary format. */

static ngx_int_t
ngx_bs_hour_step_bind(ngx_bs_hour_step_t *step,
    const ngx_bs_pg_result_t *result)
{
    size_t           size;
    int32_t         *ids;
    ngx_str_t       *packed, field;
    ngx_uint_t       i, n;
    ngx_bs_array_t   array;

    n = step->rollups;
    ids = step->monitors.elts;
    packed = step->packed.elts;

    size = ngx_bs_array_size(NGX_BS_ARRAY_INT4, n)
           + ngx_bs_array_size(NGX_BS_ARRAY_BYTES, n);

    for (i = 0; i < n; i++) {
        size += packed[i].len;
    }

    for (i = 0; i <= NGX_BS_HOUR_P_LAST; i++) {
        if (!ngx_bs_pg_result_value(result, step->ticks,
                                    NGX_BS_HOUR_C_REGION + i, &field))
        {
            return NGX_ERROR;
        }

        step->params[i].value = (char *) ngx_pstrdup(step->pool, &field);
        step->params[i].length = (int) field.len;
        step->params[i].binary = 1;

        if (step->params[i].value == NULL) {
            return NGX_ERROR;
        }
    }

    array.last = ngx_palloc(step->pool, size);
    if (array.last == NULL) {
        return NGX_ERROR;
    }

    array.end = array.last + size;

    ngx_bs_array_begin(&array, NGX_BS_ARRAY_INT4, n,
                       &step->params[NGX_BS_HOUR_P_MONITORS]);
    for (i = 0; i < n; i++) {
        ngx_bs_array_int4(&array, ids[i]);
    }
    ngx_bs_array_end(&array);

    ngx_bs_array_begin(&array, NGX_BS_ARRAY_BYTES, n,
                       &step->params[NGX_BS_HOUR_P_ROLLUPS]);
    for (i = 0; i < n; i++) {
        ngx_bs_array_text(&array, (char *) packed[i].data, packed[i].len);
    }
    ngx_bs_array_end(&array);

    return NGX_OK;
}
