
#include "ngx_bs_housekeeping.h"


#define NGX_BS_HOUSEKEEPING_EVERY_MS     60000
#define NGX_BS_HOUSEKEEPING_RETRY_MS     2000
#define NGX_BS_HOUSEKEEPING_DEADLINE_MS  30000


static void ngx_bs_housekeeping_run(void *data);
static void ngx_bs_housekeeping_done(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result);
static void ngx_bs_housekeeping_tell(ngx_bs_housekeeping_t *keeping,
    ngx_bs_pg_result_t *result);


static ngx_bs_pg_statement_t  ngx_bs_housekeeping_statement = {
    ngx_string("dispatch_housekeeping"),
    ngx_string("SELECT partitions_made, sessions_removed, ticks_removed"
               " FROM dispatch.housekeeping()"),
    0, NGX_BS_PG_LANE_REPORT, 0
};


ngx_int_t
ngx_bs_housekeeping_register(ngx_bs_pg_pool_t *pg)
{
    return ngx_bs_pg_pool_register(pg, &ngx_bs_housekeeping_statement);
}


void
ngx_bs_housekeeping_init(ngx_bs_housekeeping_t *keeping, ngx_bs_pg_pool_t *pg,
    ngx_log_t *log)
{
    keeping->pg = pg;
    keeping->query = NULL;
    keeping->log = log;

    ngx_bs_timer_init(&keeping->timer, NGX_BS_TIMER_YIELDS,
                      ngx_bs_housekeeping_run, keeping, log);
}


void
ngx_bs_housekeeping_start(ngx_bs_housekeeping_t *keeping)
{
    ngx_bs_timer_set(&keeping->timer, 1);
}


void
ngx_bs_housekeeping_stop(ngx_bs_housekeeping_t *keeping)
{
    ngx_bs_timer_clear(&keeping->timer);

    if (keeping->query) {
        ngx_bs_pg_query_detach(keeping->query);
        keeping->query = NULL;
    }
}


static void
ngx_bs_housekeeping_run(void *data)
{
    ngx_bs_housekeeping_t  *keeping = data;

    if (ngx_bs_pg_pool_submit(keeping->pg, &ngx_bs_housekeeping_statement,
                              NULL, NGX_BS_HOUSEKEEPING_DEADLINE_MS,
                              ngx_bs_housekeeping_done, keeping,
                              &keeping->query)
        != NGX_OK)
    {
        keeping->query = NULL;
        ngx_bs_timer_set(&keeping->timer, NGX_BS_HOUSEKEEPING_RETRY_MS);
    }
}


static void
ngx_bs_housekeeping_done(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_housekeeping_t  *keeping = data;

    keeping->query = NULL;

    ngx_bs_timer_set(&keeping->timer, outcome == NGX_BS_PG_OK
                                      ? NGX_BS_HOUSEKEEPING_EVERY_MS
                                      : NGX_BS_HOUSEKEEPING_RETRY_MS);

    if (result == NULL) {
        return;
    }

    ngx_bs_housekeeping_tell(keeping, result);
    ngx_bs_pg_result_free(result);
}


static void
ngx_bs_housekeeping_tell(ngx_bs_housekeeping_t *keeping,
    ngx_bs_pg_result_t *result)
{
    ngx_str_t  made, sessions, ticks, message;

    if (ngx_bs_pg_result_rows(result) == 0) {
        ngx_bs_pg_result_message(result, &message);

        if (message.len) {
            ngx_log_error(NGX_LOG_ERR, keeping->log, 0,
                          "betterstack: housekeeping failed: %V", &message);
        }

        return;
    }

    if (ngx_bs_pg_result_value(result, 0, 0, &made)
        && ngx_bs_pg_result_value(result, 0, 1, &sessions)
        && ngx_bs_pg_result_value(result, 0, 2, &ticks))
    {
        ngx_log_error(NGX_LOG_INFO, keeping->log, 0,
                      "betterstack: housekeeping: %V partitions made, "
                      "%V sessions removed, %V ticks removed",
                      &made, &sessions, &ticks);
    }
}
