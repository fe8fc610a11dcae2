
#include "ngx_bs_route.h"
#include "ngx_bs_route_call.h"
#include "ngx_bs_account.h"
#include "ngx_bs_acknowledge.h"
#include "ngx_bs_json.h"
#include "ngx_bs_password.h"
#include "ngx_bs_reply.h"
#include "ngx_bs_request.h"
#include "../live/ngx_bs_live.h"
#include "../ping/ngx_bs_ping.h"


/* A bigint has 19 digits at most; 18 of them always fit. */
#define NGX_BS_ROUTE_ID_DIGITS_MAX  18
#define NGX_BS_ROUTE_ALLOW_MAX      64


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
#define NGX_BS_CREDENTIAL_QUERY_BODY                                          \
    NGX_BS_ROUTE_QUERY|NGX_BS_ROUTE_BODY, 3,                                  \
    "$1::bytea, $2::jsonb, $3::jsonb"
#define NGX_BS_CREDENTIAL_ID_QUERY_BODY                                       \
    NGX_BS_ROUTE_ID|NGX_BS_ROUTE_QUERY|NGX_BS_ROUTE_BODY, 4,                  \
    "$1::bytea, $2::bigint, $3::jsonb, $4::jsonb"
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
#define NGX_BS_PUBLIC_ID_QUERY                                                \
    NGX_BS_ROUTE_PUBLIC|NGX_BS_ROUTE_ID|NGX_BS_ROUTE_QUERY, 2,                \
    "$1::bigint, $2::jsonb"

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


