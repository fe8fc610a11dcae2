
#include "ngx_bs_ping.h"
#include "ngx_bs_ping_drain.h"
#include "ngx_bs_ping_shelf.h"
#include "ngx_bs_ping_store.h"
#include "../dispatch/ngx_bs_news.h"
#include "../http/ngx_bs_body.h"
#include "../http/ngx_bs_call.h"
#include "../http/ngx_bs_problem.h"
#include "../http/ngx_bs_query.h"
#include "../http/ngx_bs_reply.h"
#include "../http/ngx_bs_request.h"
#include "../http/ngx_bs_text.h"
#include "../io/ngx_bs_clock.h"


#define NGX_BS_PING_TOKEN_MAX      128
#define NGX_BS_PING_EXIT_CODE_MAX  2147483647


struct ngx_bs_pings_s {
    ngx_bs_ping_queue_t   queue;
    ngx_bs_ping_drain_t   drain;
    ngx_bs_worker_t      *worker;
    int64_t               last_us;    /* no two pings of a worker are equal */
    unsigned              first:1;    /* worker: it drains */
};


static ngx_int_t ngx_bs_ping_refuse(ngx_http_request_t *r, ngx_uint_t status,
    const char *message);
static ngx_int_t ngx_bs_ping_parse(const ngx_str_t *uri,
    ngx_bs_ping_t *ping);
static ngx_int_t ngx_bs_ping_parse_what(ngx_str_t *what,
    ngx_bs_ping_t *ping);
static int64_t ngx_bs_ping_now(ngx_bs_pings_t *pings);
static void ngx_bs_ping_body(ngx_http_request_t *r, ngx_str_t *body);
static ngx_flag_t ngx_bs_ping_is_direct(ngx_bs_pings_t *pings);
static void ngx_bs_ping_done(ngx_http_request_t *r, void *data,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result);
static void ngx_bs_ping_orphan(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result);
static void ngx_bs_ping_stored(ngx_http_request_t *r,
    ngx_bs_pg_result_t *result);
static void ngx_bs_ping_keep_reply(ngx_http_request_t *r, ngx_str_t *record);
static ngx_int_t ngx_bs_ping_keep(ngx_str_t *record);
static void ngx_bs_ping_free(ngx_str_t *record);


ngx_bs_pings_t *
ngx_bs_pings_create(ngx_pool_t *pool, ngx_bs_worker_t *worker, ngx_log_t *log)
{
    ngx_bs_pings_t  *pings;

    pings = ngx_pcalloc(pool, sizeof(ngx_bs_pings_t));
    if (pings == NULL) {
        return NULL;
    }

    pings->worker = worker;
    pings->first = (ngx_worker == 0);

    if (ngx_bs_ping_queue_init(&pings->queue, worker->conf->zone) != NGX_OK) {
        return NULL;
    }

    ngx_bs_ping_drain_init(&pings->drain, worker, &pings->queue, log);

    return pings;
}


ngx_int_t
ngx_bs_pings_register(ngx_bs_pg_pool_t *pg)
{
    return ngx_bs_pg_pool_register(pg, ngx_bs_ping_store_statement());
}


void
ngx_bs_pings_start(ngx_bs_pings_t *pings)
{
    if (pings->first) {
        ngx_bs_ping_drain_start(&pings->drain);
    }
}


void
ngx_bs_pings_quit(ngx_bs_pings_t *pings)
{
    ngx_bs_ping_drain_quit(&pings->drain);
}


void
ngx_bs_pings_stop(ngx_bs_pings_t *pings)
{
    ngx_bs_ping_drain_stop(&pings->drain);
}


