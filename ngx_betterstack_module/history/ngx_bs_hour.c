
#include "ngx_bs_hour.h"


#define NGX_BS_HOUR_EVERY_MS       5000    /* when nothing was due */
#define NGX_BS_HOUR_DEADLINE_MS    15000
#define NGX_BS_HOUR_RETRY_MIN_MS   2000
#define NGX_BS_HOUR_RETRY_MAX_MS   60000

#define NGX_BS_HOUR_PAUSE          2       /* times as long as a step */
#define NGX_BS_HOUR_PAUSE_MIN_MS   10
#define NGX_BS_HOUR_PAUSE_MAX_MS   2000

/* Ticks of a step: fewer after one that took Postgres long. */
#define NGX_BS_HOUR_WANTED_MIN     250
#define NGX_BS_HOUR_WANTED_MAX     4000
#define NGX_BS_HOUR_LONG_MS        50
#define NGX_BS_HOUR_SHORT_MS       20

#define NGX_BS_HOUR_TAKE_PARAMS    1


static void ngx_bs_hour_run(void *data);
static void ngx_bs_hour_taken(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result);
static void ngx_bs_hour_store(ngx_bs_hour_t *hour);
static void ngx_bs_hour_stored(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result);
static void ngx_bs_hour_adapt(ngx_bs_hour_t *hour, ngx_msec_t took);
static void ngx_bs_hour_failed(ngx_bs_hour_t *hour,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result);
static void ngx_bs_hour_complain(ngx_bs_hour_t *hour, ngx_str_t *reason);
static void ngx_bs_hour_drop(ngx_bs_hour_t *hour);


static ngx_bs_pg_statement_t  ngx_bs_hour_take_statement = {
    ngx_string("dispatch_hour_take"),
    ngx_string("SELECT " NGX_BS_HOUR_STEP_COLUMNS
               " FROM dispatch.hour_take($1)"),
    NGX_BS_HOUR_TAKE_PARAMS, NGX_BS_PG_LANE_UPKEEP, 1
};


static ngx_bs_pg_statement_t  ngx_bs_hour_store_statement = {
    ngx_string("dispatch_hour_store"),
    ngx_string("SELECT dispatch.hour_store($1, $2, $3, $4, $5, $6)"),
    NGX_BS_HOUR_STEP_PARAMS, NGX_BS_PG_LANE_UPKEEP, 0
};


