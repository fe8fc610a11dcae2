
/*
 * Results on disk until the hub has them.  Appended records are durable in
 * groups, every SPOOL_COMMIT_MS; on_durable tells up to which sequence number.
 * Read are durable records only, from the first that was not yet reported;
 * spool_commit() moves that place and remembers it on disk.
 *
 * A segment whose records are all reported is kept a while longer: a database
 * that fails over may have lost what it had confirmed.
 */

#ifndef SPOOL_H
#define SPOOL_H

#include "spool_shelf.h"

#include <msgpack.h>
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
    void (*on_durable)(void *data, uint64_t sequence);
    /* At the start: each record that is there. */
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

/*
 * Appends payloads to `out`, from the first unreported record on, at most
 * records_max and bytes_max of them.  Returns their count; *end is what to
 * commit when they are reported.
 */
unsigned spool_read(spool_t *spool, unsigned records_max, size_t bytes_max, msgpack_sbuffer *out,
                    spool_position_t *end);
void spool_commit(spool_t *spool, spool_position_t end, unsigned records);

spool_counts_t spool_counts(const spool_t *spool);

/* Not while dirty.  The loop must run once more to free all of it. */
void spool_close(spool_t *spool);

#endif