ngx_int_t
ngx_bs_ping_handler(ngx_http_request_t *r)
{
    ngx_bs_ping_t     *ping;
    ngx_bs_request_t  *request;

    static ngx_str_t  allow = ngx_string("GET, HEAD, POST");

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD|NGX_HTTP_POST))) {

        if (ngx_bs_reply_header(r, "Allow", &allow) != NGX_OK) {
            return NGX_HTTP_INTERNAL_SERVER_ERROR;
        }

        return ngx_bs_ping_refuse(r, NGX_HTTP_NOT_ALLOWED,
                                  "This method is not allowed here");
    }

    ping = ngx_pcalloc(r->pool, sizeof(ngx_bs_ping_t));
    request = ngx_bs_request(r);

    if (ping == NULL || request == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_bs_ping_parse(&r->uri, ping) != NGX_OK) {
        return ngx_bs_ping_refuse(r, NGX_HTTP_NOT_FOUND,
                                  "There is nothing at this path");
    }

    ping->at_us = ngx_bs_ping_now(ngx_bs_worker()->pings);
    request->state = ping;

    return ngx_bs_body_read_head(r, NGX_BS_PING_OUTPUT_MAX, ngx_bs_ping_body);
}


static ngx_int_t
ngx_bs_ping_refuse(ngx_http_request_t *r, ngx_uint_t status,
    const char *message)
{
    ngx_bs_request_suspend(r);
    ngx_bs_reply_error(r, status, message);

    return NGX_DONE;
}


/* The prefix, a token, perhaps what happened; a slash at the end is none. */

static ngx_int_t
ngx_bs_ping_parse(const ngx_str_t *uri, ngx_bs_ping_t *ping)
{
    u_char     *slash, *last;
    ngx_str_t   token, what;

    token.data = uri->data + sizeof(NGX_BS_PING_PREFIX) - 1;
    last = uri->data + uri->len;

    if (last > token.data && last[-1] == '/') {
        last--;
    }

    slash = ngx_strlchr(token.data, last, '/');

    token.len = (slash ? slash : last) - token.data;
    what.data = slash ? slash + 1 : last;
    what.len = last - what.data;

    if (token.len == 0 || token.len > NGX_BS_PING_TOKEN_MAX) {
        return NGX_DECLINED;
    }

    ngx_bs_credential_digest(&token, ping->digest);
    ping->exit_code = -1;
    ping->what = NGX_BS_PING_SUCCESS;

    return slash ? ngx_bs_ping_parse_what(&what, ping) : NGX_OK;
}


static ngx_int_t
ngx_bs_ping_parse_what(ngx_str_t *what, ngx_bs_ping_t *ping)
{
    if (what->len == 5 && ngx_strncmp(what->data, "start", 5) == 0) {
        ping->what = NGX_BS_PING_START;
        return NGX_OK;
    }

    if (what->len == 4 && ngx_strncmp(what->data, "fail", 4) == 0) {
        ping->what = NGX_BS_PING_FAIL;
        return NGX_OK;
    }

    ping->exit_code = ngx_atoi(what->data, what->len);

    if (ping->exit_code < 0 || ping->exit_code > NGX_BS_PING_EXIT_CODE_MAX) {
        return NGX_DECLINED;
    }

    if (ping->exit_code > 0) {
        ping->what = NGX_BS_PING_FAIL;
    }

    return NGX_OK;
}


static int64_t
ngx_bs_ping_now(ngx_bs_pings_t *pings)
{
    int64_t  now;

    now = ngx_bs_clock_wall_us();

    if (now == pings->last_us) {
        now++;
    }

    pings->last_us = now;

    return now;
}


/* Written down first, because r may be gone when the answer comes. */

static void
ngx_bs_ping_body(ngx_http_request_t *r, ngx_str_t *body)
{
    ngx_str_t             *record;
    ngx_bs_ping_t         *ping;
    ngx_bs_pings_t        *pings;
    ngx_bs_ping_params_t   params;

    pings = ngx_bs_worker()->pings;
    ping = ngx_bs_request(r)->state;

    ngx_bs_zone_count(pings->worker->zone, pings);

    ngx_str_set(&ping->output, "");

    if (body->len) {
        ping->output = *body;
        ngx_bs_text_mend(&ping->output);
    }

    ping->address = r->connection->addr_text;

    record = ngx_alloc(sizeof(ngx_str_t), r->connection->log);

    if (record) {
        ngx_bs_ping_encode(ping, record, r->connection->log);
    }

    if (record == NULL || record->data == NULL) {
        ngx_free(record);
        ngx_bs_reply_unavailable(r, "Out of memory");
        return;
    }

    if (ngx_bs_ping_is_direct(pings)) {
        ngx_bs_ping_store_params(ping, &params);

        if (ngx_bs_query_try(r, ngx_bs_ping_store_statement(), params.params,
                             ngx_bs_ping_done, ngx_bs_ping_orphan, record)
            == NGX_OK)
        {
            return;
        }
    }

    ngx_bs_ping_keep_reply(r, record);
}


