
/*
 * What the running agent is made of, for the files that share the handling:
 *   agent_open   makes the parts
 *   agent_flow   one thing's events, another's doing
 *   agent_hub    what the hub's reply tells
 *   agent_region what begins once the region is known
 *   agent_end    the way down, in steps
 */

#ifndef AGENT_PARTS_H
#define AGENT_PARTS_H

#include "agent.h"
#include "check_env.h"
#include "door.h"
#include "emergency.h"
#include "deliver.h"
#include "due.h"
#include "health.h"
#include "hold.h"
#include "hub.h"
#include "jobs.h"
#include "lag.h"
#include "log.h"
#include "offline.h"
#include "report.h"
#include "schedule.h"
#include "snapshot.h"
#include "spool.h"
#include "state.h"
#include "work.h"

#define AGENT_SIGNALS 3

/* Settings that a reload has replaced. */
typedef struct agent_replaced agent_replaced_t;

typedef struct {
    uv_loop_t loop;
    config_t *config;
    const redis_address_t *redis;
    check_env_t env;
    lag_t *lag;
    health_t *health;
    spool_t *spool;
    work_t *work;
    hub_t *hub;
    report_t *report;
    deliver_t *deliver;
    emergency_t *emergency;
    snapshot_t *snapshot;
    due_t *due;
    hold_t *hold;
    offline_t *offline;
    jobs_t *jobs;
    door_t *local_door;
    door_t *door;
    uv_signal_t signals[AGENT_SIGNALS];
    uv_timer_t stats_timer;
    uv_timer_t stop_timer;
    int64_t stopping_since_ms; /* 0: running */
    int reported_last;         /* the last report was asked for */
    int status;
    int has_region;
    char region[SCHEDULE_REGION_MAX + 1];
    state_t state;
    agent_reread_cb reread;
    void *reread_data;
    agent_replaced_t *replaced; /* the newest first */
    int64_t started_ms;
} agent_t;

/* Work and the spool, timing, then the network.  0, or -1 after saying why. */
int agent_open(agent_t *agent);

/* The callbacks that agent_open() and agent_region hand out; `data` is the agent. */
void agent_on_finished(void *data, const char *id);
void agent_on_room(void *data);
void agent_on_durable(void *data, uint64_t sequence);
void agent_on_record(void *data, const uint8_t *payload, size_t len);
void agent_on_job(void *data, const char *id, const void *job, size_t len);
void agent_on_due_job(void *data, const char *id, const void *job, size_t len);
void agent_on_slot(void *data, const offline_slot_t *slot);
void agent_on_offline(void *data);
void agent_on_beat(void *data, int64_t watermark_ms);
void agent_on_touch(void *data);
void agent_on_schedule(void *data, const schedule_t *schedule);
void agent_on_reply(void *data, const bs_wire_reply_t *reply, int64_t sent_us, int64_t received_us);
void agent_on_outcome(void *data);
int agent_is_in_reach(void *data);
const char *agent_region(void *data);
void agent_on_stats(uv_timer_t *timer);
void agent_on_signal(uv_signal_t *handle, int number);

/* How many more probes may be begun now. */
unsigned agent_room(void *data);

/* Begins the end; the loop runs out when it is done. */
void agent_stop(agent_t *agent, int status);

#endif
