
/*
 * A batch goes when it is full or REPORT_LINGER_MS after its first tick became
 * durable; the backlog goes along at the pace that `pace` allows.  An answer is
 * believed only when it is a reply to a report: a proxy or a wrong address that
 * answers 200 to everything must not empty the spool.
 *
 * A batch that is malformed (400) is halved until the bad tick is alone.  That
 * is set aside only when the hub has taken another report meanwhile, be it an
 * empty one: what answers 400 to everything is no judge of ticks.
 */

#include "report.h"

#include "aside.h"
#include "backoff.h"
#include "clock.h"
#include "log.h"
#include "pace.h"
#include "redact.h"
#include "report_database.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#define REPORT_PATH "/agent/v1/report"
#define REPORT_TICKS_MAX 500
#define REPORT_LINGER_MS 200
#define REPORT_IDLE_MS 30000 /* at the latest; a sixth of it sooner, by chance */
#define REPORT_DELIVERING_IDLE_MS 5000
#define REPORT_BYTES_SPARE 98304 /* of the body, for what is around the ticks */
#define REPORT_DENIED_MS 30000   /* a wrong token is not tried more often */
#define REPORT_BACKLOG_DELAY_MAX_MS 5000
#define REPORT_CLOCK_SKEW_MS 5000
#define REPORT_SKEW_LOG_MS 600000
#define REPORT_HUB_SHOWN_MAX 256
#define REPORT_ASIDE_LOG_MS 10000

struct report {
    report_options_t options;
    char hub[REPORT_HUB_SHOWN_MAX]; /* for logs: no password in it */
    uv_timer_t timer;               /* the next call */
    uv_timer_t idle_timer;          /* an empty one, if nothing else was sent */
    hub_call_t *call;
    int64_t sent_us;
    msgpack_sbuffer ticks;
    msgpack_sbuffer body;
    spool_batch_t batch; /* under way, or to be repeated */
    unsigned batch_max;  /* smaller after a 413 */
    int send_empty;      /* the next call goes even with nothing to carry */
    int isolating;       /* a bad tick is looked for among the suspects */
    spool_batch_t suspects;
    unsigned isolate_max;
    int proven; /* the hub has taken something since a tick was set aside */
    pace_t pace;
    report_database_t database;
    unsigned failures; /* in a row */
    int last_status;
    int64_t skew_logged_ms;
    int64_t aside_logged_ms;
    uint64_t asides_unlogged;
    report_counts_t counts;
    int closing;
};

static void report_send(report_t *report);


/* --- when ----------------------------------------------------------------- */

static void
report_on_timer(uv_timer_t *timer)
{
    report_send(timer->data);
}


static void
report_arm(report_t *report, int64_t ms)
{
    uv_timer_start(&report->timer, report_on_timer, (uint64_t) ms, 0);
}


static void
report_on_idle(uv_timer_t *timer)
{
    report_t *report = timer->data;

    report->send_empty = 1;

    /* else the call under way, or the next try of a failed one, does as well */
    if (report->call == NULL && report->failures == 0) {
        report_send(report);
    }
}


static void
report_arm_idle(report_t *report)
{
    uint16_t chance = 0;

    if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) < 0) {
        chance = 0;
    }

    unsigned most = report->options.config->deliver ? REPORT_DELIVERING_IDLE_MS : REPORT_IDLE_MS;

    uv_timer_start(&report->idle_timer, report_on_idle, most - chance % (most / 6), 0);
}


/* Is there as much as one call carries? */
static int
report_is_full(report_t *report)
{
    uint64_t backlog = spool_backlog(report->options.spool);
    uint64_t room = pace_room(&report->pace, clock_ms());

    return spool_waiting(report->options.spool) - backlog + (backlog < room ? backlog : room)
           >= report->batch_max;
}


void
report_wake(report_t *report, int now)
{
    int nothing = spool_waiting(report->options.spool) == 0 && !report->send_empty;

    if (report->call != NULL || nothing) {
        return;
    }

    if (now || (report->failures == 0 && report_is_full(report))) {
        report_arm(report, 0);

    } else if (!uv_is_active((uv_handle_t *) &report->timer)) {
        report_arm(report, REPORT_LINGER_MS);
    }
}


void
report_now(report_t *report)
{
    report->send_empty = 1;

    if (report->call == NULL && report->failures == 0) {
        report_arm(report, 0);
    }
}


/* --- answers that are no reply --------------------------------------------- */

/* Once when it begins and when it ends, not at each try. */
static void
report_log_failure(report_t *report, const hub_answer_t *answer, int64_t wait_ms)
{
    int changed = report->failures == 1 || answer->status != report->last_status;

    report->last_status = answer->status;

    if (!changed) {
        return;
    }

    if (answer->status == 401) {
        log_error("report", "the hub does not accept the region token (401): check \"token\"; "
                            "results are kept on disk");
    } else if (answer->status == 0) {
        log_warn("report", "%s: %s; results are kept on disk, next try in %.1f s", report->hub,
                 answer->words, (double) wait_ms / 1000);
    } else {
        log_warn("report", "%s answered %d; results are kept on disk, next try in %.1f s",
                 report->hub, answer->status, (double) wait_ms / 1000);
    }
}


