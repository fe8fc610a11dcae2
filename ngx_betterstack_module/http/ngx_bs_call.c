
#include "ngx_bs_call.h"
#include "ngx_bs_problem.h"
#include "ngx_bs_query.h"
#include "ngx_bs_reply.h"
#include "../live/ngx_bs_live.h"


static void ngx_bs_call_done(ngx_http_request_t *r, void *data,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result);
static void ngx_bs_call_publish(ngx_bs_call_row_t *row);
static ngx_flag_t ngx_bs_call_repeatable(ngx_http_request_t *r,
    ngx_bs_call_t *call, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result);


void
ngx_bs_call_run(ngx_http_request_t *r, ngx_bs_call_t *call)
{
    ngx_bs_query_run(r, call->statement, call->params, ngx_bs_call_done, call);
}


static void
ngx_bs_call_done(ngx_http_request_t *r, void *data,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result)
{
    ngx_bs_call_t *call = data;

    ngx_int_t          rc;
    ngx_bs_call_row_t  row;

    if (outcome != NGX_BS_PG_OK) {

        if (!call->again
            && ngx_bs_call_repeatable(r, call, outcome, result))
        {
            call->again = 1;
            ngx_bs_call_run(r, call);
            return;
        }

        ngx_bs_problem_reply(r, outcome, result);
        return;
    }

    if (call->rows) {
        call->rows(r, call, result);
        return;
    }

    if (ngx_bs_call_row(result, &row) != NGX_OK
        || ngx_bs_query_take_result(r, result) != NGX_OK)
    {
        ngx_bs_problem_internal(r, "no reply from", &call->statement->name);
        return;
    }

    ngx_bs_call_publish(&row);

    if (call->hook) {
        rc = call->hook(r, call, &row);

        if (rc == NGX_DONE) {
            return;
        }

        if (rc != NGX_OK) {
            ngx_bs_problem_internal(r, "out of memory after",
                                    &call->statement->name);
            return;
        }
    }

    ngx_bs_reply_json(r, row.status, &row.body);
}


/* One event a line; in JSON there is no other line feed. */

static void
ngx_bs_call_publish(ngx_bs_call_row_t *row)
{
    u_char     *p, *end;
    ngx_str_t   event;

    p = row->event.data;
    end = p + row->event.len;

    if (row->team_id.len == 0) {
        return;
    }

    for ( ; p < end; p = event.data + event.len + 1) {
        event.data = p;
        p = ngx_strlchr(p, end, LF);
        event.len = (p == NULL ? end : p) - event.data;

        if (event.len) {
            ngx_bs_live_publish(ngx_bs_worker(), &row->team_id, &event);
        }
    }
}


/*
 * Whatever was rolled back for certain, and every GET whose answer was lost;
 * the lanes that only read have sent that again already.
 */

static ngx_flag_t
ngx_bs_call_repeatable(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result)
{
    if (outcome == NGX_BS_PG_LOST) {
        return call->statement->lane != NGX_BS_PG_LANE_READ
               && call->statement->lane != NGX_BS_PG_LANE_HISTORY
               && (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD));
    }

    return ngx_bs_problem_transient(outcome, result);
}


ngx_int_t
ngx_bs_call_row(ngx_bs_pg_result_t *result, ngx_bs_call_row_t *row)
{
    ngx_int_t   status;
    ngx_str_t   value;
    ngx_uint_t  i;
    ngx_str_t  *columns[] = { &row->body, &row->team_id, &row->event };

    if (ngx_bs_pg_result_rows(result) != 1
        || !ngx_bs_pg_result_value(result, 0, 0, &value))
    {
        return NGX_ERROR;
    }

    status = ngx_atoi(value.data, value.len);

    if (status < 200 || status > 599) {
        return NGX_ERROR;
    }

    row->status = status;

    for (i = 0; i < sizeof(columns) / sizeof(columns[0]); i++) {

        if (!ngx_bs_pg_result_value(result, 0, i + 1, columns[i])) {
            ngx_str_null(columns[i]);
        }
    }

    return NGX_OK;
}
