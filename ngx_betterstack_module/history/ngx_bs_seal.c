
#include "ngx_bs_seal.h"


/* While there is nothing to do; late ticks wait for a look of SQL's own. */
#define NGX_BS_SEAL_EVERY_MS     5000
#define NGX_BS_SEAL_RETRY_MS     2000
#define NGX_BS_SEAL_DEADLINE_MS  15000

/* A step is a third of the time at most: reports and charts come first. */
#define NGX_BS_SEAL_PAUSE_TIMES  2
#define NGX_BS_SEAL_PAUSE_MAX    1000
#define NGX_BS_SEAL_KEEP_PAUSE   20


static void ngx_bs_seal_run(void *data);
static void ngx_bs_seal_keep(ngx_bs_seal_t *seal);
static void ngx_bs_seal_kept(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result);
static ngx_flag_t ngx_bs_seal_tell(ngx_bs_seal_t *seal,
    ngx_bs_pg_result_t *result);
static void ngx_bs_seal_take(ngx_bs_seal_t *seal);
static void ngx_bs_seal_taken(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result);
static void ngx_bs_seal_hand_over(ngx_bs_seal_t *seal,
    ngx_bs_pg_result_t *take_result);
static void ngx_bs_seal_packed(void *data);
static void ngx_bs_seal_store(ngx_bs_seal_t *seal);
static void ngx_bs_seal_stored(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result);
static void ngx_bs_seal_give_up(ngx_bs_seal_t *seal);
static void ngx_bs_seal_given_up(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result);
static void ngx_bs_seal_pause(ngx_bs_seal_t *seal);
static void ngx_bs_seal_again(ngx_bs_seal_t *seal, ngx_msec_t delay);
static ngx_flag_t ngx_bs_seal_succeeded(ngx_bs_seal_t *seal, const char *what,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result);
static void ngx_bs_seal_failed(ngx_bs_seal_t *seal, const char *what,
    ngx_str_t *reason);
static void ngx_bs_seal_release(ngx_bs_seal_t *seal);


static ngx_bs_pg_statement_t  ngx_bs_seal_keep_statement = {
    ngx_string("dispatch_seal_keep"),
    ngx_string("SELECT fenced, emptied, ticks, lag_s, troubled"
               " FROM dispatch.seal_keep()"),
    0, NGX_BS_PG_LANE_UPKEEP, 0
};


static ngx_bs_pg_statement_t  ngx_bs_seal_take_statement = {
    ngx_string("dispatch_seal_take"),
    ngx_string("SELECT " NGX_BS_SEAL_ROW_COLUMNS
               " FROM dispatch.seal_take($1)"),
    1, NGX_BS_PG_LANE_UPKEEP, 1
};


static ngx_bs_pg_statement_t  ngx_bs_seal_store_statement = {
    ngx_string("dispatch_seal_store"),
    ngx_string("SELECT dispatch.seal_store($1, $2, $3, $4, $5, $6, $7, $8, $9,"
               " $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21,"
               " $22)"),
    NGX_BS_SEAL_STORE_PARAMS, NGX_BS_PG_LANE_UPKEEP, 0
};


static ngx_bs_pg_statement_t  ngx_bs_seal_trouble_statement = {
    ngx_string("dispatch_seal_trouble"),
    ngx_string("SELECT dispatch.seal_trouble('2000-01-01'::date + $1::integer,"
               " $2)"),
    2, NGX_BS_PG_LANE_UPKEEP, 0
};