static void
report_retry(report_t *report, const hub_answer_t *answer)
{
    report->failures++;
    report->counts.failures++;
    report->send_empty = 1; /* to know when the hub is well again */

    int64_t wait_ms = backoff_ms(report->failures, answer->retry_after_ms);

    if ((answer->status == 401 || answer->status == 403) && wait_ms < REPORT_DENIED_MS) {
        wait_ms = REPORT_DENIED_MS;
    }

    report_log_failure(report, answer, wait_ms);
    report_arm(report, wait_ms);
}


/* Not a line for each: there may be many of one kind. */
static void
report_log_aside(report_t *report, const hub_answer_t *answer, const char *kept)
{
    int64_t now = clock_ms();
    int words_len = (int) ((answer->body_len < 200) ? answer->body_len : 200);

    report->asides_unlogged++;

    if (report->aside_logged_ms != 0 && now - report->aside_logged_ms < REPORT_ASIDE_LOG_MS) {
        return;
    }

    log_error("report", "the hub refused %" PRIu64 " results for good (%d %.*s)%s%s",
              report->asides_unlogged, answer->status, words_len, answer->body ? answer->body : "",
              kept != NULL ? ", the last is set aside in " : ", and they could not be set aside",
              kept != NULL ? kept : "");
    report->aside_logged_ms = now;
    report->asides_unlogged = 0;
}


/* The hub will never take this one: keep it for a look, and go on behind it. */
static void
report_set_aside(report_t *report, const hub_answer_t *answer)
{
    char path[ASIDE_PATH_MAX];
    int kept = aside_keep(report->options.aside, report->body.data, report->body.size, path) == 0;

    report_log_aside(report, answer, kept ? path : NULL);
    report->counts.rejected++;
    report->proven = 0;
    spool_commit(report->options.spool, &report->batch);
    report_arm(report, 0);
}


/* 400 or 413: a smaller batch, down to the one that is to blame. */
static void
report_refused(report_t *report, const hub_answer_t *answer)
{
    unsigned records = report->batch.records;

    if (records == 0) {
        report_retry(report, answer);
        return;
    }

    if (records == 1 && report->proven) {
        report_set_aside(report, answer);
        return;
    }

    if (records == 1) {
        report->send_empty = 1;
    }

    if (answer->status == 413 && records > 1) {
        report->batch_max = records / 2;
        log_warn("report", "the hub finds %u results too large (413): sending %u at a time",
                 records, report->batch_max);

    } else if (!report->isolating) {
        report->isolating = 1;
        report->suspects = report->batch;
        report->proven = 0;
        log_warn("report", "the hub refused a batch of %u results (%d): looking for the bad one",
                 records, answer->status);
    }

    report->isolate_max = (records > 1) ? records / 2 : 1;
    report_arm(report, 0);
}


/* --- replies --------------------------------------------------------------- */

static void
report_look_at_clock(report_t *report, int64_t hub_ms)
{
    int64_t skew_ms = clock_wall_ms() - hub_ms;
    int64_t now = clock_ms();

    if (skew_ms > -REPORT_CLOCK_SKEW_MS && skew_ms < REPORT_CLOCK_SKEW_MS) {
        return;
    }

    if (report->skew_logged_ms == 0 || now - report->skew_logged_ms > REPORT_SKEW_LOG_MS) {
        report->skew_logged_ms = now;
        log_warn("report", "the clock here and the hub's differ by %.1f s",
                 (double) skew_ms / 1000);
    }
}


/* The hub is back.  What is new now goes first; much that has waited follows at its pace. */
static void
report_recovered(report_t *report)
{
    uint64_t waiting = spool_waiting(report->options.spool);

    log_info("report", "the hub takes results again, %" PRIu64 " are waiting", waiting);
    report->failures = 0;

    if (waiting > REPORT_TICKS_MAX) {
        spool_split(report->options.spool);
        pace_hold(&report->pace, clock_ms(), REPORT_BACKLOG_DELAY_MAX_MS);
    }
}


static void
report_committed(report_t *report, const bs_wire_reply_t *reply)
{
    int64_t now_us = clock_us();
    const spool_batch_t *batch = &report->batch;

    if (reply->refused > 0) {
        log_warn("report", "the hub did not want %" PRIu32 " of %u results", reply->refused,
                 batch->records);
    }

    report_look_at_clock(report, reply->hub_time_ms);
    report->counts.reported += batch->records;
    report->counts.reached_ms = now_us / 1000;
    report->proven = 1;
    pace_spend(&report->pace, batch->backlog);
    spool_commit(report->options.spool, batch);
    report_database_seen(&report->database, reply->database, report->options.spool);

    if (report->failures > 0) {
        report_recovered(report);
    }

    /* grow again slowly after a 413, fast while a bad tick is looked for */
    report->batch_max += (report->batch_max < REPORT_TICKS_MAX);
    report->isolate_max *= (report->isolating && batch->records > 0) ? 2 : 1;
    report_arm_idle(report);
    report->options.on_reply(report->options.data, reply, report->sent_us, now_us);
    report_wake(report, report->isolating);
}


