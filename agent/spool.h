
/*
 * Results on disk until the hub has them.  Appended records are durable in
 * groups, every SPOOL_COMMIT_MS; on_durable tells up to which sequence number.
 * The newest are read first, and behind them a share of the backlog: what was
 * there at the start, or before spool_split(), or is older than the last two
 * segments.  spool_commit() remembers on disk what is reported, in any order.
 *
 * While the disk takes nothing, records are kept in memory up to a bound and
 * reported from there: what the hub has is as good as durable.
 *
 * A segment whose records are all reported is kept a while longer: a database
 * that fails over may have lost what it had confirmed.
 */

#ifndef SPOOL_H
#define SPOOL_H

#include "spool_batch.h"

#include <uv.h>

#define SPOOL_COMMIT_MS 100
#define SPOOL_ERROR_MAX 256

typedef struct spool spool_t;

typedef struct {
    const char *directory; /* made if it is not there; used by one process at a time */
    uint64_t limit_bytes;
    int64_t keep_ms;
    uint64_t segment_bytes; /* a new segment begins beyond it */
    int64_t segment_ms;     /* or when this much time has passed */
    /* 0: the disk takes nothing, but there is something to report. */
    void (*on_durable)(void *data, uint64_t sequence);
    /* At the start: each record of the last minutes that is there. */
    spool_segment_record_cb on_record;
    void *data;
} spool_options_t;

/* NULL with a sentence in `error` (SPOOL_ERROR_MAX bytes). */
spool_t *spool_open(uv_loop_t *loop, const spool_options_t *options, char *error);

/* Takes a copy.  The sequence number of the record, from 1; 0 when it cannot be taken now. */
uint64_t spool_append(spool_t *spool, const void *payload, size_t len);

/* Not so much is waiting for the disk that no work should be begun. */
int spool_has_room(const spool_t *spool);

/* Is anything appended that is not durable? */
int spool_is_dirty(const spool_t *spool);

/* Starts writing now instead of at the next turn of SPOOL_COMMIT_MS. */
void spool_flush(spool_t *spool);

/* Takes records for a report and appends their payloads to `out`.  How many. */
unsigned
spool_read(spool_t *spool, const spool_want_t *want, msgpack_sbuffer *out, spool_batch_t *batch);

/* The same from an earlier batch only: what of it is not reported yet. */
unsigned spool_read_again(spool_t *spool, const spool_batch_t *earlier, const spool_want_t *want,
                          msgpack_sbuffer *out, spool_batch_t *batch);

/* The batch is reported.  May call on_durable. */
void spool_commit(spool_t *spool, const spool_batch_t *batch);

/*
 * Nothing of what is there counts as reported any more: whom it was reported to
 * may have lost it.  How many records are to be reported again.
 */
uint64_t spool_repeat(spool_t *spool);

/* What is there now becomes backlog: only what comes from now on goes first. */
void spool_split(spool_t *spool);

/* Records that wait to be reported: all of them, and those of the backlog. */
uint64_t spool_waiting(const spool_t *spool);
uint64_t spool_backlog(const spool_t *spool);

spool_counts_t spool_counts(const spool_t *spool);

/* Not while dirty.  The loop must run once more to free all of it. */
void spool_close(spool_t *spool);

#endif
