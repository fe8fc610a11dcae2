
/*
 * The truth: targets and when they fail, agents and what befalls them.  The
 * judge compares with this what the machine has said; nothing else knows it.
 */

#ifndef WORLD_H
#define WORLD_H

#include "chance.h"
#include "events.h"

#include "bs_addr.h"
#include "spec.h"

#define WORLD_AGENTS_MAX 8
#define WORLD_FAULTS_MAX 64
#define WORLD_URL_MAX 64

#define SECOND 1000000ll
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)

/* How a target fails. */
typedef enum {
    OUTAGE_REFUSED,
    OUTAGE_HANGS,  /* connects, then says nothing */
    OUTAGE_SILENT, /* nothing comes back at all */
    OUTAGE_STATUS, /* 503 */
    OUTAGE_RESET,
    OUTAGE_SERVFAIL, /* its name servers are broken */
    OUTAGE_KINDS,
    OUTAGE_SLOW = OUTAGE_KINDS /* degraded: no outage, and no incident */
} outage_kind_t;

typedef struct {
    int64_t from_us;
    int64_t until_us;
    outage_kind_t kind;
    int flapping;         /* one of many in a row */
    int64_t explained_us; /* a parent fails, too: no incident of its own until then; 0: none does */
    int64_t alone_us;     /* from then on the parent is known to be well; 0: it outlasts this one */
    int mass;             /* of an event that hits most monitors */
} outage_t;

/* What befalls an agent, or the hub. */
typedef enum {
    FAULT_UPLINK,         /* nothing beyond the gateway answers */
    FAULT_CABLE,          /* not even the gateway */
    FAULT_RESOLVER_DEAD,  /* the agent's name servers are silent */
    FAULT_RESOLVER_FAILS, /* they say SERVFAIL to everything */
    FAULT_RESOLVER_LIES,  /* they say that no name exists */
    FAULT_OVERLOAD,       /* the loop stands still again and again */
    FAULT_LOSS,           /* attempts of probes get lost: permille for targets of several regions */
    FAULT_CLOCK,          /* the wall clock is off: amount in ms */
    FAULT_HUB_UNREACHABLE, /* from this agent only; the rest of the world answers */
    FAULT_HUB_AWAY,        /* no hub: no reports, no sweeps, no jobs */
    FAULT_KINDS
} fault_kind_t;

typedef struct {
    fault_kind_t kind;
    int agent; /* -1: all */
    int64_t from_us;
    int64_t until_us;
    int64_t amount;
} fault_t;

typedef struct {
    int id;
    int64_t interval_ms;
    int64_t timeout_ms;
    int64_t confirmation_us;
    int64_t recovery_us;
    int quorum;       /* 0: not set */
    int parent;       /* place of the monitor it depends on; -1: none */
    unsigned regions; /* bits */
    int regions_count;
    unsigned blocks; /* bits: agents that the target does not let in */
    bs_addr_t address;
    char url[WORLD_URL_MAX];
    spec_t spec;
    spec_t fresh;      /* as urgent jobs have it */
    outage_t *outages; /* in order, apart from each other */
    size_t outages_count;
    size_t outage_next;                  /* the first that is not long over */
    int hub_status;                      /* what the hub thinks of it, as far as it was told */
    int64_t looked_up[WORLD_AGENTS_MAX]; /* the minute in which the agent last did */
    int told[WORLD_AGENTS_MAX];          /* the last status that went to the hub from there */
} monitor_t;

typedef struct {
    events_t events;
    chance_t chance;
    int64_t start_us;
    int64_t end_us;
    int agents_count;
    monitor_t *monitors;
    size_t monitors_count;
    fault_t faults[WORLD_FAULTS_MAX];
    size_t faults_count;
} world_t;

/* Monitors as chance makes them, none of them failing yet.  `intervals` end with 0. */
void world_people(world_t *world, size_t count, const int *intervals);
void world_free(world_t *world);

/* Times are since the start.  A touching or overlapping outage is refused: 0. */
int
world_outage(world_t *world, size_t monitor, int64_t from_us, int64_t for_us, outage_kind_t kind);
outage_t *world_last_outage(world_t *world, size_t monitor);
void world_fault(world_t *world, fault_kind_t kind, int agent, int64_t from_us, int64_t for_us,
                 int64_t amount);

/* The outage that the target has at this moment, which may be slowness; NULL. */
const outage_t *world_outage_at(monitor_t *monitor, int64_t at_us);

/* Is there anything but sunshine for this monitor until so soon? */
int world_monitor_is_calm(monitor_t *monitor, int64_t at_us);

/* The fault of this kind that the agent has now; NULL. */
const fault_t *world_fault_at(const world_t *world, fault_kind_t kind, int agent, int64_t at_us);

/* Nothing befalls the agent from a little before until soon after. */
int world_agent_is_calm(const world_t *world, int agent, int64_t at_us);

/* Does anything befall any of these agents (bits) in this time? */
int world_troubled(const world_t *world, unsigned agents, int64_t from_us, int64_t until_us);

/* Of spec or fresh, the monitor. */
monitor_t *world_monitor_of(world_t *world, const spec_t *spec);

#endif
