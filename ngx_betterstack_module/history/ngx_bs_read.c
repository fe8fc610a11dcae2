
#include "ngx_bs_read.h"
#include "ngx_bs_history.h"
#include "../http/ngx_bs_problem.h"
#include "../http/ngx_bs_query.h"
#include "../http/ngx_bs_reply.h"
#include "../http/ngx_bs_request.h"

#include <time.h>


/* Microseconds of CPU that the event loop spends on one answer at most. */
#define NGX_BS_READ_INLINE_MAX  3000

#define NGX_BS_READ_HEADER_MAX  128

/* Bytes of answers that clients have not read yet, in one worker; then 503. */
#define NGX_BS_READ_HELD_MAX    (256 * 1024 * 1024)


/* malloc'ed: it outlives the request when the client leaves. */
typedef struct {
    ngx_bs_history_t          history;
    ngx_bs_history_make_pt    make;
    ngx_uint_t                csv;
    ngx_http_request_t       *request;      /* NULL when the client has left */
    ngx_http_cleanup_t       *cleanup;
    ngx_int_t                 rc;
    ngx_uint_t                us;
} ngx_bs_read_t;


/* What is sent, until it is. */
typedef struct {
    u_char                   *data;
    size_t                    len;
} ngx_bs_read_body_t;


static void ngx_bs_read_run(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_pg_result_t *result, ngx_bs_history_make_pt make, ngx_uint_t csv);
static ngx_bs_read_t *ngx_bs_read_create(ngx_http_request_t *r,
    ngx_bs_pg_result_t *result);
static void ngx_bs_read_refused(ngx_http_request_t *r, ngx_bs_read_t *read,
    ngx_uint_t status, ngx_str_t *body);
static void ngx_bs_read_offload(ngx_http_request_t *r, ngx_bs_read_t *read);
static void ngx_bs_read_cleanup(void *data);
static void ngx_bs_read_work(void *context);
static ngx_uint_t ngx_bs_read_clock(void);
static void ngx_bs_read_done(void *context);
static void ngx_bs_read_count(ngx_bs_read_t *read, ngx_log_t *log);
static void ngx_bs_read_reply(ngx_http_request_t *r, ngx_bs_read_t *read);
static ngx_int_t ngx_bs_read_take_body(ngx_http_request_t *r,
    ngx_bs_read_t *read, ngx_str_t *body);
static void ngx_bs_read_free_body(void *data);
static ngx_int_t ngx_bs_read_file(ngx_http_request_t *r, ngx_bs_read_t *read);
static ngx_int_t ngx_bs_read_next(ngx_http_request_t *r, ngx_bs_read_t *read);
static void ngx_bs_read_free(ngx_bs_read_t *read);


static size_t  ngx_bs_read_held;


void
ngx_bs_read_ticks(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_read_run(r, call, result, ngx_bs_history_make_ticks, 0);
}


void
ngx_bs_read_export(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_read_run(r, call, result, ngx_bs_history_make_export, 1);
}


void
ngx_bs_read_times(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_read_run(r, call, result, ngx_bs_history_make_times, 0);
}


void
ngx_bs_read_percentiles(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_read_run(r, call, result, ngx_bs_history_make_percentiles, 0);
}


void
ngx_bs_read_regions(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_read_run(r, call, result, ngx_bs_history_make_regions, 0);
}


static void
ngx_bs_read_run(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_pg_result_t *result, ngx_bs_history_make_pt make, ngx_uint_t csv)
{
    ngx_int_t       rc;
    ngx_str_t       body;
    ngx_uint_t      status;
    ngx_bs_read_t  *read;

    read = ngx_bs_read_create(r, result);

    if (read == NULL) {
        ngx_bs_problem_internal(r, "no memory for the rows of",
                                &call->statement->name);
        return;
    }

    read->make = make;
    read->csv = csv;

    rc = ngx_bs_history_read(&read->history, &status, &body);

    if (rc == NGX_DECLINED) {
        ngx_bs_read_refused(r, read, status, &body);
        return;
    }

    if (rc != NGX_OK) {
        ngx_bs_read_free(read);
        ngx_bs_problem_internal(r, "no reply from", &call->statement->name);
        return;
    }

    if (ngx_bs_read_held > NGX_BS_READ_HELD_MAX) {
        ngx_bs_read_free(read);
        ngx_bs_reply_unavailable(r, "Too many long answers are being sent "
                                    "right now; please try again");
        return;
    }

    if (ngx_bs_history_cost(&read->history) > NGX_BS_READ_INLINE_MAX) {
        ngx_bs_read_offload(r, read);
        return;
    }

    ngx_bs_read_work(read);
    ngx_bs_read_reply(r, read);
}


