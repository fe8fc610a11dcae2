
/*
 * Watches the scheduler's heartbeat, and does its work from the schedule when
 * it stops: every slot after the last watermark, until the heartbeat is back
 * and every slot up to its watermark has been taken.  Overlap is meant: what
 * is known already is not probed twice, and a gap would be worse.
 *
 * The agents of a region share that work by rendezvous hashing (share.h) over
 * the names that the hub's replies bring.  A list that is not refreshed is
 * believed less and less: at first each monitor is one agent's, then two
 * agents', then everybody's, as it is without a list or with one that leaves us
 * out.  Twice is stored once; never is lost.
 */

#ifndef OFFLINE_H
#define OFFLINE_H

#include "due.h"
#include "schedule.h"

typedef struct offline offline_t;

typedef struct {
    uint32_t monitor;
    int64_t slot_ms;
    int64_t expires_ms;
    const uint8_t *spec; /* packed; valid within the call */
    size_t spec_len;
} offline_slot_t;

typedef struct {
    const char *name; /* of this agent */
    void (*on_slot)(void *data, const offline_slot_t *slot);
    /* How many more slots may be taken now? */
    unsigned (*room)(void *data);
    /* The walk begins: a schedule that is fresher than the one we have would be good. */
    void (*on_begin)(void *data);
    void *data;
} offline_options_t;

/* `due` is borrowed.  NULL: no memory. */
offline_t *offline_create(uv_loop_t *loop, due_t *due, const offline_options_t *options);
void offline_destroy(offline_t *offline);

/* Begins to count missed heartbeats. */
void offline_start(offline_t *offline);
void offline_stop(offline_t *offline);

/* Borrowed until the next one; NULL for none. */
void offline_set_schedule(offline_t *offline, const schedule_t *schedule);

/* The region's agents, as the hub has just told. */
void offline_set_agents(offline_t *offline, const char *const *names, size_t count);

/*
 * A heartbeat was read; -1: there was none.  newest_ms: the newest slot that we
 * have read of the region's jobs, whose order tells what nobody may have read.
 */
void offline_on_beat(offline_t *offline, int64_t watermark_ms, int64_t newest_ms);

/* Is the schedule on disk being run? */
int offline_is_walking(const offline_t *offline);

#endif
