
/*
 * A schedule on its way from the hub to the disk: written beside the old one as
 * it comes, checked, and only then put in its place.  All of that happens in
 * the loop's threads.  There must be only one at a time for a path.
 */

#ifndef SCHEDULE_DOWNLOAD_H
#define SCHEDULE_DOWNLOAD_H

#include "schedule_file.h"

#include <uv.h>

typedef struct schedule_download schedule_download_t;

/* `file` is the callee's; NULL if there is none, and `words` say why (NULL: it was not wanted). */
typedef void (*schedule_download_cb)(void *data, schedule_file_t *file, const char *words,
                                     int disk_failed);

/*
 * `path` is borrowed; NULL: kept in memory, for want of a disk.  on_room: bytes
 * that had to wait may be written now.  NULL: no memory.
 */
schedule_download_t *
schedule_download_create(uv_loop_t *loop, const char *path, void (*on_room)(void *data),
                         schedule_download_cb on_done, void *data);

/* The next bytes, copied: 0.  1: they have to wait.  -1: give it up. */
int schedule_download_write(schedule_download_t *download, const char *piece, size_t len);

/*
 * All has come; without an ETag: it is not wanted.  on_done is called later,
 * once, and the download is gone then.
 */
void schedule_download_end(schedule_download_t *download, const char *etag);

#endif
