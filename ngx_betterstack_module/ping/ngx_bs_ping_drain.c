
#include "ngx_bs_ping_drain.h"
#include "ngx_bs_ping_shelf.h"
#include "ngx_bs_ping_store.h"
#include "../dispatch/ngx_bs_news.h"
#include "../io/ngx_bs_clock.h"


#define NGX_BS_PING_DRAIN_EVERY_MS     250
#define NGX_BS_PING_DRAIN_SHELF_MS     2000
#define NGX_BS_PING_DRAIN_DEADLINE_MS  10000


static void ngx_bs_ping_drain_tick(void *data);
static void ngx_bs_ping_drain_next(ngx_bs_ping_drain_t *drain);
static void ngx_bs_ping_drain_shelved(void *data,
    const ngx_bs_redis_reply_t *reply);
static void ngx_bs_ping_drain_submit(ngx_bs_ping_drain_t *drain);
static void ngx_bs_ping_drain_done(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result);
static void ngx_bs_ping_drain_over(ngx_bs_ping_drain_t *drain);
static void ngx_bs_ping_drain_removed(void *data,
    const ngx_bs_redis_reply_t *reply);
static void ngx_bs_ping_drain_forget(ngx_bs_ping_drain_t *drain);
static void ngx_bs_ping_drain_complain(ngx_bs_ping_drain_t *drain,
    const ngx_bs_pg_result_t *result, const char *what);


void
ngx_bs_ping_drain_init(ngx_bs_ping_drain_t *drain, ngx_bs_worker_t *worker,
    ngx_bs_ping_queue_t *queue, ngx_log_t *log)
{
    drain->worker = worker;
    drain->queue = queue;
    drain->log = log;

    ngx_bs_timer_init(&drain->timer, NGX_BS_TIMER_YIELDS,
                      ngx_bs_ping_drain_tick, drain, log);
}


void
ngx_bs_ping_drain_start(ngx_bs_ping_drain_t *drain)
{
    ngx_bs_timer_set(&drain->timer, NGX_BS_PING_DRAIN_EVERY_MS);
}


void
ngx_bs_ping_drain_quit(ngx_bs_ping_drain_t *drain)
{
    drain->stopped = 1;
    ngx_bs_timer_clear(&drain->timer);
}


void
ngx_bs_ping_drain_stop(ngx_bs_ping_drain_t *drain)
{
    ngx_bs_ping_drain_quit(drain);

    if (drain->query) {
        ngx_bs_pg_query_detach(drain->query);
        drain->query = NULL;
    }

    ngx_bs_ping_drain_forget(drain);
}


static void
ngx_bs_ping_drain_tick(void *data)
{
    ngx_bs_ping_drain_t  *drain = data;

    ngx_bs_timer_set(&drain->timer, NGX_BS_PING_DRAIN_EVERY_MS);

    if (drain->record.data == NULL && !drain->asked) {
        ngx_bs_ping_drain_next(drain);
    }
}


static void
ngx_bs_ping_drain_next(ngx_bs_ping_drain_t *drain)
{
    int64_t                  now;
    ngx_bs_pg_pool_status_t  status;

    if (drain->stopped) {
        return;
    }

    ngx_bs_pg_pool_status(drain->worker->pg, &status);

    if (status.state != NGX_BS_PG_STATE_READY) {
        return;
    }

    if (ngx_bs_ping_queue_count(drain->queue)) {

        if (ngx_bs_ping_queue_first(drain->queue, &drain->record,
                                    &drain->number, drain->log)
            == NGX_OK)
        {
            ngx_bs_ping_drain_submit(drain);
        }

        return;
    }

    now = ngx_bs_clock_steady();

    if (now - drain->looked < NGX_BS_PING_DRAIN_SHELF_MS) {
        return;
    }

    drain->looked = now;

    if (ngx_bs_ping_shelf_first(drain->worker->redis,
                                ngx_bs_ping_drain_shelved, drain)
        == NGX_OK)
    {
        drain->asked = 1;
    }
}


static void
ngx_bs_ping_drain_shelved(void *data, const ngx_bs_redis_reply_t *reply)
{
    ngx_bs_ping_drain_t  *drain = data;

    ngx_str_t                    text;
    const ngx_bs_redis_reply_t  *first;

    drain->asked = 0;

    if (drain->stopped || reply == NULL
        || ngx_bs_redis_reply_type(reply) != NGX_BS_REDIS_ARRAY
        || ngx_bs_redis_reply_count(reply) != 1)
    {
        return;
    }

    first = ngx_bs_redis_reply_element(reply, 0);

    if (ngx_bs_redis_reply_type(first) != NGX_BS_REDIS_STRING) {
        return;
    }

    ngx_bs_redis_reply_string(first, &text);

    drain->record.data = ngx_alloc(text.len + 1, drain->log);
    if (drain->record.data == NULL) {
        return;
    }

    ngx_memcpy(drain->record.data, text.data, text.len);
    drain->record.len = text.len;
    drain->number = 0;

    ngx_bs_ping_drain_submit(drain);
}


