
#include "ngx_bs_acknowledge.h"
#include "ngx_bs_call.h"
#include "ngx_bs_reply.h"
#include "ngx_bs_request.h"
#include "ngx_bs_text.h"


/* Three numbers, a signature, and what stands between them. */
#define NGX_BS_ACKNOWLEDGE_TOKEN_MAX  128


static const char *ngx_bs_acknowledge_token(ngx_http_request_t *r);
static ngx_int_t ngx_bs_acknowledge_refuse(ngx_http_request_t *r);


static ngx_bs_pg_statement_t  ngx_bs_acknowledge_get_statement = {
    ngx_string("api.acknowledge_get"),
    ngx_bs_call_sql("api.acknowledge_get", "$1::text"),
    1, NGX_BS_PG_LANE_READ, 0
};


static ngx_bs_pg_statement_t  ngx_bs_acknowledge_post_statement = {
    ngx_string("api.acknowledge"),
    ngx_bs_call_sql("api.acknowledge", "$1::text"),
    1, NGX_BS_PG_LANE_WRITE, 0
};


ngx_int_t
ngx_bs_acknowledge_register(ngx_bs_pg_pool_t *pg)
{
    if (ngx_bs_pg_pool_register(pg, &ngx_bs_acknowledge_get_statement)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_bs_pg_pool_register(pg, &ngx_bs_acknowledge_post_statement);
}


/*
 * No Origin is asked for: who has the token may do this from anywhere, and
 * nobody's cookie is looked at.
 */

ngx_int_t
ngx_bs_acknowledge_handler(ngx_http_request_t *r)
{
    ngx_int_t       rc;
    ngx_bs_call_t  *call;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_POST))) {
        return ngx_bs_acknowledge_refuse(r);
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    call = ngx_pcalloc(r->pool, sizeof(ngx_bs_call_t));
    if (call == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    call->params[0].value = ngx_bs_acknowledge_token(r);
    if (call->params[0].value == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    call->statement = (r->method == NGX_HTTP_POST)
                      ? &ngx_bs_acknowledge_post_statement
                      : &ngx_bs_acknowledge_get_statement;

    ngx_bs_request_suspend(r);
    ngx_bs_call_run(r, call);

    return NGX_DONE;
}


/* What cannot be a token is an empty one: SQL has the one answer to both. */

static const char *
ngx_bs_acknowledge_token(ngx_http_request_t *r)
{
    ngx_str_t  token;

    token.data = r->uri.data + sizeof(NGX_BS_ACKNOWLEDGE_PREFIX) - 1;
    token.len = r->uri.len - (sizeof(NGX_BS_ACKNOWLEDGE_PREFIX) - 1);

    if (token.len > 0 && token.data[token.len - 1] == '/') {
        token.len--;
    }

    if (token.len > NGX_BS_ACKNOWLEDGE_TOKEN_MAX || !ngx_bs_text_valid(&token))
    {
        ngx_str_null(&token);
    }

    return ngx_bs_request_text(r, &token);
}


static ngx_int_t
ngx_bs_acknowledge_refuse(ngx_http_request_t *r)
{
    static ngx_str_t  none = ngx_null_string;
    static ngx_str_t  allow = ngx_string("GET, HEAD, POST, OPTIONS");

    ngx_bs_request_suspend(r);

    if (ngx_bs_reply_header(r, "Allow", &allow) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);

    } else if (r->method == NGX_HTTP_OPTIONS) {
        ngx_bs_reply_json(r, NGX_HTTP_NO_CONTENT, &none);

    } else {
        ngx_bs_reply_error(r, NGX_HTTP_NOT_ALLOWED,
                           "This method is not allowed here");
    }

    return NGX_DONE;
}
