
/* What touches the files; what follows from it is decided in spool.c. */

#include "spool_segment.h"

#include "spool_record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t magic[8] = {'B', 'S', 'S', 'P', 'O', 'O', 'L', 1};


void
spool_segment_name(uint64_t number, char name[SPOOL_SEGMENT_NAME_MAX])
{
    snprintf(name, SPOOL_SEGMENT_NAME_MAX, "%016" PRIu64 ".seg", number);
}


uint64_t
spool_segment_number(const char *name)
{
    char *end;
    uint64_t number;

    if (name[0] < '0' || name[0] > '9') {
        return 0;
    }

    number = strtoull(name, &end, 10);
    return (strcmp(end, ".seg") == 0) ? number : 0;
}


static void
spool_segment_walk(const uint8_t *file, size_t size, spool_segment_t *segment,
                   spool_segment_record_cb on_record, void *data, int *corrupt)
{
    const uint8_t *payload;
    size_t len;
    size_t at = SPOOL_SEGMENT_HEAD;
    spool_record_status_t status;

    if (size < SPOOL_SEGMENT_HEAD) {
        return; /* a crash right after it was made */
    }

    if (memcmp(file, magic, sizeof(magic)) != 0
        || spool_record_get_u64(file + 8) != segment->number) {
        *corrupt = 1;
        return;
    }

    while ((status = spool_record_read(file + at, size - at, &payload, &len)) == SPOOL_RECORD_OK) {
        if (on_record != NULL) {
            on_record(data, payload, len);
        }

        segment->unreported += at >= segment->reported;
        segment->records++;
        at += SPOOL_RECORD_HEAD + len;
    }

    segment->bytes = at;
    *corrupt = (status == SPOOL_RECORD_CORRUPT);
}


int
spool_segment_scan(int directory, spool_segment_t *segment, spool_segment_record_cb on_record,
                   void *data, int *corrupt)
{
    char name[SPOOL_SEGMENT_NAME_MAX];
    struct stat st;
    int result = -1;

    *corrupt = 0;
    segment->fd = -1;
    segment->bytes = 0;
    segment->unreported = 0;
    segment->records = 0;
    spool_segment_name(segment->number, name);

    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return -1;
    }

    if (fstat(fd, &st) != 0) {
        goto done;
    }

    segment->touched_ms = (int64_t) st.st_mtim.tv_sec * 1000;

    if (st.st_size == 0) {
        result = 0;
        goto done;
    }

    void *file = mmap(NULL, (size_t) st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);

    if (file == MAP_FAILED) {
        goto done;
    }

    spool_segment_walk(file, (size_t) st.st_size, segment, on_record, data, corrupt);
    munmap(file, (size_t) st.st_size);
    result = 0;

done:
    close(fd);
    return result;
}


int
spool_segment_sync(int directory, uint64_t number)
{
    char name[SPOOL_SEGMENT_NAME_MAX];

    spool_segment_name(number, name);

    int fd = openat(directory, name, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return -1;
    }

    int result = fsync(fd);
    int error = errno;

    close(fd);
    errno = error;
    return (result == 0) ? fsync(directory) : -1;
}


static int
spool_segment_write(int fd, const void *data, size_t len, uint64_t offset)
{
    const uint8_t *from = data;

    while (len > 0) {
        ssize_t written = pwrite(fd, from, len, (off_t) offset);

        if (written < 0 && errno == EINTR) {
            continue;
        }

        if (written <= 0) {
            errno = (written == 0) ? ENOSPC : errno;
            return -1;
        }

        from += written;
        len -= (size_t) written;
        offset += (uint64_t) written;
    }

    return 0;
}


int
spool_segment_create(int directory, uint64_t number)
{
    char name[SPOOL_SEGMENT_NAME_MAX];
    uint8_t head[SPOOL_SEGMENT_HEAD];

    spool_segment_name(number, name);

    int fd = openat(directory, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

    if (fd < 0) {
        return -1;
    }

    memcpy(head, magic, sizeof(magic));
    spool_record_put_u64(head + 8, number);

    if (spool_segment_write(fd, head, sizeof(head), 0) != 0 || fsync(directory) != 0) {
        int error = errno;

        close(fd);
        unlinkat(directory, name, 0);
        errno = error;
        return -1;
    }

    return fd;
}


int
spool_segment_append(int fd, uint64_t offset, const void *data, size_t len)
{
    if (spool_segment_write(fd, data, len, offset) == 0 && fdatasync(fd) == 0) {
        return 0;
    }

    int error = errno;

    if (ftruncate(fd, (off_t) offset) != 0) {
        error = errno; /* what stands there is cut off by its checksum at the next start */
    }

    errno = error;
    return -1;
}


int64_t
spool_segment_read(int directory, spool_segment_t *segment, uint64_t offset, void *out, size_t size)
{
    if (offset >= segment->bytes) {
        return 0;
    }

    if (segment->fd < 0) {
        char name[SPOOL_SEGMENT_NAME_MAX];

        spool_segment_name(segment->number, name);
        segment->fd = openat(directory, name, O_RDONLY | O_CLOEXEC);

        if (segment->fd < 0) {
            return -1;
        }

        /* a backlog lies on a cold disk: it is fetched while the first of it is reported */
        posix_fadvise(segment->fd, 0, 0, POSIX_FADV_WILLNEED);
    }

    if (size > segment->bytes - offset) {
        size = (size_t) (segment->bytes - offset);
    }

    return pread(segment->fd, out, size, (off_t) offset);
}


void
spool_segment_close(spool_segment_t *segment)
{
    if (segment->fd >= 0) {
        close(segment->fd);
        segment->fd = -1;
    }
}
