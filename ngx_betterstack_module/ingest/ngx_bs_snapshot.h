
/*
 * GET /agent/v1/schedule: a region's whole schedule, which agents keep on disk
 * and run from while Redis is away.  Made by SQL, sent as it is.
 */

#ifndef _NGX_BS_SNAPSHOT_H_INCLUDED_
#define _NGX_BS_SNAPSHOT_H_INCLUDED_


#include "../ngx_bs.h"


ngx_int_t ngx_bs_snapshot_handler(ngx_http_request_t *r);
ngx_int_t ngx_bs_snapshot_register(ngx_bs_pg_pool_t *pg);


#endif /* _NGX_BS_SNAPSHOT_H_INCLUDED_ */
