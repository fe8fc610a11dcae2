
/*
 * 0 magic (8)   8 CRC-32C (4)   12 length of the ETag (4)   16 ETag (128)   144 body
 *
 * The checksum is of the body, and then of the head behind itself: so it can be
 * counted while the body comes, before the ETag's turn.
 */

#include "schedule_file.h"

#include "spool_record.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

#define SCHEDULE_FILE_MAGIC "BSSCHED2"
#define SCHEDULE_FILE_MAGIC_LEN 8
#define SCHEDULE_FILE_CRC_AT 8
#define SCHEDULE_FILE_LEN_AT 12
#define SCHEDULE_FILE_ETAG_AT 16


static uint32_t
schedule_file_crc(uint32_t body_crc, const uint8_t *head)
{
    return spool_record_crc32c(body_crc, head + SCHEDULE_FILE_LEN_AT,
                               SCHEDULE_FILE_HEAD - SCHEDULE_FILE_LEN_AT);
}


void
schedule_file_head(uint8_t head[SCHEDULE_FILE_HEAD], const char *etag, uint32_t body_crc)
{
    size_t len = strnlen(etag, SCHEDULE_FILE_ETAG_MAX);

    memset(head, 0, SCHEDULE_FILE_HEAD);
    memcpy(head, SCHEDULE_FILE_MAGIC, SCHEDULE_FILE_MAGIC_LEN);
    memcpy(head + SCHEDULE_FILE_ETAG_AT, etag, len);
    spool_record_put_u32(head + SCHEDULE_FILE_LEN_AT, (uint32_t) len);
    spool_record_put_u32(head + SCHEDULE_FILE_CRC_AT, schedule_file_crc(body_crc, head));
}


static int
schedule_file_read(schedule_file_t *file, const char **error)
{
    const uint8_t *body = file->map + SCHEDULE_FILE_HEAD;
    size_t body_len = file->map_len - SCHEDULE_FILE_HEAD;
    uint32_t etag_len = spool_record_get_u32(file->map + SCHEDULE_FILE_LEN_AT);
    uint32_t crc = schedule_file_crc(spool_record_crc32c(0, body, body_len), file->map);

    *error = "damaged";

    if (memcmp(file->map, SCHEDULE_FILE_MAGIC, SCHEDULE_FILE_MAGIC_LEN) != 0
        || etag_len > SCHEDULE_FILE_ETAG_MAX
        || spool_record_get_u32(file->map + SCHEDULE_FILE_CRC_AT) != crc)
    {
        return -1;
    }

    memcpy(file->etag, file->map + SCHEDULE_FILE_ETAG_AT, etag_len);
    file->schedule = schedule_decode(body, body_len, error);
    return (file->schedule != NULL) ? 0 : -1;
}


schedule_file_t *
schedule_file_map(int fd, const char **error)
{
    struct stat st;
    schedule_file_t *file;

    *error = "damaged";

    if (fstat(fd, &st) != 0 || st.st_size < SCHEDULE_FILE_HEAD
        || st.st_size > (off_t) SCHEDULE_BYTES_MAX + SCHEDULE_FILE_HEAD)
    {
        return NULL;
    }

    *error = "out of memory";
    file = calloc(1, sizeof(*file));

    if (file == NULL) {
        return NULL;
    }

    file->map_len = (size_t) st.st_size;
    file->map = mmap(NULL, file->map_len, PROT_READ, MAP_SHARED, fd, 0);

    if (file->map == MAP_FAILED) {
        free(file);
        return NULL;
    }

    if (schedule_file_read(file, error) != 0) {
        schedule_file_close(file);
        return NULL;
    }

    schedule_file_rest(file);
    return file;
}


void
schedule_file_rest(const schedule_file_t *file)
{
    madvise(file->map, file->map_len, MADV_DONTNEED);
}


void
schedule_file_close(schedule_file_t *file)
{
    if (file->schedule != NULL) {
        schedule_destroy(file->schedule);
    }

    munmap(file->map, file->map_len);
    free(file);
}
