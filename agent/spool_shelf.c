
/* A segment is removed when all of it has been reported for a while, or when the limit says so. */

#include "spool_shelf.h"

#include "clock.h"
#include "log.h"
#include "spool_reported.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One a minute lasts a month and a half; more files than that are nobody's idea of a backlog. */
#define SPOOL_SHELF_SEGMENTS_MAX 65536
#define SPOOL_SHELF_LIVE 2
#define SPOOL_SHELF_SEEN 16 /* segments whose records are shown at the start: of some minutes */


/* --- finding -------------------------------------------------------------- */

spool_segment_t *
spool_shelf_add_segment(spool_shelf_t *shelf, uint64_t number)
{
    if (shelf->segments_count == shelf->segments_size) {
        size_t size = shelf->segments_size * 2 + 16;
        spool_segment_t *grown = realloc(shelf->segments, size * sizeof(*grown));

        if (grown == NULL) {
            return NULL;
        }

        shelf->segments = grown;
        shelf->segments_size = size;
    }

    spool_segment_t *segment = &shelf->segments[shelf->segments_count++];

    memset(segment, 0, sizeof(*segment));
    segment->number = number;
    segment->reported = SPOOL_SEGMENT_HEAD;
    segment->fd = -1;
    return segment;
}


spool_segment_t *
spool_shelf_find_segment(const spool_shelf_t *shelf, uint64_t number)
{
    size_t low = 0;
    size_t high = shelf->segments_count;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (shelf->segments[middle].number < number) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }

    return (low < shelf->segments_count && shelf->segments[low].number == number)
               ? &shelf->segments[low]
               : NULL;
}


int
spool_shelf_is_live(const spool_shelf_t *shelf, size_t index)
{
    return index + SPOOL_SHELF_LIVE >= shelf->segments_count
           && shelf->segments[index].number >= shelf->live_from;
}


uint64_t
spool_shelf_live(const spool_shelf_t *shelf)
{
    uint64_t live = 0;

    for (size_t i = shelf->segments_count; i-- > 0 && spool_shelf_is_live(shelf, i);) {
        live += shelf->segments[i].unreported;
    }

    return live;
}


static int
spool_shelf_is_done(const spool_shelf_t *shelf, const spool_segment_t *segment)
{
    return segment->reported >= segment->bytes && segment->number != shelf->writing;
}


/* --- what is reported ----------------------------------------------------- */

void
spool_shelf_set_reported(spool_shelf_t *shelf, spool_segment_t *segment, uint64_t offset,
                         uint64_t records)
{
    segment->reported = offset;
    segment->unreported -= records;
    segment->touched_ms = clock_wall_ms();
    shelf->counts.unreported -= records;
    shelf->dirty = 1;

    if (spool_shelf_is_done(shelf, segment)) {
        spool_segment_close(segment); /* of a long backlog there are more than descriptors */
    }
}


void
spool_shelf_give_up(spool_shelf_t *shelf, spool_segment_t *segment)
{
    log_error("spool",
              "segment %" PRIu64 " is damaged from byte %" PRIu64 " on: %" PRIu64
              " results are lost",
              segment->number, segment->reported, segment->unreported);
    shelf->counts.corrupt++;
    shelf->counts.dropped += segment->unreported;
    spool_shelf_set_reported(shelf, segment, segment->bytes, segment->unreported);
}


uint64_t
spool_shelf_repeat(spool_shelf_t *shelf)
{
    uint64_t again = 0;

    for (size_t i = 0; i < shelf->segments_count; i++) {
        spool_segment_t *segment = &shelf->segments[i];

        again += segment->records - segment->unreported;
        segment->unreported = segment->records;
        segment->reported = SPOOL_SEGMENT_HEAD;
    }

    shelf->counts.unreported += again;
    shelf->dirty |= again > 0;
    return again;
}


void
spool_shelf_save(spool_shelf_t *shelf)
{
    if (shelf->dirty
        && spool_reported_save(shelf->directory, shelf->segments, shelf->segments_count,
                               shelf->writing)
               == 0)
    {
        shelf->dirty = 0;
    }
}


/* --- throwing away -------------------------------------------------------- */

static void
spool_shelf_unlink(spool_shelf_t *shelf, spool_segment_t *segment)
{
    char name[SPOOL_SEGMENT_NAME_MAX];

    spool_segment_name(segment->number, name);
    spool_segment_close(segment);

    if (unlinkat(shelf->directory, name, 0) != 0 && errno != ENOENT) {
        log_warn("spool", "%s cannot be removed: %s", name, strerror(errno));
    }

    shelf->counts.bytes -= segment->bytes;
}


/* Of the wholly reported segments: those before a moment, and more while over the limit. */
static size_t
spool_shelf_sweep(spool_shelf_t *shelf, int64_t before_ms, uint64_t limit_bytes)
{
    size_t kept = 0;
    size_t count = shelf->segments_count;

    for (size_t i = 0; i < count; i++) {
        spool_segment_t *segment = &shelf->segments[i];

        if (spool_shelf_is_done(shelf, segment)
            && (segment->touched_ms < before_ms || shelf->counts.bytes > limit_bytes))
        {
            spool_shelf_unlink(shelf, segment);

        } else {
            if (kept != i) {
                shelf->segments[kept] = *segment;
            }

            kept++;
        }
    }

    shelf->segments_count = kept;
    return count - kept;
}


size_t
spool_shelf_clear(spool_shelf_t *shelf)
{
    return spool_shelf_sweep(shelf, INT64_MAX, 0);
}


