
/*
 * The position is written without fsync: when a crash of the machine loses it,
 * some results are reported twice, and the hub stores them once.
 */

#include "spool_shelf.h"

#include "clock.h"
#include "log.h"
#include "spool_record.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SPOOL_SHELF_POSITION_FILE "position"
#define SPOOL_SHELF_POSITION_BYTES 20


void
spool_shelf_save_position(spool_shelf_t *shelf)
{
    uint8_t bytes[SPOOL_SHELF_POSITION_BYTES];

    if (!shelf->position_dirty) {
        return;
    }

    spool_record_put_u64(bytes, shelf->position.segment);
    spool_record_put_u64(bytes + 8, shelf->position.offset);
    spool_record_put_u32(bytes + 16, spool_record_crc32c(0, bytes, 16));

    int fd = openat(shelf->directory, SPOOL_SHELF_POSITION_FILE ".new",
                    O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0) {
        return; /* tried again; without it some ticks are reported twice, which is harmless */
    }

    int good = write(fd, bytes, sizeof(bytes)) == (ssize_t) sizeof(bytes);

    close(fd);

    if (good
        && renameat(shelf->directory, SPOOL_SHELF_POSITION_FILE ".new", shelf->directory,
                    SPOOL_SHELF_POSITION_FILE)
               == 0)
    {
        shelf->position_dirty = 0;
    }
}


static void
spool_shelf_load_position(spool_shelf_t *shelf)
{
    uint8_t bytes[SPOOL_SHELF_POSITION_BYTES];
    int fd = openat(shelf->directory, SPOOL_SHELF_POSITION_FILE, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return;
    }

    if (read(fd, bytes, sizeof(bytes)) == (ssize_t) sizeof(bytes)
        && spool_record_get_u32(bytes + 16) == spool_record_crc32c(0, bytes, 16))
    {
        shelf->position.segment = spool_record_get_u64(bytes);
        shelf->position.offset = spool_record_get_u64(bytes + 8);

    } else {
        log_warn("spool", "the position file is damaged: reporting everything again");
    }

    close(fd);
}


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
    segment->fd = -1;
    return segment;
}


spool_segment_t *
spool_shelf_find_segment(spool_shelf_t *shelf, uint64_t number)
{
    for (size_t i = 0; i < shelf->segments_count; i++) {
        if (shelf->segments[i].number == number) {
            return &shelf->segments[i];
        }
    }

    return NULL;
}


static int
spool_shelf_is_active(const spool_shelf_t *shelf, const spool_segment_t *segment)
{
    return segment->number == shelf->writing;
}


/* The segment that holds the first unreported record, after stepping over finished ones. */
spool_segment_t *
spool_shelf_settle_position(spool_shelf_t *shelf)
{
    for (size_t i = 0; i < shelf->segments_count; i++) {
        spool_segment_t *segment = &shelf->segments[i];

        if (segment->number < shelf->position.segment) {
            continue;
        }

        if (segment->number > shelf->position.segment) {
            shelf->position = (spool_position_t){segment->number, SPOOL_SEGMENT_HEAD};
            shelf->position_dirty = 1;
        }

        if (shelf->position.offset < segment->bytes || spool_shelf_is_active(shelf, segment)) {
            return segment;
        }
    }

    return NULL;
}


void
spool_shelf_remove_first(spool_shelf_t *shelf)
{
    char name[SPOOL_SEGMENT_NAME_MAX];
    spool_segment_t *segment = &shelf->segments[0];

    spool_segment_name(segment->number, name);
    spool_segment_close(segment);

    if (unlinkat(shelf->directory, name, 0) != 0 && errno != ENOENT) {
        log_warn("spool", "%s cannot be removed: %s", name, strerror(errno));
    }

    shelf->bytes -= segment->bytes;
    shelf->segments_count--;
    memmove(shelf->segments, shelf->segments + 1, shelf->segments_count * sizeof(*segment));
}


