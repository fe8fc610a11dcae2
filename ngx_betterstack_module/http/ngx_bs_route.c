
#include "ngx_bs_route.h"
#include "ngx_bs_account.h"
#include "ngx_bs_args.h"
#include "ngx_bs_body.h"
#include "ngx_bs_call.h"
#include "ngx_bs_credential.h"
#include "ngx_bs_json.h"
#include "ngx_bs_origin.h"
#include "ngx_bs_password.h"
#include "ngx_bs_reply.h"
#include "ngx_bs_request.h"
#include "ngx_bs_session.h"
#include "../live/ngx_bs_live.h"


/* A bigint has 19 digits at most; 18 of them always fit. */
#define NGX_BS_ROUTE_ID_DIGITS_MAX  18
#define NGX_BS_ROUTE_ALLOW_MAX      64


/* Arguments of a statement function, in this order. */
#define NGX_BS_ROUTE_ID             0x01
#define NGX_BS_ROUTE_QUERY          0x02
#define NGX_BS_ROUTE_BODY           0x04
#define NGX_BS_ROUTE_BODY_OPTIONAL  0x08        /* none is an empty object */
#define NGX_BS_ROUTE_ID_SECOND      0x10

#define NGX_BS_ROUTE_IDS            2


/*
 * A row of the table.  Either a statement, called with the credential and
 * `arguments`, or a handler of its own.
 */
typedef struct {
    ngx_uint_t               method;
    ngx_str_t                path;          /* below /api/v2 */
    ngx_uint_t               arguments;
    ngx_bs_pg_statement_t    statement;
    ngx_bs_call_hook_pt      hook;          /* may be NULL */
    ngx_http_handler_pt      handler;
} ngx_bs_route_t;


/* Arguments, their count, and their places in the statement. */

#define NGX_BS_CREDENTIAL            0, 1, "$1::bytea"
#define NGX_BS_CREDENTIAL_ID                                                  \
    NGX_BS_ROUTE_ID, 2, "$1::bytea, $2::bigint"
#define NGX_BS_CREDENTIAL_QUERY                                               \
    NGX_BS_ROUTE_QUERY, 2, "$1::bytea, $2::jsonb"
#define NGX_BS_CREDENTIAL_BODY                                                \
    NGX_BS_ROUTE_BODY, 2, "$1::bytea, $2::jsonb"
#define NGX_BS_CREDENTIAL_ID_QUERY                                            \
    NGX_BS_ROUTE_ID|NGX_BS_ROUTE_QUERY, 3,                                    \
    "$1::bytea, $2::bigint, $3::jsonb"
#define NGX_BS_CREDENTIAL_ID_BODY                                             \
    NGX_BS_ROUTE_ID|NGX_BS_ROUTE_BODY, 3,                                     \
    "$1::bytea, $2::bigint, $3::jsonb"

#define NGX_BS_CREDENTIAL_ID_BODY_OPTIONAL                                    \
    NGX_BS_ROUTE_ID|NGX_BS_ROUTE_BODY|NGX_BS_ROUTE_BODY_OPTIONAL, 3,          \
    "$1::bytea, $2::bigint, $3::jsonb"
#define NGX_BS_CREDENTIAL_IDS                                                 \
    NGX_BS_ROUTE_ID|NGX_BS_ROUTE_ID_SECOND, 3,                                \
    "$1::bytea, $2::bigint, $3::bigint"
#define NGX_BS_CREDENTIAL_IDS_BODY                                            \
    NGX_BS_ROUTE_ID|NGX_BS_ROUTE_ID_SECOND|NGX_BS_ROUTE_BODY, 4,              \
    "$1::bytea, $2::bigint, $3::bigint, $4::jsonb"

#define ngx_bs_route(method, path, function, lane, arguments)                 \
    ngx_bs_route_row(method, path, function, NGX_BS_PG_LANE_##lane, NULL,     \
                     arguments)

#define ngx_bs_route_hook(method, path, function, lane, arguments, hook)      \
    ngx_bs_route_row(method, path, function, NGX_BS_PG_LANE_##lane, hook,     \
                     arguments)

#define ngx_bs_route_row(method, path, function, lane, hook, bits, n, params) \
    { NGX_HTTP_##method, ngx_string(path), bits,                              \
      { ngx_string(function), ngx_bs_call_sql(function, params), n, lane, 0 },\
      hook, NULL }

#define ngx_bs_route_own(method, path, handler)                               \
    { NGX_HTTP_##method, ngx_string(path), 0,                                 \
      { ngx_null_string, ngx_null_string, 0, 0, 0 }, NULL, handler }


static ngx_int_t ngx_bs_route_renew(ngx_http_request_t *r,
    ngx_bs_call_t *call, ngx_bs_call_row_t *row);