void
spool_shelf_drop_first(spool_shelf_t *shelf)
{
    spool_segment_t *segment = &shelf->segments[0];

    if (segment->unreported > 0) {
        shelf->counts.dropped += segment->unreported;
        shelf->counts.unreported -= segment->unreported;
        log_error("spool", "full: %" PRIu64 " results that were never reported are dropped",
                  segment->unreported);
    }

    spool_shelf_unlink(shelf, segment);
    shelf->segments_count--;
    memmove(shelf->segments, shelf->segments + 1, shelf->segments_count * sizeof(*segment));
}


void
spool_shelf_tidy(spool_shelf_t *shelf, uint64_t limit_bytes, int64_t keep_ms)
{
    spool_shelf_sweep(shelf, clock_wall_ms() - keep_ms, limit_bytes);

    while (
        shelf->segments_count > 1
        && (shelf->counts.bytes > limit_bytes || shelf->segments_count > SPOOL_SHELF_SEGMENTS_MAX))
    {
        spool_shelf_drop_first(shelf);
    }

    spool_shelf_save(shelf);
}


/* --- start and end -------------------------------------------------------- */

static int
spool_shelf_compare(const void *a, const void *b)
{
    uint64_t x = ((const spool_segment_t *) a)->number;
    uint64_t y = ((const spool_segment_t *) b)->number;

    return (x > y) - (x < y);
}


static int
spool_shelf_list(spool_shelf_t *shelf)
{
    int copy = dup(shelf->directory);
    DIR *dir = (copy >= 0) ? fdopendir(copy) : NULL;
    struct dirent *entry;
    int result = 0;

    if (dir == NULL) {
        if (copy >= 0) {
            close(copy);
        }

        return -1;
    }

    while (result == 0 && (entry = readdir(dir)) != NULL) {
        uint64_t number = spool_segment_number(entry->d_name);

        if (number != 0 && spool_shelf_add_segment(shelf, number) == NULL) {
            result = -1;
        }
    }

    closedir(dir);

    if (shelf->segments_count > 1) {
        qsort(shelf->segments, shelf->segments_count, sizeof(*shelf->segments),
              spool_shelf_compare);
    }

    return result;
}


static int
spool_shelf_scan_segment(spool_shelf_t *shelf, spool_segment_t *segment, uint64_t reported,
                         spool_segment_record_cb on_record, void *data)
{
    int corrupt;

    segment->reported = reported;

    if (spool_segment_scan(shelf->directory, segment, on_record, data, &corrupt) != 0) {
        return -1;
    }

    if (segment->reported > segment->bytes) {
        segment->reported = segment->bytes;
    }

    if (corrupt) {
        log_error("spool", "segment %" PRIu64 " is damaged from byte %" PRIu64 " on",
                  segment->number, segment->bytes);
        shelf->counts.corrupt++;
    }

    shelf->counts.unreported += segment->unreported;
    shelf->counts.bytes += segment->bytes;
    return 0;
}


/* A segment's number is never used again, be it of one that is gone. */
static void
spool_shelf_claim(spool_shelf_t *shelf, uint64_t number)
{
    if (number >= shelf->next_number) {
        shelf->next_number = number + 1;
    }
}


static int
spool_shelf_scan(spool_shelf_t *shelf, spool_segment_record_cb on_record, void *data)
{
    spool_reported_t entries[SPOOL_REPORTED_MAX];
    size_t entries_count = spool_reported_load(shelf->directory, entries);

    shelf->next_number = 1;

    for (size_t i = 0; i < entries_count; i++) {
        spool_shelf_claim(shelf, entries[i].last);
    }

    for (size_t i = 0; i < shelf->segments_count; i++) {
        spool_segment_t *segment = &shelf->segments[i];
        uint64_t reported = SPOOL_SEGMENT_HEAD;

        for (size_t e = 0; e < entries_count; e++) {
            if (segment->number >= entries[e].first && segment->number <= entries[e].last) {
                reported = entries[e].offset;
            }
        }

        int recent = i + SPOOL_SHELF_SEEN >= shelf->segments_count;

        if (spool_shelf_scan_segment(shelf, segment, reported, recent ? on_record : NULL, data)
            != 0) {
            return -1;
        }

        spool_shelf_claim(shelf, segment->number);
    }

    shelf->live_from = shelf->next_number;

    /* only the last one can have been written to when the last life ended */
    return (shelf->segments_count == 0)
               ? 0
               : spool_segment_sync(shelf->directory,
                                    shelf->segments[shelf->segments_count - 1].number);
}


/* A directory that was just made lasts only once its parent knows of it. */
static int
spool_shelf_sync_parent(int directory)
{
    int parent = openat(directory, "..", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (parent < 0) {
        return -1;
    }

    int result = fsync(parent);
    int error = errno;

    close(parent);
    errno = error;
    return result;
}


int
spool_shelf_open(spool_shelf_t *shelf, const char *directory, spool_segment_record_cb on_record,
                 void *data)
{
    memset(shelf, 0, sizeof(*shelf));
    shelf->directory = -1;
    shelf->read_buffer = malloc(SPOOL_SHELF_READ_BYTES);

    if (shelf->read_buffer == NULL) {
        return -1;
    }

    int made = mkdir(directory, 0700) == 0;

    if (!made && errno != EEXIST) {
        return -1;
    }

    shelf->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (shelf->directory < 0 || (made && spool_shelf_sync_parent(shelf->directory) != 0)) {
        return -1;
    }

    return (spool_shelf_list(shelf) == 0) ? spool_shelf_scan(shelf, on_record, data) : -1;
}


void
spool_shelf_close(spool_shelf_t *shelf)
{
    for (size_t i = 0; i < shelf->segments_count; i++) {
        spool_segment_close(&shelf->segments[i]);
    }

    if (shelf->directory >= 0) {
        close(shelf->directory);
    }

    free(shelf->segments);
    free(shelf->read_buffer);
}