ngx_int_t
ngx_bs_seal_register(ngx_bs_pg_pool_t *pg)
{
    if (ngx_bs_pg_pool_register(pg, &ngx_bs_seal_keep_statement) != NGX_OK
        || ngx_bs_pg_pool_register(pg, &ngx_bs_seal_take_statement) != NGX_OK
        || ngx_bs_pg_pool_register(pg, &ngx_bs_seal_store_statement)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_bs_pg_pool_register(pg, &ngx_bs_seal_trouble_statement);
}


ngx_bs_seal_t *
ngx_bs_seal_create(ngx_pool_t *pool, ngx_bs_worker_t *worker, ngx_log_t *log)
{
    ngx_bs_seal_t  *seal;

    seal = ngx_pcalloc(pool, sizeof(ngx_bs_seal_t));
    if (seal == NULL) {
        return NULL;
    }

    seal->worker = worker;
    seal->log = log;

    ngx_bs_timer_init(&seal->timer, NGX_BS_TIMER_YIELDS, ngx_bs_seal_run,
                      seal, log);

    *ngx_snprintf(seal->holder, NGX_BS_SEAL_HOLDER_LEN - 1,
                  "%P.%T.%xi.%xi", ngx_pid, ngx_time(),
                  (ngx_int_t) ngx_random(), (ngx_int_t) ngx_random()) = '\0';

    return seal;
}


void
ngx_bs_seal_start(ngx_bs_seal_t *seal)
{
    ngx_bs_timer_set(&seal->timer, 1000);
}


void
ngx_bs_seal_quit(ngx_bs_seal_t *seal)
{
    seal->quitting = 1;
    ngx_bs_timer_clear(&seal->timer);
}


void
ngx_bs_seal_stop(ngx_bs_seal_t *seal)
{
    ngx_bs_timer_clear(&seal->timer);

    if (seal->query) {
        ngx_bs_pg_query_detach(seal->query);
        seal->query = NULL;
        ngx_bs_seal_release(seal);
    }

    if (seal->work) {
        seal->work->owner = NULL;
        seal->work = NULL;
    }
}


/* Days are looked after every few seconds, also while there is much to do. */

static void
ngx_bs_seal_run(void *data)
{
    ngx_bs_seal_t  *seal = data;

    if (!seal->kept
        || ngx_current_msec - seal->kept_at >= NGX_BS_SEAL_EVERY_MS)
    {
        ngx_bs_seal_keep(seal);

    } else {
        ngx_bs_seal_take(seal);
    }
}


static void
ngx_bs_seal_submit(ngx_bs_seal_t *seal, ngx_bs_pg_statement_t *statement,
    ngx_bs_pg_param_t *params, ngx_bs_pg_done_pt done)
{
    if (ngx_bs_pg_pool_submit(seal->worker->pg, statement, params,
                              NGX_BS_SEAL_DEADLINE_MS, done, seal,
                              &seal->query)
        != NGX_OK)
    {
        seal->query = NULL;
        ngx_bs_seal_release(seal);
        ngx_bs_seal_again(seal, NGX_BS_SEAL_RETRY_MS);
    }
}


static void
ngx_bs_seal_keep(ngx_bs_seal_t *seal)
{
    ngx_bs_seal_submit(seal, &ngx_bs_seal_keep_statement, NULL,
                       ngx_bs_seal_kept);
}


static void
ngx_bs_seal_kept(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_seal_t  *seal = data;

    seal->query = NULL;

    if (ngx_bs_seal_succeeded(seal, "looking after days", outcome, result)) {
        seal->kept_at = ngx_current_msec;

        /* One day at a time: where there was one there may be another. */

        seal->kept = !ngx_bs_seal_tell(seal, result);
        ngx_bs_pg_result_free(result);

        if (!seal->kept) {
            ngx_bs_seal_again(seal, NGX_BS_SEAL_KEEP_PAUSE);

        } else if (!seal->quitting) {
            ngx_bs_seal_take(seal);
        }
    }
}


/* Whether anything was done. */

static ngx_flag_t
ngx_bs_seal_tell(ngx_bs_seal_t *seal, ngx_bs_pg_result_t *result)
{
    ngx_int_t       value;
    ngx_str_t       day, field;
    ngx_flag_t      done;
    ngx_bs_zone_t  *zone;

    done = 0;
    zone = seal->worker->zone;

    if (ngx_bs_pg_result_value(result, 0, 0, &day)) {
        done = 1;
        ngx_log_error(NGX_LOG_NOTICE, seal->log, 0,
                      "betterstack: the day %V is closed", &day);
    }

    if (ngx_bs_pg_result_value(result, 0, 1, &day)
        && ngx_bs_pg_result_value(result, 0, 2, &field))
    {
        done = 1;
        ngx_bs_zone_count(zone, seal_days);
        ngx_log_error(NGX_LOG_NOTICE, seal->log, 0,
                      "betterstack: the day %V is sealed, %V ticks", &day,
                      &field);
    }

    if (ngx_bs_pg_result_value(result, 0, 3, &field)) {
        value = ngx_atoi(field.data, field.len);
        zone->seal_lag = value < 0 ? 0 : (ngx_atomic_uint_t) value;
    }

    if (ngx_bs_pg_result_value(result, 0, 4, &field)) {
        value = ngx_atoi(field.data, field.len);
        zone->seal_troubled = value < 0 ? 0 : (ngx_atomic_uint_t) value;
    }

    return done;
}


static void
ngx_bs_seal_take(ngx_bs_seal_t *seal)
{
    ngx_bs_pg_param_t  param;

    ngx_memzero(&param, sizeof(ngx_bs_pg_param_t));
    param.value = (char *) seal->holder;

    seal->step_at = ngx_current_msec;

    ngx_bs_seal_submit(seal, &ngx_bs_seal_take_statement, &param,
                       ngx_bs_seal_taken);
}


static void
ngx_bs_seal_taken(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_seal_t  *seal = data;

    ngx_bs_seal_row_t  row;

    seal->query = NULL;

    if (!ngx_bs_seal_succeeded(seal, "taking a step", outcome, result)) {
        return;
    }

    if (ngx_bs_pg_result_rows(result) == 0) {
        ngx_bs_pg_result_free(result);
        ngx_bs_seal_again(seal, NGX_BS_SEAL_EVERY_MS);
        return;
    }

    if (ngx_bs_seal_row_read(result, 0, &row) == NGX_OK
        && row.kind == NGX_BS_SEAL_KIND_MORE)
    {
        ngx_bs_pg_result_free(result);
        ngx_bs_seal_pause(seal);
        return;
    }

    if (seal->quitting) {
        ngx_bs_pg_result_free(result);
        return;
    }

    ngx_bs_seal_hand_over(seal, result);
}


static void
ngx_bs_seal_hand_over(ngx_bs_seal_t *seal, ngx_bs_pg_result_t *take_result)
{
    ngx_bs_seal_work_t  *work;

    work = ngx_bs_seal_work_create(take_result, seal, seal->log);

    if (work == NULL) {
        ngx_bs_seal_again(seal, NGX_BS_SEAL_RETRY_MS);
        return;
    }

    if (ngx_bs_offload_submit(seal->worker->offload, ngx_bs_seal_work_run,
                              ngx_bs_seal_packed, work)
        != NGX_OK)
    {
        /* Many sign in; the step is taken again. */

        ngx_bs_seal_work_destroy(work);
        ngx_bs_seal_again(seal, NGX_BS_SEAL_PAUSE_MAX);
        return;
    }

    seal->work = work;
}


static void
ngx_bs_seal_packed(void *data)
{
    ngx_bs_seal_work_t  *work = data;

    ngx_str_t       reason;
    ngx_uint_t      level;
    ngx_bs_seal_t  *seal;

    seal = work->owner;

    if (seal == NULL) {
        ngx_bs_seal_work_destroy(work);
        return;
    }

    reason.data = work->error;
    reason.len = ngx_strlen(work->error);

    if (work->damaged) {
        ngx_bs_zone_add_n(seal->worker->zone, seal_damaged, work->damaged);
        level = ngx_bs_complaint_level(&seal->damage, &reason);
        ngx_log_error(level, seal->log, 0, "betterstack: a sealed day is "
                      "damaged and left as it is: %V", &reason);
    }

    if (seal->quitting) {
        ngx_bs_seal_release(seal);

    } else if (work->failed) {
        ngx_bs_seal_failed(seal, "packing", &reason);
        ngx_bs_seal_give_up(seal);

    } else if (work->pairs.nelts == 0) {
        ngx_bs_seal_release(seal);
        ngx_bs_seal_pause(seal);

    } else {
        ngx_bs_seal_store(seal);
    }
}


static void
ngx_bs_seal_store(ngx_bs_seal_t *seal)
{
    ngx_bs_seal_submit(seal, &ngx_bs_seal_store_statement, seal->work->params,
                       ngx_bs_seal_stored);
}


static void
ngx_bs_seal_stored(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_seal_t  *seal = data;

    ngx_str_t            stored;
    ngx_bs_zone_t       *zone;
    ngx_bs_seal_work_t  *work;

    work = seal->work;
    zone = seal->worker->zone;
    seal->query = NULL;

    if (!ngx_bs_seal_succeeded(seal, "storing a step", outcome, result)) {
        ngx_bs_seal_release(seal);
        return;
    }

    if (ngx_bs_pg_result_value(result, 0, 0, &stored) && stored.len
        && stored.data[0] == 't')
    {
        ngx_bs_zone_count(zone, seal_steps);
        ngx_bs_zone_add_n(zone, seal_late, work->late);

        if (work->first.kind == NGX_BS_SEAL_KIND_DAY) {
            ngx_bs_zone_add_n(zone, seal_ticks, work->ticks);
        }
    }

    ngx_bs_pg_result_free(result);
    ngx_bs_seal_release(seal);
    ngx_bs_seal_pause(seal);
}


/* What is odd stays so: the day is left alone.  Memory may come back. */

static void
ngx_bs_seal_give_up(ngx_bs_seal_t *seal)
{
    u_char              day[NGX_INT32_LEN + 1];
    ngx_bs_pg_param_t   params[2];

    if (!seal->work->trouble) {
        ngx_bs_seal_release(seal);
        ngx_bs_seal_again(seal, NGX_BS_SEAL_RETRY_MS);
        return;
    }

    *ngx_sprintf(day, "%D", seal->work->first.day) = '\0';

    ngx_memzero(params, sizeof(params));
    params[0].value = (char *) day;
    params[1].value = (char *) seal->work->error;

    ngx_bs_seal_submit(seal, &ngx_bs_seal_trouble_statement, params,
                       ngx_bs_seal_given_up);
}


static void
ngx_bs_seal_given_up(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_seal_t  *seal = data;

    seal->query = NULL;
    ngx_bs_seal_release(seal);

    if (result) {
        ngx_bs_pg_result_free(result);
    }

    ngx_bs_seal_again(seal, NGX_BS_SEAL_RETRY_MS);
}


static void
ngx_bs_seal_pause(ngx_bs_seal_t *seal)
{
    ngx_msec_t  took;

    took = ngx_current_msec - seal->step_at;

    ngx_bs_seal_again(seal, ngx_min(1 + took * NGX_BS_SEAL_PAUSE_TIMES,
                                    NGX_BS_SEAL_PAUSE_MAX));
}


static void
ngx_bs_seal_again(ngx_bs_seal_t *seal, ngx_msec_t delay)
{
    if (!seal->quitting) {
        ngx_bs_timer_set(&seal->timer, delay);
    }
}


/* If not, the result is freed, and it is tried again later. */

static ngx_flag_t
ngx_bs_seal_succeeded(ngx_bs_seal_t *seal, const char *what,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result)
{
    ngx_str_t  reason;

    if (outcome == NGX_BS_PG_OK) {

        if (ngx_bs_complaint_over(&seal->complaint)) {
            ngx_log_error(NGX_LOG_NOTICE, seal->log, 0,
                          "betterstack: sealing succeeds again");
        }

        return 1;
    }

    if (result) {
        ngx_bs_pg_result_message(result, &reason);
        ngx_bs_seal_failed(seal, what, &reason);
        ngx_bs_pg_result_free(result);

    } else if (outcome == NGX_BS_PG_TIMEOUT) {
        ngx_str_set(&reason, "no answer in time");
        ngx_bs_seal_failed(seal, what, &reason);
    }

    ngx_bs_seal_again(seal, NGX_BS_SEAL_RETRY_MS);

    return 0;
}


/* That there is no connection is told by the pool. */

static void
ngx_bs_seal_failed(ngx_bs_seal_t *seal, const char *what, ngx_str_t *reason)
{
    ngx_uint_t  level;

    ngx_bs_zone_count(seal->worker->zone, seal_failures);

    level = ngx_bs_complaint_level(&seal->complaint, reason);

    ngx_log_error(level, seal->log, 0,
                  "betterstack: sealing failed, %s: %V", what, reason);
}


static void
ngx_bs_seal_release(ngx_bs_seal_t *seal)
{
    ngx_bs_seal_work_t  *work;

    work = seal->work;
    seal->work = NULL;

    if (work) {
        ngx_bs_seal_work_destroy(work);
    }
}
