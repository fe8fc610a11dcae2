
#include "spool_reported.h"

#include "log.h"
#include "spool_record.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define SPOOL_REPORTED_FILE "reported"
#define SPOOL_REPORTED_HEAD 16 /* magic, number of entries, checksum of all but itself */
#define SPOOL_REPORTED_ENTRY 24
#define SPOOL_REPORTED_BYTES (SPOOL_REPORTED_HEAD + SPOOL_REPORTED_MAX * SPOOL_REPORTED_ENTRY)

static const uint8_t magic[8] = {'B', 'S', 'R', 'E', 'P', 'O', 'R', 1};


static uint32_t
spool_reported_checksum(const uint8_t *bytes, size_t len)
{
    uint32_t crc = spool_record_crc32c(0, bytes, 12);

    return spool_record_crc32c(crc, bytes + SPOOL_REPORTED_HEAD, len - SPOOL_REPORTED_HEAD);
}


size_t
spool_reported_load(int directory, spool_reported_t entries[SPOOL_REPORTED_MAX])
{
    uint8_t bytes[SPOOL_REPORTED_BYTES];
    int fd = openat(directory, SPOOL_REPORTED_FILE, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return 0;
    }

    ssize_t len = read(fd, bytes, sizeof(bytes));

    close(fd);

    uint32_t count = (len >= SPOOL_REPORTED_HEAD) ? spool_record_get_u32(bytes + 8) : 0;

    if (len < SPOOL_REPORTED_HEAD || count > SPOOL_REPORTED_MAX
        || (size_t) len != SPOOL_REPORTED_HEAD + count * SPOOL_REPORTED_ENTRY
        || memcmp(bytes, magic, sizeof(magic)) != 0
        || spool_record_get_u32(bytes + 12) != spool_reported_checksum(bytes, (size_t) len))
    {
        log_warn("spool", "the file \"reported\" is damaged: reporting everything again");
        return 0;
    }

    for (uint32_t i = 0; i < count; i++) {
        const uint8_t *at = bytes + SPOOL_REPORTED_HEAD + i * SPOOL_REPORTED_ENTRY;

        entries[i] = (spool_reported_t){spool_record_get_u64(at), spool_record_get_u64(at + 8),
                                        spool_record_get_u64(at + 16)};
    }

    return count;
}


/* From the newest to the oldest; neighbours that are wholly reported share one entry. */
static uint32_t
spool_reported_list(const spool_segment_t *segments, size_t segments_count, uint64_t writing,
                    spool_reported_t entries[SPOOL_REPORTED_MAX])
{
    uint32_t count = 0;
    int joins = 0;

    for (size_t i = segments_count; i-- > 0;) {
        const spool_segment_t *segment = &segments[i];
        int whole = segment->reported >= segment->bytes && segment->number != writing;

        if (whole && joins) {
            entries[count - 1].first = segment->number;

        } else if (whole || segment->reported > SPOOL_SEGMENT_HEAD) {
            if (count == SPOOL_REPORTED_MAX) {
                break;
            }

            entries[count++] = (spool_reported_t){segment->number, segment->number,
                                                  whole ? SPOOL_REPORTED_WHOLE : segment->reported};
        }

        joins = whole;
    }

    return count;
}


static int
spool_reported_write(int directory, const uint8_t *bytes, size_t len)
{
    int fd = openat(directory, SPOOL_REPORTED_FILE ".new", O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC,
                    0600);

    if (fd < 0) {
        return -1;
    }

    int good = write(fd, bytes, len) == (ssize_t) len;

    close(fd);

    return (good
            && renameat(directory, SPOOL_REPORTED_FILE ".new", directory, SPOOL_REPORTED_FILE) == 0)
               ? 0
               : -1;
}


int
spool_reported_save(int directory, const spool_segment_t *segments, size_t segments_count,
                    uint64_t writing)
{
    spool_reported_t entries[SPOOL_REPORTED_MAX];
    uint8_t bytes[SPOOL_REPORTED_BYTES];
    uint32_t count = spool_reported_list(segments, segments_count, writing, entries);
    size_t len = SPOOL_REPORTED_HEAD + count * SPOOL_REPORTED_ENTRY;

    for (uint32_t i = 0; i < count; i++) {
        uint8_t *at = bytes + SPOOL_REPORTED_HEAD + i * SPOOL_REPORTED_ENTRY;

        spool_record_put_u64(at, entries[i].first);
        spool_record_put_u64(at + 8, entries[i].last);
        spool_record_put_u64(at + 16, entries[i].offset);
    }

    memcpy(bytes, magic, sizeof(magic));
    spool_record_put_u32(bytes + 8, count);
    spool_record_put_u32(bytes + 12, spool_reported_checksum(bytes, len));
    return spool_reported_write(directory, bytes, len);
}
