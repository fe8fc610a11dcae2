
/*
 * The schedule in use is a mapping of the file.  While the disk takes nothing
 * it is one of memory instead: better an agent that forgets it than none.
 */

#include "snapshot.h"

#include "backoff.h"
#include "log.h"
#include "schedule_download.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SNAPSHOT_PATH "/agent/v1/schedule"
#define SNAPSHOT_EVERY_MS 30000
#define SNAPSHOT_BUSY_MS 100

struct snapshot {
    uv_loop_t *loop;
    hub_t *hub;
    const char *path;
    void (*on_schedule)(void *data, const schedule_t *schedule);
    void *data;
    uv_timer_t timer;
    hub_call_t *call;
    schedule_download_t *download;
    schedule_file_t *file; /* NULL: none yet */
    unsigned failures;
    int last_status;
    int disk_failed; /* the last time */
    int stopped;
    int closed;
};

static void snapshot_fetch(snapshot_t *snapshot);


static void
snapshot_use(snapshot_t *snapshot, schedule_file_t *take_file)
{
    schedule_file_t *old = snapshot->file;

    snapshot->file = take_file;
    snapshot->on_schedule(snapshot->data, take_file->schedule);

    if (old != NULL) {
        schedule_file_close(old);
    }
}


void
snapshot_load(snapshot_t *snapshot)
{
    const char *error;
    int fd = open(snapshot->path, O_RDONLY | O_CLOEXEC);

    if (fd < 0) {
        return;
    }

    schedule_file_t *file = schedule_file_map(fd, &error);

    close(fd);

    if (file == NULL) {
        log_warn("schedule", "%s is of no use: %s", snapshot->path, error);
        return;
    }

    log_info("schedule", "%zu monitors of region %s from disk", file->schedule->count,
             file->schedule->region);
    snapshot_use(snapshot, file);
}


/* --- from the hub --------------------------------------------------------- */

static void
snapshot_on_timer(uv_timer_t *timer)
{
    snapshot_fetch(timer->data);
}


static void
snapshot_failed(snapshot_t *snapshot, int status, int64_t retry_after_ms, const char *words)
{
    int denied = status == 401 || status == 403;

    snapshot->failures++;

    if (snapshot->failures == 1 || snapshot->last_status != status) {
        if (denied) {
            log_error("schedule", "the hub does not accept the region token (%d): check \"token\"",
                      status);
        } else {
            log_warn("schedule", "cannot be fetched: %s (status %d)", words, status);
        }
    }

    snapshot->last_status = status;

    int64_t wait_ms = backoff_ms(snapshot->failures, retry_after_ms);

    if (denied && wait_ms < SNAPSHOT_EVERY_MS) {
        wait_ms = SNAPSHOT_EVERY_MS;
    }

    uv_timer_start(&snapshot->timer, snapshot_on_timer, (uint64_t) wait_ms, 0);
}


static void
snapshot_succeeded(snapshot_t *snapshot)
{
    snapshot->failures = 0;
    uv_timer_start(&snapshot->timer, snapshot_on_timer, SNAPSHOT_EVERY_MS, 0);
}


static void
snapshot_free(snapshot_t *snapshot)
{
    if (snapshot->file != NULL) {
        schedule_file_close(snapshot->file);
    }

    free(snapshot);
}


static void
snapshot_on_downloaded(void *data, schedule_file_t *file, const char *words, int disk_failed)
{
    snapshot_t *snapshot = data;

    snapshot->download = NULL;

    if (snapshot->stopped) {
        if (file != NULL) {
            schedule_file_close(file);
        }

        if (snapshot->closed) {
            snapshot_free(snapshot);
        }

        return;
    }

    if (disk_failed) {
        log_warn("schedule", "%s cannot be kept, and goes into memory: %s", snapshot->path, words);
    }

    snapshot->disk_failed = disk_failed;

    if (file != NULL) {
        log_info("schedule", "%zu monitors of region %s from the hub", file->schedule->count,
                 file->schedule->region);
        snapshot_succeeded(snapshot);
        snapshot_use(snapshot, file);

    } else if (words != NULL) {
        snapshot_failed(snapshot, 200, 0, words);
    }
}


static int
snapshot_on_piece(void *data, const char *piece, size_t len)
{
    snapshot_t *snapshot = data;

    int verdict = schedule_download_write(snapshot->download, piece, len);

    return (verdict == 1) ? HTTP_BODY_WAIT : verdict;
}


static void
snapshot_on_room(void *data)
{
    snapshot_t *snapshot = data;

    if (snapshot->call != NULL) {
        hub_resume(snapshot->call);
    }
}


static void
snapshot_on_done(void *data, const hub_answer_t *answer)
{
    snapshot_t *snapshot = data;

    snapshot->call = NULL;

    if (answer->status == 200) {
        if (snapshot->file != NULL) {
            schedule_file_rest(snapshot->file); /* both at once need not be in memory */
        }

        schedule_download_end(snapshot->download, answer->etag);
        return;
    }

    schedule_download_end(snapshot->download, NULL);

    if (answer->status == 304) {
        snapshot_succeeded(snapshot);
    } else {
        snapshot_failed(snapshot, answer->status, answer->retry_after_ms,
                        (answer->status == 0) ? answer->words : "the hub refused");
    }
}


static void
snapshot_fetch(snapshot_t *snapshot)
{
    const char *etag = (snapshot->file != NULL) ? snapshot->file->etag : "";

    if (snapshot->download != NULL) {
        /* the last one is still being put away, and has the name of the next */
        uv_timer_start(&snapshot->timer, snapshot_on_timer, SNAPSHOT_BUSY_MS, 0);
        return;
    }

    snapshot->download =
        schedule_download_create(snapshot->loop, snapshot->disk_failed ? NULL : snapshot->path,
                                 snapshot_on_room, snapshot_on_downloaded, snapshot);

    if (snapshot->download != NULL) {
        snapshot->call = hub_get(snapshot->hub, SNAPSHOT_PATH, etag, snapshot_on_piece,
                                 snapshot_on_done, snapshot);
    }

    if (snapshot->call == NULL) {
        if (snapshot->download != NULL) {
            schedule_download_end(snapshot->download, NULL);
        }

        snapshot_failed(snapshot, 0, 0, "out of memory");
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
    if (snapshot->call == NULL && snapshot->download == NULL) {
        snapshot_start(snapshot);
    }
}


void
snapshot_stop(snapshot_t *snapshot)
{
    snapshot->stopped = 1;
    uv_timer_stop(&snapshot->timer);

    if (snapshot->call != NULL) {
        hub_cancel(snapshot->call);
        snapshot->call = NULL;
        schedule_download_end(snapshot->download, NULL);
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

    snapshot->closed = 1;

    if (snapshot->download == NULL) {
        snapshot_free(snapshot);
    }
}


void
snapshot_destroy(snapshot_t *snapshot)
{
    snapshot_stop(snapshot);
    uv_close((uv_handle_t *) &snapshot->timer, snapshot_on_closed);
}
