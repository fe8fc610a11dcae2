
#include "ngx_bs_lease.h"
#include "../io/ngx_bs_clock.h"

#include <bs_keys.h>


/* Contenders of one nginx are started together; so they do not stay in step. */
#define NGX_BS_LEASE_JITTER_MS  100

/* A worker that has just started waits for Postgres only. */
#define NGX_BS_LEASE_UNABLE_MS  50


/*
 * Acquires and renews: a key that is gone (Redis lost its data) is free, and
 * the former holder may take it again like anybody.
 */
#define NGX_BS_LEASE_ACQUIRE                                                  \
    "local v = redis.call('GET', KEYS[1]) "                                   \
    "if v and v ~= ARGV[1] then return {0} end "                              \
    "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) "                     \
    "return {1, redis.call('GET', KEYS[2])}"

#define NGX_BS_LEASE_RELEASE                                                  \
    "if redis.call('GET', KEYS[1]) ~= ARGV[1] then return 0 end "             \
    "if ARGV[2] ~= '-1' then redis.call('SET', KEYS[2], ARGV[2]) end "        \
    "return redis.call('DEL', KEYS[1])"


static void ngx_bs_lease_tick(void *data);
static void ngx_bs_lease_yield(ngx_bs_lease_t *lease);
static void ngx_bs_lease_ask(ngx_bs_lease_t *lease);
static void ngx_bs_lease_answer(void *data, const ngx_bs_redis_reply_t *reply);
static void ngx_bs_lease_granted(ngx_bs_lease_t *lease, int64_t watermark);
static void ngx_bs_lease_refused(ngx_bs_lease_t *lease);
static void ngx_bs_lease_lose(ngx_bs_lease_t *lease, ngx_flag_t taken);
static int64_t ngx_bs_lease_watermark(const ngx_bs_redis_reply_t *reply);
static void ngx_bs_lease_released(void *data,
    const ngx_bs_redis_reply_t *reply);
static void ngx_bs_lease_forget_pid(ngx_bs_lease_t *lease, ngx_pid_t pid);


void
ngx_bs_lease_init(ngx_bs_lease_t *lease, ngx_bs_worker_t *worker,
    const ngx_bs_lease_handlers_t *handlers, void *data, ngx_log_t *log)
{
    ngx_memzero(lease, sizeof(ngx_bs_lease_t));

    lease->redis = worker->redis;
    lease->zone = worker->zone;
    lease->handlers = handlers;
    lease->data = data;
    lease->log = log;

    lease->token.data = lease->token_data;
    lease->token.len = ngx_snprintf(lease->token_data, NGX_BS_LEASE_TOKEN_LEN,
                                    "%V:%P:%08xD%08xD",
                                    &ngx_cycle->hostname, ngx_pid,
                                    (uint32_t) ngx_random(),
                                    (uint32_t) ngx_time())
                       - lease->token_data;

    ngx_bs_timer_init(&lease->timer, NGX_BS_TIMER_YIELDS, ngx_bs_lease_tick,
                      lease, log);
}


void
ngx_bs_lease_start(ngx_bs_lease_t *lease)
{
    ngx_bs_timer_set(&lease->timer, 1 + ngx_random() % NGX_BS_LEASE_JITTER_MS);
}


ngx_flag_t
ngx_bs_lease_valid(ngx_bs_lease_t *lease)
{
    return lease->held && ngx_bs_clock_steady() < lease->until;
}


void
ngx_bs_lease_resign(ngx_bs_lease_t *lease)
{
    lease->resigned = 1;
    ngx_bs_timer_clear(&lease->timer);
}


static void
ngx_bs_lease_tick(void *data)
{
    ngx_bs_lease_t  *lease = data;

    ngx_msec_t  delay;

    delay = NGX_BS_LEASE_TRY_MS - NGX_BS_LEASE_JITTER_MS / 2
            + ngx_random() % NGX_BS_LEASE_JITTER_MS;

    ngx_bs_timer_set(&lease->timer, delay);

    if (lease->held && !ngx_bs_lease_valid(lease)) {
        ngx_bs_lease_lose(lease, 0);
    }

    if (!lease->handlers->able(lease->data)) {
        ngx_bs_lease_yield(lease);
        return;
    }

    if (!lease->asked) {
        ngx_bs_lease_ask(lease);
    }
}


/* Whoever cannot schedule now leaves it to somebody who perhaps can. */

static void
ngx_bs_lease_yield(ngx_bs_lease_t *lease)
{
    ngx_bs_timer_set(&lease->timer, NGX_BS_LEASE_UNABLE_MS);

    if (lease->held && ngx_bs_lease_release(lease, -1) == NGX_OK) {
        lease->handlers->lost(lease->data, 1);
    }
}


static void
ngx_bs_lease_ask(ngx_bs_lease_t *lease)
{
    ngx_str_t  argv[] = {
        ngx_string("EVAL"),
        ngx_string(NGX_BS_LEASE_ACQUIRE),
        ngx_string("2"),
        ngx_string(BS_KEY_LEASE),
        ngx_string(BS_KEY_WATERMARK),
        lease->token,
        ngx_string(ngx_value(NGX_BS_LEASE_MS))
    };

    /* The lease counts from before Redis could have seen the command. */

    lease->asked_at = ngx_bs_clock_steady();

    if (ngx_bs_redis_command(lease->redis, sizeof(argv) / sizeof(argv[0]),
                             argv, ngx_bs_lease_answer, lease)
        == NGX_OK)
    {
        lease->asked = 1;
    }
}