static ngx_bs_route_t  ngx_bs_routes[] = {

    ngx_bs_route_own(POST, "/sign-up", ngx_bs_account_sign_up),
    ngx_bs_route_own(POST, "/sign-in", ngx_bs_account_sign_in),
    ngx_bs_route_own(POST, "/sign-out", ngx_bs_account_sign_out),

    /* Writes down that the credential was used. */

    ngx_bs_route_hook(GET, "/me", "api.me_get", WRITE, NGX_BS_CREDENTIAL,
                      ngx_bs_route_renew),
    ngx_bs_route(PATCH, "/me", "api.me_update", WRITE,
                 NGX_BS_CREDENTIAL_BODY),

    ngx_bs_route(GET, "/team-members", "api.team_member_list", READ,
                 NGX_BS_CREDENTIAL_QUERY),

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

    ngx_bs_route(GET, "/heartbeats", "api.heartbeat_list", READ,
                 NGX_BS_CREDENTIAL_QUERY),
    ngx_bs_route(POST, "/heartbeats", "api.heartbeat_create", WRITE,
                 NGX_BS_CREDENTIAL_QUERY_BODY),
    ngx_bs_route(GET, "/heartbeats/{id}", "api.heartbeat_get", READ,
                 NGX_BS_CREDENTIAL_ID_QUERY),
    ngx_bs_route(PATCH, "/heartbeats/{id}", "api.heartbeat_update", WRITE,
                 NGX_BS_CREDENTIAL_ID_QUERY_BODY),
    ngx_bs_route(DELETE, "/heartbeats/{id}", "api.heartbeat_delete", WRITE,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(POST, "/heartbeats/{id}/rotate-token",
                 "api.heartbeat_rotate_token", WRITE,
                 NGX_BS_CREDENTIAL_ID_QUERY),
    ngx_bs_route(GET, "/heartbeats/{id}/pings", "api.heartbeat_pings", READ,
                 NGX_BS_CREDENTIAL_ID_QUERY),

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

    ngx_bs_route(GET, "/maintenance-windows", "api.maintenance_window_list",
                 READ, NGX_BS_CREDENTIAL_QUERY),
    ngx_bs_route(POST, "/maintenance-windows",
                 "api.maintenance_window_create", WRITE,
                 NGX_BS_CREDENTIAL_BODY),
    ngx_bs_route(GET, "/maintenance-windows/{id}",
                 "api.maintenance_window_get", READ, NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(PATCH, "/maintenance-windows/{id}",
                 "api.maintenance_window_update", WRITE,
                 NGX_BS_CREDENTIAL_ID_BODY),
    ngx_bs_route(DELETE, "/maintenance-windows/{id}",
                 "api.maintenance_window_delete", WRITE,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(POST, "/maintenance-windows/{id}/end",
                 "api.maintenance_window_end", WRITE,
                 NGX_BS_CREDENTIAL_ID_BODY_OPTIONAL),

    ngx_bs_route(GET, "/channels", "api.channel_list", READ,
                 NGX_BS_CREDENTIAL_QUERY),
    ngx_bs_route(POST, "/channels", "api.channel_create", WRITE,
                 NGX_BS_CREDENTIAL_BODY),
    ngx_bs_route(GET, "/channels/{id}", "api.channel_get", READ,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(PATCH, "/channels/{id}", "api.channel_update", WRITE,
                 NGX_BS_CREDENTIAL_ID_BODY),
    ngx_bs_route(DELETE, "/channels/{id}", "api.channel_delete", WRITE,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(POST, "/channels/{id}/test", "api.channel_test", WRITE,
                 NGX_BS_CREDENTIAL_ID_BODY_OPTIONAL),
    ngx_bs_route(GET, "/channel-kinds", "api.channel_kind_list", READ,
                 NGX_BS_CREDENTIAL),

    ngx_bs_route(GET, "/me/contacts", "api.contact_list", READ,
                 NGX_BS_CREDENTIAL_QUERY),
    ngx_bs_route(POST, "/me/contacts", "api.contact_create", WRITE,
                 NGX_BS_CREDENTIAL_BODY),
    ngx_bs_route(GET, "/me/contacts/{id}", "api.contact_get", READ,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(PATCH, "/me/contacts/{id}", "api.contact_update", WRITE,
                 NGX_BS_CREDENTIAL_ID_BODY),
    ngx_bs_route(DELETE, "/me/contacts/{id}", "api.contact_delete", WRITE,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(POST, "/me/contacts/{id}/test", "api.contact_test", WRITE,
                 NGX_BS_CREDENTIAL_ID_BODY_OPTIONAL),

    ngx_bs_route(GET, "/deliveries", "api.delivery_list", READ,
                 NGX_BS_CREDENTIAL_QUERY),
    ngx_bs_route(GET, "/deliveries/{id}", "api.delivery_get", READ,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(POST, "/deliveries/{id}/retry", "api.delivery_retry", WRITE,
                 NGX_BS_CREDENTIAL_ID_BODY_OPTIONAL),

    ngx_bs_route(GET, "/installation", "api.installation_get", READ,
                 NGX_BS_CREDENTIAL),
    ngx_bs_route(PATCH, "/installation", "api.installation_update", WRITE,
                 NGX_BS_CREDENTIAL_BODY),
    ngx_bs_route(POST, "/installation/test-mail",
                 "api.installation_test_mail", WRITE, NGX_BS_CREDENTIAL),

    /* {default}: an id, or "default", the team's default calendar. */

    ngx_bs_route(GET, "/on-calls", "api.on_call_list", READ,
                 NGX_BS_CREDENTIAL_QUERY),
    ngx_bs_route(POST, "/on-calls", "api.on_call_create", WRITE,
                 NGX_BS_CREDENTIAL_QUERY_BODY),
    ngx_bs_route(GET, "/on-calls/{default}", "api.on_call_get", READ,
                 NGX_BS_CREDENTIAL_ID_QUERY),
    ngx_bs_route(PATCH, "/on-calls/{default}", "api.on_call_update", WRITE,
                 NGX_BS_CREDENTIAL_ID_QUERY_BODY),
    ngx_bs_route(DELETE, "/on-calls/{default}", "api.on_call_delete", WRITE,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(POST, "/on-calls/{default}/rotate-feed",
                 "api.on_call_rotate_feed", WRITE,
                 NGX_BS_CREDENTIAL_ID_QUERY),
    ngx_bs_route(GET, "/on-calls/{default}/shifts", "api.on_call_shifts",
                 REPORT, NGX_BS_CREDENTIAL_ID_QUERY),
    ngx_bs_route(GET, "/on-calls/{default}/rotation",
                 "api.on_call_rotation_get", READ, NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(POST, "/on-calls/{default}/rotation",
                 "api.on_call_rotation_set", WRITE,
                 NGX_BS_CREDENTIAL_ID_BODY),
    ngx_bs_route(DELETE, "/on-calls/{default}/rotation",
                 "api.on_call_rotation_delete", WRITE, NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(GET, "/on-calls/{default}/events",
                 "api.on_call_event_list", READ, NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(POST, "/on-calls/{default}/events",
                 "api.on_call_event_create", WRITE,
                 NGX_BS_CREDENTIAL_ID_BODY),
    ngx_bs_route(GET, "/on-calls/{default}/events/{id}",
                 "api.on_call_event_get", READ, NGX_BS_CREDENTIAL_IDS),
    ngx_bs_route(PATCH, "/on-calls/{default}/events/{id}",
                 "api.on_call_event_update", WRITE,
                 NGX_BS_CREDENTIAL_IDS_BODY),
    ngx_bs_route(DELETE, "/on-calls/{default}/events/{id}",
                 "api.on_call_event_delete", WRITE, NGX_BS_CREDENTIAL_IDS),

    /* Public: below /api/v1, and without a credential. */

    ngx_bs_route_hook(GET, "/on-calls/{id}/calendar.ics",
                      "api.on_call_feed", REPORT, NGX_BS_PUBLIC_ID_QUERY,
                      ngx_bs_route_calendar),

    ngx_bs_route(GET, "/metadata", "api.metadata_list", READ,
                 NGX_BS_CREDENTIAL_QUERY),
    ngx_bs_route(POST, "/metadata", "api.metadata_set", WRITE,
                 NGX_BS_CREDENTIAL_BODY),

    ngx_bs_route(GET, "/policies", "api.policy_list", READ,
                 NGX_BS_CREDENTIAL_QUERY),
    ngx_bs_route(POST, "/policies", "api.policy_create", WRITE,
                 NGX_BS_CREDENTIAL_BODY),
    ngx_bs_route(GET, "/policies/{id}", "api.policy_get", READ,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(PATCH, "/policies/{id}", "api.policy_update", WRITE,
                 NGX_BS_CREDENTIAL_ID_BODY),
    ngx_bs_route(DELETE, "/policies/{id}", "api.policy_delete", WRITE,
                 NGX_BS_CREDENTIAL_ID),

    ngx_bs_route(GET, "/policy-groups", "api.policy_group_list", READ,
                 NGX_BS_CREDENTIAL_QUERY),
    ngx_bs_route(POST, "/policy-groups", "api.policy_group_create", WRITE,
                 NGX_BS_CREDENTIAL_BODY),
    ngx_bs_route(GET, "/policy-groups/{id}", "api.policy_group_get", READ,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(PATCH, "/policy-groups/{id}", "api.policy_group_update",
                 WRITE, NGX_BS_CREDENTIAL_ID_BODY),
    ngx_bs_route(DELETE, "/policy-groups/{id}", "api.policy_group_delete",
                 WRITE, NGX_BS_CREDENTIAL_ID),

    ngx_bs_route(GET, "/urgencies", "api.urgency_list", READ,
                 NGX_BS_CREDENTIAL_QUERY),
    ngx_bs_route(POST, "/urgencies", "api.urgency_create", WRITE,
                 NGX_BS_CREDENTIAL_BODY),
    ngx_bs_route(GET, "/urgencies/{id}", "api.urgency_get", READ,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(PATCH, "/urgencies/{id}", "api.urgency_update", WRITE,
                 NGX_BS_CREDENTIAL_ID_BODY),
    ngx_bs_route(DELETE, "/urgencies/{id}", "api.urgency_delete", WRITE,
                 NGX_BS_CREDENTIAL_ID),

    ngx_bs_route(GET, "/urgency-groups", "api.urgency_group_list", READ,
                 NGX_BS_CREDENTIAL_QUERY),
    ngx_bs_route(POST, "/urgency-groups", "api.urgency_group_create", WRITE,
                 NGX_BS_CREDENTIAL_BODY),
    ngx_bs_route(GET, "/urgency-groups/{id}", "api.urgency_group_get", READ,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(PATCH, "/urgency-groups/{id}", "api.urgency_group_update",
                 WRITE, NGX_BS_CREDENTIAL_ID_BODY),
    ngx_bs_route(DELETE, "/urgency-groups/{id}", "api.urgency_group_delete",
                 WRITE, NGX_BS_CREDENTIAL_ID),


    ngx_bs_route_own(GET, "/events", ngx_bs_live_handler),

    { 0, ngx_null_string, 0, { ngx_null_string, ngx_null_string, 0, 0, 0 },
      NULL, NULL }
};


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

        for (route = ngx_bs_routes; route->method; route++) {

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
