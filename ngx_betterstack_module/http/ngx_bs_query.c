
#include "ngx_bs_query.h"
#include "ngx_bs_problem.h"
#include "ngx_bs_request.h"


#define NGX_BS_QUERY_READ_DEADLINE     5000
#define NGX_BS_QUERY_WRITE_DEADLINE   10000
#define NGX_BS_QUERY_REPORT_DEADLINE  30000

/* Longer than one statement may take: there is one connection a worker. */
#define NGX_BS_QUERY_HISTORY_DEADLINE 15000
#define NGX_BS_QUERY_UPKEEP_DEADLINE  30000


/*
 * Outlives the request when the client leaves, so it is not in r->pool.
 * `request` is NULL from the moment the request is gone.
 */
typedef struct {
    ngx_http_request_t       *request;
    ngx_http_cleanup_t       *cleanup;
    ngx_bs_pg_query_t        *query;       /* NULL once it has been answered */
    ngx_bs_pg_result_t       *result;      /* ours to free, unless taken */
    ngx_bs_query_handler_pt   handler;
    ngx_bs_query_orphan_pt    orphan;      /* NULL: the answer is dropped */
    void                     *data;
} ngx_bs_query_t;


static void ngx_bs_query_done(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result);
static void ngx_bs_query_free(ngx_bs_query_t *query);
static void ngx_bs_query_cleanup(void *data);
static void ngx_bs_query_free_result(void *data);


static ngx_msec_t  ngx_bs_query_deadlines[NGX_BS_PG_LANES] = {
    NGX_BS_QUERY_READ_DEADLINE,
    NGX_BS_QUERY_WRITE_DEADLINE,
    NGX_BS_QUERY_REPORT_DEADLINE,
    NGX_BS_QUERY_HISTORY_DEADLINE,
    NGX_BS_QUERY_UPKEEP_DEADLINE
};


void
ngx_bs_query_run(ngx_http_request_t *r, ngx_bs_pg_statement_t *statement,
    ngx_bs_pg_param_t *params, ngx_bs_query_handler_pt handler, void *data)
{
    ngx_bs_query_run_through(r, statement, params, handler, NULL, data);
}


void
ngx_bs_query_run_through(ngx_http_request_t *r,
    ngx_bs_pg_statement_t *statement, ngx_bs_pg_param_t *params,
    ngx_bs_query_handler_pt handler, ngx_bs_query_orphan_pt orphan,
    void *data)
{
    ngx_int_t  rc;

    rc = ngx_bs_query_try(r, statement, params, handler, orphan, data);

    if (rc != NGX_OK) {
        ngx_bs_problem_refused(r, rc);
    }
}


ngx_int_t
ngx_bs_query_try(ngx_http_request_t *r, ngx_bs_pg_statement_t *statement,
    ngx_bs_pg_param_t *params, ngx_bs_query_handler_pt handler,
    ngx_bs_query_orphan_pt orphan, void *data)
{
    ngx_int_t            rc;
    ngx_bs_query_t      *query;
    ngx_http_cleanup_t  *cln;

    cln = ngx_http_cleanup_add(r, 0);
    query = ngx_calloc(sizeof(ngx_bs_query_t), r->connection->log);

    if (cln == NULL || query == NULL) {
        ngx_free(query);
        return NGX_ERROR;
    }

    query->request = r;
    query->cleanup = cln;
    query->handler = handler;
    query->orphan = orphan;
    query->data = data;

    rc = ngx_bs_pg_pool_submit(ngx_bs_worker()->pg, statement, params,
                               ngx_bs_query_deadlines[statement->lane],
                               ngx_bs_query_done, query, &query->query);

    if (rc != NGX_OK) {
        ngx_free(query);
        return rc;
    }

    cln->handler = ngx_bs_query_cleanup;
    cln->data = query;

    ngx_bs_request_wait(r);

    return NGX_OK;
}


static void
ngx_bs_query_done(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_query_t *query = data;

    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    query->query = NULL;
    query->result = result;

    if (query->request == NULL) {
        query->orphan(query->data, outcome, result);
        ngx_bs_query_free(query);
        return;
    }

    r = query->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    query->handler(r, query->data, outcome, result);

    /* The cleanup stayed armed: it told if the request ended meanwhile. */

    if (query->request) {
        query->cleanup->handler = NULL;
    }

    ngx_bs_query_free(query);

    /* A terminated request is closed by a posted one. */

    ngx_http_run_posted_requests(c);
}


static void
ngx_bs_query_free(ngx_bs_query_t *query)
{
    if (query->result) {
        ngx_bs_pg_result_free(query->result);
    }

    ngx_free(query);
}


static void
ngx_bs_query_cleanup(void *data)
{
    ngx_bs_query_t *query = data;

    query->request = NULL;

    if (query->query && query->orphan == NULL) {
        ngx_bs_pg_query_detach(query->query);
        ngx_free(query);
    }
}


ngx_int_t
ngx_bs_query_own_result(ngx_http_request_t *r, ngx_bs_pg_result_t *result)
{
    ngx_bs_query_t      *query;
    ngx_http_cleanup_t  *cln;

    for (cln = r->main->cleanup; cln; cln = cln->next) {

        if (cln->handler != ngx_bs_query_cleanup) {
            continue;
        }

        query = cln->data;

        if (query->result == result) {
            query->result = NULL;
            return NGX_OK;
        }
    }

    return NGX_ERROR;
}


ngx_int_t
ngx_bs_query_take_result(ngx_http_request_t *r, ngx_bs_pg_result_t *result)
{
    ngx_pool_cleanup_t  *cln;

    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (cln == NULL || ngx_bs_query_own_result(r, result) != NGX_OK) {
        return NGX_ERROR;
    }

    cln->handler = ngx_bs_query_free_result;
    cln->data = result;

    return NGX_OK;
}


static void
ngx_bs_query_free_result(void *data)
{
    ngx_bs_pg_result_free(data);
}
