
#include "ngx_bs_problem.h"
#include "ngx_bs_reply.h"


#define NGX_BS_PROBLEM_TEXT_MAX  128


/* A SQLSTATE, or the two characters of its class. */
typedef struct {
    ngx_str_t    sqlstate;
    ngx_uint_t   status;
    const char  *message;
} ngx_bs_problem_state_t;


/* Somebody else was faster than the check in SQL: the constraint decides. */
typedef struct {
    ngx_str_t    constraint;
    ngx_str_t    field;
    const char  *message;
} ngx_bs_problem_constraint_t;


static void ngx_bs_problem_failed(ngx_http_request_t *r,
    const ngx_bs_pg_result_t *result);
static ngx_flag_t ngx_bs_problem_constraint(ngx_http_request_t *r,
    const ngx_bs_pg_result_t *result);
static void ngx_bs_problem_outcome_unknown(ngx_http_request_t *r);


static ngx_bs_problem_constraint_t  ngx_bs_problem_constraints[] = {

    { ngx_string("user_email_unique"), ngx_string("email"),
      "has already been taken" },

    { ngx_string("region_slug_unique"), ngx_string("slug"),
      "has already been taken" },

    { ngx_null_string, ngx_null_string, NULL }
};


/* The first row that fits. */

static ngx_bs_problem_state_t  ngx_bs_problem_states[] = {

    { ngx_string("40001"), NGX_HTTP_SERVICE_UNAVAILABLE,
      "Too many changes at the same time; please try again" },

    { ngx_string("40P01"), NGX_HTTP_SERVICE_UNAVAILABLE,
      "Too many changes at the same time; please try again" },

    { ngx_string("57014"), NGX_HTTP_GATEWAY_TIME_OUT,
      "The database took too long" },

    { ngx_string("57P"), NGX_HTTP_SERVICE_UNAVAILABLE,
      "The database is restarting; please try again" },

    { ngx_string("25006"), NGX_HTTP_SERVICE_UNAVAILABLE,
      "The database takes no changes at the moment; please try again" },

    { ngx_string("42501"), NGX_HTTP_FORBIDDEN,
      "This is not permitted" },

    { ngx_string("08"), NGX_HTTP_SERVICE_UNAVAILABLE,
      "The database cannot be reached; please try again" },

    { ngx_string("53"), NGX_HTTP_SERVICE_UNAVAILABLE,
      "The database is out of resources; please try again" },

    { ngx_string("22"), NGX_BS_UNPROCESSABLE,
      "A value cannot be stored" },

    { ngx_string("23503"), NGX_HTTP_CONFLICT,
      "Something this refers to has changed; please try again" },

    { ngx_string("23505"), NGX_HTTP_CONFLICT,
      "There is one like this already" },

    { ngx_null_string, 0, NULL }
};


/*
 * Gone at the next try: two changes met, or tables and functions were changed
 * (sql/migrate) while a function was running.
 */

static ngx_str_t  ngx_bs_problem_passing[] = {
    ngx_string("40001"),            /* serialization */
    ngx_string("40P01"),            /* deadlock */
    ngx_string("42703"),            /* no such column */
    ngx_string("42883"),            /* no such function */
    ngx_string("42P01"),            /* no such table */
    ngx_null_string
};


void
ngx_bs_problem_reply(ngx_http_request_t *r, ngx_bs_pg_outcome_e outcome,
    const ngx_bs_pg_result_t *result)
{
    switch (outcome) {

    case NGX_BS_PG_FAILED:
        ngx_bs_problem_failed(r, result);
        return;

    case NGX_BS_PG_UNAVAILABLE:
        ngx_bs_reply_unavailable(r, "The database cannot be reached; "
                                    "please try again");
        return;

    case NGX_BS_PG_LOST:
    case NGX_BS_PG_TIMEOUT:
        ngx_bs_problem_outcome_unknown(r);
        return;

    default:
        ngx_bs_problem_internal(r, "an outcome that is no problem", NULL);
    }
}


static void
ngx_bs_problem_outcome_unknown(ngx_http_request_t *r)
{
    if (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) {
        ngx_bs_reply_unavailable(r, "The database did not answer; "
                                    "please try again");
        return;
    }

    ngx_bs_reply_unavailable(r, "The database did not answer: it is not known "
                                "whether the change was made; please look "
                                "before you try again");
}


