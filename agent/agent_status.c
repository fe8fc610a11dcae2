
#include "agent_status.h"

#include "agent_parts.h"
#include "clock.h"

#include <jansson.h>
#include <stdio.h>

#define AGENT_STATUS_ROWS_MAX 40
#define AGENT_STATUS_NAME_MAX 64

typedef struct {
    const char *name;
    metrics_type_t type;
    const char *help;
    int64_t value;
} agent_status_row_t;

typedef struct {
    size_t count;
    agent_status_row_t rows[AGENT_STATUS_ROWS_MAX];
} agent_status_t;


static void
agent_status_add(agent_status_t *status, const char *name, metrics_type_t type, int64_t value,
                 const char *help)
{
    if (status->count < AGENT_STATUS_ROWS_MAX) {
        status->rows[status->count++] = (agent_status_row_t){name, type, help, value};
    }
}


static void
agent_status_add_work(agent_status_t *status, const agent_t *agent)
{
    work_counts_t work = work_counts(agent->work);

    agent_status_add(status, "in_flight", METRICS_GAUGE, work_in_flight(agent->work),
                     "Probes under way, and results that are not on disk yet");
    agent_status_add(status, "probed", METRICS_COUNTER, (int64_t) work.probed,
                     "Probes that have ended");
    agent_status_add(status, "doubles", METRICS_COUNTER, (int64_t) work.doubles,
                     "Jobs that were known already");
    agent_status_add(status, "expired", METRICS_COUNTER, (int64_t) work.expired,
                     "Slots written down as not measured because it was too late");
    agent_status_add(status, "invalid", METRICS_COUNTER, (int64_t) work.invalid,
                     "Jobs that make no sense");
    agent_status_add(status, "unspooled", METRICS_COUNTER, (int64_t) work.unspooled,
                     "Results that could not be kept; their jobs come again");
    agent_status_add(status, "crowded", METRICS_COUNTER, (int64_t) work.crowded,
                     "Slots not probed because too many of the monitor's were under way");
    agent_status_add(status, "overloaded", METRICS_COUNTER, (int64_t) work.overloaded,
                     "Failures, and probes not begun, that the agent's own load explains");
    agent_status_add(status, "lagged", METRICS_COUNTER, (int64_t) work.lagged,
                     "Results marked because the loop lagged meanwhile");
    agent_status_add(status, "own_failures", METRICS_COUNTER, (int64_t) work.own,
                     "Failures that were the agent's, of any kind");
    agent_status_add(status, "held", METRICS_GAUGE, hold_count(agent->hold),
                     "Jobs that wait for their slot");
    agent_status_add(status, "offline", METRICS_GAUGE, offline_is_walking(agent->offline),
                     "1: the schedule on disk is being run, because no jobs come");
}


static void
agent_status_add_health(agent_status_t *status, const agent_t *agent)
{
    health_summary_t health;

    health_summary(agent->health, &health);
    agent_status_add(status, "uplink", METRICS_GAUGE, health.uplink,
                     "1: the control targets can be reached, 0: none of them");
    agent_status_add(status, "dns", METRICS_GAUGE, health.dns,
                     "1: the agent's name servers answer, 0: none of them");

    if (health.clock_known) {
        agent_status_add(status, "clock_offset_ms", METRICS_GAUGE, health.clock_offset_ms,
                         "The hub's clock minus the agent's");
    }

    agent_status_add(status, "lag_max_us", METRICS_GAUGE, health.lag_max_us,
                     "The loop's worst stall in the last minute");
    agent_status_add(status, "busy_permille", METRICS_GAUGE, health.busy_permille,
                     "Share of the last second in which the loop was at work");
    agent_status_add(status, "fds", METRICS_GAUGE, health.fds, "Open descriptors");
    agent_status_add(status, "fds_max", METRICS_GAUGE, health.fds_max,
                     "How many descriptors there may be");
    agent_status_add(status, "failures_asking", METRICS_GAUGE, health.failures_asking,
                     "Failed probes that wait to hear whether it was the agent's own trouble");
}


