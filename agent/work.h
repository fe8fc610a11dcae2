
/*
 * Everything that is being probed: admission, doubles, deadlines, ticks into
 * the spool, and the acknowledgement once they are durable.
 */

#ifndef WORK_H
#define WORK_H

#include "check.h"
#include "health.h"
#include "lag.h"
#include "spool.h"

typedef struct work work_t;

typedef struct {
    uint64_t probed;     /* probes that ended */
    uint64_t doubles;    /* jobs that were known already */
    uint64_t expired;    /* not probed, because it was too late */
    uint64_t invalid;    /* not probed, because the job makes no sense */
    uint64_t unspooled;  /* ended, but could not be kept */
    uint64_t crowded;    /* not probed, because too many of the monitor's were under way */
    uint64_t overloaded; /* failures and probes not begun that the agent's own load explains */
    uint64_t lagged;     /* results marked, because the loop lagged */
    uint64_t own;        /* failures that were the agent's, of any kind */
} work_counts_t;

typedef struct {
    uv_loop_t *loop;
    const check_env_t *env;
    lag_t *lag;
    unsigned probes_max;
    /* The entry's tick is durable, or it needs none. */
    void (*on_finished)(void *data, const char *id);
    /* Something ended, or the loop is less busy: there may be room again. */
    void (*on_room)(void *data);
    void *data;
} work_options_t;

/* Pointers are borrowed.  NULL: no memory. */
work_t *work_create(const work_options_t *options);

/* Before anything is taken; work_remember() may come earlier. */
void work_set_spool(work_t *work, spool_t *spool);

void work_set_health(work_t *work, health_t *health);

/* A job of the stream; `id` is its entry. */
void work_take_job(work_t *work, const char *id, const void *job, size_t len);

/* A slot of the schedule on disk. */
void work_take_slot(work_t *work, uint32_t monitor, int64_t slot_ms, int64_t expires_ms,
                    const void *spec, size_t spec_len);

/* A tick that an earlier life of this agent has spooled. */
void work_remember(work_t *work, const void *tick, size_t len);

/* How many more may be taken now.  After a 0 on_room says when that has passed. */
unsigned work_room(work_t *work);

/* The spool has made everything up to this number durable. */
void work_on_durable(work_t *work, uint64_t sequence);

/* Calls `touch` for each entry that is still in work. */
void work_each_entry(work_t *work, void (*touch)(void *data, const char *id), void *data);

/* Probes under way, and ticks that are not durable yet. */
unsigned work_in_flight(const work_t *work);

/*
 * Gives up what is under way.  Entries stay unacknowledged, for another agent;
 * slots that only we know of are written down as not measured.
 */
void work_abandon(work_t *work);

/* Begins nothing any more. */
void work_close(work_t *work);

work_counts_t work_counts(const work_t *work);

/* After work_abandon() and work_close(), with the loop run until everything is closed. */
void work_destroy(work_t *work);

#endif
