
#include "ngx_bs_metrics.h"
#include "ngx_bs_reply.h"
#include "ngx_bs_request.h"


#define NGX_BS_METRICS_LINE_MAX  512

#define ngx_bs_counter(name, member, help)                                    \
    { "betterstack_" name "_total", NULL, "counter", help,                    \
      offsetof(ngx_bs_zone_t, member), 0 }

#define ngx_bs_gauge(name, member, help)                                      \
    { "betterstack_" name, NULL, "gauge", help,                               \
      offsetof(ngx_bs_zone_t, member), 0 }

/* Kept in milliseconds, shown in seconds as Prometheus wants it. */
#define ngx_bs_moment(name, member, help)                                     \
    { "betterstack_" name "_timestamp_seconds", NULL, "gauge", help,          \
      offsetof(ngx_bs_zone_t, member), 1 }

/* The first of them has the help, the others are the same metric. */
#define ngx_bs_requests(class, help)                                          \
    { "betterstack_requests_total", "class=\"" #class "xx\"", "counter",      \
      help,                                                                   \
      offsetof(ngx_bs_zone_t, requests) + class * sizeof(ngx_atomic_t), 0 }


typedef struct {
    const char  *name;
    const char  *label;      /* NULL: none */
    const char  *type;
    const char  *help;       /* NULL: told already */
    size_t       offset;
    ngx_uint_t   moment;
} ngx_bs_metric_t;


static u_char *ngx_bs_metrics_write(u_char *p, u_char *last,
    const ngx_bs_metric_t *metric, ngx_bs_zone_t *zone);


static const ngx_bs_metric_t  ngx_bs_metrics[] = {

    ngx_bs_requests(2, "Answers of the API and to agents, by class of status."),
    ngx_bs_requests(3, NULL),
    ngx_bs_requests(4, NULL),
    ngx_bs_requests(5, NULL),
    ngx_bs_counter("requests_refused_busy", requests_refused_busy,
                   "Requests refused because a queue to Postgres was full."),

    ngx_bs_counter("postgres_queries", pg_queries, "Statements sent."),
    ngx_bs_counter("postgres_failures", pg_failures,
                   "Statements that Postgres answered with an error."),
    ngx_bs_counter("postgres_lost", pg_lost,
                   "Statements whose outcome is unknown."),
    ngx_bs_counter("postgres_reconnects", pg_reconnects,
                   "Connections to Postgres made again."),
    ngx_bs_gauge("postgres_connections_ready", pg_connections_ready,
                 "Connections to Postgres that can be used."),

    ngx_bs_counter("replica_queries", replica_queries,
                   "Reads of history that were sent to the replica."),
    ngx_bs_counter("replica_passed_over", replica_passed,
                   "Reads of history sent to the primary, because the replica "
                   "was away or too far behind."),
    ngx_bs_counter("replica_failed_over", replica_failed,
                   "Reads that the replica did not answer and the primary was "
                   "asked."),
    ngx_bs_gauge("replica_lag_milliseconds", replica_lag,
                 "How far behind the replica was when it was seen last."),

    ngx_bs_counter("retention_steps", retention_steps,
                   "Times that old history was looked for, and let go."),
    ngx_bs_counter("retention_failed", retention_failed,
                   "Times that this failed."),

    ngx_bs_counter("redis_reconnects", redis_reconnects,
                   "Connections to Redis made again."),
    ngx_bs_counter("redis_failures", redis_failures,
                   "Redis commands that failed or could not be sent."),

    ngx_bs_gauge("scheduled_monitors", scheduled_monitors,
                 "Monitors that the scheduler has in memory."),
    ngx_bs_counter("jobs_published", jobs_published,
                   "Jobs put into the streams of regions."),
    ngx_bs_counter("jobs_failed", jobs_failed,
                   "Times that Redis did not take a job; it is tried again."),
    ngx_bs_counter("jobs_expired", jobs_expired,
                   "Slots that nobody published in time."),
    ngx_bs_counter("urgent_jobs_published", urgent_published,
                   "Jobs that are to confirm a failure at once."),
    ngx_bs_counter("urgent_jobs_failed", urgent_failed,
                   "Urgent jobs not published: Redis was away or refused."),
    ngx_bs_counter("urgent_jobs_refused", urgent_refused,
                   "Urgent jobs not published: too many at once."),
    ngx_bs_counter("lease_acquired", lease_acquired,
                   "Times that a worker of this nginx became the scheduler."),
    ngx_bs_moment("last_slot_dispatched", last_slot_dispatched,
                  "The newest slot that was published; 0: none yet."),
    ngx_bs_moment("last_dispatch", last_dispatch_at,
                  "When jobs were published last; 0: never."),

    ngx_bs_counter("sweeps", sweeps,
                   "Times that the database was asked for what came due."),
    ngx_bs_counter("sweeps_failed", sweeps_failed,
                   "Sweeps that could not be asked for, or failed."),
    ngx_bs_counter("sweeps_skipped", sweeps_skipped,
                   "Sweeps left out because the last was under way."),
    ngx_bs_moment("last_sweep", last_sweep_at,
                  "When a sweep was answered last; 0: never."),

    ngx_bs_counter("hour_steps", hour_steps,
                   "Steps of rolling up hours."),
    ngx_bs_counter("hour_steps_failed", hour_steps_failed,
                   "Steps that failed, and are done again."),
    ngx_bs_counter("hour_rollups", hour_rollups,
                   "Hours of a monitor in a region that were rolled up."),
    ngx_bs_counter("hour_ticks", hour_ticks, "Ticks in them."),

    ngx_bs_counter("reports", reports, "Batches of ticks from agents."),
    ngx_bs_counter("reports_malformed", reports_malformed,
                   "Batches that could not be decoded."),
    ngx_bs_counter("ticks_stored", ticks_stored, "Ticks committed."),
    ngx_bs_counter("ticks_duplicate", ticks_duplicate,
                   "Ticks that were stored already."),
    ngx_bs_counter("ticks_refused", ticks_refused,
                   "Ticks of unknown monitors, regions or times."),
    ngx_bs_counter("ticks_mended", ticks_mended,
                   "Ticks stored without a value that was not valid."),
    ngx_bs_moment("last_report_committed", last_report_committed_at,
                  "When a batch was committed last; 0: never."),

    ngx_bs_counter("pings", pings, "Pings of heartbeats."),
    ngx_bs_counter("pings_kept", pings_kept,
                   "Pings kept because Postgres was away."),
    ngx_bs_counter("pings_stored_late", pings_stored_late,
                   "Kept pings stored afterwards."),
    ngx_bs_counter("pings_dropped", pings_dropped,
                   "Kept pings that the database would not take."),
    ngx_bs_counter("pings_refused", pings_refused,
                   "Pings refused because too many were kept."),

    ngx_bs_counter("passwords_hashed", passwords_hashed,
                   "Passwords hashed or compared."),
    ngx_bs_counter("passwords_refused", passwords_refused,
                   "Sign-ups and sign-ins refused because too many waited."),

    ngx_bs_counter("history_answers", history_answers,
                   "Answers about results made from all tiers."),
    ngx_bs_counter("history_threads", history_threads,
                   "Of these those that a thread has made."),
    ngx_bs_counter("history_cpu_microseconds", history_us,
                   "CPU that making them has taken."),
    ngx_bs_counter("history_damaged", history_damaged,
                   "Stored rows that could not be read, and were left out."),

    ngx_bs_gauge("live_streams", live_streams,
                 "Open streams of live events."),
    ngx_bs_counter("events_published", events_published,
                   "Live events handed to Redis."),
    ngx_bs_counter("events_relayed", events_relayed,
                   "Live events received and sent on, counted once a worker."),

    ngx_bs_counter("sealed_ticks", seal_ticks,
                   "Ticks of closed days that were packed."),
    ngx_bs_counter("sealed_days", seal_days,
                   "Days of which all ticks are packed now."),
    ngx_bs_counter("sealed_late_ticks", seal_late,
                   "Late ticks that were packed with the others."),
    ngx_bs_counter("seal_steps", seal_steps, "Steps of sealing."),
    ngx_bs_counter("seal_failures", seal_failures,
                   "Steps of sealing that failed; they are tried again."),
    ngx_bs_counter("seal_damaged", seal_damaged,
                   "Times that a packed day could not be read."),
    ngx_bs_gauge("seal_lag_seconds", seal_lag,
                 "How long ago the oldest day closed that is not sealed."),
    ngx_bs_gauge("seal_days_left", seal_troubled,
                 "Days that cannot be sealed and stay as they are.")
};


