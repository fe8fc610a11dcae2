
/*
 * One step of rolling up: from the ticks that dispatch.hour_take() delivered to
 * the parameters of dispatch.hour_store().
 */

#ifndef _NGX_BS_HOUR_STEP_H_INCLUDED_
#define _NGX_BS_HOUR_STEP_H_INCLUDED_


#include "../io/ngx_bs_pg.h"

#include "bs_rollup.h"


/* What dispatch.hour_take() returns: ticks, then what was taken. */
#define NGX_BS_HOUR_STEP_COLUMNS                                              \
    "monitor_id, status, dns_us, connect_us, tls_us, first_byte_us,"          \
    " total_us, region_id, hour_ms, lease, last_monitor"

#define NGX_BS_HOUR_STEP_PARAMS  6


typedef struct {
    ngx_pool_t         *pool;
    ngx_array_t         monitors;      /* of int32_t */
    ngx_array_t         packed;        /* of ngx_str_t */
    ngx_uint_t          ticks;
    ngx_uint_t          rollups;
    ngx_bs_pg_param_t   params[NGX_BS_HOUR_STEP_PARAMS];
} ngx_bs_hour_step_t;


/*
 * The result is borrowed.  `rollup` is worked with; it was initialized once.
 * NULL: no memory, or that is no result of hour_take().
 */
ngx_bs_hour_step_t *ngx_bs_hour_step_create(const ngx_bs_pg_result_t *result,
    bs_rollup_t *rollup, ngx_log_t *log);

void ngx_bs_hour_step_destroy(ngx_bs_hour_step_t *step);


#endif /* _NGX_BS_HOUR_STEP_H_INCLUDED_ */
