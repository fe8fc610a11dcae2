
/*
 * Two resources below the location of `betterstack_agents`; which one is told
 * by the last part of the path, so the location may be called anything.
 */

#include "ngx_bs_report.h"
#include "ngx_bs_snapshot.h"
#include "../http/ngx_bs_reply.h"
#include "../http/ngx_bs_request.h"


typedef struct {
    ngx_str_t    path;
    ngx_uint_t   methods;
    ngx_str_t    allow;
    ngx_int_t  (*handler)(ngx_http_request_t *r);
} ngx_bs_ingest_route_t;


static ngx_int_t ngx_bs_ingest_refuse(ngx_http_request_t *r,
    ngx_uint_t status, const char *message);
static ngx_int_t ngx_bs_ingest_refuse_method(ngx_http_request_t *r,
    ngx_bs_ingest_route_t *route);


static ngx_bs_ingest_route_t  ngx_bs_ingest_routes[] = {

    { ngx_string("/report"), NGX_HTTP_POST, ngx_string("POST"),
      ngx_bs_report_handler },

    { ngx_string("/schedule"), NGX_HTTP_GET|NGX_HTTP_HEAD,
      ngx_string("GET, HEAD"), ngx_bs_snapshot_handler },

    { ngx_null_string, 0, ngx_null_string, NULL }
};


ngx_int_t
ngx_bs_ingest_handler(ngx_http_request_t *r)
{
    ngx_str_t              *path;
    ngx_bs_ingest_route_t  *route;

    for (route = ngx_bs_ingest_routes; route->handler; route++) {
        path = &route->path;

        if (r->uri.len < path->len
            || ngx_memcmp(r->uri.data + r->uri.len - path->len, path->data,
                          path->len)
               != 0)
        {
            continue;
        }

        if (!(r->method & route->methods)) {
            return ngx_bs_ingest_refuse_method(r, route);
        }

        return route->handler(r);
    }

    return ngx_bs_ingest_refuse(r, NGX_HTTP_NOT_FOUND,
                                "Nothing for agents is here");
}


ngx_int_t
ngx_bs_ingest_register(ngx_bs_pg_pool_t *pg)
{
    if (ngx_bs_report_register(pg) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_bs_snapshot_register(pg);
}


static ngx_int_t
ngx_bs_ingest_refuse_method(ngx_http_request_t *r,
    ngx_bs_ingest_route_t *route)
{
    if (ngx_bs_reply_header(r, "Allow", &route->allow) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return ngx_bs_ingest_refuse(r, NGX_HTTP_NOT_ALLOWED,
                                "The method is not allowed here");
}


static ngx_int_t
ngx_bs_ingest_refuse(ngx_http_request_t *r, ngx_uint_t status,
    const char *message)
{
    ngx_bs_request_suspend(r);
    ngx_bs_reply_error(r, status, message);

    return NGX_DONE;
}
