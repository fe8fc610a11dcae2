
/*
 * One-dimensional arrays in Postgres' binary format, written one after the
 * other into one buffer: a batch of ticks becomes a dozen parameters without
 * any text in between.
 */

#ifndef _NGX_BS_ARRAY_H_INCLUDED_
#define _NGX_BS_ARRAY_H_INCLUDED_


#include "../ngx_bs.h"


typedef enum {
    NGX_BS_ARRAY_INT2 = 0,
    NGX_BS_ARRAY_INT4,
    NGX_BS_ARRAY_INT8,
    NGX_BS_ARRAY_TEXT,
    NGX_BS_ARRAY_BYTES,
    NGX_BS_ARRAY_BOOL,
    NGX_BS_ARRAY_DATE,             /* int4: days since 2000 */
    NGX_BS_ARRAY_TIME              /* int8: microseconds since 2000 */
} ngx_bs_array_type_e;


/* The caller has made sure of the room: see ngx_bs_array_size(). */
typedef struct {
    u_char             *last;
    u_char             *end;
    ngx_bs_pg_param_t  *param;     /* being written */
} ngx_bs_array_t;


/* Bytes of one array of `n` elements; for text and bytes without their own. */
size_t ngx_bs_array_size(ngx_bs_array_type_e type, ngx_uint_t n);

/* Begins an array of exactly `n` elements, to be bound to `param`. */
void ngx_bs_array_begin(ngx_bs_array_t *array, ngx_bs_array_type_e type,
    ngx_uint_t n, ngx_bs_pg_param_t *param);

void ngx_bs_array_bool(ngx_bs_array_t *array, ngx_flag_t value);
void ngx_bs_array_int2(ngx_bs_array_t *array, int16_t value);
void ngx_bs_array_int4(ngx_bs_array_t *array, int32_t value);
void ngx_bs_array_int8(ngx_bs_array_t *array, int64_t value);
/* Or bytes; data NULL is SQL NULL. */
void ngx_bs_array_text(ngx_bs_array_t *array, const char *data, size_t len);

void ngx_bs_array_end(ngx_bs_array_t *array);


#endif /* _NGX_BS_ARRAY_H_INCLUDED_ */
