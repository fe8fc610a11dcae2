
/*
 * What flows where:
 *   jobs (or offline) -> work -> probe -> work -> spool -> (durable) -> jobs' acknowledgement
 *                                                     \-> report -> hub
 * The region is known once there is a schedule, from disk or from the hub;
 * only then jobs and offline begin.
 *
 * The end has steps, each with a limit: probes in flight, the disk, the
 * acknowledgements, the report.
 */

#include "agent.h"

#include "clock.h"
#include "hub.h"
#include "jobs.h"
#include "offline.h"
#include "report.h"
#include "resolve.h"
#include "snapshot.h"
#include "state.h"
#include "work.h"

#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define AGENT_SEGMENT_BYTES (8u << 20)
#define AGENT_SEGMENTS_MIN 8
#define AGENT_SEGMENT_MS 60000
#define AGENT_STATS_MS 60000
#define AGENT_STEP_MS 25
#define AGENT_TWICE_MS 1000
#define AGENT_PROBES_END_MS 6500 /* after the signal; then what is under way is given up */
#define AGENT_REPORT_END_MS 8500 /* then what is left stays on disk */
#define AGENT_DISK_END_MS 9000
#define AGENT_CLOSE_S 1 /* then the process ends without more ado */

typedef struct {
    uv_loop_t loop;
    const config_t *config;
    const redis_address_t *redis;
    check_env_t env;
    http_t *http;
    resolve_t *resolve;
    spool_t *spool;
    work_t *work;
    hub_t *hub;
    report_t *report;
    snapshot_t *snapshot;
    offline_t *offline;
    jobs_t *jobs;
    uv_signal_t signals[2];
    uv_timer_t stats_timer;
    uv_timer_t stop_timer;
    int64_t stopping_since_ms; /* 0: running */
    int reported_last;         /* the last report was asked for */
    int status;
    int has_region;
    char region[SCHEDULE_REGION_MAX + 1];
    state_t state;
} agent_t;


/* --- the end -------------------------------------------------------------- */

static void
agent_close_timer(uv_timer_t *timer)
{
    if (timer->loop != NULL && !uv_is_closing((uv_handle_t *) timer)) {
        uv_close((uv_handle_t *) timer, NULL);
    }
}


static void
agent_on_alarm(int number)
{
    (void) number;
    _exit(0); /* only a name lookup is left that nobody waits for */
}


static void
agent_take_down(agent_t *agent)
{
    if (agent->jobs != NULL) {
        jobs_destroy(agent->jobs);
    }

    offline_destroy(agent->offline);
    snapshot_destroy(agent->snapshot);
    report_destroy(agent->report);
    agent_close_timer(&agent->stats_timer);
    agent_close_timer(&agent->stop_timer);

    for (int i = 0; i < 2; i++) {
        uv_close((uv_handle_t *) &agent->signals[i], NULL);
    }

    spool_close(agent->spool);
    resolve_destroy(agent->resolve);
    http_destroy(agent->http);
    signal(SIGALRM, agent_on_alarm);
    alarm(AGENT_CLOSE_S);
}


/* Is everything done that this moment of the end still waits for? */
static int
agent_is_drained(agent_t *agent, int64_t since_ms)
{
    int jobs_quiet = agent->jobs == NULL || jobs_is_quiet(agent->jobs);

    if (since_ms < AGENT_PROBES_END_MS && (work_in_flight(agent->work) > 0 || !jobs_quiet)) {
        return 0;
    }

    work_abandon(agent->work);

    if (spool_is_dirty(agent->spool)) {
        spool_flush(agent->spool);
        return 0;
    }

    if (since_ms >= AGENT_REPORT_END_MS) {
        return 1;
    }

    if (agent->jobs != NULL && jobs_is_acking(agent->jobs)) {
        return 0;
    }

    if (spool_counts(agent->spool).unreported == 0) {
        return 1;
    }

    if (!agent->reported_last) {
        agent->reported_last = 1;
        report_wake(agent->report, 1);
        return 0;
    }

    return report_is_failing(agent->report);
}


static void
agent_on_stop_step(uv_timer_t *timer)
{
    agent_t *agent = timer->data;
    int64_t since_ms = clock_ms() - agent->stopping_since_ms;

    if (since_ms > AGENT_DISK_END_MS) {
        log_error("agent", "the disk does not take the last results: they were not acknowledged");
        _exit(1);
    }

    if (!agent_is_drained(agent, since_ms)) {
        return;
    }

    log_info("agent", "stopping with %" PRIu64 " results on disk that are not reported yet",
             spool_counts(agent->spool).unreported);
    agent_take_down(agent);
}


static void
agent_stop(agent_t *agent, int status)
{
    if (agent->stopping_since_ms != 0) {
        return;
    }

    agent->status = status;
    agent->stopping_since_ms = clock_ms();
    offline_stop(agent->offline);
    snapshot_stop(agent->snapshot);

    if (agent->jobs != NULL) {
        jobs_stop(agent->jobs);
    }

    uv_timer_start(&agent->stop_timer, agent_on_stop_step, 0, AGENT_STEP_MS);
}


