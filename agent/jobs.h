
/*
 * The region's jobs in Redis: read by a connection of its own, acknowledged by
 * another one, which also takes over what agents that died had begun, and
 * listens to the scheduler's heartbeat.
 */

#ifndef JOBS_H
#define JOBS_H

#include "redis_address.h"

#include <stddef.h>
#include <uv.h>

#define JOBS_ID_MAX 48

typedef struct jobs jobs_t;

typedef struct {
    const redis_address_t *address;
    const char *region; /* slug */
    const char *name;   /* of this agent among the region's */
    /* One entry; `job` is packed.  It stays ours until it is acknowledged. */
    void (*on_job)(void *data, const char *id, const void *job, size_t len);
    /* How many more jobs may be taken now? */
    unsigned (*capacity)(void *data);
    /* The watermark of the scheduler; -1: there is no heartbeat. */
    void (*on_beat)(void *data, int64_t watermark_ms);
    /* Called now and then: jobs_touch() every entry that is still in work. */
    void (*on_touch)(void *data);
    void *data;
} jobs_options_t;

/* Strings and address are borrowed.  NULL: no memory. */
jobs_t *jobs_create(uv_loop_t *loop, const jobs_options_t *options);
void jobs_destroy(jobs_t *jobs);

/* Is there a connection to Redis? */
int jobs_is_up(const jobs_t *jobs);

/* There is capacity again. */
void jobs_resume(jobs_t *jobs);

/* Reads nothing more; jobs of a read under way still come for up to a second. */
void jobs_stop(jobs_t *jobs);

/* Is nothing more coming, after jobs_stop()? */
int jobs_is_quiet(const jobs_t *jobs);

/* The job is done and durable.  Sent with the next jobs_flush(). */
void jobs_ack(jobs_t *jobs, const char *id);
void jobs_touch(jobs_t *jobs, const char *id);
void jobs_flush(jobs_t *jobs);

/* Are acknowledgements on their way? */
int jobs_is_acking(const jobs_t *jobs);

#endif