void
ngx_bs_problem_refused(ngx_http_request_t *r, ngx_int_t rc)
{
    ngx_bs_worker_t          *worker;
    ngx_bs_pg_pool_status_t   status;

    if (rc == NGX_ERROR) {
        ngx_bs_problem_internal(r, "out of memory for a query", NULL);
        return;
    }

    worker = ngx_bs_worker();

    if (rc == NGX_BUSY) {
        ngx_bs_zone_count(worker->zone, requests_refused_busy);
        ngx_bs_reply_unavailable(r, "The database has too much to do; "
                                    "please try again");
        return;
    }

    ngx_bs_pg_pool_status(worker->pg, &status);

    if (status.state == NGX_BS_PG_STATE_SCHEMA_UNKNOWN) {
        ngx_bs_reply_unavailable(r, "The database has another schema version "
                                    "than this hub; see /healthz");
        return;
    }

    ngx_bs_reply_unavailable(r, "The database cannot be reached; "
                                "please try again");
}


static void
ngx_bs_problem_failed(ngx_http_request_t *r, const ngx_bs_pg_result_t *result)
{
    ngx_str_t                sqlstate, message;
    ngx_bs_problem_state_t  *state;

    if (ngx_bs_problem_constraint(r, result)) {
        return;
    }

    ngx_bs_pg_result_sqlstate(result, &sqlstate);
    ngx_bs_pg_result_message(result, &message);

    for (state = ngx_bs_problem_states; state->message; state++) {

        if (sqlstate.len < state->sqlstate.len
            || ngx_memcmp(sqlstate.data, state->sqlstate.data,
                          state->sqlstate.len)
               != 0)
        {
            continue;
        }

        ngx_log_error(NGX_LOG_WARN, r->connection->log, 0,
                      "betterstack: postgres answered %V: %V",
                      &sqlstate, &message);

        if (state->status == NGX_HTTP_SERVICE_UNAVAILABLE) {
            ngx_bs_reply_unavailable(r, state->message);

        } else {
            ngx_bs_reply_error(r, state->status, state->message);
        }

        return;
    }

    ngx_bs_problem_internal(r, "postgres refused a statement", &message);
}


static ngx_flag_t
ngx_bs_problem_constraint(ngx_http_request_t *r,
    const ngx_bs_pg_result_t *result)
{
    ngx_str_t                     name;
    ngx_bs_problem_constraint_t  *known;

    ngx_bs_pg_result_constraint(result, &name);

    if (name.len == 0) {
        return 0;
    }

    for (known = ngx_bs_problem_constraints; known->message; known++) {

        if (known->constraint.len == name.len
            && ngx_memcmp(known->constraint.data, name.data, name.len) == 0)
        {
            ngx_bs_reply_field(r, NGX_BS_UNPROCESSABLE, &known->field,
                               known->message);
            return 1;
        }
    }

    return 0;
}


void
ngx_bs_problem_internal(ngx_http_request_t *r, const char *what,
    ngx_str_t *detail)
{
    u_char     text[NGX_BS_PROBLEM_TEXT_MAX];
    uint64_t   id;
    ngx_str_t  message, none;

    ngx_str_null(&none);

    id = (uint64_t) ngx_random() << 32 | (uint64_t) ngx_random();

    ngx_log_error(NGX_LOG_ERR, r->connection->log, 0,
                  "betterstack: problem %016xL: %s %V",
                  id, what, detail ? detail : &none);

    message.data = text;
    message.len = ngx_snprintf(text, sizeof(text),
                               "Something went wrong here; "
                               "the log tells more under %016xL", id)
                  - text;

    ngx_bs_reply_message(r, NGX_HTTP_INTERNAL_SERVER_ERROR, &message);
}


ngx_flag_t
ngx_bs_problem_transient(ngx_bs_pg_outcome_e outcome,
    const ngx_bs_pg_result_t *result)
{
    ngx_str_t  *state, sqlstate;

    if (outcome != NGX_BS_PG_FAILED) {
        return 0;
    }

    ngx_bs_pg_result_sqlstate(result, &sqlstate);

    for (state = ngx_bs_problem_passing; state->len; state++) {

        if (sqlstate.len == state->len
            && ngx_memcmp(sqlstate.data, state->data, state->len) == 0)
        {
            return 1;
        }
    }

    return 0;
}
