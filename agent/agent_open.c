
/* Makes the parts and tells each whom to call. */

#include "agent_parts.h"
#include "agent_status.h"

#include "descriptors.h"
#include "tls_authorities.h"

#define AGENT_SEGMENT_BYTES (8u << 20)
#define AGENT_SEGMENTS_MIN 8
#define AGENT_SEGMENT_MS 60000
#define AGENT_ANSWER_BYTES_MAX (16u << 20) /* of the hub to a report */


/* The limit is kept by dropping whole segments, so there must be several. */
static uint64_t
agent_segment_bytes(uint64_t limit_bytes)
{
    uint64_t bytes = limit_bytes / AGENT_SEGMENTS_MIN;

    return (bytes < AGENT_SEGMENT_BYTES) ? bytes : AGENT_SEGMENT_BYTES;
}


/* As many as are wanted, and as there are descriptors for. */
static unsigned
agent_probes_max(const config_t *config)
{
    unsigned descriptors = descriptors_raise();
    unsigned wanted = (unsigned) config->probes_max;

    if (descriptors >= wanted + DESCRIPTORS_SPARE) {
        return wanted;
    }

    unsigned possible =
        (descriptors > 2 * DESCRIPTORS_SPARE) ? descriptors - DESCRIPTORS_SPARE : descriptors / 2;

    log_info("agent", "%u probes at the same time instead of %u: only %u descriptors are allowed",
             possible, wanted, descriptors);
    return possible;
}


static int
agent_open_work(agent_t *agent)
{
    char error[SPOOL_ERROR_MAX];
    const config_t *config = agent->config;

    agent->lag = lag_create(&agent->loop);

    if (agent->lag == NULL) {
        log_error("agent", "out of memory");
        return -1;
    }

    work_options_t work = {
        .loop = &agent->loop,
        .env = &agent->env,
        .lag = agent->lag,
        .probes_max = agent_probes_max(config),
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
agent_open_timing(agent_t *agent)
{
    offline_options_t offline = {
        .name = agent->config->name,
        .on_slot = agent_on_slot,
        .room = agent_room,
        .on_begin = agent_on_offline,
        .data = agent,
    };

    agent->due = due_create(&agent->loop);

    if (agent->due != NULL) {
        agent->hold = hold_create(agent->due, agent_on_due_job, agent);
        agent->offline = offline_create(&agent->loop, agent->due, &offline);
    }

    if (agent->hold == NULL || agent->offline == NULL) {
        log_error("agent", "no timer: too few descriptors, or out of memory");
        return -1;
    }

    return 0;
}


static int
agent_open_network(agent_t *agent)
{
    const config_t *config = agent->config;

    check_env_options_t env = {
        .loop = &agent->loop,
        .guard = &config->guard,
        .resolvers = config->resolvers,
        .ca_file = config->ca_file,
        .rdap_bootstrap = config->rdap_bootstrap,
        .body_limit = config->body_limit,
        .hub_body_max = AGENT_ANSWER_BYTES_MAX,
    };

    if (check_env_open(&agent->env, &env) != 0) {
        log_error("agent", "the network libraries cannot be started%s",
                  config->resolvers != NULL ? " (is \"resolvers\" right?)" : "");
        return -1;
    }

    if (tls_authorities_load(agent->env.authorities, config->ca_file) != 0) {
        log_warn("agent", "ca_file %s cannot be read: no certificate can be verified",
                 config->ca_file);
    }

    agent->hub = hub_create(config, agent->env.http);

    if (agent->hub == NULL) {
        return -1;
    }

    report_options_t report = {
        .config = config,
        .hub = agent->hub,
        .spool = agent->spool,
        .aside = agent->state.rejected,
        .database = agent->state.database,
        .on_self = agent_status_say,
        .on_reply = agent_on_reply,
        .data = agent,
    };

    deliver_options_t deliver = {
        .config = config,
        .env = &agent->env,
        .journal = agent->state.sent,
        .on_outcome = agent_on_outcome,
        .data = agent,
    };

    agent->deliver = deliver_create(&agent->loop, &deliver);
    agent->report = report_create(&agent->loop, &report);
    agent->snapshot =
        snapshot_create(&agent->loop, agent->hub, agent->state.schedule, agent_on_schedule, agent);
    agent->health = health_create(&agent->loop, config, agent->env.resolve, agent->lag);

    if (agent->deliver == NULL || agent->report == NULL || agent->snapshot == NULL
        || agent->health == NULL)
    {
        return -1;
    }

    work_set_health(agent->work, agent->health);
    return 0;
}


static int
agent_open_emergency(agent_t *agent)
{
    emergency_options_t options = {
        .config = agent->config,
        .http = agent->env.http,
        .path = agent->state.emergency,
        .in_reach = agent_is_in_reach,
        .region = agent_region,
        .data = agent,
    };

    agent->emergency = emergency_create(&agent->loop, &options);
    return (agent->emergency != NULL) ? 0 : -1;
}


int
agent_open(agent_t *agent)
{
    if (agent_open_work(agent) != 0 || agent_open_timing(agent) != 0) {
        return -1;
    }

    return (agent_open_network(agent) == 0 && agent_open_emergency(agent) == 0) ? 0 : -1;
}
