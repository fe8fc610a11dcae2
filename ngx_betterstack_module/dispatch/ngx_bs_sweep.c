
#include "ngx_bs_sweep.h"
#include "ngx_bs_news.h"
#include "../io/ngx_bs_clock.h"


#define NGX_BS_SWEEP_EVERY_MS     1000
#define NGX_BS_SWEEP_DEADLINE_MS  15000


static void ngx_bs_sweep_run(void *data);
static void ngx_bs_sweep_done(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result);
static void ngx_bs_sweep_failed(ngx_bs_sweep_t *sweep,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result);


static ngx_bs_pg_statement_t  ngx_bs_sweep_statement = {
    ngx_string("dispatch_sweep"),
    ngx_string("SELECT team_id, event, confirm_region, confirm_monitor,"
               " confirm_slot, confirm_expires, confirm_spec"
               " FROM dispatch.sweep()"),
    0, NGX_BS_PG_LANE_REPORT, 0
};


ngx_int_t
ngx_bs_sweep_register(ngx_bs_pg_pool_t *pg)
{
    return ngx_bs_pg_pool_register(pg, &ngx_bs_sweep_statement);
}


ngx_bs_sweep_t *
ngx_bs_sweep_create(ngx_pool_t *pool, ngx_bs_worker_t *worker, ngx_log_t *log)
{
    ngx_bs_sweep_t  *sweep;

    sweep = ngx_pcalloc(pool, sizeof(ngx_bs_sweep_t));
    if (sweep == NULL) {
        return NULL;
    }

    sweep->worker = worker;
    sweep->log = log;

    ngx_bs_timer_init(&sweep->timer, NGX_BS_TIMER_YIELDS, ngx_bs_sweep_run,
                      sweep, log);

    return sweep;
}


void
ngx_bs_sweep_start(ngx_bs_sweep_t *sweep)
{
    ngx_bs_timer_set(&sweep->timer, NGX_BS_SWEEP_EVERY_MS);
}


void
ngx_bs_sweep_quit(ngx_bs_sweep_t *sweep)
{
    ngx_bs_timer_clear(&sweep->timer);
}


void
ngx_bs_sweep_stop(ngx_bs_sweep_t *sweep)
{
    ngx_bs_timer_clear(&sweep->timer);

    if (sweep->query) {
        ngx_bs_pg_query_detach(sweep->query);
        sweep->query = NULL;
    }
}


static void
ngx_bs_sweep_run(void *data)
{
    ngx_bs_sweep_t  *sweep = data;

    ngx_bs_zone_t  *zone;

    zone = sweep->worker->zone;
    ngx_bs_timer_set(&sweep->timer, NGX_BS_SWEEP_EVERY_MS);

    if (sweep->query) {
        ngx_bs_zone_count(zone, sweeps_skipped);
        return;
    }

    if (ngx_bs_pg_pool_submit(sweep->worker->pg, &ngx_bs_sweep_statement,
                              NULL, NGX_BS_SWEEP_DEADLINE_MS,
                              ngx_bs_sweep_done, sweep, &sweep->query)
        != NGX_OK)
    {
        sweep->query = NULL;
        ngx_bs_zone_count(zone, sweeps_failed);
    }
}


static void
ngx_bs_sweep_done(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_sweep_t  *sweep = data;

    ngx_bs_zone_t  *zone;

    zone = sweep->worker->zone;
    sweep->query = NULL;

    if (outcome == NGX_BS_PG_OK) {
        ngx_bs_zone_count(zone, sweeps);
        zone->last_sweep_at = (ngx_atomic_uint_t) ngx_bs_clock_wall();

        if (ngx_bs_complaint_over(&sweep->complaint)) {
            ngx_log_error(NGX_LOG_NOTICE, sweep->log, 0,
                          "betterstack: sweeps succeed again");
        }

        ngx_bs_news_publish(sweep->worker, result);

    } else {
        ngx_bs_zone_count(zone, sweeps_failed);
        ngx_bs_sweep_failed(sweep, outcome, result);
    }

    if (result) {
        ngx_bs_pg_result_free(result);
    }
}


/* That there is no connection is told by the pool. */

static void
ngx_bs_sweep_failed(ngx_bs_sweep_t *sweep, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    ngx_str_t   reason;
    ngx_uint_t  level;

    if (result) {
        ngx_bs_pg_result_message(result, &reason);

    } else if (outcome == NGX_BS_PG_TIMEOUT) {
        ngx_str_set(&reason, "no answer in time");

    } else {
        return;
    }

    level = ngx_bs_complaint_level(&sweep->complaint, &reason);

    ngx_log_error(level, sweep->log, 0, "betterstack: a sweep failed: %V",
                  &reason);
}
