
/*
 * Pieces gather in a buffer; while a thread writes one buffer, the next fills.
 * When that is full, too, the hub has to wait for the disk.
 */

#include "schedule_download.h"

#include "spool_record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define SCHEDULE_DOWNLOAD_WRITE_MIN 262144 /* bytes that are worth a thread's while */
#define SCHEDULE_DOWNLOAD_BUFFER_MAX 1048576
#define SCHEDULE_DOWNLOAD_PATH_MAX 4096

typedef struct {
    uint8_t *data;
    size_t len;
    size_t size;
} schedule_buffer_t;

struct schedule_download {
    uv_loop_t *loop;
    uv_work_t work;
    const char *path;
    void (*on_room)(void *data);
    schedule_download_cb on_done;
    void *data;
    int busy; /* a thread has it: `writing` and what it writes with are the thread's */
    int waiting;
    int ended;
    int wanted;
    size_t bytes;
    char etag[SCHEDULE_FILE_ETAG_MAX + 1];
    schedule_buffer_t filling;
    schedule_buffer_t writing;
    int fd;
    uint32_t crc;
    off_t offset;
    int last; /* nothing comes after what is being written */
    const char *words;
    int disk_failed;
    char disk_words[128];
    schedule_file_t *file;
};

static void schedule_download_go(schedule_download_t *download);


/* --- in a thread ---------------------------------------------------------- */

static void
schedule_download_beside(const schedule_download_t *download, char *path)
{
    snprintf(path, SCHEDULE_DOWNLOAD_PATH_MAX, "%s.new", download->path);
}


static void
schedule_download_fail(schedule_download_t *download, const char *what)
{
    char words[64];

    snprintf(download->disk_words, sizeof(download->disk_words), "%s: %s", what,
             strerror_r(errno, words, sizeof(words)));
    download->words = download->disk_words;
    download->disk_failed = 1;
}


