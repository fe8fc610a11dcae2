
/*
 * Watches the scheduler's heartbeat, and does its work from the schedule when
 * it stops: every slot after the last watermark, until the heartbeat is back
 * and every slot up to its watermark has been taken.  Overlap is meant: what
 * is known already is not probed twice, and a gap would be worse.
 */

#ifndef OFFLINE_H
#define OFFLINE_H

#include "due.h"
#include "schedule.h"

typedef struct offline offline_t;

typedef struct {
    void (*on_slot)(void *data, const schedule_entry_t *entry, int64_t slot_ms, int64_t expires_ms);
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

/* A heartbeat was read; -1: there was none. */
void offline_on_beat(offline_t *offline, int64_t watermark_ms);

#endif
