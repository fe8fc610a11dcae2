
/*
 * GET /metrics: the shared counters as Prometheus text.
 */

#ifndef _NGX_BS_METRICS_H_INCLUDED_
#define _NGX_BS_METRICS_H_INCLUDED_


#include "../ngx_bs.h"


/* Content handler of a `betterstack_metrics` location. */
ngx_int_t ngx_bs_metrics_handler(ngx_http_request_t *r);


#endif /* _NGX_BS_METRICS_H_INCLUDED_ */
