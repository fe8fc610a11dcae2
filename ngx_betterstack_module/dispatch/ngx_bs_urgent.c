
#include "ngx_bs_urgent.h"
#include "ngx_bs_regions.h"
#include "ngx_bs_xadd.h"
#include "../io/ngx_bs_clock.h"

#include <bs_keys.h>


#define NGX_BS_URGENT_SECOND_MS  1000


enum {
    NGX_BS_URGENT_REGION = 0,
    NGX_BS_URGENT_MONITOR,
    NGX_BS_URGENT_SLOT,
    NGX_BS_URGENT_EXPIRES,
    NGX_BS_URGENT_SPEC,
    NGX_BS_URGENT_COLUMNS
};


typedef struct {
    u_char           key[sizeof(BS_KEY_JOBS_PREFIX) + NGX_BS_REGION_SLUG_MAX];
    ngx_str_t        stream;
    u_char          *spec;
    bs_wire_job_t    wire;
    msgpack_sbuffer  buffer;
} ngx_bs_urgent_job_t;


static ngx_flag_t ngx_bs_urgent_columns(const ngx_bs_pg_result_t *result,
    ngx_uint_t *columns);
static ngx_int_t ngx_bs_urgent_take(ngx_bs_urgent_t *urgent,
    ngx_bs_urgent_job_t *job, ngx_str_t *values);
static ngx_flag_t ngx_bs_urgent_allowed(ngx_bs_urgent_t *urgent);
static ngx_int_t ngx_bs_urgent_read(ngx_bs_urgent_job_t *job,
    ngx_str_t *values);
static void ngx_bs_urgent_answer(void *data,
    const ngx_bs_redis_reply_t *reply);
static void ngx_bs_urgent_failed(ngx_bs_urgent_t *urgent,
    ngx_str_t *reason);


static const char  *ngx_bs_urgent_names[NGX_BS_URGENT_COLUMNS] = {
    "confirm_region",
    "confirm_monitor",
    "confirm_slot",
    "confirm_expires",
    "confirm_spec"
};


ngx_bs_urgent_t *
ngx_bs_urgent_create(ngx_pool_t *pool, ngx_bs_worker_t *worker,
    ngx_log_t *log)
{
    ngx_bs_urgent_t  *urgent;

    urgent = ngx_pcalloc(pool, sizeof(ngx_bs_urgent_t));
    if (urgent == NULL) {
        return NULL;
    }

    urgent->redis = worker->redis;
    urgent->zone = worker->zone;
    urgent->log = log;

    return urgent;
}


void
ngx_bs_urgent_publish(ngx_bs_urgent_t *urgent,
    const ngx_bs_pg_result_t *result)
{
    ngx_str_t             values[NGX_BS_URGENT_COLUMNS];
    ngx_uint_t            i, row, rows, jobs;
    ngx_uint_t            columns[NGX_BS_URGENT_COLUMNS];
    ngx_bs_urgent_job_t   job;

    if (!ngx_bs_urgent_columns(result, columns)) {
        return;
    }

    jobs = 0;
    rows = ngx_bs_pg_result_rows(result);
    msgpack_sbuffer_init(&job.buffer);

    for (row = 0; row < rows; row++) {

        if (!ngx_bs_pg_result_value(result, row, columns[NGX_BS_URGENT_MONITOR],
                                    &values[NGX_BS_URGENT_MONITOR]))
        {
            continue;
        }

        for (i = 0; i < NGX_BS_URGENT_COLUMNS; i++) {
            (void) ngx_bs_pg_result_value(result, row, columns[i], &values[i]);
        }

        if (jobs++ >= NGX_BS_URGENT_BATCH_MAX
            || !ngx_bs_urgent_allowed(urgent))
        {
            ngx_bs_zone_count(urgent->zone, urgent_refused);
            continue;
        }

        if (ngx_bs_urgent_take(urgent, &job, values) != NGX_OK) {
            ngx_bs_zone_count(urgent->zone, urgent_failed);
        }
    }

    msgpack_sbuffer_destroy(&job.buffer);
}


static ngx_flag_t
ngx_bs_urgent_columns(const ngx_bs_pg_result_t *result, ngx_uint_t *columns)
{
    ngx_int_t   column;
    ngx_uint_t  i;

    for (i = 0; i < NGX_BS_URGENT_COLUMNS; i++) {
        column = ngx_bs_pg_result_column(result, ngx_bs_urgent_names[i]);

        if (column == NGX_ERROR) {
            return 0;
        }

        columns[i] = (ngx_uint_t) column;
    }

    return 1;
}


/* A database that suspects everything must not drown the agents. */