static void
agent_status_add_results(agent_status_t *status, const agent_t *agent)
{
    spool_counts_t spool = spool_counts(agent->spool);
    report_counts_t report = report_counts(agent->report);

    agent_status_add(status, "waiting", METRICS_GAUGE, (int64_t) spool_waiting(agent->spool),
                     "Results that the hub has not taken yet");
    agent_status_add(status, "spool_bytes", METRICS_GAUGE, (int64_t) spool.bytes,
                     "What the spool takes on disk");
    agent_status_add(status, "dropped", METRICS_COUNTER, (int64_t) spool.dropped,
                     "Results dropped because the spool was at its limit");
    agent_status_add(status, "failed_writes", METRICS_COUNTER, (int64_t) spool.failures,
                     "Writes to the spool that failed and were repeated");
    agent_status_add(status, "reported", METRICS_COUNTER, (int64_t) report.reported,
                     "Results the hub has taken");
    agent_status_add(status, "rejected", METRICS_COUNTER, (int64_t) report.rejected,
                     "Results the hub refuses, set aside on disk");
    agent_status_add(status, "failed_reports", METRICS_COUNTER, (int64_t) report.failures,
                     "Reports that failed and were repeated");
}


static void
agent_status_add_deliveries(agent_status_t *status, const agent_t *agent)
{
    deliver_counts_t deliver = deliver_counts(agent->deliver);

    agent_status_add(status, "deliveries_held", METRICS_GAUGE, deliver.held,
                     "Messages of the hub in hand: waiting, under way, or not reported yet");
    agent_status_add(status, "deliveries_sending", METRICS_GAUGE, deliver.sending,
                     "Messages under way to their receivers");
    agent_status_add(status, "deliveries_sent", METRICS_COUNTER, (int64_t) deliver.sent,
                     "Messages that a provider has taken");
    agent_status_add(status, "deliveries_failed", METRICS_COUNTER, (int64_t) deliver.failed,
                     "Attempts to send a message that failed and may be repeated");
    agent_status_add(status, "deliveries_refused", METRICS_COUNTER, (int64_t) deliver.refused,
                     "Messages that no provider will take");
}


static void
agent_status_gather(agent_status_t *status, const agent_t *agent)
{
    status->count = 0;
    agent_status_add(status, "uptime_seconds", METRICS_GAUGE,
                     (clock_ms() - agent->started_ms) / 1000, "Time since this agent began");
    agent_status_add_work(status, agent);
    agent_status_add_results(status, agent);
    agent_status_add_deliveries(status, agent);
    agent_status_add_health(status, agent);
}


void
agent_status_say(void *data, bs_wire_report_t *report)
{
    agent_status_t status;

    agent_status_gather(&status, data);

    for (size_t i = 0; i < status.count; i++) {
        report_say(report, status.rows[i].name, status.rows[i].value);
    }

    deliver_say(((agent_t *) data)->deliver, report);
}


void
agent_status_write_metrics(void *data, metrics_t *metrics)
{
    char name[AGENT_STATUS_NAME_MAX];
    agent_status_t status;

    agent_status_gather(&status, data);

    for (size_t i = 0; i < status.count; i++) {
        const agent_status_row_t *row = &status.rows[i];
        const char *suffix = (row->type == METRICS_COUNTER) ? "_total" : "";

        snprintf(name, sizeof(name), "betterstack_agent_%s%s", row->name, suffix);
        metrics_begin(metrics, name, row->type, row->help);
        metrics_sample(metrics, name, NULL, NULL, (double) row->value);
    }

    metrics_begin(metrics, "betterstack_agent_info", METRICS_GAUGE, "The version of this agent");
    metrics_sample(metrics, "betterstack_agent_info", "version", BS_VERSION, 1);
}


char *
agent_status_write_json(void *data)
{
    const agent_t *agent = data;
    agent_status_t status;
    json_t *json = json_object();

    agent_status_gather(&status, agent);
    json_object_set_new(json, "agent", json_string(agent->config->name));
    json_object_set_new(json, "version", json_string(BS_VERSION));
    json_object_set_new(json, "region",
                        agent->has_region ? json_string(agent->region) : json_null());
    json_object_set_new(json, "stopping", json_boolean(agent->stopping_since_ms != 0));

    for (size_t i = 0; i < status.count; i++) {
        json_object_set_new(json, status.rows[i].name, json_integer(status.rows[i].value));
    }

    char *text = json_dumps(json, JSON_COMPACT);

    json_decref(json);
    return text;
}
