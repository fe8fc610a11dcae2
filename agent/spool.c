
/*
 * Two buffers: one fills, one is being written by the thread pool.  A write
 * that fails (no space, a dying disk) is repeated in a new segment until it
 * succeeds; meanwhile nothing is acknowledged, so nothing is lost.  Old
 * segments are never appended to, so a torn tail can only be at an end.
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
    int write_error;
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

    spool_shelf_settle_position(&spool->shelf);

    while (spool->write_error == ENOSPC && spool_shelf_first_is_reported(&spool->shelf)) {
        spool_shelf_remove_first(&spool->shelf);
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
        spool->shelf.bytes += SPOOL_SEGMENT_HEAD;
    }

    if (spool->complained_ms != 0) {
        spool->complained_ms = 0;
        log_info("spool", "writing works again");
    }

    last->bytes += spool->writing.len;
    last->records += spool->writing.records;
    last->touched_ms = clock_wall_ms();
    spool->shelf.bytes += spool->writing.len;
    spool->write_offset = last->bytes;
    spool->shelf.counts.unreported += spool->writing.records;
    spool->writing.len = 0;
    spool->writing.records = 0;

    if (last->bytes >= spool->options.segment_bytes
        || clock_ms() - spool->write_began_ms >= spool->options.segment_ms)
    {
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

    if (spool->write_error != 0) {
        spool_write_failed(spool);
        uv_timer_start(&spool->commit_timer, spool_on_commit_timer, SPOOL_RETRY_MS, 0);
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

/* Nothing more of this segment can be read: what it still held is lost. */
static void
spool_skip_rest(spool_t *spool, const spool_segment_t *segment)
{
    spool_shelf_t *shelf = &spool->shelf;

    log_error("spool", "segment %" PRIu64 " is damaged from byte %" PRIu64 " on: skipping the rest",
              segment->number, shelf->position.offset);
    shelf->position.offset = segment->bytes;
    shelf->position_dirty = 1;
    shelf->counts.corrupt++;
    shelf->counts.unreported = 0;

    for (size_t i = 0; i < shelf->segments_count; i++) {
        if (shelf->segments[i].number > segment->number) {
            shelf->counts.unreported += shelf->segments[i].records;
        }
    }
}


unsigned
spool_read(spool_t *spool, unsigned records_max, size_t bytes_max, msgpack_sbuffer *out,
           spool_position_t *end)
{
    spool_segment_t *segment = spool_shelf_settle_position(&spool->shelf);
    size_t at = 0;
    unsigned count = 0;

    if (segment == NULL) {
        return 0;
    }

    int64_t got = spool_segment_read(spool->shelf.directory, segment, spool->shelf.position.offset,
                                     spool->shelf.read_buffer, SPOOL_SHELF_READ_BYTES);

    while (got > 0 && count < records_max) {
        const uint8_t *payload;
        size_t len;

        if (spool_record_read(spool->shelf.read_buffer + at, (size_t) got - at, &payload, &len)
                != SPOOL_RECORD_OK
            || (count > 0 && out->size + len > bytes_max)
            || msgpack_sbuffer_write(out, (const char *) payload, len) != 0)
        {
            break;
        }

        at += SPOOL_RECORD_HEAD + len;
        count++;
    }

    /* a lack of descriptors or memory passes; bytes that are wrong or gone do not */
    int gone = got < 0 ? errno == EIO || errno == ENOENT
                       : got == 0 && spool->shelf.position.offset < segment->bytes;

    if (gone || (got > 0 && count == 0)) {
        spool_skip_rest(spool, segment);
        return 0;
    }

    *end = (spool_position_t){segment->number, spool->shelf.position.offset + at};
    return count;
}


void
spool_commit(spool_t *spool, spool_position_t end, unsigned records)
{
    spool_segment_t *segment = spool_shelf_find_segment(&spool->shelf, end.segment);

    if (segment == NULL) {
        return; /* dropped while it was being reported, and counted as that */
    }

    segment->touched_ms = clock_wall_ms();
    spool->shelf.position = end;
    spool->shelf.position_dirty = 1;
    spool->shelf.counts.unreported -=
        (records < spool->shelf.counts.unreported) ? records : spool->shelf.counts.unreported;
    spool_shelf_settle_position(&spool->shelf);
}


spool_counts_t
spool_counts(const spool_t *spool)
{
    return spool->shelf.counts;
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
    spool_shelf_settle_position(&spool->shelf);
    spool_shelf_save_position(&spool->shelf);
    spool->closing = 2;
    uv_close((uv_handle_t *) &spool->commit_timer, spool_on_closed);
    uv_close((uv_handle_t *) &spool->tidy_timer, spool_on_closed);
}