static ngx_bs_read_t *
ngx_bs_read_create(ngx_http_request_t *r, ngx_bs_pg_result_t *result)
{
    ngx_bs_read_t  *read;

    read = ngx_calloc(sizeof(ngx_bs_read_t), r->connection->log);
    if (read == NULL) {
        return NULL;
    }

    /* It may be needed when the request, and its log, are gone. */

    read->history.pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE,
                                         ngx_cycle->log);

    if (read->history.pool == NULL
        || ngx_bs_query_own_result(r, result) != NGX_OK)
    {
        ngx_bs_read_free(read);
        return NULL;
    }

    read->history.result = result;

    return read;
}


static void
ngx_bs_read_refused(ngx_http_request_t *r, ngx_bs_read_t *read,
    ngx_uint_t status, ngx_str_t *body)
{
    ngx_str_t  copy;

    copy.len = body->len;
    copy.data = ngx_pstrdup(r->pool, body);

    ngx_bs_read_free(read);

    if (copy.data == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_bs_reply_json(r, status, &copy);
}


static void
ngx_bs_read_offload(ngx_http_request_t *r, ngx_bs_read_t *read)
{
    ngx_int_t            rc;
    ngx_http_cleanup_t  *cln;

    cln = ngx_http_cleanup_add(r, 0);

    rc = cln ? ngx_bs_offload_submit(ngx_bs_worker()->history,
                                     ngx_bs_read_work, ngx_bs_read_done, read)
             : NGX_ERROR;

    if (rc != NGX_OK) {
        ngx_bs_read_free(read);
        ngx_bs_reply_unavailable(r, "Too many charts are being made right "
                                    "now; please try again");
        return;
    }

    ngx_bs_zone_count(ngx_bs_worker()->zone, history_threads);

    read->request = r;
    read->cleanup = cln;

    cln->handler = ngx_bs_read_cleanup;
    cln->data = read;

    ngx_bs_request_wait(r);
}


static void
ngx_bs_read_cleanup(void *data)
{
    ngx_bs_read_t *read = data;

    read->request = NULL;
}


/* In a thread or not; touches nothing but the answer. */

static void
ngx_bs_read_work(void *context)
{
    ngx_bs_read_t *read = context;

    ngx_uint_t  began;

    began = ngx_bs_read_clock();

    read->rc = read->make(&read->history);

    if (read->history.out.failed) {
        read->rc = NGX_ERROR;
    }

    read->us = ngx_bs_read_clock() - began;
}


/* Microseconds of CPU that this thread has had. */

static ngx_uint_t
ngx_bs_read_clock(void)
{
    struct timespec  now;

    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) != 0) {
        return 0;
    }

    return (ngx_uint_t) now.tv_sec * 1000000 + (ngx_uint_t) now.tv_nsec / 1000;
}


static void
ngx_bs_read_done(void *context)
{
    ngx_bs_read_t *read = context;

    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = read->request;

    if (r == NULL) {
        ngx_bs_read_count(read, ngx_cycle->log);
        ngx_bs_read_free(read);
        return;
    }

    c = r->connection;
    read->cleanup->handler = NULL;

    ngx_http_set_log_request(c->log, r);

    ngx_bs_read_reply(r, read);

    ngx_http_run_posted_requests(c);
}


static void
ngx_bs_read_count(ngx_bs_read_t *read, ngx_log_t *log)
{
    ngx_bs_zone_t         *zone;
    ngx_bs_history_t      *h;
    ngx_bs_history_row_t  *row;

    zone = ngx_bs_worker()->zone;
    h = &read->history;
    row = h->damage_row;

    ngx_bs_zone_count(zone, history_answers);
    ngx_bs_zone_add_n(zone, history_us, read->us);

    if (h->damaged == 0) {
        return;
    }

    ngx_bs_zone_add_n(zone, history_damaged, h->damaged);

    ngx_log_error(NGX_LOG_ERR, log, 0,
                  "betterstack: %ui rows of the history of monitor %V are "
                  "damaged and were left out; the first, of region %V at %L "
                  "(kind %ui): %s",
                  h->damaged, &h->id,
                  row ? &h->regions[row->region].slug : &h->id,
                  row ? row->at_ms : 0, row ? row->kind : 0, h->damage);
}


