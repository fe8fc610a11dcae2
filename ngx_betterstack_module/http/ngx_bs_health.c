
#include "ngx_bs_health.h"
#include "ngx_bs_json.h"
#include "ngx_bs_reply.h"
#include "ngx_bs_request.h"
#include "../ngx_bs_compat.h"

#include <signal.h>


#define NGX_BS_HEALTH_BODY_MAX     2048
#define NGX_BS_HEALTH_PROBLEM_MAX  256
#define NGX_BS_HEALTH_PROBLEMS_MAX 4


typedef struct {
    ngx_uint_t   count;
    u_char      *end[NGX_BS_HEALTH_PROBLEMS_MAX];
    u_char       text[NGX_BS_HEALTH_PROBLEMS_MAX][NGX_BS_HEALTH_PROBLEM_MAX];
} ngx_bs_health_problems_t;


static void ngx_bs_health_postgres(ngx_bs_pg_pool_status_t *pg,
    ngx_bs_health_problems_t *problems);
static void ngx_bs_health_add(ngx_bs_health_problems_t *problems,
    const char *fmt, ...);
static u_char *ngx_bs_health_write_problems(u_char *p, u_char *last,
    ngx_bs_health_problems_t *problems);
static u_char *ngx_bs_health_write(u_char *p, u_char *last,
    ngx_bs_worker_t *worker, ngx_bs_pg_pool_status_t *pg);
static u_char *ngx_bs_health_write_work(u_char *p, u_char *last,
    ngx_bs_worker_t *worker);
static ngx_flag_t ngx_bs_health_holder(ngx_bs_zone_t *zone);


/* By ngx_bs_pg_state_e. */
static const char  *ngx_bs_health_states[] = {
    "connecting",
    "ready",
    "schema_unknown"
};


