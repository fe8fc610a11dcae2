
/*
 * The slow part of SCRAM, in libuv's threads: few at a time, because the spool
 * needs those threads too, and the shortest first, because the server says how
 * long it takes.
 */

#ifndef SCRAM_WORK_H
#define SCRAM_WORK_H

#include "scram.h"

#include <uv.h>

#define SCRAM_WORK_RUNNING_MAX 2 /* of the four threads that libuv has */
#define SCRAM_WORK_WAITING_MAX 256

typedef struct scram_queue scram_queue_t;
typedef struct scram_work scram_work_t;
/* `scram` is complete and valid within the call; NULL: it did not work. */
typedef void (*scram_work_cb)(void *data, const scram_t *scram);

/* NULL: no memory. */
scram_queue_t *scram_queue_create(uv_loop_t *loop);
/* Everything must be done or cancelled; what runs ends by itself, in the loop. */
void scram_queue_destroy(scram_queue_t *queue);

/* Copies both.  `done` runs from the loop.  NULL: no memory, or too many wait. */
scram_work_t *scram_work_start(scram_queue_t *queue, const scram_t *scram, const char *password,
                               scram_work_cb done, void *data);

/* `done` is not called any more. */
void scram_work_cancel(scram_work_t *work);

#endif