static void
agent_on_signal(uv_signal_t *handle, int number)
{
    agent_t *agent = handle->data;

    if (agent->stopping_since_ms != 0) {
        /* Ctrl-C reaches us and whoever started us, who then asks too: that is one request */
        if (clock_ms() - agent->stopping_since_ms > AGENT_TWICE_MS) {
            _exit(128 + number); /* asked twice: nothing acknowledged is lost by that */
        }

        return;
    }

    log_info("agent", "%s: finishing %u probes", number == SIGTERM ? "SIGTERM" : "SIGINT",
             work_in_flight(agent->work));
    agent_stop(agent, 0);
}


/* --- one thing's events, another's doing ---------------------------------- */

static void
agent_on_finished(void *data, const char *id)
{
    agent_t *agent = data;

    if (agent->jobs != NULL) {
        jobs_ack(agent->jobs, id);
    }
}


static void
agent_on_room(void *data)
{
    agent_t *agent = data;

    if (agent->jobs != NULL) {
        jobs_resume(agent->jobs);
    }
}


static void
agent_on_durable(void *data, uint64_t sequence)
{
    agent_t *agent = data;

    work_on_durable(agent->work, sequence);

    if (agent->jobs != NULL) {
        jobs_flush(agent->jobs);
    }

    report_wake(agent->report, 0);
}


static void
agent_on_record(void *data, const uint8_t *payload, size_t len)
{
    agent_t *agent = data;

    work_remember(agent->work, payload, len);
}


static unsigned
agent_room(void *data)
{
    agent_t *agent = data;

    return (agent->stopping_since_ms == 0) ? work_room(agent->work) : 0;
}


static void
agent_on_job(void *data, const char *id, const void *job, size_t len)
{
    agent_t *agent = data;

    work_take_job(agent->work, id, job, len);
}


static void
agent_on_slot(void *data, const schedule_entry_t *entry, int64_t slot_ms, int64_t expires_ms)
{
    agent_t *agent = data;

    work_take_slot(agent->work, entry->monitor, slot_ms, expires_ms, entry->spec, entry->spec_len);
}


static void
agent_on_offline(void *data)
{
    agent_t *agent = data;

    snapshot_refresh(agent->snapshot);
}


static void
agent_on_beat(void *data, int64_t watermark_ms)
{
    agent_t *agent = data;

    offline_on_beat(agent->offline, watermark_ms);
}


static void
agent_touch(void *data, const char *id)
{
    agent_t *agent = data;

    jobs_touch(agent->jobs, id);
}


static void
agent_on_touch(void *data)
{
    agent_t *agent = data;

    work_each_entry(agent->work, agent_touch, agent);
}


static void
agent_on_stats(uv_timer_t *timer)
{
    agent_t *agent = timer->data;
    work_counts_t work = work_counts(agent->work);
    spool_counts_t spool = spool_counts(agent->spool);
    report_counts_t report = report_counts(agent->report);

    log_info("agent",
             "probed %" PRIu64 ", in flight %u, reported %" PRIu64 ", waiting %" PRIu64
             "; doubles %" PRIu64 ", too late %" PRIu64 ", invalid %" PRIu64 ", not kept %" PRIu64
             ", rejected %" PRIu64 ", dropped %" PRIu64 ", failed writes %" PRIu64
             ", failed reports %" PRIu64,
             work.probed, work_in_flight(agent->work), report.reported, spool.unreported,
             work.doubles, work.expired, work.invalid, work.unspooled, report.rejected,
             spool.dropped, spool.failures, report.failures);
}


/* --- the region ----------------------------------------------------------- */

static int
agent_begin_region(agent_t *agent, const char *region)
{
    if (agent->config->region != NULL && strcmp(agent->config->region, region) != 0) {
        log_error("agent", "the token is for region %s, but REGION_NAME says %s", region,
                  agent->config->region);
        return -1;
    }

    snprintf(agent->region, sizeof(agent->region), "%s", region);
    agent->has_region = 1;

    jobs_options_t options = {
        .address = agent->redis,
        .region = agent->region,
        .name = agent->config->name,
        .on_job = agent_on_job,
        .capacity = agent_room,
        .on_beat = agent_on_beat,
        .on_touch = agent_on_touch,
        .data = agent,
    };

    agent->jobs = jobs_create(&agent->loop, &options);

    if (agent->jobs == NULL) {
        log_error("agent", "out of memory");
        return -1;
    }

    log_info("agent", "%s of region %s", agent->config->name, agent->region);
    offline_start(agent->offline);
    return 0;
}


static void
agent_on_schedule(void *data, const schedule_t *schedule)
{
    agent_t *agent = data;

    if (agent->stopping_since_ms != 0) {
        return;
    }

    if (agent->has_region && strcmp(agent->region, schedule->region) != 0) {
        log_error("agent",
                  "the token is for region %s, but the results in %s are of region %s: give each "
                  "region its own state directory",
                  schedule->region, agent->config->state, agent->region);
        agent_stop(agent, 1);
        return;
    }

    if (!agent->has_region && agent_begin_region(agent, schedule->region) != 0) {
        agent_stop(agent, 1);
        return;
    }

    offline_set_schedule(agent->offline, schedule);
}