/* Records of a segment from `offset` on; a damaged one ends the count. */
static uint64_t
spool_shelf_count_from(spool_shelf_t *shelf, spool_segment_t *segment, uint64_t offset)
{
    uint64_t count = 0;
    int64_t got;

    while ((got = spool_segment_read(shelf->directory, segment, offset, shelf->read_buffer,
                                     SPOOL_SHELF_READ_BYTES))
           > 0)
    {
        const uint8_t *payload;
        size_t len;
        size_t at = 0;

        while (spool_record_read(shelf->read_buffer + at, (size_t) got - at, &payload, &len)
               == SPOOL_RECORD_OK)
        {
            at += SPOOL_RECORD_HEAD + len;
            count++;
        }

        if (at == 0) {
            break;
        }

        offset += at;
    }

    return count;
}


/* Gives up what is unreported in the oldest segment, and says so. */
static void
spool_shelf_drop_first(spool_shelf_t *shelf)
{
    spool_segment_t *segment = &shelf->segments[0];

    if (segment->number >= shelf->position.segment) {
        uint64_t lost = (segment->number > shelf->position.segment)
                            ? segment->records
                            : spool_shelf_count_from(shelf, segment, shelf->position.offset);

        shelf->counts.dropped += lost;
        shelf->counts.unreported -=
            (lost < shelf->counts.unreported) ? lost : shelf->counts.unreported;

        if (lost > 0) {
            log_error("spool", "full: %" PRIu64 " results that were never reported are dropped",
                      lost);
        }
    }

    spool_shelf_remove_first(shelf);
}


int
spool_shelf_first_is_reported(const spool_shelf_t *shelf)
{
    return shelf->segments_count > 0 && shelf->segments[0].number < shelf->position.segment;
}


void
spool_shelf_tidy(spool_shelf_t *shelf, uint64_t limit_bytes, int64_t keep_ms)
{
    int64_t oldest = clock_wall_ms() - keep_ms;

    spool_shelf_settle_position(shelf);

    while (spool_shelf_first_is_reported(shelf)
           && (shelf->segments[0].touched_ms < oldest || shelf->bytes > limit_bytes))
    {
        spool_shelf_remove_first(shelf);
    }

    while (shelf->bytes > limit_bytes && shelf->segments_count > 1) {
        spool_shelf_drop_first(shelf);
    }

    spool_shelf_save_position(shelf);
}


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
spool_shelf_scan(spool_shelf_t *shelf, spool_segment_record_cb on_record, void *data)
{
    shelf->next_number = shelf->position.segment + 1;

    for (size_t i = 0; i < shelf->segments_count; i++) {
        spool_segment_t *segment = &shelf->segments[i];
        int corrupt;

        if (spool_segment_scan(shelf->directory, segment, on_record, data, &corrupt) != 0) {
            return -1;
        }

        if (corrupt) {
            log_error("spool", "segment %" PRIu64 " is damaged after %" PRIu64 " results",
                      segment->number, segment->records);
            shelf->counts.corrupt++;
        }

        if (segment->number > shelf->position.segment) {
            shelf->counts.unreported += segment->records;
        } else if (segment->number == shelf->position.segment) {
            shelf->counts.unreported +=
                spool_shelf_count_from(shelf, segment, shelf->position.offset);
        }

        shelf->bytes += segment->bytes;

        if (segment->number >= shelf->next_number) {
            shelf->next_number = segment->number + 1;
        }
    }

    return 0;
}


int
spool_shelf_open(spool_shelf_t *shelf, const char *directory, spool_segment_record_cb on_record,
                 void *data)
{
    memset(shelf, 0, sizeof(*shelf));
    shelf->directory = -1;
    shelf->read_buffer = malloc(SPOOL_SHELF_READ_BYTES);

    if (shelf->read_buffer == NULL || (mkdir(directory, 0700) != 0 && errno != EEXIST)) {
        return -1;
    }

    shelf->directory = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (shelf->directory < 0) {
        return -1;
    }

    spool_shelf_load_position(shelf);

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
