
/* Records of the spool: whole, torn, damaged; and the segment files they lie in. */

#include "../../agent/spool_record.h"
#include "../../agent/spool_segment.h"

#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

static size_t
put(uint8_t *out, const char *payload, size_t len)
{
    spool_record_head(out, payload, len);
    memcpy(out + SPOOL_RECORD_HEAD, payload, len);
    return len + SPOOL_RECORD_HEAD;
}

static void
checksum(void)
{
    uint8_t zeros[32] = {0};

    is_int(spool_record_crc32c(0, "123456789", 9), 0xe3069283, "CRC-32C's check value");
    is_int(spool_record_crc32c(0, zeros, 32), 0x8a9136aa, "RFC 3720: 32 zeros");
    is_int(spool_record_crc32c(spool_record_crc32c(0, "1234", 4), "56789", 5), 0xe3069283,
           "in two pieces");
}

static void
records(void)
{
    uint8_t bytes[64] = {0};
    const uint8_t *payload;
    size_t len;
    size_t size = put(bytes, "hello", 5);
    int torn = 0;
    int found = 0;

    is_int(spool_record_read(bytes, size, &payload, &len), SPOOL_RECORD_OK, "a record");
    ok(len == 5 && memcmp(payload, "hello", 5) == 0, "comes back as it was");
    is_int(spool_record_read(bytes, 0, &payload, &len), SPOOL_RECORD_END, "nothing");

    for (size_t cut = 1; cut < size; cut++) {
        torn += spool_record_read(bytes, cut, &payload, &len) == SPOOL_RECORD_TORN;
    }

    is_int(torn, (long long) size - 1, "cut anywhere it is torn");

    for (size_t bit = 0; bit < size * 8; bit++) {
        bytes[bit / 8] ^= (uint8_t) (1u << (bit % 8));
        found += spool_record_read(bytes, size, &payload, &len) != SPOOL_RECORD_OK;
        bytes[bit / 8] ^= (uint8_t) (1u << (bit % 8));
    }

    is_int(found, (long long) size * 8, "any flipped bit is noticed");
    memset(bytes, 0, sizeof(bytes));
    is_int(spool_record_read(bytes, 64, &payload, &len), SPOOL_RECORD_TORN,
           "zeros are a torn tail");
    bytes[60] = 1;
    is_int(spool_record_read(bytes, 64, &payload, &len), SPOOL_RECORD_CORRUPT,
           "unless something follows");
    memset(bytes, 0xff, 8);
    is_int(spool_record_read(bytes, 64, &payload, &len), SPOOL_RECORD_CORRUPT,
           "a size beyond the limit");
}

static void
count(void *data, const uint8_t *payload, size_t len)
{
    (void) payload;
    *(size_t *) data += len;
}

static void
scan(int directory, spool_segment_t *segment, size_t *bytes, int *corrupt)
{
    *bytes = 0;
    is_int(spool_segment_scan(directory, segment, count, bytes, corrupt), 0,
           "a segment is scanned");
}

static void
segments(void)
{
    char path[] = "/tmp/bs-spool-XXXXXX";
    char name[SPOOL_SEGMENT_NAME_MAX];
    uint8_t bytes[256];
    uint8_t back[256];
    size_t len = put(bytes, "first", 5);
    size_t seen;
    int corrupt;

    len += put(bytes + len, "second", 6);
    ok(mkdtemp(path) != NULL, "a folder");

    int directory = open(path, O_RDONLY | O_DIRECTORY);
    int fd = spool_segment_create(directory, 7);

    spool_segment_name(7, name);
    is_str(name, "0000000000000007.seg", "its name");
    is_int((long long) spool_segment_number(name), 7, "tells its number");
    is_int((long long) spool_segment_number("position"), 0, "other names tell none");
    is_int((long long) spool_segment_number("7.seg.new"), 0, "nor do similar ones");
    ok(fd >= 0, "a segment is made");
    ok(spool_segment_create(directory, 7) < 0, "but never over another");
    is_int(spool_segment_append(fd, SPOOL_SEGMENT_HEAD, bytes, len), 0, "records are appended");

    spool_segment_t segment = {.number = 7, .fd = -1};

    scan(directory, &segment, &seen, &corrupt);
    is_int((long long) segment.unreported, 2, "two records");
    segment.reported = SPOOL_SEGMENT_HEAD + SPOOL_RECORD_HEAD + 5;
    scan(directory, &segment, &seen, &corrupt);
    is_int((long long) segment.unreported, 1, "of which one may be reported");
    is_int((long long) seen, 11, "which is seen, too");
    segment.reported = SPOOL_SEGMENT_HEAD;
    is_int((long long) seen, 11, "with their payloads");
    is_int((long long) segment.bytes, (long long) (SPOOL_SEGMENT_HEAD + len), "up to their end");
    is_int(corrupt, 0, "in order");
    is_int(spool_segment_read(directory, &segment, SPOOL_SEGMENT_HEAD, back, sizeof(back)),
           (long long) len, "read back");
    ok(memcmp(back, bytes, len) == 0, "as they were");
    is_int(spool_segment_read(directory, &segment, segment.bytes, back, sizeof(back)), 0,
           "to the end");
    spool_segment_close(&segment);

    is_int(ftruncate(fd, (off_t) (SPOOL_SEGMENT_HEAD + len - 3)), 0, "torn");
    scan(directory, &segment, &seen, &corrupt);
    ok(segment.unreported == 1 && corrupt == 0,
       "the torn record is not there, and that is no damage");

    is_int((long long) pwrite(fd, "!", 1, SPOOL_SEGMENT_HEAD + SPOOL_RECORD_HEAD), 1, "damaged");
    scan(directory, &segment, &seen, &corrupt);
    ok(segment.unreported == 0 && corrupt == 1, "damage is");

    is_int((long long) pwrite(fd, "X", 1, 0), 1, "another head");
    scan(directory, &segment, &seen, &corrupt);
    is_int(corrupt, 1, "is damage too");
    is_int(ftruncate(fd, 5), 0, "cut within the head");
    scan(directory, &segment, &seen, &corrupt);
    ok(segment.unreported == 0 && corrupt == 0, "a crash right after it was made");

    close(fd);
    unlinkat(directory, name, 0);
    close(directory);
    rmdir(path);
}

int
main(void)
{
    checksum();
    records();
    segments();

    return done();
}
