
/*
 * An attempt at a target, as the world lets it end: in place of check.c.  The
 * reasons come from the agent's own reason.c.
 */

#include "agent_model.h"

#include "check_kinds.h"
#include "clock.h"
#include "reason.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_STATUS_WELL 200
#define CHECK_STATUS_ILL 503

typedef struct {
    check_t check; /* first: it is what the caller has */
    agent_model_t *agent;
    monitor_t *monitor;
    int looks_up;
    int cancelled;
    bs_reason_t lookup; /* how the lookup failed; NONE: it did not */
    http_result_t result;
} attempt_t;


static int
check_path_is_cut(const agent_model_t *agent)
{
    return agent_model_has(agent, FAULT_CABLE) || agent_model_has(agent, FAULT_UPLINK);
}


/* How the name is looked up.  Returns how long that takes. */
static int64_t
check_plan_lookup(attempt_t *attempt, const outage_t *outage)
{
    agent_model_t *agent = attempt->agent;
    int64_t timeout_us = attempt->monitor->timeout_ms * 1000;
    int64_t quick_us = chance_between(&agent->world->chance, 2000, 40000);

    /* what is broken at the name servers is broken for kept answers, too, as soon as they end */
    if (outage != NULL && outage->kind == OUTAGE_SERVFAIL) {
        attempt->lookup = BS_REASON_DNS_SERVFAIL;
        return quick_us;
    }

    if (!attempt->looks_up) {
        return 0;
    }

    int local = agent->number % 2 != 0; /* name servers in the agent's own network */

    if (agent_model_has(agent, FAULT_RESOLVER_DEAD) || agent_model_has(agent, FAULT_CABLE)
        || (!local && agent_model_has(agent, FAULT_UPLINK)))
    {
        attempt->lookup = BS_REASON_DNS_TIMEOUT;
        return timeout_us;
    }

    if (agent_model_has(agent, FAULT_RESOLVER_FAILS) || agent_model_has(agent, FAULT_UPLINK)) {
        attempt->lookup = BS_REASON_DNS_SERVFAIL;
        return quick_us;
    }

    if (agent_model_has(agent, FAULT_RESOLVER_LIES)) {
        attempt->lookup = BS_REASON_DNS_NXDOMAIN;
        return quick_us;
    }

    attempt->monitor->looked_up[agent->number] = agent_model_name_minute(agent, attempt->monitor);
    return quick_us;
}


static int64_t
check_break(attempt_t *attempt, http_error_t error, http_phase_t phase, int os_error,
            int64_t took_us)
{
    attempt->result.error = error;
    attempt->result.phase = phase;
    attempt->result.os_error = os_error;
    return took_us;
}


static int
check_is_lost(const attempt_t *attempt)
{
    agent_model_t *agent = attempt->agent;
    world_t *world = agent->world;
    const fault_t *loss = world_fault_at(world, FAULT_LOSS, agent->number, world->events.now_us);

    /* of one region alone nobody can tell the path from the target: less for these */
    return loss != NULL
           && chance_permille(&world->chance, (attempt->monitor->regions_count > 1)
                                                  ? (int) loss->amount
                                                  : (int) loss->amount / 15);
}


/* What happens to the connection and the request. */
static int64_t
check_plan_exchange(attempt_t *attempt, const outage_t *outage)
{
    agent_model_t *agent = attempt->agent;
    int64_t timeout_us = attempt->monitor->timeout_ms * 1000;
    int64_t took_us = chance_between(&agent->world->chance, 15000, 250000);

    attempt->result.phase = HTTP_PHASE_BODY;
    attempt->result.phases.connect_us = (int32_t) (took_us / 4);
    attempt->result.phases.first_byte_us = (int32_t) (took_us / 2);
    attempt->result.phases.tls_us = -1;

    if (check_path_is_cut(agent) || check_is_lost(attempt)
        || (attempt->monitor->blocks & (1u << agent->number)) != 0
        || (outage != NULL && outage->kind == OUTAGE_SILENT))
    {
        return check_break(attempt, HTTP_ERROR_TIMEOUT, HTTP_PHASE_CONNECT, 0, timeout_us);
    }

    switch (outage == NULL ? OUTAGE_KINDS + 1 : (int) outage->kind) {
    case OUTAGE_REFUSED:
        return check_break(attempt, HTTP_ERROR_CONNECT, HTTP_PHASE_CONNECT, ECONNREFUSED,
                           took_us / 4);
    case OUTAGE_HANGS:
        return check_break(attempt, HTTP_ERROR_TIMEOUT, HTTP_PHASE_FIRST_BYTE, 0, timeout_us);
    case OUTAGE_RESET:
        return check_break(attempt, HTTP_ERROR_RESET, HTTP_PHASE_FIRST_BYTE, ECONNRESET,
                           took_us / 2);
    case OUTAGE_STATUS:
        attempt->result.status = CHECK_STATUS_ILL;
        return took_us;
    case OUTAGE_SLOW:
        attempt->result.status = CHECK_STATUS_WELL;
        return timeout_us * 3 / 4;
    default:
        attempt->result.status = CHECK_STATUS_WELL;
        return took_us;
    }
}


