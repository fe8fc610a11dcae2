
/*
 * Two buffers: one fills, one is being written by the thread pool.  A write
 * that fails (no space, a dying disk) is repeated in a new segment until it
 * succeeds; meanwhile what waits in the second buffer may be reported from
 * there, and nothing else is acknowledged.  Old segments are never appended
 * to, so a torn tail can only be at an end.
 */

#include "spool.h"

#include "clock.h"
#include "log.h"
#include "spool_record.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SPOOL_BUFFER_MAX (8u << 20)  /* what may wait for the disk */
#define SPOOL_BUFFER_FULL (4u << 20) /* beyond it no new work is begun */
#define SPOOL_RETRY_MS 1000
#define SPOOL_TIDY_MS 5000
#define SPOOL_COMPLAIN_MS 60000

typedef struct {
    uint8_t *data;
    size_t len;
    size_t size;
    uint64_t records;
    uint64_t last_sequence;
} spool_buffer_t;

struct spool {
    uv_loop_t *loop;
    spool_options_t options;
    spool_shelf_t shelf;
    uint64_t sequence;

    spool_buffer_t filling;
    spool_buffer_t writing;
    int is_writing;
    uv_work_t work;
    int write_fd; /* -1: the next write makes a new segment */
    uint64_t write_number;
    uint64_t write_offset;
    int64_t write_began_ms;
    int write_error; /* the thread's; 0: it went well */
    int failing;     /* the last write did not succeed */
    int split;       /* the next write makes a new segment */
    int64_t complained_ms;

    uv_timer_t commit_timer;
    uv_timer_t tidy_timer;
    int closing;
};

static void spool_start_write(spool_t *spool);


/* --- writing -------------------------------------------------------------- */

static void
spool_on_tidy(uv_timer_t *timer)
{
    spool_t *spool = timer->data;

    spool_shelf_tidy(&spool->shelf, spool->options.limit_bytes, spool->options.keep_ms);
}


/* In the thread pool; touches only the write_* members and the buffer being written. */
static void
spool_write(uv_work_t *work)
{
    spool_t *spool = work->data;

    spool->write_error = 0;

    if (spool->write_fd < 0) {
        spool->write_fd = spool_segment_create(spool->shelf.directory, spool->write_number);
        spool->write_offset = SPOOL_SEGMENT_HEAD;

        if (spool->write_fd < 0) {
            spool->write_error = errno;
            return;
        }
    }

    if (spool_segment_append(spool->write_fd, spool->write_offset, spool->writing.data,
                             spool->writing.len)
        != 0)
    {
        spool->write_error = errno;
    }
}


static void
spool_close_writer(spool_t *spool)
{
    spool->shelf.writing = 0;

    if (spool->write_fd >= 0) {
        close(spool->write_fd);
        spool->write_fd = -1;
    }
}


static spool_segment_t *
spool_write_segment(spool_t *spool)
{
    spool_shelf_t *shelf = &spool->shelf;
    spool_segment_t *last = NULL;

    if (shelf->segments_count > 0) {
        last = &shelf->segments[shelf->segments_count - 1];
    }

    return (last != NULL && last->number == spool->write_number) ? last : NULL;
}


/*
 * Room for the next try.  What is reported goes first; the oldest of what is
 * not, only when memory is full as well: then something must be lost, and the
 * newest results tell more.
 */
static void
spool_make_room(spool_t *spool)
{
    if (spool_shelf_clear(&spool->shelf) == 0 && !spool_has_room(spool)
        && spool->shelf.segments_count > 0)
    {
        spool_shelf_drop_first(&spool->shelf);
    }
}


/* The buffer stays as it is and goes into a new segment a little later. */
static void
spool_write_failed(spool_t *spool)
{
    int64_t now = clock_ms();

    spool->shelf.counts.failures++;

    if (spool->complained_ms == 0 || now - spool->complained_ms > SPOOL_COMPLAIN_MS) {
        spool->complained_ms = now;
        log_error("spool", "writing failed, trying again until it works: %s",
                  strerror(spool->write_error));
    }

    spool_close_writer(spool);

    /* a new segment that got nothing would be one more file at each try */
    if (spool_write_segment(spool) == NULL) {
        char name[SPOOL_SEGMENT_NAME_MAX];

        spool_segment_name(spool->write_number, name);
        unlinkat(spool->shelf.directory, name, 0);
    }

    if (spool->write_error == ENOSPC || spool->write_error == EDQUOT) {
        spool_make_room(spool);
    }
}


static void
spool_write_done(spool_t *spool)
{
    spool_segment_t *last = spool_write_segment(spool);

    if (last == NULL) {
        last = spool_shelf_add_segment(&spool->shelf, spool->write_number);

        if (last == NULL) {
            spool->write_error = ENOMEM;
            return;
        }

        last->bytes = SPOOL_SEGMENT_HEAD;
        spool->shelf.counts.bytes += SPOOL_SEGMENT_HEAD;
    }

    if (spool->complained_ms != 0) {
        spool->complained_ms = 0;
        log_info("spool", "writing works again");
    }

    last->bytes += spool->writing.len;
    last->unreported += spool->writing.records;
    last->records += spool->writing.records;
    last->touched_ms = clock_wall_ms();
    spool->shelf.counts.bytes += spool->writing.len;
    spool->write_offset = last->bytes;
    spool->shelf.counts.unreported += spool->writing.records;
    spool->writing.len = 0;
    spool->writing.records = 0;

    if (spool->split || last->bytes >= spool->options.segment_bytes
        || clock_ms() - spool->write_began_ms >= spool->options.segment_ms)
    {
        spool->split = 0;
        spool_close_writer(spool);
    }
}