static void
ngx_bs_lease_answer(void *data, const ngx_bs_redis_reply_t *reply)
{
    ngx_bs_lease_t  *lease = data;

    ngx_str_t  error;

    lease->asked = 0;

    if (lease->resigned || reply == NULL) {
        return;
    }

    if (ngx_bs_redis_reply_type(reply) == NGX_BS_REDIS_ERROR) {
        ngx_bs_redis_reply_string(reply, &error);
        ngx_log_error(ngx_bs_complaint_level(&lease->complaint, &error),
                      lease->log, 0, "betterstack: scheduler lease: %V",
                      &error);
        return;
    }

    (void) ngx_bs_complaint_over(&lease->complaint);

    if (ngx_bs_redis_reply_type(reply) != NGX_BS_REDIS_ARRAY
        || ngx_bs_redis_reply_count(reply) == 0)
    {
        return;
    }

    if (ngx_bs_redis_reply_integer(ngx_bs_redis_reply_element(reply, 0)) == 1) {
        ngx_bs_lease_granted(lease, ngx_bs_lease_watermark(reply));

    } else {
        ngx_bs_lease_refused(lease);
    }
}


static void
ngx_bs_lease_granted(ngx_bs_lease_t *lease, int64_t watermark)
{
    lease->until = lease->asked_at + NGX_BS_LEASE_MS;

    if (lease->until <= ngx_bs_clock_steady()) {
        /* an answer that took too long is worth nothing */
        return;
    }

    ngx_bs_timer_set(&lease->timer, NGX_BS_LEASE_RENEW_MS);

    if (lease->held) {
        return;
    }

    lease->held = 1;
    lease->zone->scheduler_pid = (ngx_atomic_t) ngx_pid;

    ngx_bs_zone_count(lease->zone, lease_acquired);

    ngx_log_error(NGX_LOG_NOTICE, lease->log, 0,
                  "betterstack: this worker schedules now, watermark %L",
                  watermark);

    lease->handlers->acquired(lease->data, watermark);
}


static void
ngx_bs_lease_refused(ngx_bs_lease_t *lease)
{
    ngx_pid_t  pid;

    if (lease->held) {
        ngx_bs_lease_lose(lease, 1);
        return;
    }

    /* A holder of this nginx that was killed could not take its name down. */

    pid = (ngx_pid_t) lease->zone->scheduler_pid;

    if (pid != 0 && kill(pid, 0) == -1 && ngx_errno == NGX_ESRCH) {
        ngx_bs_lease_forget_pid(lease, pid);
    }

    lease->handlers->denied(lease->data);
}


static void
ngx_bs_lease_lose(ngx_bs_lease_t *lease, ngx_flag_t taken)
{
    lease->held = 0;
    ngx_bs_lease_forget_pid(lease, ngx_pid);

    ngx_log_error(NGX_LOG_WARN, lease->log, 0,
                  "betterstack: this worker no longer schedules: %s",
                  taken ? "another one holds the lease"
                        : "the lease could not be renewed in time");

    lease->handlers->lost(lease->data, taken);
}


static int64_t
ngx_bs_lease_watermark(const ngx_bs_redis_reply_t *reply)
{
    off_t                        value;
    ngx_str_t                    text;
    const ngx_bs_redis_reply_t  *element;

    if (ngx_bs_redis_reply_count(reply) < 2) {
        return -1;
    }

    element = ngx_bs_redis_reply_element(reply, 1);

    if (ngx_bs_redis_reply_type(element) != NGX_BS_REDIS_STRING) {
        return -1;
    }

    ngx_bs_redis_reply_string(element, &text);

    value = ngx_atoof(text.data, text.len);

    return value == NGX_ERROR ? -1 : (int64_t) value;
}


ngx_int_t
ngx_bs_lease_release(ngx_bs_lease_t *lease, int64_t watermark)
{
    u_char     number[NGX_INT64_LEN];
    ngx_int_t  rc;
    ngx_str_t  argv[] = {
        ngx_string("EVAL"),
        ngx_string(NGX_BS_LEASE_RELEASE),
        ngx_string("2"),
        ngx_string(BS_KEY_LEASE),
        ngx_string(BS_KEY_WATERMARK),
        lease->token,
        { 0, number }
    };

    argv[6].len = ngx_sprintf(number, "%L", watermark) - number;

    rc = ngx_bs_redis_command(lease->redis, sizeof(argv) / sizeof(argv[0]),
                              argv, ngx_bs_lease_released, lease);

    if (rc == NGX_OK) {
        lease->held = 0;
        ngx_bs_lease_forget_pid(lease, ngx_pid);

        ngx_log_error(NGX_LOG_NOTICE, lease->log, 0,
                      "betterstack: this worker gives the scheduler lease "
                      "back, watermark %L", watermark);
    }

    return rc;
}


static void
ngx_bs_lease_released(void *data, const ngx_bs_redis_reply_t *reply)
{
    ngx_bs_lease_t  *lease = data;

    lease->handlers->released(lease->data);
}


static void
ngx_bs_lease_forget_pid(ngx_bs_lease_t *lease, ngx_pid_t pid)
{
    (void) ngx_atomic_cmp_set(&lease->zone->scheduler_pid,
                              (ngx_atomic_uint_t) pid, 0);
}
