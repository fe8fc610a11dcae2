
/*
 * The one bridge between an HTTP request and a statement: suspends the request,
 * submits, survives a client that leaves, and calls back with the answer.
 */

#ifndef _NGX_BS_QUERY_H_INCLUDED_
#define _NGX_BS_QUERY_H_INCLUDED_


#include "../ngx_bs.h"


/*
 * Runs outside any other request context with the request's log set.  Must
 * end by calling exactly one of: ngx_bs_reply_*(), ngx_bs_problem_*(),
 * ngx_bs_query_run() again.  The result may be NULL (see ngx_bs_pg_done_pt);
 * it is freed by the bridge after the handler returns unless the handler took
 * it with ngx_bs_query_take_result().
 */
typedef void (*ngx_bs_query_handler_pt)(ngx_http_request_t *r, void *data,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result);


/*
 * The caller has suspended the request already (r->main->count was taken by
 * ngx_http_read_client_request_body() or by hand).  When the statement cannot
 * be submitted, 503 with Retry-After is sent at once.
 */
void ngx_bs_query_run(ngx_http_request_t *r, ngx_bs_pg_statement_t *statement,
    ngx_bs_pg_param_t *params, ngx_bs_query_handler_pt handler, void *data);

/*
 * The client may leave, and still something has to follow the commit: then
 * `orphan` has the answer, which is freed when it returns; `data` must outlive
 * the request.  Not at the end of the worker.
 */
typedef void (*ngx_bs_query_orphan_pt)(void *data,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result);

void ngx_bs_query_run_through(ngx_http_request_t *r,
    ngx_bs_pg_statement_t *statement, ngx_bs_pg_param_t *params,
    ngx_bs_query_handler_pt handler, ngx_bs_query_orphan_pt orphan,
    void *data);

/* The same, but what cannot be submitted (not NGX_OK) is still the caller's. */
ngx_int_t ngx_bs_query_try(ngx_http_request_t *r,
    ngx_bs_pg_statement_t *statement, ngx_bs_pg_param_t *params,
    ngx_bs_query_handler_pt handler, ngx_bs_query_orphan_pt orphan,
    void *data);

/* From inside a handler: the result is the caller's to free. */
ngx_int_t ngx_bs_query_own_result(ngx_http_request_t *r,
    ngx_bs_pg_result_t *result);

/* From inside a handler: the result now lives as long as r->pool. */
ngx_int_t ngx_bs_query_take_result(ngx_http_request_t *r,
    ngx_bs_pg_result_t *result);


#endif /* _NGX_BS_QUERY_H_INCLUDED_ */