static void
spool_on_commit_timer(uv_timer_t *timer)
{
    spool_start_write(timer->data);
}


static void
spool_on_written(uv_work_t *work, int status)
{
    spool_t *spool = work->data;

    (void) status;

    spool->is_writing = 0;

    if (spool->write_error == 0) {
        spool_write_done(spool);
    }

    spool->failing = spool->write_error != 0;

    if (spool->failing) {
        spool_write_failed(spool);
        uv_timer_start(&spool->commit_timer, spool_on_commit_timer, SPOOL_RETRY_MS, 0);
        spool->options.on_durable(spool->options.data, 0); /* nothing is, but it can be read */
        return;
    }

    if (spool->filling.len > 0) {
        uv_timer_start(&spool->commit_timer, spool_on_commit_timer, SPOOL_COMMIT_MS, 0);
    }

    spool_on_tidy(&spool->tidy_timer);
    spool->options.on_durable(spool->options.data, spool->writing.last_sequence);
}


static void
spool_start_write(spool_t *spool)
{
    if (spool->is_writing) {
        return;
    }

    /* after a failure the same buffer goes first */
    if (spool->writing.len == 0) {
        spool_buffer_t empty = spool->writing;

        spool->writing = spool->filling;
        spool->filling = empty;
    }

    if (spool->writing.len == 0) {
        return;
    }

    if (spool->write_fd < 0) {
        spool->write_number = spool->shelf.next_number++;
        spool->write_began_ms = clock_ms();
    }

    spool->shelf.writing = spool->write_number;
    spool->is_writing = 1;
    spool->work.data = spool;
    uv_queue_work(spool->loop, &spool->work, spool_write, spool_on_written);
}


void
spool_flush(spool_t *spool)
{
    uv_timer_stop(&spool->commit_timer);
    spool_start_write(spool);
}


static int
spool_buffer_reserve(spool_buffer_t *buffer, size_t more)
{
    if (buffer->len + more <= buffer->size) {
        return 0;
    }

    if (buffer->len + more > SPOOL_BUFFER_MAX) {
        return -1;
    }

    size_t size = 2 * (buffer->len + more);
    uint8_t *grown = realloc(buffer->data, size);

    if (grown == NULL) {
        return -1;
    }

    buffer->data = grown;
    buffer->size = size;
    return 0;
}


uint64_t
spool_append(spool_t *spool, const void *payload, size_t len)
{
    spool_buffer_t *buffer = &spool->filling;

    if (len == 0 || len > SPOOL_RECORD_PAYLOAD_MAX
        || spool_buffer_reserve(buffer, len + SPOOL_RECORD_HEAD) != 0)
    {
        return 0;
    }

    spool_record_head(buffer->data + buffer->len, payload, len);
    memcpy(buffer->data + buffer->len + SPOOL_RECORD_HEAD, payload, len);
    buffer->len += len + SPOOL_RECORD_HEAD;
    buffer->records++;
    buffer->last_sequence = ++spool->sequence;

    if (!spool->is_writing && !uv_is_active((uv_handle_t *) &spool->commit_timer)) {
        uv_timer_start(&spool->commit_timer, spool_on_commit_timer, SPOOL_COMMIT_MS, 0);
    }

    return spool->sequence;
}


int
spool_has_room(const spool_t *spool)
{
    return spool->filling.len < SPOOL_BUFFER_FULL;
}


int
spool_is_dirty(const spool_t *spool)
{
    return spool->is_writing || spool->filling.len > 0 || spool->writing.len > 0;
}


/* --- reading -------------------------------------------------------------- */

/* Records in memory that may be reported, because the disk has refused them. */
static uint64_t
spool_in_memory(const spool_t *spool)
{
    return spool->failing ? spool->writing.records : 0;
}


/* Those up to the sequence number `end`, with no regard to what the disk is doing. */
static void
spool_read_memory(spool_t *spool, uint64_t end, const spool_want_t *want, msgpack_sbuffer *out,
                  spool_batch_t *batch)
{
    const spool_buffer_t *buffer = &spool->writing;
    uint64_t first = buffer->last_sequence - buffer->records + 1;
    spool_piece_t piece = {.from = first};
    size_t at = 0;
    int damaged;

    while (at < buffer->len && first + piece.records < end
           && batch->records + piece.records < want->records_max)
    {
        size_t len =
            spool_batch_copy(buffer->data + at, buffer->len - at, want->bytes_max, out, &damaged);

        if (len == 0) {
            break;
        }

        at += len;
        piece.records++;
    }

    if (piece.records > 0) {
        piece.to = first + piece.records;
        spool_batch_add(batch, &piece);
    }
}