static void
ngx_bs_read_reply(ngx_http_request_t *r, ngx_bs_read_t *read)
{
    ngx_str_t   body;
    ngx_uint_t  csv;

    static const ngx_str_t  type = ngx_string("text/csv; charset=utf-8");

    ngx_bs_read_count(read, r->connection->log);

    if (read->rc != NGX_OK
        || (read->csv && ngx_bs_read_file(r, read) != NGX_OK)
        || ngx_bs_read_take_body(r, read, &body) != NGX_OK)
    {
        ngx_bs_read_free(read);
        ngx_bs_problem_internal(r, "no memory for history", NULL);
        return;
    }

    csv = read->csv;

    ngx_bs_read_free(read);

    if (csv) {
        ngx_bs_reply(r, NGX_HTTP_OK, &type, &body);
        return;
    }

    ngx_bs_reply_json(r, NGX_HTTP_OK, &body);
}


/* It is sent from where it was written, and freed with the request. */

static ngx_int_t
ngx_bs_read_take_body(ngx_http_request_t *r, ngx_bs_read_t *read,
    ngx_str_t *body)
{
    u_char                *data;
    ngx_pool_cleanup_t    *cln;
    ngx_bs_read_body_t    *sent;
    ngx_bs_history_out_t  *out;

    cln = ngx_pool_cleanup_add(r->pool, sizeof(ngx_bs_read_body_t));
    if (cln == NULL) {
        return NGX_ERROR;
    }

    /* It has grown by doubling: a slow client does not keep what is unused. */

    out = &read->history.out;
    data = realloc(out->data, out->len);

    body->data = data ? data : out->data;
    body->len = out->len;

    sent = cln->data;
    sent->data = body->data;
    sent->len = body->len;

    cln->handler = ngx_bs_read_free_body;
    out->data = NULL;
    ngx_bs_read_held += body->len;

    return NGX_OK;
}


static void
ngx_bs_read_free_body(void *data)
{
    ngx_bs_read_body_t *sent = data;

    ngx_bs_read_held -= sent->len;
    free(sent->data);
}


/* What a browser calls the file, and whether there is more. */

static ngx_int_t
ngx_bs_read_file(ngx_http_request_t *r, ngx_bs_read_t *read)
{
    ngx_str_t          name;
    ngx_bs_history_t  *h;

    static ngx_str_t  yes = ngx_string("true");

    h = &read->history;

    name.data = ngx_pnalloc(r->pool, NGX_BS_READ_HEADER_MAX);
    if (name.data == NULL) {
        return NGX_ERROR;
    }

    name.len = ngx_snprintf(name.data, NGX_BS_READ_HEADER_MAX,
                            "attachment; filename=\"monitor-%V%s.csv\"",
                            &h->id, h->cut ? "-part" : "")
               - name.data;

    if (ngx_bs_reply_header(r, "Content-Disposition", &name) != NGX_OK) {
        return NGX_ERROR;
    }

    if (!h->cut) {
        return NGX_OK;
    }

    if (h->next_ms && ngx_bs_read_next(r, read) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_bs_reply_header(r, "X-Truncated", &yes);
}


/* Link: the same question, from where this answer ends. */

static ngx_int_t
ngx_bs_read_next(ngx_http_request_t *r, ngx_bs_read_t *read)
{
    size_t             size;
    ngx_str_t          link, none;
    ngx_bs_history_t  *h;

    h = &read->history;
    ngx_str_null(&none);

    size = NGX_BS_READ_HEADER_MAX + r->uri.len
           + (h->regions_n == 1 ? h->regions[0].slug.len : 0);

    link.data = ngx_pnalloc(r->pool, size);
    if (link.data == NULL) {
        return NGX_ERROR;
    }

    link.len = ngx_snprintf(link.data, size,
                            "<%V?from=%L&to=%L%s%V>; rel=\"next\"", &r->uri,
                            h->next_ms, h->until_ms,
                            h->regions_n == 1 ? "&region=" : "",
                            h->regions_n == 1 ? &h->regions[0].slug : &none)
               - link.data;

    return ngx_bs_reply_header(r, "Link", &link);
}


static void
ngx_bs_read_free(ngx_bs_read_t *read)
{
    free(read->history.out.data);

    if (read->history.pool) {
        ngx_destroy_pool(read->history.pool);
    }

    if (read->history.result) {
        ngx_bs_pg_result_free(read->history.result);
    }

    ngx_free(read);
}
