
/*
 * What one report takes from the spool: pieces of several segments, the newest
 * results first, then a share of the backlog.  A piece begins at its segment's
 * first unreported record, so that reporting it moves that place.
 */

#ifndef SPOOL_BATCH_H
#define SPOOL_BATCH_H

#include "spool_shelf.h"

#include <msgpack.h>

#define SPOOL_PIECES_MAX 32
#define SPOOL_BATCH_BACKLOG_SHARE 4 /* at most one in so many when there are live ones enough */

typedef struct {
    uint64_t segment; /* 0: in memory, because the disk takes nothing; then sequence numbers */
    uint64_t from;
    uint64_t to;
    unsigned records;
} spool_piece_t;

typedef struct {
    spool_piece_t pieces[SPOOL_PIECES_MAX];
    unsigned pieces_count;
    unsigned records;
    unsigned backlog; /* of the records */
} spool_batch_t;

typedef struct {
    unsigned records_max;
    unsigned backlog_max; /* of the records */
    size_t bytes_max;     /* of the payloads */
} spool_want_t;

/*
 * Appends one record that is at `data` to `out` and says how long it is there;
 * 0: nothing (more) can be taken.  *damaged tells whether the bytes are to blame.
 */
size_t spool_batch_copy(const uint8_t *data, size_t available, size_t bytes_max,
                        msgpack_sbuffer *out, int *damaged);

/* 0: the batch has no room for one more piece. */
int spool_batch_add(spool_batch_t *batch, const spool_piece_t *piece);

/* Adds to `batch`, and its payloads to `out`. */
void spool_batch_fill(spool_shelf_t *shelf, const spool_want_t *want, msgpack_sbuffer *out,
                      spool_batch_t *batch);

/* As spool_batch_fill(), but only from what of one earlier piece is not reported yet. */
void spool_batch_again(spool_shelf_t *shelf, const spool_piece_t *piece, const spool_want_t *want,
                       msgpack_sbuffer *out, spool_batch_t *batch);

/* A piece of a segment is reported. */
void spool_batch_done(spool_shelf_t *shelf, const spool_piece_t *piece);

#endif