static int
schedule_download_open(schedule_download_t *download)
{
    char beside[SCHEDULE_DOWNLOAD_PATH_MAX];

    if (download->path == NULL) {
        download->fd = memfd_create("schedule", MFD_CLOEXEC);
    } else {
        schedule_download_beside(download, beside);
        download->fd = open(beside, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    }

    download->offset = SCHEDULE_FILE_HEAD;
    return (download->fd >= 0) ? 0 : -1;
}


static int
schedule_download_put(schedule_download_t *download, const uint8_t *data, size_t len, off_t at)
{
    while (len > 0) {
        ssize_t written = pwrite(download->fd, data, len, at);

        if (written < 0 && errno != EINTR) {
            return -1;
        }

        if (written > 0) {
            data += written;
            len -= (size_t) written;
            at += written;
        }
    }

    return 0;
}


/* Only what is good takes the old one's place. */
static void
schedule_download_commit(schedule_download_t *download)
{
    uint8_t head[SCHEDULE_FILE_HEAD];
    char beside[SCHEDULE_DOWNLOAD_PATH_MAX];

    schedule_file_head(head, download->etag, download->crc);

    if (schedule_download_put(download, head, sizeof(head), 0) != 0
        || (download->path != NULL && fsync(download->fd) != 0))
    {
        schedule_download_fail(download, "writing it");
        return;
    }

    download->file = schedule_file_map(download->fd, &download->words);

    if (download->file == NULL || download->path == NULL) {
        return;
    }

    schedule_download_beside(download, beside);

    if (rename(beside, download->path) != 0) {
        schedule_download_fail(download, "putting it in its place");
        schedule_file_close(download->file);
        download->file = NULL;
    }
}


static void
schedule_download_close(schedule_download_t *download)
{
    char beside[SCHEDULE_DOWNLOAD_PATH_MAX];

    if (download->fd < 0) {
        return;
    }

    close(download->fd);
    download->fd = -1;

    if (download->file == NULL && download->path != NULL) {
        schedule_download_beside(download, beside);
        unlink(beside);
    }
}


static void
schedule_download_work(uv_work_t *work)
{
    schedule_download_t *download = work->data;
    const schedule_buffer_t *writing = &download->writing;

    if (download->words == NULL && (!download->last || download->wanted)) {
        if (download->fd < 0 && schedule_download_open(download) != 0) {
            schedule_download_fail(download, "opening it");

        } else if (schedule_download_put(download, writing->data, writing->len, download->offset)
                   != 0) {
            schedule_download_fail(download, "writing it");

        } else {
            download->offset += (off_t) writing->len;
            download->crc = spool_record_crc32c(download->crc, writing->data, writing->len);
        }
    }

    if (download->last) {
        if (download->words == NULL && download->wanted) {
            schedule_download_commit(download);
        }

        schedule_download_close(download);
    }
}


/* --- on the loop ---------------------------------------------------------- */

static void
schedule_download_free(schedule_download_t *download)
{
    free(download->filling.data);
    free(download->writing.data);
    free(download);
}


static void
schedule_download_on_worked(uv_work_t *work, int status)
{
    schedule_download_t *download = work->data;

    (void) status; /* nobody cancels it */
    download->busy = 0;
    download->writing.len = 0;

    if (!download->last) {
        schedule_download_go(download);

        if (download->waiting) {
            download->waiting = 0;
            download->on_room(download->data);
        }

        return;
    }

    download->on_done(download->data, download->file, download->words, download->disk_failed);
    schedule_download_free(download);
}


static void
schedule_download_go(schedule_download_t *download)
{
    schedule_buffer_t empty = download->writing;

    if (download->busy || (!download->ended && download->filling.len < SCHEDULE_DOWNLOAD_WRITE_MIN))
    {
        return;
    }

    download->writing = download->filling;
    download->filling = empty;
    download->last = download->ended;
    download->busy = 1;
    uv_queue_work(download->loop, &download->work, schedule_download_work,
                  schedule_download_on_worked);
}


static int
schedule_download_reserve(schedule_buffer_t *buffer, size_t len)
{
    size_t size = (buffer->size > 0) ? buffer->size : SCHEDULE_DOWNLOAD_WRITE_MIN;

    if (buffer->len + len <= buffer->size) {
        return 0;
    }

    while (size < buffer->len + len) {
        size *= 2;
    }

    uint8_t *data = realloc(buffer->data, size);

    if (data == NULL) {
        return -1;
    }

    buffer->data = data;
    buffer->size = size;
    return 0;
}


int
schedule_download_write(schedule_download_t *download, const char *piece, size_t len)
{
    schedule_buffer_t *filling = &download->filling;

    if (download->busy && filling->len + len > SCHEDULE_DOWNLOAD_BUFFER_MAX) {
        download->waiting = 1;
        return 1;
    }

    download->bytes += len;

    if (download->bytes > SCHEDULE_BYTES_MAX || schedule_download_reserve(filling, len) != 0) {
        return -1;
    }

    memcpy(filling->data + filling->len, piece, len);
    filling->len += len;
    schedule_download_go(download);
    return 0;
}


void
schedule_download_end(schedule_download_t *download, const char *etag)
{
    download->ended = 1;
    download->wanted = etag != NULL;

    if (etag != NULL) {
        snprintf(download->etag, sizeof(download->etag), "%s", etag);
    }

    schedule_download_go(download);
}


schedule_download_t *
schedule_download_create(uv_loop_t *loop, const char *path, void (*on_room)(void *data),
                         schedule_download_cb on_done, void *data)
{
    schedule_download_t *download = calloc(1, sizeof(*download));

    if (download == NULL) {
        return NULL;
    }

    download->loop = loop;
    download->path = path;
    download->on_room = on_room;
    download->on_done = on_done;
    download->data = data;
    download->fd = -1;
    download->work.data = download;
    return download;
}
