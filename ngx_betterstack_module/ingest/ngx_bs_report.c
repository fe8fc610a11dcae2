
#include "ngx_bs_report.h"
#include "ngx_bs_deliveries.h"
#include "ngx_bs_self.h"
#include "ngx_bs_ticks.h"
#include "../dispatch/ngx_bs_news.h"
#include "../http/ngx_bs_body.h"
#include "../http/ngx_bs_credential.h"
#include "../http/ngx_bs_problem.h"
#include "../http/ngx_bs_query.h"
#include "../http/ngx_bs_reply.h"
#include "../http/ngx_bs_request.h"
#include "../http/ngx_bs_text.h"
#include "../io/ngx_bs_clock.h"


/* token digest, agent, version, self; deliver, outcomes, asking */
#define NGX_BS_REPORT_HEAD_PARAMS  4
#define NGX_BS_REPORT_DELIVER                                                 \
    (NGX_BS_REPORT_HEAD_PARAMS + NGX_BS_TICKS_PARAMS)
#define NGX_BS_REPORT_OUTCOMES     (NGX_BS_REPORT_DELIVER + 1)
#define NGX_BS_REPORT_ASKING       (NGX_BS_REPORT_OUTCOMES + 1)
#define NGX_BS_REPORT_PARAMS       (NGX_BS_REPORT_ASKING + 1)


enum {
    NGX_BS_REPORT_STATUS = 0,
    NGX_BS_REPORT_STORED,
    NGX_BS_REPORT_REFUSED,
    NGX_BS_REPORT_TEAM,             /* ngx_bs_news_publish() */
    NGX_BS_REPORT_EVENT,
    NGX_BS_REPORT_AGENTS
};


/* Between the statement and its answer; in r->pool. */
typedef struct {
    ngx_uint_t  ticks;
} ngx_bs_report_t;


static ngx_flag_t ngx_bs_report_is_msgpack(ngx_http_request_t *r);
static void ngx_bs_report_body(ngx_http_request_t *r, ngx_str_t *body);
static void ngx_bs_report_malformed(ngx_http_request_t *r, const char *error);
static void ngx_bs_report_submit(ngx_http_request_t *r,
    ngx_bs_credential_t *credential, bs_wire_report_t *decoded);
static void ngx_bs_report_done(ngx_http_request_t *r, void *data,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result);
static void ngx_bs_report_orphan(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result);
static void ngx_bs_report_committed(ngx_uint_t ticks,
    ngx_bs_pg_result_t *result);
static void ngx_bs_report_failed(ngx_http_request_t *r,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result);
static void ngx_bs_report_reply(ngx_http_request_t *r,
    ngx_bs_pg_result_t *result);
static void ngx_bs_report_encode(ngx_http_request_t *r,
    const bs_wire_reply_t *reply, ngx_str_t *body);
static ngx_uint_t ngx_bs_report_number(ngx_bs_pg_result_t *result,
    ngx_uint_t column);
static ngx_bs_pg_param_t ngx_bs_report_name(const bs_wire_str_t *name);
static ngx_flag_t ngx_bs_report_name_valid(const bs_wire_str_t *name);


static ngx_str_t  ngx_bs_report_type = ngx_string("application/msgpack");


static ngx_bs_pg_statement_t  ngx_bs_report_statement = {
    ngx_string("ingest_report"),
    ngx_string("SELECT status, stored, refused, team_id, event, agents,"
               " confirm_region, confirm_monitor, confirm_slot,"
               " confirm_expires, confirm_spec, delivery"
               " FROM ingest.report($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,"
               " $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,"
               " $23, $24)"),
    NGX_BS_REPORT_PARAMS, NGX_BS_PG_LANE_REPORT, 0
};


ngx_int_t
ngx_bs_report_register(ngx_bs_pg_pool_t *pg)
{
    return ngx_bs_pg_pool_register(pg, &ngx_bs_report_statement);
}


ngx_int_t
ngx_bs_report_handler(ngx_http_request_t *r)
{
    if (!ngx_bs_report_is_msgpack(r)) {
        ngx_bs_request_suspend(r);
        ngx_bs_reply_error(r, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
                           "A report must be application/msgpack");
        return NGX_DONE;
    }

    return ngx_bs_body_read(r, BS_WIRE_REPORT_BYTES_MAX, ngx_bs_report_body);
}


/* With or without parameters after a semicolon. */

static ngx_flag_t
ngx_bs_report_is_msgpack(ngx_http_request_t *r)
{
    size_t      len;
    ngx_str_t  *type;

    if (r->headers_in.content_type == NULL) {
        return 0;
    }

    type = &r->headers_in.content_type->value;
    len = ngx_bs_report_type.len;

    return type->len >= len
           && ngx_strncasecmp(type->data, ngx_bs_report_type.data, len) == 0
           && (type->len == len || type->data[len] == ';'
               || type->data[len] == ' ');
}


