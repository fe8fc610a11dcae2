
/*
 * One call of an api function that returns an api.reply: run it, run it again
 * once where that is safe, publish its events, answer with its row.
 */

#ifndef _NGX_BS_CALL_H_INCLUDED_
#define _NGX_BS_CALL_H_INCLUDED_


#include "../ngx_bs.h"


#define NGX_BS_CALL_PARAMS_MAX  7

#define ngx_bs_call_rows_sql(function, params)                                \
    ngx_string("SELECT status, body, kind, region, at, ticks, data FROM "     \
               function "(" params ")")

#define ngx_bs_call_sql(function, params)                                     \
    ngx_string("SELECT status, body, team_id, event FROM " function           \
               "(" params ")")


typedef struct ngx_bs_call_s  ngx_bs_call_t;


/* Borrowed from the result, which lives as long as r->pool. */
typedef struct {
    ngx_uint_t   status;
    ngx_str_t    body;           /* empty: no body */
    ngx_str_t    team_id;        /* empty: none */
    ngx_str_t    event;          /* one a line; empty: none */
} ngx_bs_call_row_t;


/*
 * Sees the row before it is sent.  NGX_OK: send it.  NGX_DONE: the hook has
 * answered, or will.  NGX_ERROR: 500.
 */
typedef ngx_int_t (*ngx_bs_call_hook_pt)(ngx_http_request_t *r,
    ngx_bs_call_t *call, ngx_bs_call_row_t *row);


/*
 * Of a statement that returns rows of its own kind: has all of them instead,
 * and answers.  The result is the bridge's (ngx_bs_query.h).
 */
typedef void (*ngx_bs_call_rows_pt)(ngx_http_request_t *r,
    ngx_bs_call_t *call, ngx_bs_pg_result_t *result);


/* In r->pool, as everything its parameters point at. */
struct ngx_bs_call_s {
    ngx_bs_pg_statement_t  *statement;
    ngx_bs_pg_param_t       params[NGX_BS_CALL_PARAMS_MAX];
    ngx_bs_call_hook_pt     hook;          /* may be NULL */
    ngx_bs_call_rows_pt     rows;          /* may be NULL */
    void                   *data;          /* of the hook */
    unsigned                again:1;
};


/* The one row of an api.reply; NGX_ERROR: it is none. */
ngx_int_t ngx_bs_call_row(ngx_bs_pg_result_t *result,
    ngx_bs_call_row_t *row);

/* The request is suspended; it will be answered. */
void ngx_bs_call_run(ngx_http_request_t *r, ngx_bs_call_t *call);


#endif /* _NGX_BS_CALL_H_INCLUDED_ */