ngx_int_t
ngx_bs_hour_register(ngx_bs_pg_pool_t *pg)
{
    if (ngx_bs_pg_pool_register(pg, &ngx_bs_hour_take_statement) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_bs_pg_pool_register(pg, &ngx_bs_hour_store_statement);
}


ngx_bs_hour_t *
ngx_bs_hour_create(ngx_pool_t *pool, ngx_bs_worker_t *worker, ngx_log_t *log)
{
    ngx_bs_hour_t  *hour;

    hour = ngx_pcalloc(pool, sizeof(ngx_bs_hour_t));
    if (hour == NULL) {
        return NULL;
    }

    hour->rollup = ngx_palloc(pool, sizeof(bs_rollup_t));
    if (hour->rollup == NULL) {
        return NULL;
    }

    bs_rollup_init(hour->rollup);

    hour->worker = worker;
    hour->log = log;
    hour->wanted = NGX_BS_HOUR_WANTED_MIN;

    ngx_bs_backoff_init(&hour->backoff, NGX_BS_HOUR_RETRY_MIN_MS,
                        NGX_BS_HOUR_RETRY_MAX_MS);

    ngx_bs_timer_init(&hour->timer, NGX_BS_TIMER_YIELDS, ngx_bs_hour_run,
                      hour, log);

    return hour;
}


void
ngx_bs_hour_start(ngx_bs_hour_t *hour)
{
    ngx_bs_timer_set(&hour->timer, NGX_BS_HOUR_EVERY_MS / 5);
}


/* `worker` NULL: what is under way ends, and nothing follows. */

void
ngx_bs_hour_quit(ngx_bs_hour_t *hour)
{
    ngx_bs_timer_clear(&hour->timer);
    hour->worker = NULL;
}


void
ngx_bs_hour_stop(ngx_bs_hour_t *hour)
{
    ngx_bs_hour_quit(hour);
    ngx_bs_hour_drop(hour);

    if (hour->query) {
        ngx_bs_pg_query_detach(hour->query);
        hour->query = NULL;
    }
}


static void
ngx_bs_hour_run(void *data)
{
    ngx_bs_hour_t  *hour = data;

    u_char             wanted[NGX_INT_T_LEN + 1];
    ngx_bs_pg_param_t  params[NGX_BS_HOUR_TAKE_PARAMS];

    *ngx_sprintf(wanted, "%ui", hour->wanted) = '\0';

    ngx_memzero(params, sizeof(params));
    params[0].value = (char *) wanted;

    hour->sent = ngx_current_msec;

    if (ngx_bs_pg_pool_submit(hour->worker->pg, &ngx_bs_hour_take_statement,
                              params, NGX_BS_HOUR_DEADLINE_MS,
                              ngx_bs_hour_taken, hour, &hour->query)
        != NGX_OK)
    {
        hour->query = NULL;
        ngx_bs_timer_set(&hour->timer, ngx_bs_backoff_next(&hour->backoff));
    }
}


static void
ngx_bs_hour_taken(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_hour_t  *hour = data;

    ngx_str_t  reason;

    hour->query = NULL;

    if (hour->worker == NULL) {
        goto done;
    }

    if (outcome != NGX_BS_PG_OK) {
        ngx_bs_hour_failed(hour, outcome, result);
        goto done;
    }

    if (ngx_bs_pg_result_rows(result) == 0) {
        ngx_bs_backoff_reset(&hour->backoff);
        ngx_bs_timer_set(&hour->timer, NGX_BS_HOUR_EVERY_MS);
        goto done;
    }

    hour->busy = ngx_current_msec - hour->sent;
    ngx_bs_hour_adapt(hour, hour->busy);

    hour->step = ngx_bs_hour_step_create(result, hour->rollup, hour->log);

    if (hour->step == NULL) {
        ngx_str_set(&reason, "its ticks cannot be read");
        ngx_bs_hour_complain(hour, &reason);
        goto done;
    }

    ngx_bs_hour_store(hour);

done:

    if (result) {
        ngx_bs_pg_result_free(result);
    }
}


static void
ngx_bs_hour_store(ngx_bs_hour_t *hour)
{
    ngx_str_t  reason;

    hour->sent = ngx_current_msec;

    if (ngx_bs_pg_pool_submit(hour->worker->pg, &ngx_bs_hour_store_statement,
                              hour->step->params, NGX_BS_HOUR_DEADLINE_MS,
                              ngx_bs_hour_stored, hour, &hour->query)
        != NGX_OK)
    {
        hour->query = NULL;
        ngx_bs_hour_drop(hour);

        ngx_str_set(&reason, "it cannot be sent");
        ngx_bs_hour_complain(hour, &reason);
    }
}


static void
ngx_bs_hour_stored(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_hour_t  *hour = data;

    ngx_msec_t      pause;
    ngx_bs_zone_t  *zone;

    hour->query = NULL;

    if (hour->worker == NULL) {
        goto done;
    }

    if (outcome != NGX_BS_PG_OK) {
        ngx_bs_hour_failed(hour, outcome, result);
        goto done;
    }

    zone = hour->worker->zone;

    ngx_bs_zone_count(zone, hour_steps);
    ngx_bs_zone_add_n(zone, hour_rollups, hour->step->rollups);
    ngx_bs_zone_add_n(zone, hour_ticks, hour->step->ticks);

    if (ngx_bs_complaint_over(&hour->complaint)) {
        ngx_log_error(NGX_LOG_NOTICE, hour->log, 0,
                      "betterstack: hours are rolled up again");
    }

    ngx_bs_backoff_reset(&hour->backoff);

    hour->busy += ngx_current_msec - hour->sent;

    pause = ngx_max(hour->busy * NGX_BS_HOUR_PAUSE, NGX_BS_HOUR_PAUSE_MIN_MS);
    ngx_bs_timer_set(&hour->timer, ngx_min(pause, NGX_BS_HOUR_PAUSE_MAX_MS));

done:

    ngx_bs_hour_drop(hour);

    if (result) {
        ngx_bs_pg_result_free(result);
    }
}


static void
ngx_bs_hour_adapt(ngx_bs_hour_t *hour, ngx_msec_t took)
{
    if (took > NGX_BS_HOUR_LONG_MS) {
        hour->wanted = ngx_max(hour->wanted / 2, NGX_BS_HOUR_WANTED_MIN);

    } else if (took < NGX_BS_HOUR_SHORT_MS) {
        hour->wanted = ngx_min(hour->wanted * 5 / 4, NGX_BS_HOUR_WANTED_MAX);
    }
}


/* That there is no connection is told by the pool. */

static void
ngx_bs_hour_failed(ngx_bs_hour_t *hour, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    ngx_str_t  reason;

    if (result) {
        ngx_bs_pg_result_message(result, &reason);
        ngx_bs_hour_complain(hour, &reason);

    } else if (outcome == NGX_BS_PG_TIMEOUT) {
        ngx_str_set(&reason, "no answer in time");
        ngx_bs_hour_complain(hour, &reason);

    } else {
        ngx_bs_timer_set(&hour->timer, ngx_bs_backoff_next(&hour->backoff));
    }
}


static void
ngx_bs_hour_complain(ngx_bs_hour_t *hour, ngx_str_t *reason)
{
    ngx_uint_t  level;

    ngx_bs_zone_count(hour->worker->zone, hour_steps_failed);

    level = ngx_bs_complaint_level(&hour->complaint, reason);

    ngx_log_error(level, hour->log, 0,
                  "betterstack: an hour cannot be rolled up: %V", reason);

    ngx_bs_timer_set(&hour->timer, ngx_bs_backoff_next(&hour->backoff));
}


static void
ngx_bs_hour_drop(ngx_bs_hour_t *hour)
{
    if (hour->step) {
        ngx_bs_hour_step_destroy(hour->step);
        hour->step = NULL;
    }
}
