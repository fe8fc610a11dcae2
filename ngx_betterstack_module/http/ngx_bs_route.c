
#include "ngx_bs_route.h"
#include "ngx_bs_route_table.h"
#include "ngx_bs_account.h"
#include "ngx_bs_acknowledge.h"
#include "ngx_bs_json.h"
#include "ngx_bs_password.h"
#include "ngx_bs_reply.h"
#include "ngx_bs_request.h"
#include "../ping/ngx_bs_ping.h"


/* A bigint has 19 digits at most; 18 of them always fit. */
#define NGX_BS_ROUTE_ID_DIGITS_MAX  18
#define NGX_BS_ROUTE_ALLOW_MAX      64


static ngx_flag_t ngx_bs_route_path(ngx_http_request_t *r, ngx_str_t *path,
    ngx_uint_t *public);
static ngx_flag_t ngx_bs_route_match(const ngx_str_t *pattern,
    const ngx_str_t *path, ngx_str_t *ids);
static size_t ngx_bs_route_segment(const u_char *pattern, u_char *p,
    const u_char *last, ngx_str_t *id);
static size_t ngx_bs_route_digits(const u_char *p, const u_char *last);
static ngx_int_t ngx_bs_route_refuse(ngx_http_request_t *r,
    ngx_uint_t allowed);
static ngx_int_t ngx_bs_route_allow(ngx_http_request_t *r,
    ngx_uint_t allowed);


