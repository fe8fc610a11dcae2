
/*
 * The file: magic, checksum of the rest, length of the ETag, the ETag, the
 * answer of the hub.  It is written beside and renamed, by the thread pool.
 */

#include "snapshot.h"

#include "backoff.h"
#include "log.h"
#include "spool_record.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define SNAPSHOT_PATH "/agent/v1/schedule"
#define SNAPSHOT_EVERY_MS 30000
#define SNAPSHOT_MAGIC "BSSCHED1"
#define SNAPSHOT_HEAD 16
#define SNAPSHOT_ETAG_MAX 127

typedef struct {
    uv_work_t work;
    char *path;
    uint8_t *data;
    size_t len;
    int error;
} snapshot_save_t;

struct snapshot {
    uv_loop_t *loop;
    hub_t *hub;
    const char *path;
    void (*on_schedule)(void *data, const schedule_t *schedule);
    void *data;
    uv_timer_t timer;
    hub_call_t *call;
    schedule_t *schedule;
    char etag[SNAPSHOT_ETAG_MAX + 1];
    unsigned failures;
    int last_status;
};

static void snapshot_fetch(snapshot_t *snapshot);


/* --- on disk -------------------------------------------------------------- */

static int
snapshot_write_file(const snapshot_save_t *save, const char *beside)
{
    int fd = open(beside, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

    if (fd < 0) {
        return -1;
    }

    size_t done = 0;

    while (done < save->len) {
        ssize_t written = write(fd, save->data + done, save->len - done);

        if (written < 0 && errno != EINTR) {
            break;
        }

        done += (written > 0) ? (size_t) written : 0;
    }

    int good = done == save->len && fsync(fd) == 0;
    int error = errno;

    close(fd);
    errno = error;
    return good ? 0 : -1;
}


static void
snapshot_save(uv_work_t *work)
{
    snapshot_save_t *save = work->data;
    char beside[4096];

    snprintf(beside, sizeof(beside), "%s.new", save->path);

    if (snapshot_write_file(save, beside) != 0 || rename(beside, save->path) != 0) {
        save->error = errno;
        unlink(beside);
    }
}


static void
snapshot_save_free(snapshot_save_t *save)
{
    if (save != NULL) {
        free(save->path);
        free(save->data);
        free(save);
    }
}


static void
snapshot_on_saved(uv_work_t *work, int status)
{
    snapshot_save_t *save = work->data;

    (void) status;

    if (save->error != 0) {
        log_warn("schedule", "%s cannot be written: %s", save->path, strerror(save->error));
    }

    snapshot_save_free(save);
}


static void
snapshot_keep(snapshot_t *snapshot)
{
    const schedule_t *schedule = snapshot->schedule;
    size_t etag_len = strlen(snapshot->etag);
    snapshot_save_t *save = calloc(1, sizeof(*save));

    if (save == NULL || (save->path = strdup(snapshot->path)) == NULL
        || (save->data = malloc(SNAPSHOT_HEAD + etag_len + schedule->bytes_len)) == NULL)
    {
        snapshot_save_free(save);
        return;
    }

    save->len = SNAPSHOT_HEAD + etag_len + schedule->bytes_len;
    memcpy(save->data, SNAPSHOT_MAGIC, 8);
    spool_record_put_u32(save->data + 12, (uint32_t) etag_len);
    memcpy(save->data + SNAPSHOT_HEAD, snapshot->etag, etag_len);
    memcpy(save->data + SNAPSHOT_HEAD + etag_len, schedule->bytes, schedule->bytes_len);
    spool_record_put_u32(save->data + 8, spool_record_crc32c(0, save->data + 12, save->len - 12));

    save->work.data = save;
    uv_queue_work(snapshot->loop, &save->work, snapshot_save, snapshot_on_saved);
}


static uint8_t *
snapshot_read_file(const char *path, size_t *len)
{
    struct stat st;
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    uint8_t *data = NULL;

    if (fd < 0) {
        return NULL;
    }

    if (fstat(fd, &st) == 0 && st.st_size >= SNAPSHOT_HEAD
        && st.st_size <= (off_t) SCHEDULE_BYTES_MAX && (data = malloc((size_t) st.st_size)) != NULL
        && read(fd, data, (size_t) st.st_size) != st.st_size)
    {
        free(data);
        data = NULL;
    }

    *len = (size_t) st.st_size;
    close(fd);
    return data;
}


static void
snapshot_use(snapshot_t *snapshot, schedule_t *take_schedule, const char *etag)
{
    schedule_t *old = snapshot->schedule;

    snapshot->schedule = take_schedule;
    snprintf(snapshot->etag, sizeof(snapshot->etag), "%s", etag);
    snapshot->on_schedule(snapshot->data, take_schedule);

    if (old != NULL) {
        schedule_destroy(old);
    }
}


void
snapshot_load(snapshot_t *snapshot)
{
    const char *error = "damaged";
    char etag[SNAPSHOT_ETAG_MAX + 1];
    schedule_t *schedule = NULL;
    size_t len;
    uint8_t *data = snapshot_read_file(snapshot->path, &len);

    if (data == NULL) {
        return;
    }

    uint32_t etag_len = spool_record_get_u32(data + 12);

    if (memcmp(data, SNAPSHOT_MAGIC, 8) == 0 && etag_len <= SNAPSHOT_ETAG_MAX
        && etag_len <= len - SNAPSHOT_HEAD
        && spool_record_get_u32(data + 8) == spool_record_crc32c(0, data + 12, len - 12))
    {
        memcpy(etag, data + SNAPSHOT_HEAD, etag_len);
        etag[etag_len] = '\0';
        schedule = schedule_decode(data + SNAPSHOT_HEAD + etag_len, len - SNAPSHOT_HEAD - etag_len,
                                   &error);
    }

    free(data);

    if (schedule == NULL) {
        log_warn("schedule", "%s is of no use: %s", snapshot->path, error);
        return;
    }

    log_info("schedule", "%zu monitors of region %s from disk", schedule->count, schedule->region);
    snapshot_use(snapshot, schedule, etag);
}


/* --- from the hub --------------------------------------------------------- */

static void
snapshot_on_timer(uv_timer_t *timer)
{
    snapshot_fetch(timer->data);
}


static void
snapshot_failed(snapshot_t *snapshot, const hub_answer_t *answer, const char *words)
{
    int denied = answer->status == 401 || answer->status == 403;

    snapshot->failures++;

    if (snapshot->failures == 1 || snapshot->last_status != answer->status) {
        if (denied) {
            log_error("schedule", "the hub does not accept the region token (%d): check \"token\"",
                      answer->status);
        } else {
            log_warn("schedule", "cannot be fetched: %s (status %d)", words, answer->status);
        }
    }

    snapshot->last_status = answer->status;

    int64_t wait_ms = backoff_ms(snapshot->failures, answer->retry_after_ms);

    if (denied && wait_ms < SNAPSHOT_EVERY_MS) {
        wait_ms = SNAPSHOT_EVERY_MS;
    }

    uv_timer_start(&snapshot->timer, snapshot_on_timer, (uint64_t) wait_ms, 0);
}


static void
snapshot_on_done(void *data, const hub_answer_t *answer)
{
    snapshot_t *snapshot = data;
    const char *error = (answer->status == 0) ? answer->words : "the hub refused";

    snapshot->call = NULL;

    if (answer->status == 200) {
        schedule_t *schedule = schedule_decode(answer->body, answer->body_len, &error);

        if (schedule == NULL) {
            snapshot_failed(snapshot, answer, error);
            return;
        }

        log_info("schedule", "%zu monitors of region %s from the hub", schedule->count,
                 schedule->region);
        snapshot_use(snapshot, schedule, answer->etag);
        snapshot_keep(snapshot);

    } else if (answer->status != 304) {
        snapshot_failed(snapshot, answer, error);
        return;
    }

    snapshot->failures = 0;
    uv_timer_start(&snapshot->timer, snapshot_on_timer, SNAPSHOT_EVERY_MS, 0);
}


static void
snapshot_fetch(snapshot_t *snapshot)
{
    const hub_answer_t none = {.words = "out of memory"};

    snapshot->call =
        hub_get(snapshot->hub, SNAPSHOT_PATH, snapshot->etag, snapshot_on_done, snapshot);

    if (snapshot->call == NULL) {
        snapshot_failed(snapshot, &none, none.words);
    }
}


void
snapshot_start(snapshot_t *snapshot)
{
    uv_timer_start(&snapshot->timer, snapshot_on_timer, 0, 0);
}


void
snapshot_refresh(snapshot_t *snapshot)
{
    if (snapshot->call == NULL) {
        snapshot_start(snapshot);
    }
}


void
snapshot_stop(snapshot_t *snapshot)
{
    uv_timer_stop(&snapshot->timer);

    if (snapshot->call != NULL) {
        hub_cancel(snapshot->call);
        snapshot->call = NULL;
    }
}


snapshot_t *
snapshot_create(uv_loop_t *loop, hub_t *hub, const char *path,
                void (*on_schedule)(void *data, const schedule_t *schedule), void *data)
{
    snapshot_t *snapshot = calloc(1, sizeof(*snapshot));

    if (snapshot == NULL) {
        return NULL;
    }

    snapshot->loop = loop;
    snapshot->hub = hub;
    snapshot->path = path;
    snapshot->on_schedule = on_schedule;
    snapshot->data = data;
    uv_timer_init(loop, &snapshot->timer);
    snapshot->timer.data = snapshot;
    return snapshot;
}


static void
snapshot_on_closed(uv_handle_t *handle)
{
    snapshot_t *snapshot = handle->data;

    if (snapshot->schedule != NULL) {
        schedule_destroy(snapshot->schedule);
    }

    free(snapshot);
}


void
snapshot_destroy(snapshot_t *snapshot)
{
    snapshot_stop(snapshot);
    uv_close((uv_handle_t *) &snapshot->timer, snapshot_on_closed);
}
