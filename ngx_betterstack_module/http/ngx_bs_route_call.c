
#include "ngx_bs_route_call.h"
#include "ngx_bs_args.h"
#include "ngx_bs_body.h"
#include "ngx_bs_credential.h"
#include "ngx_bs_json.h"
#include "ngx_bs_origin.h"
#include "ngx_bs_reply.h"
#include "ngx_bs_request.h"
#include "ngx_bs_session.h"


/* One call of a row's statement, in r->pool. */
typedef struct {
    ngx_bs_call_t          call;            /* first: hooks find us */
    ngx_bs_credential_t    credential;
    ngx_uint_t             params;          /* set so far */
    ngx_uint_t             body_optional;
} ngx_bs_route_call_t;


static ngx_int_t ngx_bs_route_id(ngx_http_request_t *r,
    ngx_bs_route_call_t *state, ngx_str_t *id);
static ngx_int_t ngx_bs_route_args(ngx_http_request_t *r,
    ngx_bs_route_call_t *state);
static ngx_int_t ngx_bs_route_read_body(ngx_http_request_t *r,
    ngx_bs_route_call_t *state);
static void ngx_bs_route_body(ngx_http_request_t *r, ngx_str_t *body);
static void ngx_bs_route_body_run(ngx_http_request_t *r,
    ngx_bs_route_call_t *state, ngx_str_t *body);


ngx_int_t
ngx_bs_route_call(ngx_http_request_t *r, ngx_bs_route_t *route, ngx_str_t *ids)
{
    ngx_int_t             rc;
    ngx_bs_route_call_t  *state;

    state = ngx_pcalloc(r->pool, sizeof(ngx_bs_route_call_t));
    if (state == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    state->call.statement = &route->statement;
    state->call.hook = route->hook;
    state->call.rows = route->rows;

    if (!(route->arguments & NGX_BS_ROUTE_PUBLIC)) {
        ngx_bs_credential_read(r, &state->credential);

        if (!ngx_bs_origin_allowed(r, &state->credential)) {
            ngx_bs_request_suspend(r);
            ngx_bs_origin_refuse(r);
            return NGX_DONE;
        }

        ngx_bs_credential_param(&state->credential, &state->call.params[0]);
        state->params = 1;
    }

    if (route->arguments & NGX_BS_ROUTE_ID) {
        rc = ngx_bs_route_id(r, state, &ids[0]);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (route->arguments & NGX_BS_ROUTE_ID_SECOND) {
        rc = ngx_bs_route_id(r, state, &ids[1]);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (route->arguments & NGX_BS_ROUTE_QUERY) {
        rc = ngx_bs_route_args(r, state);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    if (route->arguments & NGX_BS_ROUTE_BODY) {
        state->body_optional = route->arguments & NGX_BS_ROUTE_BODY_OPTIONAL;
        return ngx_bs_route_read_body(r, state);
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    ngx_bs_request_suspend(r);
    ngx_bs_call_run(r, &state->call);

    return NGX_DONE;
}


static ngx_int_t
ngx_bs_route_id(ngx_http_request_t *r, ngx_bs_route_call_t *state,
    ngx_str_t *id)
{
    const char  *text;

    text = ngx_bs_request_text(r, id);
    if (text == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    state->call.params[state->params++].value = text;

    return NGX_OK;
}


static ngx_int_t
ngx_bs_route_args(ngx_http_request_t *r, ngx_bs_route_call_t *state)
{
    ngx_int_t  rc;
    ngx_str_t  json, problem;

    rc = ngx_bs_args_json(r, &json, &problem);

    if (rc == NGX_ERROR) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (rc == NGX_DECLINED) {
        ngx_bs_request_suspend(r);
        ngx_bs_reply_message(r, NGX_HTTP_BAD_REQUEST, &problem);
        return NGX_DONE;
    }

    state->call.params[state->params++].value = (char *) json.data;

    return NGX_OK;
}


static ngx_int_t
ngx_bs_route_read_body(ngx_http_request_t *r, ngx_bs_route_call_t *state)
{
    ngx_bs_request_t  *request;

    /* Whether there is a body may only be known when it has been read. */

    if (!state->body_optional && !ngx_bs_json_content_type(r)) {
        ngx_bs_request_suspend(r);
        ngx_bs_json_refuse_type(r);
        return NGX_DONE;
    }

    request = ngx_bs_request(r);
    if (request == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    request->state = state;

    return ngx_bs_body_read(r, NGX_BS_JSON_BODY_MAX, ngx_bs_route_body);
}


static void
ngx_bs_route_body(ngx_http_request_t *r, ngx_str_t *body)
{
    ngx_str_t             empty = ngx_string("{}");
    ngx_bs_route_call_t  *state;

    state = ngx_bs_request(r)->state;

    if (state->body_optional) {

        if (body->len == 0) {
            ngx_bs_route_body_run(r, state, &empty);
            return;
        }

        if (!ngx_bs_json_content_type(r)) {
            ngx_bs_json_refuse_type(r);
            return;
        }
    }

    ngx_bs_route_body_run(r, state, body);
}


/* SQL takes the text as it came; parsing here only refuses what is no JSON. */

static void
ngx_bs_route_body_run(ngx_http_request_t *r, ngx_bs_route_call_t *state,
    ngx_str_t *body)
{
    json_t      *root;
    ngx_str_t    problem;
    const char  *text;

    root = ngx_bs_json_object(r, body, &problem);

    if (root == NULL) {
        ngx_bs_reply_message(r, NGX_HTTP_BAD_REQUEST, &problem);
        return;
    }

    json_decref(root);

    text = ngx_bs_request_text(r, body);
    if (text == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    state->call.params[state->params++].value = text;

    ngx_bs_call_run(r, &state->call);
}


ngx_int_t
ngx_bs_route_renew(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_call_row_t *row)
{
    ngx_bs_route_call_t  *state = (ngx_bs_route_call_t *) call;

    if (row->status != NGX_HTTP_OK
        || state->credential.kind != NGX_BS_CREDENTIAL_COOKIE)
    {
        return NGX_OK;
    }

    return ngx_bs_session_renew_cookie(r);
}


ngx_int_t
ngx_bs_route_calendar(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_call_row_t *row)
{
    static const ngx_str_t  type = ngx_string("text/calendar; charset=utf-8");

    if (row->status != NGX_HTTP_OK) {
        return NGX_OK;
    }

    ngx_bs_reply_document(r, &type, &row->body);

    return NGX_DONE;
}


ngx_int_t
ngx_bs_route_csv(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_call_row_t *row)
{
    static const ngx_str_t  type =
        ngx_string("text/csv; charset=utf-8; header=present");
    static ngx_str_t        attachment = ngx_string("attachment");

    if (row->status != NGX_HTTP_OK) {
        return NGX_OK;
    }

    if (ngx_bs_reply_header(r, "Content-Disposition", &attachment) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_bs_reply(r, NGX_HTTP_OK, &type, &row->body);

    return NGX_DONE;
}
