
/*
 * A row of the route table, and how its statement is called: credential,
 * ids, query and body become parameters.
 */

#ifndef _NGX_BS_ROUTE_CALL_H_INCLUDED_
#define _NGX_BS_ROUTE_CALL_H_INCLUDED_


#include "ngx_bs_call.h"


/* Arguments of a statement function, in this order. */
#define NGX_BS_ROUTE_ID             0x01
#define NGX_BS_ROUTE_QUERY          0x02
#define NGX_BS_ROUTE_BODY           0x04
#define NGX_BS_ROUTE_BODY_OPTIONAL  0x08        /* none is an empty object */
#define NGX_BS_ROUTE_ID_SECOND      0x10
#define NGX_BS_ROUTE_PUBLIC         0x20        /* no credential, /api/v1 */

#define NGX_BS_ROUTE_IDS            2


/*
 * A row of the table.  Either a statement, called with the credential and
 * `arguments`, or a handler of its own.
 */
typedef struct {
    ngx_uint_t               method;
    ngx_str_t                path;          /* below /api/v2, or /api/v1 */
    ngx_uint_t               arguments;
    ngx_bs_pg_statement_t    statement;
    ngx_bs_call_hook_pt      hook;          /* may be NULL */
    ngx_bs_call_rows_pt      rows;          /* may be NULL */
    ngx_http_handler_pt      handler;
} ngx_bs_route_t;


/* `ids`: what {id} was in the path, each time. */
ngx_int_t ngx_bs_route_call(ngx_http_request_t *r, ngx_bs_route_t *route,
    ngx_str_t *ids);

/* A hook: who comes with a cookie gets it for another 30 days. */
ngx_int_t ngx_bs_route_renew(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_call_row_t *row);

/* A hook: the body of a 200 is no JSON but a calendar. */
ngx_int_t ngx_bs_route_calendar(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_call_row_t *row);

/* A hook: the body of a 200 is a file in CSV, to be kept and not shown. */
ngx_int_t ngx_bs_route_csv(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_call_row_t *row);


#endif /* _NGX_BS_ROUTE_CALL_H_INCLUDED_ */
