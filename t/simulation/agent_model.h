
/*
 * One agent: the real code decides (health, probe, expect, reason, work_result),
 * the world around it is simulated.  It does what its region's slots and urgent
 * jobs say, and carries the results to the hub as `spool` and `report` do.
 */

#ifndef AGENT_MODEL_H
#define AGENT_MODEL_H

#include "stand_in.h"
#include "world.h"

#include "work_parts.h"

#define AGENT_REPORT_TICKS_MAX 500

struct hub_model;

/* A result on its way to the hub. */
typedef struct {
    monitor_t *monitor;
    bs_wire_tick_t tick;
    char *evidence; /* malloc'ed; NULL: none */
    int64_t kept_us;
} kept_tick_t;

typedef struct {
    kept_tick_t *ticks; /* the oldest first */
    size_t count;
    size_t size;
} kept_t;

/* A slot of a monitor, again and again. */
typedef struct {
    struct agent_model *agent;
    monitor_t *monitor;
    int64_t slot_ms;
} place_t;

typedef struct agent_model {
    check_env_t env; /* first: probes know their agent by it */
    world_t *world;
    struct hub_model *hub;
    int number;
    struct lag lag;
    work_t work;
    health_t *health;
    int64_t stalled_until_us;
    place_t *places;
    size_t places_count;
    kept_t now;     /* to be reported next */
    kept_t backlog; /* of the time without a hub, the newest first */
    int64_t backlog_from_us;
    int64_t report_due_us; /* 0: not planned */
    uint64_t report_number;
    int64_t reported_us;
    unsigned failures; /* reports that did not get through, in a row */
} agent_model_t;

void agent_model_init(agent_model_t *agent, world_t *world, struct hub_model *hub, int number);
void agent_model_free(agent_model_t *agent);

/* From the start on it is due here; phase as SQL tells it. */
void agent_model_place(agent_model_t *agent, monitor_t *monitor, int64_t phase_ms);
void agent_model_start(agent_model_t *agent);

/* An urgent job is published now. */
void
agent_model_urgent(agent_model_t *agent, monitor_t *monitor, int64_t slot_ms, int64_t expires_ms);

int agent_model_has(const agent_model_t *agent, fault_kind_t kind);
int agent_model_reaches_hub(const agent_model_t *agent);

/* Addresses are kept for a minute: the number of the present one, of this name. */
int64_t agent_model_name_minute(const agent_model_t *agent, const monitor_t *monitor);
int64_t agent_model_clock_error_us(const agent_model_t *agent);

/* --- agent_report ---------------------------------------------------------- */

/* A result is there; it will be reported. */
void
agent_report_take(agent_model_t *agent, monitor_t *monitor, const bs_wire_tick_t *tick, int urgent);
void agent_report_start(agent_model_t *agent);
void agent_report_free(agent_model_t *agent);

#endif
