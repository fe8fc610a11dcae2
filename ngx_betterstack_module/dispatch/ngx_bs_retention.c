
#include "ngx_bs_retention.h"


#define NGX_BS_RETENTION_EVERY_MS     60000
#define NGX_BS_RETENTION_MORE_MS      1000

/* Longer than the lane's statement timeout. */
#define NGX_BS_RETENTION_DEADLINE_MS  15000


static void ngx_bs_retention_run(void *data);
static void ngx_bs_retention_done(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result);
static ngx_flag_t ngx_bs_retention_has_more(ngx_bs_retention_t *retention,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result);


static ngx_bs_pg_statement_t  ngx_bs_retention_statement = {
    ngx_string("dispatch_retention"),
    ngx_string("SELECT dispatch.retention()"),
    0, NGX_BS_PG_LANE_UPKEEP, 0
};


ngx_int_t
ngx_bs_retention_register(ngx_bs_pg_pool_t *pg)
{
    return ngx_bs_pg_pool_register(pg, &ngx_bs_retention_statement);
}


void
ngx_bs_retention_init(ngx_bs_retention_t *retention, ngx_bs_worker_t *worker,
    ngx_log_t *log)
{
    retention->pg = worker->pg;
    retention->zone = worker->zone;
    retention->query = NULL;
    retention->log = log;

    ngx_bs_timer_init(&retention->timer, NGX_BS_TIMER_YIELDS,
                      ngx_bs_retention_run, retention, log);
}


void
ngx_bs_retention_start(ngx_bs_retention_t *retention)
{
    ngx_bs_timer_set(&retention->timer, NGX_BS_RETENTION_MORE_MS);
}


void
ngx_bs_retention_stop(ngx_bs_retention_t *retention)
{
    ngx_bs_timer_clear(&retention->timer);

    if (retention->query) {
        ngx_bs_pg_query_detach(retention->query);
        retention->query = NULL;
    }
}


static void
ngx_bs_retention_run(void *data)
{
    ngx_bs_retention_t  *retention = data;

    if (ngx_bs_pg_pool_submit(retention->pg, &ngx_bs_retention_statement, NULL,
                              NGX_BS_RETENTION_DEADLINE_MS,
                              ngx_bs_retention_done, retention,
                              &retention->query)
        != NGX_OK)
    {
        retention->query = NULL;
        ngx_bs_timer_set(&retention->timer, NGX_BS_RETENTION_EVERY_MS);
    }
}


static void
ngx_bs_retention_done(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_retention_t  *retention = data;

    retention->query = NULL;

    ngx_bs_timer_set(&retention->timer,
                     ngx_bs_retention_has_more(retention, outcome, result)
                     ? NGX_BS_RETENTION_MORE_MS : NGX_BS_RETENTION_EVERY_MS);

    ngx_bs_pg_result_free(result);
}


static ngx_flag_t
ngx_bs_retention_has_more(ngx_bs_retention_t *retention,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result)
{
    ngx_str_t  text;

    if (outcome == NGX_BS_PG_OK) {
        ngx_bs_zone_count(retention->zone, retention_steps);

        return ngx_bs_pg_result_value(result, 0, 0, &text)
               && text.data[0] == 't';
    }

    ngx_bs_zone_count(retention->zone, retention_failed);

    if (outcome == NGX_BS_PG_FAILED) {
        ngx_bs_pg_result_message(result, &text);

        ngx_log_error(NGX_LOG_ERR, retention->log, 0,
                      "betterstack: letting go of old history failed: %V",
                      &text);
    }

    return 0;
}