static void
ngx_bs_ping_drain_submit(ngx_bs_ping_drain_t *drain)
{
    json_t                *json;
    ngx_int_t              rc;
    ngx_bs_ping_t          ping;
    ngx_bs_ping_params_t   params;

    json = NULL;

    if (drain->record.len <= NGX_BS_PING_RECORD_MAX) {
        json = ngx_bs_ping_decode(&drain->record, &ping);
    }

    if (json == NULL) {
        ngx_bs_ping_drain_complain(drain, NULL, "it makes no sense");
        ngx_bs_ping_drain_over(drain);
        return;
    }

    ngx_bs_ping_store_params(&ping, &params);

    rc = ngx_bs_pg_pool_submit(drain->worker->pg,
                               ngx_bs_ping_store_statement(), params.params,
                               NGX_BS_PING_DRAIN_DEADLINE_MS,
                               ngx_bs_ping_drain_done, drain, &drain->query);
    json_decref(json);

    if (rc != NGX_OK) {
        drain->query = NULL;
        ngx_bs_ping_drain_forget(drain);
    }
}


static void
ngx_bs_ping_drain_done(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_ping_drain_t  *drain = data;

    ngx_flag_t  again;

    again = 0;
    drain->query = NULL;

    switch (ngx_bs_ping_store_fate(outcome, result)) {

    case NGX_BS_PING_STORED:
        ngx_bs_zone_count(drain->worker->zone, pings_stored_late);
        (void) ngx_bs_complaint_over(&drain->complaint);

        ngx_bs_news_publish(drain->worker, result);
        ngx_bs_ping_drain_over(drain);
        break;

    case NGX_BS_PING_REFUSED:
        ngx_bs_ping_drain_complain(drain, result, "");
        ngx_bs_ping_drain_over(drain);
        break;

    default:
        ngx_bs_ping_drain_forget(drain);
        again = 1;
    }

    if (result) {
        ngx_bs_pg_result_free(result);
    }

    /* The next one at once, unless the timer had better. */

    if (!again && !drain->asked) {
        ngx_bs_ping_drain_next(drain);
    }
}


/* It is stored, or never will be: it is wanted nowhere any more. */

static void
ngx_bs_ping_drain_over(ngx_bs_ping_drain_t *drain)
{
    ngx_bs_redis_t  *redis;

    redis = drain->worker->redis;

    if (drain->number) {
        ngx_bs_ping_queue_remove(drain->queue, drain->number);
        (void) ngx_bs_ping_shelf_remove(redis, &drain->record, NULL, NULL);

    } else if (ngx_bs_ping_shelf_remove(redis, &drain->record,
                                        ngx_bs_ping_drain_removed, drain)
               == NGX_OK)
    {
        drain->asked = 1;
    }

    ngx_bs_ping_drain_forget(drain);
}


/*
 * A Redis that reads and cannot write (its disk is full) would give the same
 * one again and again: then only the timer goes on.
 */

static void
ngx_bs_ping_drain_removed(void *data, const ngx_bs_redis_reply_t *reply)
{
    ngx_bs_ping_drain_t  *drain = data;

    drain->asked = 0;

    if (reply && ngx_bs_redis_reply_type(reply) == NGX_BS_REDIS_INTEGER) {
        drain->looked = 0;
        ngx_bs_ping_drain_next(drain);
    }
}


static void
ngx_bs_ping_drain_forget(ngx_bs_ping_drain_t *drain)
{
    if (drain->record.data) {
        ngx_free(drain->record.data);
        ngx_str_null(&drain->record);
    }
}


static void
ngx_bs_ping_drain_complain(ngx_bs_ping_drain_t *drain,
    const ngx_bs_pg_result_t *result, const char *what)
{
    ngx_str_t   reason;
    ngx_uint_t  level;

    ngx_bs_zone_count(drain->worker->zone, pings_dropped);

    reason.data = (u_char *) what;
    reason.len = ngx_strlen(what);

    if (result) {
        ngx_bs_pg_result_message(result, &reason);
    }

    level = ngx_bs_complaint_level(&drain->complaint, &reason);

    ngx_log_error(level, drain->log, 0,
                  "betterstack: a heartbeat's ping that had waited was "
                  "dropped: %V", &reason);
}