ngx_int_t
ngx_bs_metrics_handler(ngx_http_request_t *r)
{
    u_char      *p, *last;
    size_t       size;
    ngx_int_t    rc;
    ngx_str_t    body;
    ngx_uint_t   i, n;

    static const ngx_str_t  type =
        ngx_string("text/plain; version=0.0.4; charset=utf-8");

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_bs_reply_read_only(r);
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    n = sizeof(ngx_bs_metrics) / sizeof(ngx_bs_metrics[0]);
    size = n * NGX_BS_METRICS_LINE_MAX;

    body.data = ngx_pnalloc(r->pool, size);
    if (body.data == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    p = body.data;
    last = p + size;

    for (i = 0; i < n; i++) {
        p = ngx_bs_metrics_write(p, last, &ngx_bs_metrics[i],
                                 ngx_bs_worker()->zone);
    }

    body.len = p - body.data;

    ngx_bs_request_suspend(r);
    ngx_bs_reply(r, NGX_HTTP_OK, &type, &body);

    return NGX_DONE;
}


static u_char *
ngx_bs_metrics_write(u_char *p, u_char *last, const ngx_bs_metric_t *metric,
    ngx_bs_zone_t *zone)
{
    ngx_atomic_uint_t  value;

    value = *(ngx_atomic_t *) ((u_char *) zone + metric->offset);

    if (metric->help) {
        p = ngx_slprintf(p, last, "# HELP %s %s\n# TYPE %s %s\n",
                         metric->name, metric->help,
                         metric->name, metric->type);
    }

    p = ngx_slprintf(p, last, "%s", metric->name);

    if (metric->label) {
        p = ngx_slprintf(p, last, "{%s}", metric->label);
    }

    if (metric->moment) {
        return ngx_slprintf(p, last, " %uA.%03uA\n", value / 1000,
                            value % 1000);
    }

    return ngx_slprintf(p, last, " %uA\n", value);
}
