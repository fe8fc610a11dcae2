
/* The slow part of SCRAM, in libuv's threads. */

#ifndef SCRAM_WORK_H
#define SCRAM_WORK_H

#include "scram.h"

#include <uv.h>

typedef struct scram_work scram_work_t;
/* `scram` is complete and valid within the call; NULL: it did not work. */
typedef void (*scram_work_cb)(void *data, const scram_t *scram);

/* Copies both.  `done` runs from the loop.  NULL: no memory. */
scram_work_t *scram_work_start(uv_loop_t *loop, const scram_t *scram, const char *password,
                               scram_work_cb done, void *data);

/* `done` is not called any more. */
void scram_work_cancel(scram_work_t *work);

#endif
