
/*
 * The schedule kept up to date: fetched from the hub with its ETag now and
 * then, and on disk, so that an agent can start while the hub is away.
 */

#ifndef SNAPSHOT_H
#define SNAPSHOT_H

#include "hub.h"
#include "schedule.h"

typedef struct snapshot snapshot_t;

/*
 * on_schedule: there is a new schedule; it lives until the next call.
 * `path` and `hub` are borrowed.  NULL: no memory.
 */
snapshot_t *
snapshot_create(uv_loop_t *loop, hub_t *hub, const char *path,
                void (*on_schedule)(void *data, const schedule_t *schedule), void *data);

/* Reads the copy on disk, if there is a good one; calls on_schedule. */
void snapshot_load(snapshot_t *snapshot);

/* Fetches now and from then on. */
void snapshot_start(snapshot_t *snapshot);
/* Fetches now, unless that is under way. */
void snapshot_refresh(snapshot_t *snapshot);
void snapshot_stop(snapshot_t *snapshot);

/* The loop must run until what is being written is written. */
void snapshot_destroy(snapshot_t *snapshot);

#endif