static void
ngx_bs_report_body(ngx_http_request_t *r, ngx_str_t *body)
{
    const char           *error;
    ngx_bs_credential_t   credential;
    bs_wire_report_t      decoded;

    ngx_bs_credential_read(r, &credential);

    /* Before anything is decoded: strangers cost nothing. */

    if (credential.kind != NGX_BS_CREDENTIAL_BEARER) {
        ngx_bs_reply_error(r, NGX_HTTP_UNAUTHORIZED,
                           "A region token is needed");
        return;
    }

    if (bs_wire_report_decode(body->data, body->len, &decoded, &error) != 0) {
        ngx_bs_report_malformed(r, error);
        return;
    }

    if (ngx_bs_report_name_valid(&decoded.agent)
        && ngx_bs_report_name_valid(&decoded.version))
    {
        ngx_bs_report_submit(r, &credential, &decoded);

    } else {
        ngx_bs_report_malformed(r, "agent, version: must be UTF-8");
    }

    bs_wire_report_free(&decoded);
}


static void
ngx_bs_report_malformed(ngx_http_request_t *r, const char *error)
{
    ngx_bs_zone_count(ngx_bs_worker()->zone, reports_malformed);

    ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                  "betterstack: report refused: %s", error);

    ngx_bs_reply_error(r, error == bs_wire_error_ticks_max
                          ? NGX_HTTP_REQUEST_ENTITY_TOO_LARGE
                          : NGX_HTTP_BAD_REQUEST, error);
}


/* Copies all it needs before it returns, and r may be gone by then. */

static void
ngx_bs_report_submit(ngx_http_request_t *r, ngx_bs_credential_t *credential,
    bs_wire_report_t *decoded)
{
    u_char             *buffer;
    ngx_uint_t          mended;
    ngx_bs_report_t    *report;
    ngx_bs_pg_param_t   params[NGX_BS_REPORT_PARAMS];

    report = ngx_palloc(r->pool, sizeof(ngx_bs_report_t));
    if (report == NULL) {
        ngx_bs_reply_unavailable(r, "Out of memory");
        return;
    }

    report->ticks = decoded->ticks_count;

    mended = ngx_bs_ticks_mend(decoded->ticks, decoded->ticks_count);

    if (mended) {
        ngx_bs_zone_add_n(ngx_bs_worker()->zone, ticks_mended, mended);

        /* Without the agent's name: whoever it is may put lines into it. */

        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "betterstack: %ui values of a report were dropped: "
                      "not valid", mended);
    }

    ngx_memzero(params, sizeof(params));

    buffer = ngx_bs_ticks_params(decoded->ticks, decoded->ticks_count,
                                 &params[NGX_BS_REPORT_HEAD_PARAMS],
                                 r->connection->log);
    if (buffer == NULL) {
        ngx_bs_reply_unavailable(r, "Out of memory");
        return;
    }

    ngx_bs_credential_param(credential, &params[0]);
    params[1] = ngx_bs_report_name(&decoded->agent);
    params[2] = ngx_bs_report_name(&decoded->version);
    params[3].value = ngx_bs_self_text(r->pool, decoded);
    params[NGX_BS_REPORT_DELIVER].value = decoded->deliver ? "t" : "f";
    params[NGX_BS_REPORT_OUTCOMES].value =
                                   ngx_bs_deliveries_outcomes(r->pool, decoded);

    if (decoded->outcomes_count
        && params[NGX_BS_REPORT_OUTCOMES].value == NULL)
    {
        /* An answer would make the agent forget what it has told. */

        ngx_free(buffer);
        ngx_bs_reply_unavailable(r, "Out of memory");
        return;
    }

    if (decoded->deliver) {
        params[NGX_BS_REPORT_ASKING].value =
                                     ngx_bs_deliveries_asking(r->pool, decoded);
    }

    ngx_bs_query_run_through(r, &ngx_bs_report_statement, params,
                             ngx_bs_report_done, ngx_bs_report_orphan,
                             report);

    ngx_free(buffer);
}


static void
ngx_bs_report_done(ngx_http_request_t *r, void *data,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result)
{
    ngx_bs_report_t  *report = data;

    if (outcome != NGX_BS_PG_OK || ngx_bs_pg_result_rows(result) == 0) {
        ngx_bs_report_failed(r, outcome, result);
        return;
    }

    if (ngx_bs_report_number(result, NGX_BS_REPORT_STATUS) != NGX_HTTP_OK) {
        ngx_bs_reply_error(r, NGX_HTTP_UNAUTHORIZED,
                           "The region token is not known");
        return;
    }

    ngx_bs_report_committed(report->ticks, result);
    ngx_bs_report_reply(r, result);
}


/* The agent left, and its ticks are stored all the same; `data` is gone. */

static void
ngx_bs_report_orphan(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    if (outcome == NGX_BS_PG_OK && ngx_bs_pg_result_rows(result)
        && ngx_bs_report_number(result, NGX_BS_REPORT_STATUS) == NGX_HTTP_OK)
    {
        ngx_bs_report_committed(0, result);
    }
}


/* `ticks` is how many the report had, as far as that is known. */