/* --- the start ------------------------------------------------------------ */

/* The limit is kept by dropping whole segments, so there must be several. */
static uint64_t
agent_segment_bytes(uint64_t limit_bytes)
{
    uint64_t bytes = limit_bytes / AGENT_SEGMENTS_MIN;

    return (bytes < AGENT_SEGMENT_BYTES) ? bytes : AGENT_SEGMENT_BYTES;
}


static int
agent_open_work(agent_t *agent)
{
    char error[SPOOL_ERROR_MAX];
    const config_t *config = agent->config;

    work_options_t work = {
        .env = &agent->env,
        .probes_max = (unsigned) config->probes_max,
        .on_finished = agent_on_finished,
        .on_room = agent_on_room,
        .data = agent,
    };

    spool_options_t spool = {
        .directory = agent->state.spool,
        .limit_bytes = (uint64_t) config->spool_limit,
        .keep_ms = config->spool_keep_s * 1000,
        .segment_bytes = agent_segment_bytes((uint64_t) config->spool_limit),
        .segment_ms = AGENT_SEGMENT_MS,
        .on_durable = agent_on_durable,
        .on_record = agent_on_record,
        .data = agent,
    };

    agent->work = work_create(&work);

    if (agent->work == NULL) {
        log_error("agent", "out of memory");
        return -1;
    }

    agent->spool = spool_open(&agent->loop, &spool, error);

    if (agent->spool == NULL) {
        log_error("agent", "spool: %s", error);
        return -1;
    }

    work_set_spool(agent->work, agent->spool);
    return 0;
}


static int
agent_open_network(agent_t *agent)
{
    const config_t *config = agent->config;

    agent->http = http_create(&agent->loop, SCHEDULE_BYTES_MAX);
    agent->resolve = resolve_create(&agent->loop, config->resolvers);

    if (agent->http == NULL || agent->resolve == NULL) {
        log_error("agent", "the network libraries cannot be started%s",
                  config->resolvers != NULL ? " (is \"resolvers\" right?)" : "");
        return -1;
    }

    agent->env = (check_env_t){
        .http = agent->http,
        .resolve = agent->resolve,
        .guard = &config->guard,
        .loop = &agent->loop,
        .ca_file = config->ca_file,
        .body_limit = config->body_limit,
    };

    offline_options_t offline = {agent_on_slot, agent_room, agent_on_offline, agent};

    agent->hub = hub_create(config, agent->http);
    agent->offline = offline_create(&agent->loop, &offline);

    if (agent->hub == NULL || agent->offline == NULL) {
        return -1;
    }

    agent->report =
        report_create(&agent->loop, config, agent->hub, agent->spool, agent->state.rejected);
    agent->snapshot =
        snapshot_create(&agent->loop, agent->hub, agent->state.schedule, agent_on_schedule, agent);
    return (agent->report != NULL && agent->snapshot != NULL) ? 0 : -1;
}


static void
agent_begin(agent_t *agent)
{
    static const int numbers[2] = {SIGTERM, SIGINT};

    for (int i = 0; i < 2; i++) {
        uv_signal_init(&agent->loop, &agent->signals[i]);
        agent->signals[i].data = agent;
        uv_signal_start(&agent->signals[i], agent_on_signal, numbers[i]);
    }

    uv_timer_init(&agent->loop, &agent->stats_timer);
    uv_timer_init(&agent->loop, &agent->stop_timer);
    agent->stats_timer.data = agent;
    agent->stop_timer.data = agent;
    uv_timer_start(&agent->stats_timer, agent_on_stats, AGENT_STATS_MS, AGENT_STATS_MS);

    log_info("agent", "betterstack-agent " BS_VERSION ", hub %s, %" PRIu64 " results to report",
             agent->config->hub, spool_counts(agent->spool).unreported);

    snapshot_load(agent->snapshot);

    if (agent->stopping_since_ms == 0) {
        snapshot_start(agent->snapshot);
        report_wake(agent->report, 1);
    }
}


int
agent_run(const config_t *config, const redis_address_t *redis)
{
    agent_t *agent = calloc(1, sizeof(*agent));

    if (agent == NULL) {
        return 1;
    }

    agent->config = config;
    agent->redis = redis;
    uv_loop_init(&agent->loop);

    if (state_open(&agent->state, config->state) != 0 || agent_open_work(agent) != 0
        || agent_open_network(agent) != 0)
    {
        _exit(1); /* nothing has been begun that is worth taking down in order */
    }

    agent_begin(agent);
    uv_run(&agent->loop, UV_RUN_DEFAULT);

    int status = agent->status;

    work_destroy(agent->work);
    hub_destroy(agent->hub);
    uv_loop_close(&agent->loop);
    state_close(&agent->state);
    free(agent);
    return status;
}