/*
 * When the loop comes to it, be it late.  Timers run first: what was answered
 * while the loop stood still beyond the deadline is a timeout.  So is what was
 * on the way when the path was cut.
 */
static void
check_on_end(void *data, uint64_t number)
{
    attempt_t *attempt = data;
    check_facts_t *facts = attempt->check.facts;
    int64_t took_us = clock_us() - attempt->check.started_us;
    int64_t timeout_us = attempt->monitor->timeout_ms * 1000;
    char address[BS_ADDR_TEXT_MAX];

    if (attempt->cancelled) {
        free(attempt);
        return;
    }

    if (number == 0 && attempt->lookup == BS_REASON_NONE && attempt->result.error == HTTP_ERROR_NONE
        && check_path_is_cut(attempt->agent))
    {
        check_break(attempt, HTTP_ERROR_TIMEOUT, HTTP_PHASE_FIRST_BYTE, 0, timeout_us);
        events_at(&attempt->agent->world->events, attempt->check.started_us + timeout_us,
                  attempt->agent, check_on_end, attempt, 1);
        return;
    }

    if (took_us >= timeout_us && attempt->result.error == HTTP_ERROR_NONE) {
        attempt->result.error = HTTP_ERROR_TIMEOUT;
        attempt->result.phase = HTTP_PHASE_FIRST_BYTE;
        attempt->result.status = 0;
    }

    facts->phases = attempt->result.phases;
    facts->phases.total_us = (int32_t) took_us;

    if (attempt->lookup != BS_REASON_NONE) {
        facts->failure = attempt->lookup;
        facts->phase = "dns";
        facts->phases.connect_us = facts->phases.first_byte_us = -1;
    } else {
        facts->has_address = 1;
        facts->address = attempt->monitor->address;
        facts->port = 80;
        facts->http_status = attempt->result.status;
        bs_addr_format(&facts->address, address);
        reason_from_http(&attempt->result, address, attempt->monitor->timeout_ms, facts);
    }

    attempt->check.done(attempt->check.data);
    free(attempt);
}


check_t *
check_start(const check_env_t *env, const spec_t *spec, int number, check_facts_t *facts,
            check_done_cb done, void *data)
{
    agent_model_t *agent = (agent_model_t *) (void *) (uintptr_t) env;
    world_t *world = agent->world;
    attempt_t *attempt = calloc(1, sizeof(*attempt));

    facts_init(facts);
    attempt->check = (check_t){.env = env,
                               .spec = spec,
                               .attempt = number,
                               .facts = facts,
                               .started_us = clock_us(),
                               .done = done,
                               .data = data};
    attempt->agent = agent;
    attempt->monitor = world_monitor_of(world, spec);
    attempt->looks_up = number > 1 || spec->fresh
                        || attempt->monitor->looked_up[agent->number]
                               != agent_model_name_minute(agent, attempt->monitor);

    const outage_t *outage = world_outage_at(attempt->monitor, world->events.now_us);
    int64_t took_us = check_plan_lookup(attempt, outage);

    if (attempt->lookup == BS_REASON_NONE) {
        took_us += check_plan_exchange(attempt, outage);
    }

    events_at(&world->events, world->events.now_us + took_us, agent, check_on_end, attempt, 0);
    return &attempt->check;
}


void
check_cancel(check_t *check)
{
    ((attempt_t *) check)->cancelled = 1;
}


/* Nothing is decoded here, so nobody asks. */
const check_kind_t *
check_kind_of(spec_type_t type)
{
    (void) type;
    return NULL;
}
