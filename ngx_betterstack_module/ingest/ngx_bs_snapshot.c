
#include "ngx_bs_snapshot.h"
#include "../http/ngx_bs_credential.h"
#include "../http/ngx_bs_problem.h"
#include "../http/ngx_bs_query.h"
#include "../http/ngx_bs_reply.h"
#include "../http/ngx_bs_request.h"
#include "../http/ngx_bs_text.h"


#define NGX_BS_SNAPSHOT_PARAMS  2


enum {
    NGX_BS_SNAPSHOT_STATUS = 0,
    NGX_BS_SNAPSHOT_ETAG,
    NGX_BS_SNAPSHOT_BODY
};


static void ngx_bs_snapshot_etag_param(ngx_http_request_t *r,
    ngx_bs_pg_param_t *param);
static void ngx_bs_snapshot_done(ngx_http_request_t *r, void *data,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result);
static ngx_uint_t ngx_bs_snapshot_status(ngx_bs_pg_result_t *result);
static ngx_int_t ngx_bs_snapshot_etag(ngx_http_request_t *r,
    ngx_bs_pg_result_t *result);
static void ngx_bs_snapshot_send(ngx_http_request_t *r,
    ngx_bs_pg_result_t *result);


static ngx_bs_pg_statement_t  ngx_bs_snapshot_statement = {
    ngx_string("ingest_schedule"),
    ngx_string("SELECT status, etag, body FROM ingest.schedule($1, $2)"),
    NGX_BS_SNAPSHOT_PARAMS, NGX_BS_PG_LANE_REPORT, 1
};


ngx_int_t
ngx_bs_snapshot_register(ngx_bs_pg_pool_t *pg)
{
    return ngx_bs_pg_pool_register(pg, &ngx_bs_snapshot_statement);
}


ngx_int_t
ngx_bs_snapshot_handler(ngx_http_request_t *r)
{
    ngx_int_t            rc;
    ngx_bs_pg_param_t    params[NGX_BS_SNAPSHOT_PARAMS];
    ngx_bs_credential_t  credential;

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    ngx_bs_request_suspend(r);
    ngx_bs_credential_read(r, &credential);

    if (credential.kind != NGX_BS_CREDENTIAL_BEARER) {
        ngx_bs_reply_error(r, NGX_HTTP_UNAUTHORIZED,
                           "A region token is needed");
        return NGX_DONE;
    }

    ngx_memzero(params, sizeof(params));

    ngx_bs_credential_param(&credential, &params[0]);
    ngx_bs_snapshot_etag_param(r, &params[1]);

    ngx_bs_query_run(r, &ngx_bs_snapshot_statement, params,
                     ngx_bs_snapshot_done, NULL);

    return NGX_DONE;
}


/*
 * The one entity tag of ours that an agent sends back, without its quotes;
 * lists and weak tags are not ours, and get the whole answer.
 */

static void
ngx_bs_snapshot_etag_param(ngx_http_request_t *r, ngx_bs_pg_param_t *param)
{
    ngx_str_t  *value, etag;

    if (r->headers_in.if_none_match == NULL) {
        return;
    }

    value = &r->headers_in.if_none_match->value;

    if (value->len <= 2 || value->data[0] != '"'
        || value->data[value->len - 1] != '"')
    {
        return;
    }

    etag.data = value->data + 1;
    etag.len = value->len - 2;

    if (!ngx_bs_text_valid(&etag)) {
        return;
    }

    param->value = (char *) etag.data;
    param->length = (int) etag.len;
    param->binary = 1;
}


static void
ngx_bs_snapshot_done(ngx_http_request_t *r, void *data,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result)
{
    ngx_str_t  nothing = ngx_null_string;

    if (outcome != NGX_BS_PG_OK) {
        ngx_bs_problem_reply(r, outcome, result);
        return;
    }

    switch (ngx_bs_snapshot_status(result)) {

    case NGX_HTTP_OK:
        ngx_bs_snapshot_send(r, result);
        return;

    case NGX_HTTP_NOT_MODIFIED:
        if (ngx_bs_snapshot_etag(r, result) != NGX_OK) {
            ngx_bs_reply_unavailable(r, "Out of memory");
            return;
        }

        ngx_bs_reply(r, NGX_HTTP_NOT_MODIFIED, &nothing, &nothing);
        return;

    default:
        ngx_bs_reply_error(r, NGX_HTTP_UNAUTHORIZED,
                           "The region token is not known");
    }
}


/* A binary smallint; 0 when there is none. */

static ngx_uint_t
ngx_bs_snapshot_status(ngx_bs_pg_result_t *result)
{
    ngx_str_t  value;

    if (ngx_bs_pg_result_rows(result) == 0
        || !ngx_bs_pg_result_value(result, 0, NGX_BS_SNAPSHOT_STATUS, &value)
        || value.len != 2)
    {
        return 0;
    }

    return (ngx_uint_t) value.data[0] << 8 | value.data[1];
}


static ngx_int_t
ngx_bs_snapshot_etag(ngx_http_request_t *r, ngx_bs_pg_result_t *result)
{
    ngx_str_t  value, quoted;

    if (!ngx_bs_pg_result_value(result, 0, NGX_BS_SNAPSHOT_ETAG, &value)) {
        return NGX_OK;
    }

    quoted.data = ngx_pnalloc(r->pool, value.len + 2);
    if (quoted.data == NULL) {
        return NGX_ERROR;
    }

    quoted.len = ngx_sprintf(quoted.data, "\"%V\"", &value) - quoted.data;

    return ngx_bs_reply_header(r, "ETag", &quoted);
}


/* The body stays where libpq has put it: the result lives as long as r. */

static void
ngx_bs_snapshot_send(ngx_http_request_t *r, ngx_bs_pg_result_t *result)
{
    ngx_str_t         body;
    static ngx_str_t  type = ngx_string("application/msgpack");

    if (!ngx_bs_pg_result_value(result, 0, NGX_BS_SNAPSHOT_BODY, &body)
        || ngx_bs_snapshot_etag(r, result) != NGX_OK
        || ngx_bs_query_take_result(r, result) != NGX_OK)
    {
        ngx_bs_reply_unavailable(r, "Out of memory");
        return;
    }

    ngx_bs_reply(r, NGX_HTTP_OK, &type, &body);
}