ngx_int_t
ngx_bs_health_handler(ngx_http_request_t *r)
{
    u_char                    *p, *last;
    ngx_int_t                  rc;
    ngx_str_t                  body;
    ngx_uint_t                 serving;
    ngx_bs_worker_t           *worker;
    ngx_bs_pg_pool_status_t    pg;
    ngx_bs_health_problems_t   problems;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_bs_reply_read_only(r);
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    body.data = ngx_pnalloc(r->pool, NGX_BS_HEALTH_BODY_MAX);
    if (body.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    last = body.data + NGX_BS_HEALTH_BODY_MAX;
    worker = ngx_bs_worker();
    problems.count = 0;

    ngx_bs_pg_pool_status(worker->pg, &pg);
    ngx_bs_health_postgres(&pg, &problems);

    serving = (problems.count == 0);

    if (worker->redis && !ngx_bs_redis_ready(worker->redis)) {
        ngx_bs_health_add(&problems, "Redis is not connected: checks run from "
                          "the agents' own schedules, dashboards poll");
    }

    p = ngx_slprintf(body.data, last, "{\"status\":\"%s\",",
                     !serving ? "failing" : problems.count ? "degraded"
                                                           : "ok");
    p = ngx_bs_health_write_problems(p, last, &problems);
    p = ngx_bs_health_write(p, last, worker, &pg);

    body.len = p - body.data;

    ngx_bs_request_suspend(r);
    ngx_bs_reply_json(r, serving ? NGX_HTTP_OK : NGX_HTTP_SERVICE_UNAVAILABLE,
                      &body);

    return NGX_DONE;
}


/* Without Postgres this hub can serve nobody: only that makes it fail. */

static void
ngx_bs_health_postgres(ngx_bs_pg_pool_status_t *pg,
    ngx_bs_health_problems_t *problems)
{
    switch (pg->state) {

    case NGX_BS_PG_STATE_CONNECTING:
        ngx_bs_health_add(problems, "PostgreSQL is not connected");
        return;

    case NGX_BS_PG_STATE_SCHEMA_UNKNOWN:

        if (pg->schema_version < NGX_BS_SCHEMA_VERSION) {
            ngx_bs_health_add(problems, "the database has no schema of "
                              "version %i, which this hub needs: run "
                              "sql/migrate",
                              (ngx_int_t) NGX_BS_SCHEMA_VERSION);
            return;
        }

        ngx_bs_health_add(problems, "the database has schema version %i, and "
                          "this hub knows %i: install the newer release",
                          pg->schema_version,
                          (ngx_int_t) NGX_BS_SCHEMA_VERSION);
        return;

    default:
        return;
    }
}


static void
ngx_bs_health_add(ngx_bs_health_problems_t *problems, const char *fmt, ...)
{
    u_char   *text;
    va_list   args;

    text = problems->text[problems->count];

    va_start(args, fmt);
    problems->end[problems->count] =
        ngx_vslprintf(text, text + NGX_BS_HEALTH_PROBLEM_MAX, fmt, args);
    va_end(args);

    problems->count++;
}


static u_char *
ngx_bs_health_write_problems(u_char *p, u_char *last,
    ngx_bs_health_problems_t *problems)
{
    ngx_uint_t  i;

    p = ngx_slprintf(p, last, "\"problems\":[");

    for (i = 0; i < problems->count; i++) {
        p = ngx_slprintf(p, last, "%s\"%*s\"", i ? "," : "",
                         (size_t) (problems->end[i] - problems->text[i]),
                         problems->text[i]);
    }

    return ngx_slprintf(p, last, "],");
}


static u_char *
ngx_bs_health_write(u_char *p, u_char *last, ngx_bs_worker_t *worker,
    ngx_bs_pg_pool_status_t *pg)
{
    p = ngx_slprintf(p, last, "\"postgres\":{\"state\":\"%s\",",
                     ngx_bs_health_states[pg->state]);

    if (pg->schema_version < 0) {
        p = ngx_slprintf(p, last, "\"schema_version\":null,");

    } else {
        p = ngx_slprintf(p, last, "\"schema_version\":%i,",
                         pg->schema_version);
    }

    p = ngx_slprintf(p, last, "\"schema_expected\":%i},"
                              "\"redis\":{\"connected\":%s},",
                     (ngx_int_t) NGX_BS_SCHEMA_VERSION,
                     worker->redis && ngx_bs_redis_ready(worker->redis)
                     ? "true" : "false");

    return ngx_bs_health_write_work(p, last, worker);
}


/* What any worker of this nginx has done last. */

static u_char *
ngx_bs_health_write_work(u_char *p, u_char *last, ngx_bs_worker_t *worker)
{
    u_char          slot[NGX_BS_JSON_TIME_LEN], dispatch[NGX_BS_JSON_TIME_LEN];
    u_char          report[NGX_BS_JSON_TIME_LEN], sweep[NGX_BS_JSON_TIME_LEN];
    size_t          slot_len, dispatch_len, report_len, sweep_len;
    ngx_bs_zone_t  *zone;

    zone = worker->zone;

    slot_len = ngx_bs_json_time(slot, zone->last_slot_dispatched) - slot;
    dispatch_len = ngx_bs_json_time(dispatch, zone->last_dispatch_at)
                   - dispatch;
    report_len = ngx_bs_json_time(report, zone->last_report_committed_at)
                 - report;
    sweep_len = ngx_bs_json_time(sweep, zone->last_sweep_at) - sweep;

    return ngx_slprintf(p, last,
                        "\"scheduler\":{\"enabled\":%s,\"holder\":%s,"
                        "\"last_slot_dispatched\":%*s,"
                        "\"last_dispatch_at\":%*s,\"monitors\":%uA},"
                        "\"ingest\":{\"last_report_committed_at\":%*s},"
                        "\"sweep\":{\"last_at\":%*s}}",
                        worker->conf->scheduler ? "true" : "false",
                        ngx_bs_health_holder(zone) ? "true" : "false",
                        slot_len, slot, dispatch_len, dispatch,
                        zone->scheduled_monitors, report_len, report,
                        sweep_len, sweep);
}


/* A holder that was killed could not take its name away. */

static ngx_flag_t
ngx_bs_health_holder(ngx_bs_zone_t *zone)
{
    ngx_pid_t  pid;

    pid = (ngx_pid_t) zone->scheduler_pid;

    return pid != 0 && (kill(pid, 0) == 0 || ngx_errno == NGX_EPERM);
}
