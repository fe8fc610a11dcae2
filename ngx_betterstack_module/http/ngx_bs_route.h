
/*
 * Finds the row of a request in the table of ngx_bs_route_table.h, and calls
 * it.
 */

#ifndef _NGX_BS_ROUTE_H_INCLUDED_
#define _NGX_BS_ROUTE_H_INCLUDED_


#include "../ngx_bs.h"


/* Content handler of a `betterstack_api` location. */
ngx_int_t ngx_bs_route_handler(ngx_http_request_t *r);

/* Derives and registers a statement for each row. */
ngx_int_t ngx_bs_route_register(ngx_bs_pg_pool_t *pg);


#endif /* _NGX_BS_ROUTE_H_INCLUDED_ */
