
/*
 * The place for what the hub refuses for good: one file a report, for a person
 * to look at.  Only the newest ASIDE_FILES_MAX of them are kept, over all lives
 * of the agent.
 */

#ifndef ASIDE_H
#define ASIDE_H

#include <stddef.h>

#define ASIDE_FILES_MAX 100
#define ASIDE_PATH_MAX 4200

/*
 * Keeps a report in `directory`, which is made if need be, and writes its path
 * (ASIDE_PATH_MAX bytes).  0, or -1 with errno.  Blocks, for one small file.
 */
int aside_keep(const char *directory, const void *report, size_t len, char *path);

#endif