ngx_int_t
ngx_bs_route_register(ngx_bs_pg_pool_t *pg)
{
    ngx_bs_route_t  *route;

    ngx_bs_json_init();

    if (ngx_bs_password_init() != NGX_OK
        || ngx_bs_account_register(pg) != NGX_OK
        || ngx_bs_acknowledge_register(pg) != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (route = ngx_bs_route_table; route->method; route++) {

        if (route->handler) {
            continue;
        }

        /* Two paths to one function stand one below the other. */

        if (route > ngx_bs_route_table
            && (route - 1)->handler == NULL
            && (route - 1)->statement.name.len == route->statement.name.len
            && ngx_strcmp((route - 1)->statement.name.data,
                          route->statement.name.data)
               == 0)
        {
            continue;
        }

        if (ngx_bs_pg_pool_register(pg, &route->statement) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_bs_route_handler(ngx_http_request_t *r)
{
    ngx_str_t        path, ids[NGX_BS_ROUTE_IDS];
    ngx_uint_t       method, allowed, public;
    ngx_bs_route_t  *route;

    if (r->uri.len > sizeof(NGX_BS_PING_PREFIX) - 1
        && ngx_strncmp(r->uri.data, NGX_BS_PING_PREFIX,
                       sizeof(NGX_BS_PING_PREFIX) - 1)
           == 0)
    {
        return ngx_bs_ping_handler(r);
    }

    if (r->uri.len >= sizeof(NGX_BS_ACKNOWLEDGE_PREFIX) - 1
        && ngx_strncmp(r->uri.data, NGX_BS_ACKNOWLEDGE_PREFIX,
                       sizeof(NGX_BS_ACKNOWLEDGE_PREFIX) - 1)
           == 0)
    {
        return ngx_bs_acknowledge_handler(r);
    }

    allowed = 0;
    method = (r->method == NGX_HTTP_HEAD) ? NGX_HTTP_GET : r->method;

    if (ngx_bs_route_path(r, &path, &public)) {

        for (route = ngx_bs_route_table; route->method; route++) {

            if ((route->arguments & NGX_BS_ROUTE_PUBLIC) != public
                || !ngx_bs_route_match(&route->path, &path, ids))
            {
                continue;
            }

            if (route->method != method) {
                allowed |= route->method;
                continue;
            }

            if (route->handler) {
                return route->handler(r);
            }

            return ngx_bs_route_call(r, route, ids);
        }
    }

    return ngx_bs_route_refuse(r, allowed);
}


/*
 * What follows /api/v2 or /api/v3, or of a public row /api/v1.  nginx has
 * decoded it and merged slashes; one slash at the end is as good as none.
 */

static ngx_flag_t
ngx_bs_route_path(ngx_http_request_t *r, ngx_str_t *path, ngx_uint_t *public)
{
    static const size_t  len = sizeof("/api/v2") - 1;

    if (r->uri.len <= len
        || ngx_memcmp(r->uri.data, "/api/v", len - 1) != 0
        || r->uri.data[len - 1] < '1' || r->uri.data[len - 1] > '3')
    {
        return 0;
    }

    *public = (r->uri.data[len - 1] == '1') ? NGX_BS_ROUTE_PUBLIC : 0;

    path->data = r->uri.data + len;
    path->len = r->uri.len - len;

    if (path->data[path->len - 1] == '/') {
        path->len--;
    }

    return 1;
}


/* {id} and {default} in a pattern are what they say; two at most. */

static ngx_flag_t
ngx_bs_route_match(const ngx_str_t *pattern, const ngx_str_t *path,
    ngx_str_t *ids)
{
    u_char  *p, *last;
    u_char  *q, *end;
    size_t   len;

    p = pattern->data;
    last = p + pattern->len;

    q = path->data;
    end = q + path->len;

    while (p < last) {

        if (*p == '{') {
            len = ngx_bs_route_segment(p, q, end, ids);

            if (len == 0) {
                return 0;
            }

            p = ngx_strlchr(p, last, '}') + 1;
            q += len;
            ids++;
            continue;
        }

        if (q == end || *p != *q) {
            return 0;
        }

        p++;
        q++;
    }

    return q == end;
}


/*
 * {id}: one or more digits.  {default}: these, or the word "default", which is
 * id 0.  Answers how much of the path it is; 0: none of it.
 */

static size_t
ngx_bs_route_segment(const u_char *pattern, u_char *p, const u_char *last,
    ngx_str_t *id)
{
    static const size_t  len = sizeof("default") - 1;

    if (pattern[1] == 'd' && (size_t) (last - p) >= len
        && ngx_memcmp(p, "default", len) == 0
        && (p + len == last || p[len] == '/'))
    {
        ngx_str_set(id, "0");
        return len;
    }

    id->data = p;
    id->len = ngx_bs_route_digits(p, last);

    return id->len;
}


/* 0: no id, or one that no table can hold. */

static size_t
ngx_bs_route_digits(const u_char *p, const u_char *last)
{
    size_t  n;

    for (n = 0; p + n < last && p[n] >= '0' && p[n] <= '9'; n++) {
        /* void */
    }

    if (n > NGX_BS_ROUTE_ID_DIGITS_MAX || (n > 0 && p[0] == '0')) {
        return 0;
    }

    return n;
}


static ngx_int_t
ngx_bs_route_refuse(ngx_http_request_t *r, ngx_uint_t allowed)
{
    ngx_str_t  none = ngx_null_string;

    ngx_bs_request_suspend(r);

    if (allowed == 0) {
        ngx_bs_reply_error(r, NGX_HTTP_NOT_FOUND,
                           "There is nothing at this path");
        return NGX_DONE;
    }

    if (ngx_bs_route_allow(r, allowed) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return NGX_DONE;
    }

    if (r->method == NGX_HTTP_OPTIONS) {
        ngx_bs_reply_json(r, NGX_HTTP_NO_CONTENT, &none);
        return NGX_DONE;
    }

    ngx_bs_reply_error(r, NGX_HTTP_NOT_ALLOWED,
                       "This method is not allowed here");
    return NGX_DONE;
}


static ngx_int_t
ngx_bs_route_allow(ngx_http_request_t *r, ngx_uint_t allowed)
{
    u_char     *p;
    ngx_str_t   allow;

    allow.data = ngx_pnalloc(r->pool, NGX_BS_ROUTE_ALLOW_MAX);
    if (allow.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_snprintf(allow.data, NGX_BS_ROUTE_ALLOW_MAX, "%s%s%s%sOPTIONS",
                     (allowed & NGX_HTTP_GET) ? "GET, HEAD, " : "",
                     (allowed & NGX_HTTP_POST) ? "POST, " : "",
                     (allowed & NGX_HTTP_PATCH) ? "PATCH, " : "",
                     (allowed & NGX_HTTP_DELETE) ? "DELETE, " : "");

    allow.len = p - allow.data;

    return ngx_bs_reply_header(r, "Allow", &allow);
}