static ngx_bs_route_t  ngx_bs_routes[] = {

    ngx_bs_route_own(POST, "/sign-up", ngx_bs_account_sign_up),
    ngx_bs_route_own(POST, "/sign-in", ngx_bs_account_sign_in),
    ngx_bs_route_own(POST, "/sign-out", ngx_bs_account_sign_out),

    /* Writes down that the credential was used. */

    ngx_bs_route_hook(GET, "/me", "api.me_get", WRITE, NGX_BS_CREDENTIAL,
                      ngx_bs_route_renew),
    ngx_bs_route(PATCH, "/me", "api.me_update", WRITE,
                 NGX_BS_CREDENTIAL_BODY),

    ngx_bs_route(GET, "/api-tokens", "api.api_token_list", READ,
                 NGX_BS_CREDENTIAL),
    ngx_bs_route(POST, "/api-tokens", "api.api_token_create", WRITE,
                 NGX_BS_CREDENTIAL_BODY),
    ngx_bs_route(DELETE, "/api-tokens/{id}", "api.api_token_delete", WRITE,
                 NGX_BS_CREDENTIAL_ID),

    ngx_bs_route(GET, "/monitors", "api.monitor_list", READ,
                 NGX_BS_CREDENTIAL_QUERY),
    ngx_bs_route(POST, "/monitors", "api.monitor_create", WRITE,
                 NGX_BS_CREDENTIAL_BODY),
    ngx_bs_route(GET, "/monitors/{id}", "api.monitor_get", READ,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(PATCH, "/monitors/{id}", "api.monitor_update", WRITE,
                 NGX_BS_CREDENTIAL_ID_BODY),
    ngx_bs_route(DELETE, "/monitors/{id}", "api.monitor_delete", WRITE,
                 NGX_BS_CREDENTIAL_ID),

    /* Thousands of rows: not in the way of the quick reads. */

    ngx_bs_route(GET, "/monitors/{id}/ticks", "api.monitor_ticks", REPORT,
                 NGX_BS_CREDENTIAL_ID_QUERY),
    ngx_bs_route(GET, "/monitors/{id}/response-times",
                 "api.monitor_response_times", REPORT, NGX_BS_CREDENTIAL_ID),

    ngx_bs_route(GET, "/regions", "api.region_list", READ,
                 NGX_BS_CREDENTIAL),
    ngx_bs_route(POST, "/regions", "api.region_create", WRITE,
                 NGX_BS_CREDENTIAL_BODY),
    ngx_bs_route(GET, "/regions/{id}", "api.region_get", READ,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(PATCH, "/regions/{id}", "api.region_update", WRITE,
                 NGX_BS_CREDENTIAL_ID_BODY),
    ngx_bs_route(DELETE, "/regions/{id}", "api.region_delete", WRITE,
                 NGX_BS_CREDENTIAL_ID),

    ngx_bs_route(GET, "/regions/{id}/tokens", "api.region_token_list", READ,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(POST, "/regions/{id}/tokens", "api.region_token_create",
                 WRITE, NGX_BS_CREDENTIAL_ID_BODY),
    ngx_bs_route(DELETE, "/region-tokens/{id}", "api.region_token_delete",
                 WRITE, NGX_BS_CREDENTIAL_ID),

    ngx_bs_route(GET, "/incidents", "api.incident_list", READ,
                 NGX_BS_CREDENTIAL_QUERY),
    ngx_bs_route(POST, "/incidents", "api.incident_create", WRITE,
                 NGX_BS_CREDENTIAL_BODY),
    ngx_bs_route(GET, "/incidents/{id}", "api.incident_get", READ,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(DELETE, "/incidents/{id}", "api.incident_delete", WRITE,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(POST, "/incidents/{id}/acknowledge",
                 "api.incident_acknowledge", WRITE,
                 NGX_BS_CREDENTIAL_ID_BODY_OPTIONAL),
    ngx_bs_route(POST, "/incidents/{id}/resolve", "api.incident_resolve",
                 WRITE, NGX_BS_CREDENTIAL_ID_BODY_OPTIONAL),
    ngx_bs_route(POST, "/incidents/{id}/reopen", "api.incident_reopen",
                 WRITE, NGX_BS_CREDENTIAL_ID_BODY_OPTIONAL),
    ngx_bs_route(POST, "/incidents/{id}/escalate", "api.incident_escalate",
                 WRITE, NGX_BS_CREDENTIAL_ID_BODY_OPTIONAL),
    ngx_bs_route(GET, "/incidents/{id}/timeline", "api.incident_timeline",
                 READ, NGX_BS_CREDENTIAL_ID),

    ngx_bs_route(GET, "/incidents/{id}/comments",
                 "api.incident_comment_list", READ,
                 NGX_BS_CREDENTIAL_ID_QUERY),
    ngx_bs_route(POST, "/incidents/{id}/comments",
                 "api.incident_comment_create", WRITE,
                 NGX_BS_CREDENTIAL_ID_BODY),
    ngx_bs_route(GET, "/incidents/{id}/comments/{id}",
                 "api.incident_comment_get", READ, NGX_BS_CREDENTIAL_IDS),
    ngx_bs_route(PATCH, "/incidents/{id}/comments/{id}",
                 "api.incident_comment_update", WRITE,
                 NGX_BS_CREDENTIAL_IDS_BODY),
    ngx_bs_route(DELETE, "/incidents/{id}/comments/{id}",
                 "api.incident_comment_delete", WRITE,
                 NGX_BS_CREDENTIAL_IDS),

    ngx_bs_route_own(GET, "/events", ngx_bs_live_handler),

    { 0, ngx_null_string, 0, { ngx_null_string, ngx_null_string, 0, 0, 0 },
      NULL, NULL }
};


/* One call of a row's statement, in r->pool. */
typedef struct {
    ngx_bs_call_t          call;            /* first: hooks find us */
    ngx_bs_credential_t    credential;
    ngx_uint_t             params;          /* set so far */
    ngx_uint_t             body_optional;
} ngx_bs_route_call_t;


static ngx_flag_t ngx_bs_route_path(ngx_http_request_t *r, ngx_str_t *path);
static ngx_flag_t ngx_bs_route_match(const ngx_str_t *pattern,
    const ngx_str_t *path, ngx_str_t *ids);
static size_t ngx_bs_route_digits(const u_char *p, const u_char *last);
static ngx_int_t ngx_bs_route_refuse(ngx_http_request_t *r,
    ngx_uint_t allowed);
static ngx_int_t ngx_bs_route_allow(ngx_http_request_t *r,
    ngx_uint_t allowed);
static ngx_int_t ngx_bs_route_call(ngx_http_request_t *r,
    ngx_bs_route_t *route, ngx_str_t *ids);
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
ngx_bs_route_register(ngx_bs_pg_pool_t *pg)
{
    ngx_bs_route_t  *route;

    ngx_bs_json_init();

    if (ngx_bs_password_init() != NGX_OK
        || ngx_bs_account_register(pg) != NGX_OK)
    {
        return NGX_ERROR;
    }

    for (route = ngx_bs_routes; route->method; route++) {

        if (route->handler == NULL
            && ngx_bs_pg_pool_register(pg, &route->statement) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_bs_route_handler(ngx_http_request_t *r)
{
    ngx_str_t        path, ids[NGX_BS_ROUTE_IDS];
    ngx_uint_t       method, allowed;
    ngx_bs_route_t  *route;

    allowed = 0;
    method = (r->method == NGX_HTTP_HEAD) ? NGX_HTTP_GET : r->method;

    if (ngx_bs_route_path(r, &path)) {

        for (route = ngx_bs_routes; route->method; route++) {

            if (!ngx_bs_route_match(&route->path, &path, ids)) {
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
 * What follows /api/v2 or /api/v3.  nginx has decoded it and merged slashes;
 * one slash at the end is as good as none.
 */

static ngx_flag_t
ngx_bs_route_path(ngx_http_request_t *r, ngx_str_t *path)
{
    static const size_t  len = sizeof("/api/v2") - 1;

    if (r->uri.len <= len
        || ngx_memcmp(r->uri.data, "/api/v", len - 1) != 0
        || (r->uri.data[len - 1] != '2' && r->uri.data[len - 1] != '3'))
    {
        return 0;
    }

    path->data = r->uri.data + len;
    path->len = r->uri.len - len;

    if (path->data[path->len - 1] == '/') {
        path->len--;
    }

    return 1;
}


/* {id} in a pattern is one or more digits of the path; two at most. */

static ngx_flag_t
ngx_bs_route_match(const ngx_str_t *pattern, const ngx_str_t *path,
    ngx_str_t *ids)
{
    u_char  *p, *last;
    u_char  *q, *end;

    p = pattern->data;
    last = p + pattern->len;

    q = path->data;
    end = q + path->len;

    while (p < last) {

        if (*p == '{') {
            ids->data = q;
            ids->len = ngx_bs_route_digits(q, end);

            if (ids->len == 0) {
                return 0;
            }

            p += sizeof("{id}") - 1;
            q += ids->len;
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


static ngx_int_t
ngx_bs_route_call(ngx_http_request_t *r, ngx_bs_route_t *route, ngx_str_t *ids)
{
    ngx_int_t             rc;
    ngx_bs_route_call_t  *state;

    state = ngx_pcalloc(r->pool, sizeof(ngx_bs_route_call_t));
    if (state == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_bs_credential_read(r, &state->credential);

    if (!ngx_bs_origin_allowed(r, &state->credential)) {
        ngx_bs_request_suspend(r);
        ngx_bs_origin_refuse(r);
        return NGX_DONE;
    }

    state->call.statement = &route->statement;
    state->call.hook = route->hook;

    ngx_bs_credential_param(&state->credential, &state->call.params[0]);
    state->params = 1;

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


static ngx_int_t
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