static ngx_flag_t
ngx_bs_urgent_allowed(ngx_bs_urgent_t *urgent)
{
    int64_t    now;
    ngx_str_t  reason = ngx_string("more than may be published in a second");

    now = ngx_bs_clock_steady();

    if (now - urgent->second >= NGX_BS_URGENT_SECOND_MS) {
        urgent->second = now;
        urgent->spent = 0;
    }

    if (urgent->spent >= NGX_BS_URGENT_SECOND_MAX) {
        ngx_bs_urgent_failed(urgent, &reason);
        return 0;
    }

    urgent->spent++;

    return 1;
}


static ngx_int_t
ngx_bs_urgent_take(ngx_bs_urgent_t *urgent, ngx_bs_urgent_job_t *job,
    ngx_str_t *values)
{
    ngx_int_t  rc;
    ngx_str_t  reason;

    ngx_str_set(&reason, "Redis is not configured");

    if (urgent->redis == NULL) {
        ngx_bs_urgent_failed(urgent, &reason);
        return NGX_DECLINED;
    }

    ngx_str_set(&reason, "the database's row is no job");

    job->spec = ngx_alloc(values[NGX_BS_URGENT_SPEC].len / 2 + 1, urgent->log);
    if (job->spec == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_bs_urgent_read(job, values);

    if (rc == NGX_OK) {
        ngx_str_set(&reason, "Redis is not connected, or behind");

        rc = ngx_bs_xadd(urgent->redis, &job->buffer, &job->stream, &job->wire,
                         ngx_bs_urgent_answer, urgent);
    }

    if (rc != NGX_OK) {
        ngx_bs_urgent_failed(urgent, &reason);
    }

    ngx_free(job->spec);

    return rc;
}


static ngx_int_t
ngx_bs_urgent_read(ngx_bs_urgent_job_t *job, ngx_str_t *values)
{
    off_t       slot, expires;
    ngx_int_t   monitor;
    ngx_str_t  *slug;

    slug = &values[NGX_BS_URGENT_REGION];

    monitor = ngx_atoi(values[NGX_BS_URGENT_MONITOR].data,
                       values[NGX_BS_URGENT_MONITOR].len);
    slot = ngx_atoof(values[NGX_BS_URGENT_SLOT].data,
                     values[NGX_BS_URGENT_SLOT].len);
    expires = ngx_atoof(values[NGX_BS_URGENT_EXPIRES].data,
                        values[NGX_BS_URGENT_EXPIRES].len);

    if (slug->len == 0 || slug->len > NGX_BS_REGION_SLUG_MAX
        || monitor == NGX_ERROR || slot == NGX_ERROR || expires == NGX_ERROR
        || values[NGX_BS_URGENT_SPEC].len < 4           /* "\\x" is empty */
        || values[NGX_BS_URGENT_SPEC].len / 2 > BS_WIRE_JOB_BYTES_MAX
        || ngx_bs_pg_result_bytes(&values[NGX_BS_URGENT_SPEC], job->spec,
                                  &job->wire.spec.len)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    job->stream.data = job->key;
    job->stream.len = ngx_sprintf(job->key, BS_KEY_JOBS_PREFIX "%V", slug)
                      - job->key;

    job->wire.monitor = (uint32_t) monitor;
    job->wire.slot_ms = slot;
    job->wire.expires_ms = expires;
    job->wire.urgent = 1;
    job->wire.spec.data = (const char *) job->spec;

    return NGX_OK;
}


static void
ngx_bs_urgent_answer(void *data, const ngx_bs_redis_reply_t *reply)
{
    ngx_bs_urgent_t  *urgent = data;

    ngx_str_t  reason = ngx_string("Redis did not answer");

    if (reply && ngx_bs_redis_reply_type(reply) == NGX_BS_REDIS_STRING) {
        ngx_bs_zone_count(urgent->zone, urgent_published);
        (void) ngx_bs_complaint_over(&urgent->complaint);
        return;
    }

    if (reply && ngx_bs_redis_reply_type(reply) == NGX_BS_REDIS_ERROR) {
        ngx_bs_redis_reply_string(reply, &reason);
    }

    ngx_bs_zone_count(urgent->zone, urgent_failed);
    ngx_bs_urgent_failed(urgent, &reason);
}


static void
ngx_bs_urgent_failed(ngx_bs_urgent_t *urgent, ngx_str_t *reason)
{
    ngx_uint_t  level;

    level = ngx_bs_complaint_level(&urgent->complaint, reason);

    ngx_log_error(level, urgent->log, 0,
                  "betterstack: an urgent job was not published: %V", reason);
}
