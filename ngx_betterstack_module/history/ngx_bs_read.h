
/*
 * Routes whose answers are made here out of rows (ngx_bs_history.h): raw
 * results, latency, comparisons.  What takes longer than a moment is made in a
 * thread.
 */

#ifndef _NGX_BS_READ_H_INCLUDED_
#define _NGX_BS_READ_H_INCLUDED_


#include "../http/ngx_bs_call.h"


/* Of ngx_bs_call_t.rows. */
void ngx_bs_read_ticks(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_pg_result_t *result);
void ngx_bs_read_export(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_pg_result_t *result);
void ngx_bs_read_times(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_pg_result_t *result);
void ngx_bs_read_percentiles(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_pg_result_t *result);
void ngx_bs_read_regions(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_pg_result_t *result);


#endif /* _NGX_BS_READ_H_INCLUDED_ */
