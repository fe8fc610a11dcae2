
/* The schedule on disk: it arrives in pieces, and is used only whole. */

#include "../../agent/schedule_download.h"

#include "tap.h"

#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

/* {"v": 1, "region": "eu", "monitors": [[7, 1000, 5, {}]]} */
static const char body[] = "\x83\xa1v\x01\xa6region\xa2"
                           "eu\xa8monitors\x91\x94\x07\xcd\x03\xe8\x05\x80";
#define BODY_LEN (sizeof(body) - 1)
#define HEAD_LEN 23 /* up to the array of monitors */

static char folder[] = "/tmp/bs-schedule-XXXXXX";
static char path[64];
static char beside[64];

static int rooms;

static struct {
    int called;
    int disk_failed;
    schedule_file_t *file;
    char words[128];
} got;

static void
on_done(void *data, schedule_file_t *file, const char *words, int disk_failed)
{
    (void) data;
    got.called++;
    got.file = file;
    got.disk_failed = disk_failed;
    snprintf(got.words, sizeof(got.words), "%s", words != NULL ? words : "");
}

static void
on_room(void *data)
{
    (void) data;
    rooms++;
}

static void
download(const char *to, const void *data, size_t len, size_t piece, const char *etag)
{
    uv_loop_t loop;

    memset(&got, 0, sizeof(got));
    uv_loop_init(&loop);

    schedule_download_t *one = schedule_download_create(&loop, to, on_room, on_done, NULL);

    for (size_t at = 0; at < len; at += piece) {
        size_t next = len - at < piece ? len - at : piece;

        while (schedule_download_write(one, (const char *) data + at, next) == 1) {
            uv_run(&loop, UV_RUN_ONCE);
        }
    }

    schedule_download_end(one, etag);
    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
}

static schedule_file_t *
map(void)
{
    const char *error;
    int fd = open(path, O_RDONLY);
    schedule_file_t *file = (fd >= 0) ? schedule_file_map(fd, &error) : NULL;

    close(fd);
    return file;
}

static void
downloading(void)
{
    download(path, body, BODY_LEN, 3, "\"one\"");
    is_int(got.called, 1, "a download ends once");
    ok(got.file != NULL && got.file->schedule->count == 1, "with its monitors");
    is_str(got.file->etag, "\"one\"", "and its ETag");
    is_int(got.file->schedule->entries[0].monitor, 7, "which may be looked at");
    schedule_file_close(got.file);

    download(path, body, BODY_LEN - 1, 5, "\"two\"");
    ok(got.file == NULL && got.words[0] != '\0' && !got.disk_failed, "half a schedule is none");
    download(path, body, BODY_LEN, 5, NULL);
    ok(got.file == NULL && got.words[0] == '\0', "one that is not wanted is dropped in silence");
    download(path, body, 0, 5, NULL);
    ok(got.called == 1 && got.file == NULL, "and one of which nothing came");
    ok(access(beside, F_OK) != 0, "nothing is left beside");

    schedule_file_t *file = map();

    ok(file != NULL && strcmp(file->etag, "\"one\"") == 0, "the file is still the last good one");
    schedule_file_close(file);

    download("/nonexistent/schedule", body, BODY_LEN, 5, "\"three\"");
    ok(got.file == NULL && got.disk_failed, "a disk that takes nothing is told");
    download(NULL, body, BODY_LEN, 5, "\"three\"");
    ok(got.file != NULL && got.file->schedule->count == 1, "memory takes it");
    schedule_file_close(got.file);
}

/* Large enough that several writes are under way. */
static void
large(void)
{
    size_t count = 600000;
    uint8_t *data = malloc(64 + count * 7);
    size_t len = 0;

    memcpy(data, body, HEAD_LEN);
    len = HEAD_LEN;
    data[len++] = 0xdd;

    for (int shift = 24; shift >= 0; shift -= 8) {
        data[len++] = (uint8_t) (count >> shift);
    }

    for (size_t i = 0; i < count; i++) {
        memcpy(data + len, "\x94\x07\xcd\x03\xe8\x05\x80", 7);
        len += 7;
    }

    download(path, data, len, 16384, "\"large\"");
    ok(got.file != NULL && got.file->schedule->count == count, "a large one");
    ok(got.file != NULL && memcmp(got.file->map + SCHEDULE_FILE_HEAD, data, len) == 0,
       "is what was sent");

    if (got.file != NULL) {
        schedule_file_close(got.file);
    }

    ok(rooms > 0, "and had to wait for the disk");
    free(data);
}

static void
damage(void)
{
    uint8_t bytes[SCHEDULE_FILE_HEAD + BODY_LEN];
    int taken = 0;
    ssize_t written = 0;

    download(path, body, BODY_LEN, 100, "\"e\"");
    schedule_file_close(got.file);

    int fd = open(path, O_RDWR);

    is_int(pread(fd, bytes, sizeof(bytes), 0), (long long) sizeof(bytes), "the file");

    for (size_t i = 0; i < sizeof(bytes); i++) {
        uint8_t wrong = bytes[i] ^ 1;

        written += pwrite(fd, &wrong, 1, (off_t) i);
        taken += map() != NULL;
        written += pwrite(fd, &bytes[i], 1, (off_t) i);
    }

    is_int(written, 2 * (long long) sizeof(bytes), "each byte of it");

    is_int(taken, 0, "changed, and it is refused");

    for (off_t size = (off_t) sizeof(bytes) - 1; size >= 0; size--) {
        taken += ftruncate(fd, size) != 0 || map() != NULL;
    }

    is_int(taken, 0, "and cut anywhere");
    close(fd);
}

int
main(void)
{
    if (mkdtemp(folder) == NULL) {
        return 1;
    }

    snprintf(path, sizeof(path), "%s/schedule", folder);
    snprintf(beside, sizeof(beside), "%s/schedule.new", folder);
    downloading();
    large();
    damage();
    unlink(path);
    rmdir(folder);

    return done();
}