/* Behind those that wait already, so that they stay in order. */

static ngx_flag_t
ngx_bs_ping_is_direct(ngx_bs_pings_t *pings)
{
    ngx_bs_pg_pool_status_t  status;

    if (ngx_bs_ping_queue_count(&pings->queue)) {
        return 0;
    }

    ngx_bs_pg_pool_status(pings->worker->pg, &status);

    return status.state == NGX_BS_PG_STATE_READY;
}


static void
ngx_bs_ping_done(ngx_http_request_t *r, void *data,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result)
{
    ngx_str_t  *record = data;

    switch (ngx_bs_ping_store_fate(outcome, result)) {

    case NGX_BS_PING_STORED:
        ngx_bs_ping_free(record);
        ngx_bs_ping_stored(r, result);
        return;

    case NGX_BS_PING_REFUSED:
        ngx_bs_ping_free(record);
        ngx_bs_problem_reply(r, outcome, result);
        return;

    default:
        ngx_bs_ping_keep_reply(r, record);
    }
}


/* Whoever called did not wait for the answer, as curl -m 1 may. */

static void
ngx_bs_ping_orphan(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    ngx_str_t  *record = data;

    switch (ngx_bs_ping_store_fate(outcome, result)) {

    case NGX_BS_PING_STORED:
        ngx_bs_news_publish(ngx_bs_worker(), result);
        break;

    case NGX_BS_PING_AGAIN:
        (void) ngx_bs_ping_keep(record);
        break;

    default:
        break;
    }

    ngx_bs_ping_free(record);
}


static void
ngx_bs_ping_stored(ngx_http_request_t *r, ngx_bs_pg_result_t *result)
{
    ngx_bs_call_row_t  row;

    if (ngx_bs_call_row(result, &row) != NGX_OK
        || ngx_bs_query_take_result(r, result) != NGX_OK)
    {
        ngx_bs_problem_internal(r, "no reply from",
                                &ngx_bs_ping_store_statement()->name);
        return;
    }

    ngx_bs_news_publish(ngx_bs_worker(), result);
    ngx_bs_reply_json(r, row.status, &row.body);
}


static void
ngx_bs_ping_keep_reply(ngx_http_request_t *r, ngx_str_t *record)
{
    ngx_int_t  rc;
    ngx_str_t  none = ngx_null_string;

    rc = ngx_bs_ping_keep(record);

    ngx_bs_ping_free(record);

    if (rc == NGX_OK) {
        ngx_bs_reply_json(r, NGX_HTTP_ACCEPTED, &none);
        return;
    }

    ngx_bs_reply_unavailable(r, "The database cannot be reached, and too many "
                                "pings wait for it; please try again");
}


static ngx_int_t
ngx_bs_ping_keep(ngx_str_t *record)
{
    ngx_int_t         rc;
    ngx_bs_worker_t  *worker;

    worker = ngx_bs_worker();

    rc = ngx_bs_ping_queue_push(&worker->pings->queue, record);

    if (rc != NGX_OK) {
        ngx_bs_zone_count(worker->zone, pings_refused);
        return rc;
    }

    ngx_bs_zone_count(worker->zone, pings_kept);
    ngx_bs_ping_shelf_push(worker->redis, record);

    return NGX_OK;
}


static void
ngx_bs_ping_free(ngx_str_t *record)
{
    ngx_free(record->data);
    ngx_free(record);
}
