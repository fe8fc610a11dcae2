
/*
 * The region's schedule on disk, mapped: what is not looked at costs no memory.
 * A checksum tells a file that was damaged, the decoder one that makes no sense.
 */

#ifndef SCHEDULE_FILE_H
#define SCHEDULE_FILE_H

#include "schedule.h"

#define SCHEDULE_FILE_HEAD 144
#define SCHEDULE_FILE_ETAG_MAX 127

typedef struct {
    schedule_t *schedule;
    char etag[SCHEDULE_FILE_ETAG_MAX + 1];
    uint8_t *map;
    size_t map_len;
} schedule_file_t;

/*
 * Reads all of it, so its place is before the loop or beside it.  `fd` stays
 * the caller's.  NULL with *error a literal.
 */
schedule_file_t *schedule_file_map(int fd, const char **error);
void schedule_file_close(schedule_file_t *file);

/* Gives its memory back until it is looked at again; from any thread. */
void schedule_file_rest(const schedule_file_t *file);

/* The head of a file whose body has this checksum. */
void schedule_file_head(uint8_t head[SCHEDULE_FILE_HEAD], const char *etag, uint32_t body_crc);

#endif
