
/*
 * The end has steps, each with a limit: probes in flight, the disk, the
 * acknowledgements, the report.
 */

#include "agent_parts.h"

#include "agent_door.h"
#include "agent_reload.h"
#include "clock.h"

#include <inttypes.h>
#include <signal.h>
#include <unistd.h>

#define AGENT_STEP_MS 25
#define AGENT_TWICE_MS 1000
#define AGENT_PROBES_END_MS 6500 /* after the signal; then what is under way is given up */
#define AGENT_REPORT_END_MS 8500 /* then what is left stays on disk */
#define AGENT_DISK_END_MS 9000
#define AGENT_CLOSE_S 1 /* then the process ends without more ado */


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

    hold_destroy(agent->hold);
    agent_door_close(agent);
    offline_destroy(agent->offline);
    due_destroy(agent->due);
    snapshot_destroy(agent->snapshot);
    emergency_destroy(agent->emergency);
    report_destroy(agent->report);
    deliver_destroy(agent->deliver);
    agent_close_timer(&agent->stats_timer);
    agent_close_timer(&agent->stop_timer);

    for (int i = 0; i < AGENT_SIGNALS; i++) {
        uv_close((uv_handle_t *) &agent->signals[i], NULL);
    }

    work_close(agent->work);
    health_destroy(agent->health);
    lag_destroy(agent->lag);
    spool_close(agent->spool);
    check_env_close(&agent->env);
    signal(SIGALRM, agent_on_alarm);
    alarm(AGENT_CLOSE_S);
}


/* Messages whose end is not known. */
static unsigned
agent_undelivered(const agent_t *agent)
{
    deliver_counts_t counts = deliver_counts(agent->deliver);

    return counts.held - counts.unreported;
}


/* Is everything done that this moment of the end still waits for? */
static int
agent_is_drained(agent_t *agent, int64_t since_ms)
{
    int jobs_quiet = agent->jobs == NULL || jobs_is_quiet(agent->jobs);

    unsigned unfinished = work_in_flight(agent->work) + hold_count(agent->hold);

    unfinished += agent_undelivered(agent);

    if (since_ms < AGENT_PROBES_END_MS && (unfinished > 0 || !jobs_quiet)) {
        return 0;
    }

    hold_drop(agent->hold);
    work_abandon(agent->work);
    deliver_abandon(agent->deliver);

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

    /* a backlog has waited, and goes on waiting on disk */
    if (spool_waiting(agent->spool) == spool_backlog(agent->spool)
        && deliver_counts(agent->deliver).unreported == 0)
    {
        return 1;
    }

    if (!agent->reported_last) {
        agent->reported_last = 1;
        report_now(agent->report);
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


void
agent_stop(agent_t *agent, int status)
{
    if (agent->stopping_since_ms != 0) {
        return;
    }

    agent->status = status;
    agent->stopping_since_ms = clock_ms();
    offline_stop(agent->offline);
    snapshot_stop(agent->snapshot);
    deliver_stop(agent->deliver);

    if (agent->jobs != NULL) {
        jobs_stop(agent->jobs);
    }

    uv_timer_start(&agent->stop_timer, agent_on_stop_step, 0, AGENT_STEP_MS);
}


void
agent_on_signal(uv_signal_t *handle, int number)
{
    agent_t *agent = handle->data;

    if (number == SIGHUP) {
        agent_reload(agent);
        return;
    }

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
