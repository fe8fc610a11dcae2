
/*
 * A batch goes when it is full or REPORT_LINGER_MS after its first tick became
 * durable.  An answer is believed only when it is a reply to a report: a proxy
 * or a wrong address that answers 200 to everything must not empty the spool.
 */

#include "report.h"

#include "backoff.h"
#include "bs_wire.h"
#include "clock.h"
#include "log.h"
#include "redact.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define REPORT_PATH "/agent/v1/report"
#define REPORT_TICKS_MAX 500
#define REPORT_LINGER_MS 200
#define REPORT_BYTES_SPARE 4096 /* of the body, for what is around the ticks */
#define REPORT_DENIED_MS 30000  /* a wrong token is not tried more often */
#define REPORT_ASIDE_MAX 100    /* batches kept for a look; later ones are only counted */
#define REPORT_CLOCK_SKEW_MS 5000
#define REPORT_HUB_SHOWN_MAX 256
#define REPORT_SKEW_LOG_MS 600000

struct report {
    const config_t *config;
    hub_t *hub;
    spool_t *spool;
    const char *aside;
    uv_timer_t timer;
    hub_call_t *call;
    msgpack_sbuffer ticks;
    msgpack_sbuffer body;
    unsigned batch_count;
    unsigned batch_max; /* smaller after a 413 */
    spool_position_t batch_end;
    unsigned failures; /* in a row */
    unsigned asides;   /* batches set aside since the start */
    int last_status;
    int64_t skew_logged_ms;
    report_counts_t counts;
};

static void report_send(report_t *report);


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
        log_warn("report", "%s: %s; results are kept on disk, next try in %.1f s",
                 report->config->hub, answer->words, (double) wait_ms / 1000);
    } else {
        log_warn("report", "%s answered %d; results are kept on disk, next try in %.1f s",
                 report->config->hub, answer->status, (double) wait_ms / 1000);
    }
}


static void
report_retry(report_t *report, const hub_answer_t *answer)
{
    report->failures++;
    report->counts.failures++;

    int64_t wait_ms = backoff_ms(report->failures, answer->retry_after_ms);

    if ((answer->status == 401 || answer->status == 403) && wait_ms < REPORT_DENIED_MS) {
        wait_ms = REPORT_DENIED_MS;
    }

    report_log_failure(report, answer, wait_ms);
    report_arm(report, wait_ms);
}


/* The hub will never take this batch: keep it for a look, and go on behind it. */
static void
report_set_aside(report_t *report, const hub_answer_t *answer)
{
    char path[4096];
    int words_len = (int) ((answer->body_len < 200) ? answer->body_len : 200);

    mkdir(report->aside, 0700);
    snprintf(path, sizeof(path), "%s/%" PRId64 "-%u.msgpack", report->aside, clock_wall_ms(),
             report->asides);

    int fd = -1;

    if (report->asides < REPORT_ASIDE_MAX) {
        report->asides++;
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    }

    int kept =
        fd >= 0 && write(fd, report->body.data, report->body.size) == (ssize_t) report->body.size;

    if (fd >= 0) {
        close(fd);
    }

    log_error("report", "the hub refused a batch of %u results for good (%d %.*s)%s%s",
              report->batch_count, answer->status, words_len, answer->body ? answer->body : "",
              kept ? ", set aside in " : ", and it could not be set aside", kept ? path : "");
    report->counts.rejected += report->batch_count;
    spool_commit(report->spool, report->batch_end, report->batch_count);
    report_arm(report, 0);
}


static void
report_too_large(report_t *report, const hub_answer_t *answer)
{
    if (report->batch_count <= 1) {
        report_set_aside(report, answer);
        return;
    }

    report->batch_max = report->batch_count / 2;
    log_warn("report", "the hub finds %u results too large (413): sending %u at a time",
             report->batch_count, report->batch_max);
    report_arm(report, 0);
}


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


static void
report_committed(report_t *report, const bs_wire_reply_t *reply)
{
    if (report->failures > 0) {
        log_info("report", "the hub takes results again, %" PRIu64 " are waiting",
                 spool_counts(report->spool).unreported);
    }

    if (reply->refused > 0) {
        log_warn("report", "the hub did not want %" PRIu32 " of %u results", reply->refused,
                 report->batch_count);
    }

    report_look_at_clock(report, reply->hub_time_ms);
    report->failures = 0;
    report->counts.reported += report->batch_count;
    spool_commit(report->spool, report->batch_end, report->batch_count);

    /* grow again slowly after a 413 */
    report->batch_max += (report->batch_max < REPORT_TICKS_MAX);
    report_wake(report, 0);
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
        report_set_aside(report, answer);
        return;
    case 413:
        report_too_large(report, answer);
        return;
    default:
        break;
    }

    if (error != NULL && report->failures == 0) {
        char hub[REPORT_HUB_SHOWN_MAX];

        redact_url(report->config->hub, hub, sizeof(hub));
        log_error("report", "%s answered 200, but not as a hub does (%s): is it the right address?",
                  hub, error);
    }

    report_retry(report, answer);
}


static int
report_encode(report_t *report)
{
    bs_wire_report_t head = {
        .agent = {report->config->name, strlen(report->config->name)},
        .version = {BS_VERSION, strlen(BS_VERSION)},
    };

    return bs_wire_report_encode(&report->body, &head, report->ticks.data, report->ticks.size,
                                 report->batch_count);
}


static void
report_send(report_t *report)
{
    hub_answer_t none = {.words = "out of memory"};

    if (report->call != NULL) {
        return;
    }

    msgpack_sbuffer_clear(&report->ticks);
    msgpack_sbuffer_clear(&report->body);

    report->batch_count =
        spool_read(report->spool, report->batch_max, BS_WIRE_REPORT_BYTES_MAX - REPORT_BYTES_SPARE,
                   &report->ticks, &report->batch_end);

    if (report->batch_count == 0) {
        if (spool_counts(report->spool).unreported > 0) {
            report_arm(report, REPORT_LINGER_MS); /* behind a damaged place there is more */
        }

        return;
    }

    if (report_encode(report) == 0) {
        report->call = hub_post(report->hub, REPORT_PATH, report->body.data, report->body.size,
                                report_on_done, report);
    }

    if (report->call == NULL) {
        report_retry(report, &none);
    }
}


void
report_wake(report_t *report, int now)
{
    uint64_t waiting = spool_counts(report->spool).unreported;

    if (report->call != NULL || waiting == 0) {
        return;
    }

    if (now || (report->failures == 0 && waiting >= report->batch_max)) {
        report_arm(report, 0);

    } else if (!uv_is_active((uv_handle_t *) &report->timer)) {
        report_arm(report, REPORT_LINGER_MS);
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


report_t *
report_create(uv_loop_t *loop, const config_t *config, hub_t *hub, spool_t *spool,
              const char *aside)
{
    report_t *report = calloc(1, sizeof(*report));

    if (report == NULL) {
        return NULL;
    }

    report->config = config;
    report->hub = hub;
    report->spool = spool;
    report->aside = aside;
    report->batch_max = REPORT_TICKS_MAX;
    msgpack_sbuffer_init(&report->ticks);
    msgpack_sbuffer_init(&report->body);
    uv_timer_init(loop, &report->timer);
    report->timer.data = report;
    return report;
}


static void
report_on_closed(uv_handle_t *handle)
{
    report_t *report = handle->data;

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

    uv_close((uv_handle_t *) &report->timer, report_on_closed);
}
