
#include "ngx_bs_refresh.h"
#include "../io/ngx_bs_clock.h"

#include <bs_keys.h>


#define NGX_BS_REFRESH_CHANNEL        "betterstack_monitors"

/* Changes that come together are fetched together. */
#define NGX_BS_REFRESH_GATHER_MS      20
#define NGX_BS_REFRESH_RETRY_MS       500
#define NGX_BS_REFRESH_DEADLINE_MS    10000

/* A storm of changes must not load everything all the time. */
#define NGX_BS_REFRESH_LOAD_EVERY_MS  1000

/* {4294967295,...} */
#define NGX_BS_REFRESH_LIST_LEN                                               \
    (NGX_BS_REFRESH_BATCH_MAX * (NGX_INT32_LEN + 1) + sizeof("{}"))


enum {
    NGX_BS_REFRESH_ID = 0,
    NGX_BS_REFRESH_INTERVAL,
    NGX_BS_REFRESH_PLACEMENTS,
    NGX_BS_REFRESH_SPEC
};


static void ngx_bs_refresh_begin(void *data);
static void ngx_bs_refresh_row(void *data, const ngx_bs_pg_result_t *row);
static void ngx_bs_refresh_ready(void *data);
static void ngx_bs_refresh_notify(void *data, ngx_str_t *payload);
static void ngx_bs_refresh_lost(void *data);
static ngx_int_t ngx_bs_refresh_read(const ngx_bs_pg_result_t *result,
    ngx_uint_t i, ngx_bs_schedule_row_t *row);
static ngx_int_t ngx_bs_refresh_int4(const ngx_bs_pg_result_t *result,
    ngx_uint_t row, ngx_uint_t column, uint32_t *value);
static void ngx_bs_refresh_want(ngx_bs_refresh_t *refresh, uint32_t id);
static void ngx_bs_refresh_gather(ngx_bs_refresh_t *refresh);
static void ngx_bs_refresh_wait(ngx_bs_refresh_t *refresh);
static void ngx_bs_refresh_tick(void *data);
static void ngx_bs_refresh_load(ngx_bs_refresh_t *refresh);
static void ngx_bs_refresh_fetch(ngx_bs_refresh_t *refresh);
static void ngx_bs_refresh_fetched(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result);
static void ngx_bs_refresh_apply(ngx_bs_refresh_t *refresh,
    ngx_bs_pg_result_t *result);
static void ngx_bs_refresh_slugs(ngx_bs_refresh_t *refresh);
static void ngx_bs_refresh_slugs_fetched(void *data,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result);
static void ngx_bs_refresh_list(ngx_bs_refresh_t *refresh,
    ngx_bs_pg_result_t *result);
static void ngx_bs_refresh_detach(ngx_bs_pg_query_t **query);


#define NGX_BS_REFRESH_COLUMNS  "monitor_id, interval_ms, placements, spec"


static ngx_bs_pg_statement_t  ngx_bs_refresh_all = {
    ngx_string("dispatch_monitors"),
    ngx_string("SELECT " NGX_BS_REFRESH_COLUMNS " FROM dispatch.monitors()"),
    0, NGX_BS_PG_LANE_READ, 1
};


static ngx_bs_pg_statement_t  ngx_bs_refresh_some = {
    ngx_string("dispatch_monitors_changed"),
    ngx_string("SELECT " NGX_BS_REFRESH_COLUMNS
               " FROM dispatch.monitors_changed($1)"),
    1, NGX_BS_PG_LANE_READ, 1
};


static ngx_bs_pg_statement_t  ngx_bs_refresh_regions = {
    ngx_string("dispatch_region_slugs"),
    ngx_string("SELECT slug FROM dispatch.region_slugs()"),
    0, NGX_BS_PG_LANE_READ, 0
};


static const ngx_bs_pg_watch_handlers_t  ngx_bs_refresh_handlers = {
    ngx_bs_refresh_begin,
    ngx_bs_refresh_row,
    ngx_bs_refresh_ready,
    ngx_bs_refresh_notify,
    ngx_bs_refresh_lost
};


