
/* The disk's part of a batch; what lies in memory is spool.c's. */

#include "spool_batch.h"

#include "spool_record.h"

#include <errno.h>


size_t
spool_batch_copy(const uint8_t *data, size_t available, size_t bytes_max, msgpack_sbuffer *out,
                 int *damaged)
{
    const uint8_t *payload;
    size_t len;

    *damaged = spool_record_read(data, available, &payload, &len) != SPOOL_RECORD_OK;

    /* no room and no memory pass, and harm no record */
    if (*damaged || out->size + len > bytes_max
        || msgpack_sbuffer_write(out, (const char *) payload, len) != 0)
    {
        return 0;
    }

    return SPOOL_RECORD_HEAD + len;
}


int
spool_batch_add(spool_batch_t *batch, const spool_piece_t *piece)
{
    if (batch->pieces_count == SPOOL_PIECES_MAX) {
        return 0;
    }

    batch->pieces[batch->pieces_count++] = *piece;
    batch->records += piece->records;
    return 1;
}


/* Records of one segment from its first unreported one, none at or behind `end`.  How many. */
static unsigned
spool_batch_take(spool_shelf_t *shelf, spool_segment_t *segment, uint64_t end, unsigned records_max,
                 size_t bytes_max, msgpack_sbuffer *out, spool_batch_t *batch)
{
    spool_piece_t piece = {.segment = segment->number, .from = segment->reported};
    size_t at = 0;
    int damaged = 0;

    if (records_max == 0 || batch->pieces_count == SPOOL_PIECES_MAX) {
        return 0;
    }

    int64_t got = spool_segment_read(shelf->directory, segment, piece.from, shelf->read_buffer,
                                     SPOOL_SHELF_READ_BYTES);

    /* a lack of descriptors passes; bytes that are wrong or gone do not */
    if (got <= 0) {
        damaged = got == 0 || errno == EIO || errno == ENOENT;
        got = 0;
    }

    while (got > 0 && piece.records < records_max && piece.from + at < end) {
        size_t len =
            spool_batch_copy(shelf->read_buffer + at, (size_t) got - at, bytes_max, out, &damaged);

        if (len == 0) {
            break; /* behind good ones damage is looked at next time: it may be the buffer's end */
        }

        at += len;
        piece.records++;
    }

    if (piece.records > 0) {
        piece.to = piece.from + at;
        spool_batch_add(batch, &piece);

    } else if (damaged) {
        spool_shelf_give_up(shelf, segment);
    }

    return piece.records;
}


void
spool_batch_fill(spool_shelf_t *shelf, const spool_want_t *want, msgpack_sbuffer *out,
                 spool_batch_t *batch)
{
    unsigned backlog_max = want->backlog_max;
    unsigned share = want->records_max / SPOOL_BATCH_BACKLOG_SHARE;
    unsigned reserve = 0;

    if (shelf->counts.unreported > spool_shelf_live(shelf)) {
        reserve = (share < backlog_max) ? share : backlog_max;
    }

    for (size_t i = shelf->segments_count; i-- > 0 && batch->pieces_count < SPOOL_PIECES_MAX;) {
        spool_segment_t *segment = &shelf->segments[i];
        int live = spool_shelf_is_live(shelf, i);
        unsigned room = want->records_max - batch->records;

        if (live) {
            room = (room > reserve) ? room - reserve : 0;
        } else if (room > backlog_max - batch->backlog) {
            room = backlog_max - batch->backlog;
        }

        if (!live && room == 0) {
            break;
        }

        if (segment->unreported > 0) {
            unsigned taken =
                spool_batch_take(shelf, segment, segment->bytes, room, want->bytes_max, out, batch);

            batch->backlog += live ? 0 : taken;
        }
    }
}


void
spool_batch_again(spool_shelf_t *shelf, const spool_piece_t *piece, const spool_want_t *want,
                  msgpack_sbuffer *out, spool_batch_t *batch)
{
    spool_segment_t *segment = spool_shelf_find_segment(shelf, piece->segment);

    if (segment != NULL && segment->reported < piece->to) {
        spool_batch_take(shelf, segment, piece->to, want->records_max - batch->records,
                         want->bytes_max, out, batch);
    }
}


void
spool_batch_done(spool_shelf_t *shelf, const spool_piece_t *piece)
{
    spool_segment_t *segment = spool_shelf_find_segment(shelf, piece->segment);

    /* else it was dropped while it was being reported, and counted as that */
    if (segment != NULL && segment->reported == piece->from) {
        spool_shelf_set_reported(shelf, segment, piece->to, piece->records);
    }
}