static void
ngx_bs_report_committed(ngx_uint_t ticks, ngx_bs_pg_result_t *result)
{
    ngx_uint_t        stored, refused;
    ngx_bs_zone_t    *zone;
    ngx_bs_worker_t  *worker;

    worker = ngx_bs_worker();
    zone = worker->zone;

    stored = ngx_bs_report_number(result, NGX_BS_REPORT_STORED);
    refused = ngx_bs_report_number(result, NGX_BS_REPORT_REFUSED);

    ngx_bs_zone_count(zone, reports);
    ngx_bs_zone_add_n(zone, ticks_stored, stored);
    ngx_bs_zone_add_n(zone, ticks_refused, refused);

    if (ticks > stored + refused) {
        ngx_bs_zone_add_n(zone, ticks_duplicate, ticks - stored - refused);
    }

    zone->last_report_committed_at = (ngx_atomic_t) ngx_bs_clock_wall();

    ngx_bs_news_publish(worker, result);
}


/*
 * Data that Postgres can never take would come back for ever: 400 makes the
 * agent set it aside.  Anything else may be better on the next try.
 */

static void
ngx_bs_report_failed(ngx_http_request_t *r, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    ngx_str_t  state, message;

    ngx_str_null(&state);

    if (outcome == NGX_BS_PG_FAILED && result != NULL) {
        ngx_bs_pg_result_sqlstate(result, &state);
    }

    if (state.len == 5
        && (ngx_strncmp(state.data, "22", 2) == 0
            || ngx_strncmp(state.data, "23", 2) == 0))
    {
        ngx_bs_pg_result_message(result, &message);

        ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                      "betterstack: the database refused a report: %V (%V)",
                      &message, &state);

        ngx_bs_report_malformed(r, "ticks: the database refused them");
        return;
    }

    if (outcome == NGX_BS_PG_OK || outcome == NGX_BS_PG_TIMEOUT) {
        ngx_bs_reply_unavailable(r, "It is not known whether the report was "
                                 "stored");
        return;
    }

    ngx_bs_problem_reply(r, outcome, result);
}


static void
ngx_bs_report_reply(ngx_http_request_t *r, ngx_bs_pg_result_t *result)
{
    json_t           *agents;
    ngx_str_t         body, text;
    bs_wire_reply_t   reply;

    agents = NULL;
    ngx_memzero(&reply, sizeof(bs_wire_reply_t));

    reply.hub_time_ms = ngx_bs_clock_wall();
    reply.stored = (uint32_t) ngx_bs_report_number(result,
                                                   NGX_BS_REPORT_STORED);
    reply.refused = (uint32_t) ngx_bs_report_number(result,
                                                    NGX_BS_REPORT_REFUSED);

    reply.database = (int64_t) ngx_bs_pg_pool_database(ngx_bs_worker()->pg,
                                                       NGX_BS_PG_LANE_REPORT);

    ngx_bs_deliveries_reply(r->pool, result, &reply);

    if (ngx_bs_pg_result_value(result, 0, NGX_BS_REPORT_AGENTS, &text)) {
        agents = ngx_bs_self_agents(&text, &reply);
    }

    ngx_bs_report_encode(r, &reply, &body);

    json_decref(agents);

    if (body.len == 0) {
        ngx_bs_reply_unavailable(r, "Out of memory");
        return;
    }

    ngx_bs_reply(r, NGX_HTTP_OK, &ngx_bs_report_type, &body);
}


/* Into r->pool; empty for lack of memory. */

static void
ngx_bs_report_encode(ngx_http_request_t *r, const bs_wire_reply_t *reply,
    ngx_str_t *body)
{
    msgpack_sbuffer  out;

    msgpack_sbuffer_init(&out);
    ngx_str_null(body);

    if (bs_wire_reply_encode(&out, reply) == 0) {
        body->data = ngx_pnalloc(r->pool, out.size);

        if (body->data) {
            ngx_memcpy(body->data, out.data, out.size);
            body->len = out.size;
        }
    }

    msgpack_sbuffer_destroy(&out);
}


/* Of the first row, which always stands for the whole batch. */

static ngx_uint_t
ngx_bs_report_number(ngx_bs_pg_result_t *result, ngx_uint_t column)
{
    ngx_int_t  number;
    ngx_str_t  text;

    if (!ngx_bs_pg_result_value(result, 0, column, &text)) {
        return 0;
    }

    number = ngx_atoi(text.data, text.len);

    return number == NGX_ERROR ? 0 : (ngx_uint_t) number;
}


/* "Binary" text is the same bytes, but needs no zero at its end. */

static ngx_bs_pg_param_t
ngx_bs_report_name(const bs_wire_str_t *name)
{
    ngx_bs_pg_param_t  param;

    param.value = name->data;
    param.length = (int) name->len;
    param.binary = 1;

    return param;
}


static ngx_flag_t
ngx_bs_report_name_valid(const bs_wire_str_t *name)
{
    ngx_str_t  text;

    text.data = (u_char *) name->data;
    text.len = name->len;

    return ngx_bs_text_valid(&text);
}
