
#include "ngx_bs_array.h"


/* dimensions, has nulls, element type; length and lower bound of the one */
#define NGX_BS_ARRAY_HEAD_LEN  (5 * 4)


static const struct {
    uint32_t  oid;                 /* fixed in Postgres' catalog */
    size_t    size;
} ngx_bs_array_types[] = {
    { 21, 2 },
    { 23, 4 },
    { 20, 8 },
    { 25, 0 },
    { 17, 0 },
    { 16, 1 },
    { 1082, 4 },
    { 1184, 8 }
};


static void
ngx_bs_array_put(ngx_bs_array_t *array, uint64_t value, size_t bytes)
{
    if ((size_t) (array->end - array->last) < bytes) {
        ngx_debug_point();
        return;
    }

    while (bytes--) {
        *array->last++ = (u_char) (value >> (8 * bytes));
    }
}


size_t
ngx_bs_array_size(ngx_bs_array_type_e type, ngx_uint_t n)
{
    return NGX_BS_ARRAY_HEAD_LEN + n * (4 + ngx_bs_array_types[type].size);
}


void
ngx_bs_array_begin(ngx_bs_array_t *array, ngx_bs_array_type_e type,
    ngx_uint_t n, ngx_bs_pg_param_t *param)
{
    param->value = (char *) array->last;
    param->binary = 1;

    array->param = param;

    /* An empty array has no dimensions, and nothing is said about them. */

    ngx_bs_array_put(array, n ? 1 : 0, 4);
    ngx_bs_array_put(array, type == NGX_BS_ARRAY_TEXT, 4);
    ngx_bs_array_put(array, ngx_bs_array_types[type].oid, 4);

    if (n) {
        ngx_bs_array_put(array, n, 4);
        ngx_bs_array_put(array, 1, 4);
    }
}


void
ngx_bs_array_bool(ngx_bs_array_t *array, ngx_flag_t value)
{
    ngx_bs_array_put(array, 1, 4);
    ngx_bs_array_put(array, value ? 1 : 0, 1);
}


void
ngx_bs_array_int2(ngx_bs_array_t *array, int16_t value)
{
    ngx_bs_array_put(array, 2, 4);
    ngx_bs_array_put(array, (uint16_t) value, 2);
}


void
ngx_bs_array_int4(ngx_bs_array_t *array, int32_t value)
{
    ngx_bs_array_put(array, 4, 4);
    ngx_bs_array_put(array, (uint32_t) value, 4);
}


void
ngx_bs_array_int8(ngx_bs_array_t *array, int64_t value)
{
    ngx_bs_array_put(array, 8, 4);
    ngx_bs_array_put(array, (uint64_t) value, 8);
}


void
ngx_bs_array_text(ngx_bs_array_t *array, const char *data, size_t len)
{
    if (data == NULL) {
        ngx_bs_array_put(array, (uint32_t) -1, 4);
        return;
    }

    ngx_bs_array_put(array, len, 4);

    if ((size_t) (array->end - array->last) < len) {
        ngx_debug_point();
        return;
    }

    array->last = ngx_cpymem(array->last, data, len);
}


void
ngx_bs_array_end(ngx_bs_array_t *array)
{
    array->param->length = (int) (array->last
                                  - (u_char *) array->param->value);
}
