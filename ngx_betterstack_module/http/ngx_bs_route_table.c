
#include "ngx_bs_route_table.h"
#include "ngx_bs_account.h"
#include "../history/ngx_bs_read.h"
#include "../live/ngx_bs_live.h"


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
#define NGX_BS_CREDENTIAL_IDS_QUERY                                           \
    NGX_BS_ROUTE_ID|NGX_BS_ROUTE_ID_SECOND|NGX_BS_ROUTE_QUERY, 4,             \
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
      hook, NULL, NULL }

/* Answers made of rows: binary, and read by `rows` (../history/). */

#define ngx_bs_route_rows(path, function, rows, arguments)                    \
    ngx_bs_route_rows_row(path, function, rows, arguments)

#define ngx_bs_route_rows_row(path, function, rows, bits, n, params)          \
    { NGX_HTTP_GET, ngx_string(path), bits,                                   \
      { ngx_string(function), ngx_bs_call_rows_sql(function, params), n,      \
        NGX_BS_PG_LANE_HISTORY, 1 },                                          \
      NULL, rows, NULL }

#define ngx_bs_route_own(method, path, handler)                               \
    { NGX_HTTP_##method, ngx_string(path), 0,                                 \
      { ngx_null_string, ngx_null_string, 0, 0, 0 }, NULL, NULL, handler }


ngx_bs_route_t  ngx_bs_route_table[] = {

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

    ngx_bs_route_rows("/monitors/{id}/ticks", "api.history_ticks",
                      ngx_bs_read_ticks, NGX_BS_CREDENTIAL_ID_QUERY),
    ngx_bs_route_rows("/monitors/{id}/response-times",
                      "api.history_response_times", ngx_bs_read_times,
                      NGX_BS_CREDENTIAL_ID_QUERY),
    ngx_bs_route_rows("/monitors/{id}/percentiles",
                      "api.history_percentiles", ngx_bs_read_percentiles,
                      NGX_BS_CREDENTIAL_ID_QUERY),
    ngx_bs_route_rows("/monitors/{id}/regions", "api.history_regions",
                      ngx_bs_read_regions, NGX_BS_CREDENTIAL_ID_QUERY),
    ngx_bs_route_rows("/monitors/{id}/export.csv", "api.history_export",
                      ngx_bs_read_export, NGX_BS_CREDENTIAL_ID_QUERY),

    /* Availability; of the last 24 hours, for lists, it is quick. */

    ngx_bs_route(GET, "/monitors/overview", "api.monitor_overview", READ,
                 NGX_BS_CREDENTIAL_QUERY),
    ngx_bs_route(GET, "/monitors/{id}/sla", "api.monitor_sla", HISTORY,
                 NGX_BS_CREDENTIAL_ID_QUERY),
    ngx_bs_route(GET, "/monitors/{id}/calendar", "api.monitor_calendar",
                 HISTORY, NGX_BS_CREDENTIAL_ID_QUERY),
    ngx_bs_route(GET, "/heartbeats/{id}/sla", "api.heartbeat_sla", HISTORY,
                 NGX_BS_CREDENTIAL_ID_QUERY),
    ngx_bs_route(GET, "/heartbeats/{id}/availability", "api.heartbeat_sla",
                 HISTORY, NGX_BS_CREDENTIAL_ID_QUERY),
    ngx_bs_route(GET, "/sla", "api.sla_list", HISTORY,
                 NGX_BS_CREDENTIAL_QUERY),

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

    ngx_bs_route(GET, "/retention", "api.retention_get", READ,
                 NGX_BS_CREDENTIAL),
    ngx_bs_route(PATCH, "/retention", "api.retention_update", WRITE,
                 NGX_BS_CREDENTIAL_BODY),

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

    ngx_bs_route(GET, "/reports", "api.report_list", READ,
                 NGX_BS_CREDENTIAL_QUERY),
    ngx_bs_route(POST, "/reports", "api.report_create", WRITE,
                 NGX_BS_CREDENTIAL_BODY),
    ngx_bs_route(GET, "/reports/{id}", "api.report_get", READ,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(PATCH, "/reports/{id}", "api.report_update", WRITE,
                 NGX_BS_CREDENTIAL_ID_BODY),
    ngx_bs_route(DELETE, "/reports/{id}", "api.report_delete", WRITE,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(POST, "/reports/{id}/run", "api.report_run_create", REPORT,
                 NGX_BS_CREDENTIAL_ID_BODY_OPTIONAL),
    ngx_bs_route(GET, "/reports/{id}/runs", "api.report_run_list", READ,
                 NGX_BS_CREDENTIAL_ID_QUERY),
    ngx_bs_route(GET, "/reports/{id}/runs/{id}", "api.report_run_get", READ,
                 NGX_BS_CREDENTIAL_IDS),
    ngx_bs_route(POST, "/reports/{id}/runs/{id}/send", "api.report_run_send",
                 WRITE, NGX_BS_CREDENTIAL_IDS),
    ngx_bs_route_hook(GET, "/reports/{id}/runs/{id}/export.csv",
                      "api.report_run_export", REPORT,
                      NGX_BS_CREDENTIAL_IDS_QUERY, ngx_bs_route_csv),

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

    ngx_bs_route(GET, "/slos", "api.slo_list", HISTORY,
                 NGX_BS_CREDENTIAL_QUERY),
    ngx_bs_route(POST, "/slos", "api.slo_create", WRITE,
                 NGX_BS_CREDENTIAL_BODY),
    ngx_bs_route(GET, "/slos/{id}", "api.slo_get", READ,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(PATCH, "/slos/{id}", "api.slo_update", WRITE,
                 NGX_BS_CREDENTIAL_ID_BODY),
    ngx_bs_route(DELETE, "/slos/{id}", "api.slo_delete", WRITE,
                 NGX_BS_CREDENTIAL_ID),
    ngx_bs_route(GET, "/slos/{id}/history", "api.slo_history", HISTORY,
                 NGX_BS_CREDENTIAL_ID_QUERY),

    ngx_bs_route_own(GET, "/events", ngx_bs_live_handler),

    { 0, ngx_null_string, 0, { ngx_null_string, ngx_null_string, 0, 0, 0 },
      NULL, NULL, NULL }
};