ngx_int_t
ngx_bs_refresh_register(ngx_bs_pg_pool_t *pg)
{
    /* ngx_bs_refresh_all is the watch's own business. */

    if (ngx_bs_pg_pool_register(pg, &ngx_bs_refresh_some) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_bs_pg_pool_register(pg, &ngx_bs_refresh_regions);
}


ngx_int_t
ngx_bs_refresh_init(ngx_bs_refresh_t *refresh, ngx_pool_t *pool,
    ngx_bs_worker_t *worker, ngx_bs_schedule_t *schedule,
    const ngx_bs_refresh_handlers_t *handlers, void *data, ngx_log_t *log)
{
    ngx_memzero(refresh, sizeof(ngx_bs_refresh_t));

    refresh->pg = worker->pg;
    refresh->schedule = schedule;
    refresh->handlers = handlers;
    refresh->data = data;
    refresh->log = log;

    refresh->ids = ngx_palloc(pool, NGX_BS_REFRESH_IDS_MAX * sizeof(uint32_t));
    if (refresh->ids == NULL) {
        return NGX_ERROR;
    }

    refresh->watch = ngx_bs_pg_watch_create(pool, &worker->conf->postgres,
                                            NGX_BS_REFRESH_CHANNEL,
                                            &ngx_bs_refresh_all,
                                            &ngx_bs_refresh_handlers, refresh,
                                            log);
    if (refresh->watch == NULL) {
        return NGX_ERROR;
    }

    ngx_bs_timer_init(&refresh->timer, NGX_BS_TIMER_YIELDS,
                      ngx_bs_refresh_tick, refresh, log);

    return NGX_OK;
}


void
ngx_bs_refresh_start(ngx_bs_refresh_t *refresh)
{
    refresh->on = 1;
    refresh->regions = 1;

    ngx_bs_refresh_load(refresh);
    ngx_bs_refresh_gather(refresh);
}


void
ngx_bs_refresh_stop(ngx_bs_refresh_t *refresh)
{
    refresh->on = 0;
    refresh->gathering = 0;
    refresh->loading = 0;
    refresh->loaded = 0;
    refresh->reload = 0;
    refresh->nids = 0;
    refresh->nasked = 0;

    ngx_bs_refresh_detach(&refresh->query);
    ngx_bs_refresh_detach(&refresh->slugs);
    ngx_bs_timer_clear(&refresh->timer);
    ngx_bs_pg_watch_stop(refresh->watch);
}


/*
 * What is being fetched is asked for again after the load: its answer may be
 * older than the load's rows.
 */

static void
ngx_bs_refresh_begin(void *data)
{
    ngx_bs_refresh_t  *refresh = data;

    ngx_bs_refresh_detach(&refresh->query);
    refresh->nasked = 0;

    refresh->loading = 1;
    refresh->reload = 0;
    refresh->after = refresh->handlers->after(refresh->data);

    ngx_bs_schedule_load_begin(refresh->schedule);
}


static void
ngx_bs_refresh_row(void *data, const ngx_bs_pg_result_t *row)
{
    ngx_bs_refresh_t  *refresh = data;

    ngx_bs_schedule_row_t  monitor;

    if (ngx_bs_refresh_read(row, 0, &monitor) != NGX_OK) {
        ngx_log_error(NGX_LOG_ERR, refresh->log, 0,
                      "betterstack: a monitor could not be read");
        return;
    }

    (void) ngx_bs_schedule_upsert(refresh->schedule, &monitor,
                                  refresh->after);
}


static void
ngx_bs_refresh_ready(void *data)
{
    ngx_bs_refresh_t  *refresh = data;

    refresh->loading = 0;
    refresh->loaded = 1;
    refresh->loaded_at = ngx_bs_clock_steady();

    ngx_bs_schedule_load_end(refresh->schedule);

    ngx_log_error(NGX_LOG_NOTICE, refresh->log, 0,
                  "betterstack: %ui monitors in %ui places are scheduled",
                  refresh->schedule->monitors, refresh->schedule->placements);

    refresh->handlers->changed(refresh->data);
}


/* A monitor's id, or '*': what a monitor's row says depends on more than it. */

static void
ngx_bs_refresh_notify(void *data, ngx_str_t *payload)
{
    ngx_bs_refresh_t  *refresh = data;

    ngx_int_t  id;

    id = ngx_atoi(payload->data, payload->len);

    if (id > 0 && id <= NGX_MAX_INT32_VALUE) {
        ngx_bs_refresh_want(refresh, (uint32_t) id);

    } else {
        refresh->reload = 1;
        refresh->regions = 1;
    }

    if (refresh->query == NULL) {
        ngx_bs_refresh_gather(refresh);
    }
}


static void
ngx_bs_refresh_lost(void *data)
{
    ngx_bs_refresh_t  *refresh = data;

    refresh->loading = 0;

    ngx_log_error(NGX_LOG_WARN, refresh->log, 0,
                  "betterstack: changes of monitors are not heard, going on "
                  "with %ui monitors", refresh->schedule->monitors);
}


static ngx_int_t
ngx_bs_refresh_read(const ngx_bs_pg_result_t *result, ngx_uint_t i,
    ngx_bs_schedule_row_t *row)
{
    uint32_t  interval;

    if (ngx_bs_refresh_int4(result, i, NGX_BS_REFRESH_ID, &row->id) != NGX_OK
        || ngx_bs_refresh_int4(result, i, NGX_BS_REFRESH_INTERVAL, &interval)
           != NGX_OK
        || !ngx_bs_pg_result_value(result, i, NGX_BS_REFRESH_SPEC, &row->spec))
    {
        return NGX_ERROR;
    }

    row->interval = interval;

    /* NULL or empty: enabled, but its regions have no place for it. */

    if (!ngx_bs_pg_result_value(result, i, NGX_BS_REFRESH_PLACEMENTS,
                                &row->placements))
    {
        ngx_str_null(&row->placements);
    }

    return NGX_OK;
}


/* Binary integers are big-endian. */

static ngx_int_t
ngx_bs_refresh_int4(const ngx_bs_pg_result_t *result, ngx_uint_t row,
    ngx_uint_t column, uint32_t *value)
{
    ngx_str_t  bytes;

    if (!ngx_bs_pg_result_value(result, row, column, &bytes)
        || bytes.len != 4)
    {
        return NGX_ERROR;
    }

    *value = (uint32_t) bytes.data[0] << 24 | (uint32_t) bytes.data[1] << 16
             | (uint32_t) bytes.data[2] << 8 | bytes.data[3];

    return NGX_OK;
}


/* What is being fetched is not looked at: it may be older than the change. */

static void
ngx_bs_refresh_want(ngx_bs_refresh_t *refresh, uint32_t id)
{
    ngx_uint_t  i;

    for (i = refresh->nasked; i < refresh->nids; i++) {
        if (refresh->ids[i] == id) {
            return;
        }
    }

    if (refresh->nids == NGX_BS_REFRESH_IDS_MAX) {
        refresh->reload = 1;
        return;
    }

    refresh->ids[refresh->nids++] = id;
}


/* From the first change on: the next one must not put it off. */

static void
ngx_bs_refresh_gather(ngx_bs_refresh_t *refresh)
{
    if (!refresh->gathering) {
        refresh->gathering = 1;
        ngx_bs_timer_set(&refresh->timer, NGX_BS_REFRESH_GATHER_MS);
    }
}


static void
ngx_bs_refresh_wait(ngx_bs_refresh_t *refresh)
{
    refresh->gathering = 0;
    ngx_bs_timer_set(&refresh->timer, NGX_BS_REFRESH_RETRY_MS);
}


static void
ngx_bs_refresh_tick(void *data)
{
    ngx_bs_refresh_t  *refresh = data;

    ngx_bs_refresh_wait(refresh);

    if (refresh->regions && refresh->slugs == NULL) {
        ngx_bs_refresh_slugs(refresh);
    }

    if (refresh->loading || !refresh->loaded) {
        return;
    }

    if (refresh->reload) {

        if (ngx_bs_clock_steady()
            >= refresh->loaded_at + NGX_BS_REFRESH_LOAD_EVERY_MS)
        {
            ngx_bs_pg_watch_stop(refresh->watch);
            ngx_bs_refresh_load(refresh);
        }

        return;
    }

    if (refresh->nids && refresh->query == NULL) {
        ngx_bs_refresh_fetch(refresh);
    }
}


static void
ngx_bs_refresh_load(ngx_bs_refresh_t *refresh)
{
    /* Everything wanted so far is part of it. */

    refresh->reload = 0;
    refresh->nids = 0;
    refresh->nasked = 0;
    refresh->loaded_at = ngx_bs_clock_steady();

    ngx_bs_refresh_detach(&refresh->query);
    ngx_bs_pg_watch_start(refresh->watch);
}


static void
ngx_bs_refresh_fetch(ngx_bs_refresh_t *refresh)
{
    u_char              list[NGX_BS_REFRESH_LIST_LEN], *p;
    ngx_uint_t          i;
    ngx_bs_pg_param_t   param;

    refresh->nasked = ngx_min(refresh->nids, NGX_BS_REFRESH_BATCH_MAX);

    p = list;
    *p++ = '{';

    for (i = 0; i < refresh->nasked; i++) {
        p = ngx_sprintf(p, i ? ",%uD" : "%uD", refresh->ids[i]);
    }

    *p++ = '}';
    *p = '\0';

    ngx_memzero(&param, sizeof(ngx_bs_pg_param_t));
    param.value = (char *) list;

    if (ngx_bs_pg_pool_submit(refresh->pg, &ngx_bs_refresh_some, &param,
                              NGX_BS_REFRESH_DEADLINE_MS,
                              ngx_bs_refresh_fetched, refresh,
                              &refresh->query)
        != NGX_OK)
    {
        /* the timer tries again */
        refresh->query = NULL;
        refresh->nasked = 0;
    }
}


static void
ngx_bs_refresh_fetched(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_refresh_t  *refresh = data;

    refresh->query = NULL;
    ngx_bs_refresh_wait(refresh);

    if (outcome == NGX_BS_PG_OK) {
        ngx_bs_refresh_apply(refresh, result);
        ngx_bs_refresh_gather(refresh);
    }

    refresh->nasked = 0;

    if (result) {
        ngx_bs_pg_result_free(result);
    }
}


/* Those that were asked for and are not in the answer are gone or paused. */

static void
ngx_bs_refresh_apply(ngx_bs_refresh_t *refresh, ngx_bs_pg_result_t *result)
{
    u_char                 found[NGX_BS_REFRESH_BATCH_MAX];
    int64_t                after;
    ngx_uint_t             i, k, rows;
    ngx_bs_schedule_row_t  row;

    ngx_memzero(found, sizeof(found));

    rows = ngx_bs_pg_result_rows(result);
    after = refresh->handlers->after(refresh->data);

    for (k = 0; k < rows; k++) {

        if (ngx_bs_refresh_read(result, k, &row) != NGX_OK) {
            continue;
        }

        (void) ngx_bs_schedule_upsert(refresh->schedule, &row, after);

        for (i = 0; i < refresh->nasked; i++) {
            found[i] |= (refresh->ids[i] == row.id);
        }
    }

    for (i = 0; i < refresh->nasked; i++) {
        if (!found[i]) {
            ngx_bs_schedule_remove(refresh->schedule, refresh->ids[i]);
        }
    }

    refresh->nids -= refresh->nasked;

    ngx_memmove(refresh->ids, refresh->ids + refresh->nasked,
                refresh->nids * sizeof(uint32_t));

    refresh->handlers->changed(refresh->data);
}


static void
ngx_bs_refresh_slugs(ngx_bs_refresh_t *refresh)
{
    refresh->regions = 0;

    if (ngx_bs_pg_pool_submit(refresh->pg, &ngx_bs_refresh_regions, NULL,
                              NGX_BS_REFRESH_DEADLINE_MS,
                              ngx_bs_refresh_slugs_fetched, refresh,
                              &refresh->slugs)
        != NGX_OK)
    {
        refresh->slugs = NULL;
        refresh->regions = 1;
    }
}


static void
ngx_bs_refresh_slugs_fetched(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_refresh_t  *refresh = data;

    refresh->slugs = NULL;

    if (outcome == NGX_BS_PG_OK) {
        ngx_bs_refresh_list(refresh, result);

    } else {
        refresh->regions = 1;
    }

    if (result) {
        ngx_bs_pg_result_free(result);
    }
}


static void
ngx_bs_refresh_list(ngx_bs_refresh_t *refresh, ngx_bs_pg_result_t *result)
{
    ngx_int_t          place;
    ngx_str_t          slug;
    ngx_uint_t         i, rows;
    ngx_bs_region_t   *region;
    ngx_bs_regions_t  *regions;

    regions = refresh->schedule->regions;

    for (i = 0; i < regions->n; i++) {
        regions->elts[i].listed = 0;
    }

    rows = ngx_bs_pg_result_rows(result);

    for (i = 0; i < rows; i++) {

        if (!ngx_bs_pg_result_value(result, i, 0, &slug)) {
            continue;
        }

        place = ngx_bs_regions_find(regions, &slug);

        if (place != NGX_ERROR) {
            regions->elts[place].listed = 1;
        }
    }

    for (i = 0; i < regions->n; i++) {
        region = &regions->elts[i];

        if (region->slug.len && !region->listed && region->placements == 0) {
            ngx_bs_regions_forget(region);
        }
    }
}


static void
ngx_bs_refresh_detach(ngx_bs_pg_query_t **query)
{
    if (*query) {
        ngx_bs_pg_query_detach(*query);
        *query = NULL;
    }
}