static void
report_on_done(void *data, const hub_answer_t *answer)
{
    report_t *report = data;
    const char *error = NULL;
    bs_wire_reply_t reply;

    report->call = NULL;

    switch (answer->status) {
    case 200:
        if (bs_wire_reply_decode(answer->body, answer->body_len, &reply, &error) == 0) {
            report_committed(report, &reply);
            return;
        }

        break;
    case 400:
    case 413:
        report_refused(report, answer);
        return;
    default:
        break;
    }

    if (error != NULL && report->failures == 0) {
        log_error("report", "%s answered 200, but not as a hub does (%s): is it the right address?",
                  report->hub, error);
    }

    report_retry(report, answer);
}


/* --- calls ----------------------------------------------------------------- */

/* The next batch; while a bad tick is looked for, from the suspects only. */
static void
report_read(report_t *report)
{
    spool_t *spool = report->options.spool;
    spool_want_t want = {
        .records_max = report->batch_max,
        /* a hub that is not well is not asked to take it */
        .backlog_max = (report->failures == 0) ? pace_room(&report->pace, clock_ms()) : 0,
        .bytes_max = BS_WIRE_REPORT_BYTES_MAX - REPORT_BYTES_SPARE,
    };

    msgpack_sbuffer_clear(&report->ticks);

    /* whether it is the hub's trouble or a tick's is asked without any */
    if (report->isolating && report->isolate_max == 1 && !report->proven && report->send_empty) {
        memset(&report->batch, 0, sizeof(report->batch));
        return;
    }

    if (report->isolating) {
        if (want.records_max > report->isolate_max) {
            want.records_max = report->isolate_max;
        }

        if (spool_read_again(spool, &report->suspects, &want, &report->ticks, &report->batch) > 0) {
            return;
        }

        report->isolating = 0;
        want.records_max = report->batch_max;
    }

    spool_read(spool, &want, &report->ticks, &report->batch);
}


void
report_say(bs_wire_report_t *report, const char *name, int64_t value)
{
    if (report->self_count < BS_WIRE_SELF_MAX) {
        report->self[report->self_count++] = (bs_wire_self_t){{name, strlen(name)}, value};
    }
}


static int
report_encode(report_t *report)
{
    const char *name = report->options.config->name;
    bs_wire_report_t head = {
        .agent = {name, strlen(name)},
        .version = {BS_VERSION, strlen(BS_VERSION)},
    };

    msgpack_sbuffer_clear(&report->body);
    report->options.on_self(report->options.data, &head);

    return bs_wire_report_encode(&report->body, &head, report->ticks.data, report->ticks.size,
                                 report->batch.records);
}


static void
report_send(report_t *report)
{
    hub_answer_t none = {.words = "out of memory"};

    if (report->call != NULL) {
        return;
    }

    report_read(report);

    if (report->batch.records == 0 && !report->send_empty) {
        report_wake(report, 0); /* a backlog that waits its turn, or behind a damaged place more */
        return;
    }

    report->send_empty = 0;
    report->sent_us = clock_us();

    if (report_encode(report) == 0) {
        report->call = hub_post(report->options.hub, REPORT_PATH, report->body.data,
                                report->body.size, report_on_done, report);
    }

    if (report->call == NULL) {
        report_retry(report, &none);
    }
}


int
report_is_failing(const report_t *report)
{
    return report->failures > 0;
}


report_counts_t
report_counts(const report_t *report)
{
    return report->counts;
}


/* --- start and end --------------------------------------------------------- */

report_t *
report_create(uv_loop_t *loop, const report_options_t *options)
{
    report_t *report = calloc(1, sizeof(*report));
    int64_t now = clock_ms();

    if (report == NULL) {
        return NULL;
    }

    report->options = *options;
    redact_url(options->config->hub, report->hub, sizeof(report->hub));
    report->batch_max = REPORT_TICKS_MAX;
    report->send_empty = 1;
    report_database_open(&report->database, options->database);
    pace_init(&report->pace, (unsigned) options->config->backlog_rate, REPORT_TICKS_MAX, now);

    if (spool_waiting(options->spool) > REPORT_TICKS_MAX) {
        pace_hold(&report->pace, now, REPORT_BACKLOG_DELAY_MAX_MS);
    }

    msgpack_sbuffer_init(&report->ticks);
    msgpack_sbuffer_init(&report->body);
    uv_timer_init(loop, &report->timer);
    uv_timer_init(loop, &report->idle_timer);
    report->timer.data = report;
    report->idle_timer.data = report;
    return report;
}


static void
report_on_closed(uv_handle_t *handle)
{
    report_t *report = handle->data;

    if (--report->closing > 0) {
        return;
    }

    msgpack_sbuffer_destroy(&report->ticks);
    msgpack_sbuffer_destroy(&report->body);
    free(report);
}


void
report_destroy(report_t *report)
{
    if (report->call != NULL) {
        hub_cancel(report->call);
    }

    report->closing = 2;
    uv_close((uv_handle_t *) &report->timer, report_on_closed);
    uv_close((uv_handle_t *) &report->idle_timer, report_on_closed);
}
