
/* Names are times, so that the oldest file is the first by name. */

#include "aside.h"

#include "clock.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define ASIDE_SUFFIX ".msgpack"
#define ASIDE_TRIES_MAX 1000 /* names of one millisecond */


static int
aside_is_ours(const char *name)
{
    size_t len = strlen(name);
    size_t suffix = strlen(ASIDE_SUFFIX);

    return len > suffix && strcmp(name + len - suffix, ASIDE_SUFFIX) == 0;
}


/* The number of files, and the name of the oldest. */
static unsigned
aside_count(DIR *dir, char *oldest, size_t size)
{
    struct dirent *entry;
    unsigned count = 0;

    rewinddir(dir);

    while ((entry = readdir(dir)) != NULL) {
        if (!aside_is_ours(entry->d_name)) {
            continue;
        }

        if (count++ == 0 || strcmp(entry->d_name, oldest) < 0) {
            snprintf(oldest, size, "%s", entry->d_name);
        }
    }

    return count;
}


/* Room for one more. */
static void
aside_make_room(const char *directory)
{
    char oldest[NAME_MAX + 1];
    DIR *dir = opendir(directory);

    if (dir == NULL) {
        return; /* then nothing can be written either, which is told */
    }

    while (aside_count(dir, oldest, sizeof(oldest)) >= ASIDE_FILES_MAX
           && unlinkat(dirfd(dir), oldest, 0) == 0)
    {
    }

    closedir(dir);
}


int
aside_keep(const char *directory, const void *report, size_t len, char *path)
{
    int64_t now_ms = clock_wall_ms();
    int fd = -1;

    if (mkdir(directory, 0700) != 0 && errno != EEXIST) {
        return -1;
    }

    aside_make_room(directory);
    errno = EEXIST;

    for (int i = 0; i < ASIDE_TRIES_MAX && fd < 0 && errno == EEXIST; i++) {
        snprintf(path, ASIDE_PATH_MAX, "%s/%013" PRId64 "-%03d" ASIDE_SUFFIX, directory, now_ms, i);
        fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    }

    if (fd < 0) {
        return -1;
    }

    int good = write(fd, report, len) == (ssize_t) len;
    int error = good ? 0 : (errno != 0 ? errno : ENOSPC);

    close(fd);

    if (!good) {
        unlink(path);
        errno = error;
    }

    return good ? 0 : -1;
}