unsigned
spool_read(spool_t *spool, const spool_want_t *want, msgpack_sbuffer *out, spool_batch_t *batch)
{
    memset(batch, 0, sizeof(*batch));

    if (spool_in_memory(spool) > 0) {
        spool_read_memory(spool, UINT64_MAX, want, out, batch);
    }

    if (spool->shelf.counts.unreported > 0) {
        spool_batch_fill(&spool->shelf, want, out, batch);
    }

    return batch->records;
}


unsigned
spool_read_again(spool_t *spool, const spool_batch_t *earlier, const spool_want_t *want,
                 msgpack_sbuffer *out, spool_batch_t *batch)
{
    memset(batch, 0, sizeof(*batch));

    for (unsigned i = 0; i < earlier->pieces_count && batch->records < want->records_max; i++) {
        const spool_piece_t *piece = &earlier->pieces[i];

        if (piece->segment != 0) {
            spool_batch_again(&spool->shelf, piece, want, out, batch);

        } else if (spool_in_memory(spool) > 0) {
            spool_read_memory(spool, piece->to, want, out, batch);
        }
    }

    return batch->records;
}


/*
 * The hub has these, so they need no disk any more.  When they are being
 * written at this moment, or have been, they will be reported once more.
 */
static void
spool_commit_memory(spool_t *spool, const spool_piece_t *piece)
{
    spool_buffer_t *buffer = &spool->writing;
    size_t at = 0;

    if (spool->is_writing || buffer->records < piece->records
        || piece->from != buffer->last_sequence - buffer->records + 1)
    {
        return;
    }

    for (unsigned i = 0; i < piece->records; i++) {
        at += SPOOL_RECORD_HEAD + spool_record_get_u32(buffer->data + at);
    }

    memmove(buffer->data, buffer->data + at, buffer->len - at);
    buffer->len -= at;
    buffer->records -= piece->records;
    spool->options.on_durable(spool->options.data, piece->to - 1);
}


void
spool_commit(spool_t *spool, const spool_batch_t *batch)
{
    for (unsigned i = 0; i < batch->pieces_count; i++) {
        const spool_piece_t *piece = &batch->pieces[i];

        if (piece->segment != 0) {
            spool_batch_done(&spool->shelf, piece);
        } else {
            spool_commit_memory(spool, piece);
        }
    }
}


void
spool_split(spool_t *spool)
{
    spool->shelf.live_from = spool->shelf.next_number;

    if (spool->is_writing) {
        spool->split = 1;
    } else {
        spool_close_writer(spool);
    }
}


uint64_t
spool_repeat(spool_t *spool)
{
    uint64_t again = spool_shelf_repeat(&spool->shelf);

    /* at once: whoever asked remembers that it is done, and may be killed before the next turn */
    spool_shelf_save(&spool->shelf);
    return again;
}


uint64_t
spool_waiting(const spool_t *spool)
{
    return spool->shelf.counts.unreported + spool_in_memory(spool);
}


uint64_t
spool_backlog(const spool_t *spool)
{
    return spool->shelf.counts.unreported - spool_shelf_live(&spool->shelf);
}


spool_counts_t
spool_counts(const spool_t *spool)
{
    spool_counts_t counts = spool->shelf.counts;

    counts.in_memory = spool_in_memory(spool);
    return counts;
}


/* --- start and end -------------------------------------------------------- */

static void
spool_free(spool_t *spool)
{
    spool_close_writer(spool);
    spool_shelf_close(&spool->shelf);
    free(spool->filling.data);
    free(spool->writing.data);
    free(spool);
}


spool_t *
spool_open(uv_loop_t *loop, const spool_options_t *options, char *error)
{
    spool_t *spool = calloc(1, sizeof(*spool));

    if (spool == NULL) {
        snprintf(error, SPOOL_ERROR_MAX, "out of memory");
        return NULL;
    }

    spool->loop = loop;
    spool->options = *options;
    spool->write_fd = -1;

    if (spool_shelf_open(&spool->shelf, options->directory, options->on_record, options->data) != 0)
    {
        snprintf(error, SPOOL_ERROR_MAX, "%.150s: %s", options->directory, strerror(errno));
        spool_free(spool);
        return NULL;
    }

    uv_timer_init(loop, &spool->commit_timer);
    uv_timer_init(loop, &spool->tidy_timer);
    spool->commit_timer.data = spool;
    spool->tidy_timer.data = spool;
    uv_timer_start(&spool->tidy_timer, spool_on_tidy, SPOOL_TIDY_MS, SPOOL_TIDY_MS);
    return spool;
}


static void
spool_on_closed(uv_handle_t *handle)
{
    spool_t *spool = handle->data;

    if (--spool->closing == 0) {
        spool_free(spool);
    }
}


void
spool_close(spool_t *spool)
{
    spool_shelf_save(&spool->shelf);
    spool->closing = 2;
    uv_close((uv_handle_t *) &spool->commit_timer, spool_on_closed);
    uv_close((uv_handle_t *) &spool->tidy_timer, spool_on_closed);
}
