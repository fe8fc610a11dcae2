
/*
 * The agents' side of the hub: POST /agent/v1/report and
 * GET /agent/v1/schedule.
 */

#ifndef _NGX_BS_INGEST_H_INCLUDED_
#define _NGX_BS_INGEST_H_INCLUDED_


#include "../ngx_bs.h"


/* Content handler of a `betterstack_agents` location. */
ngx_int_t ngx_bs_ingest_handler(ngx_http_request_t *r);

ngx_int_t ngx_bs_ingest_register(ngx_bs_pg_pool_t *pg);


#endif /* _NGX_BS_INGEST_H_INCLUDED_ */
