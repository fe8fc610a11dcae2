
/*
 * Segment files of the spool: NUMBER.seg, a head, then records.  These calls
 * block; writing happens in the thread pool, the rest at start or on small reads.
 */

#ifndef SPOOL_SEGMENT_H
#define SPOOL_SEGMENT_H

#include <stddef.h>
#include <stdint.h>

#define SPOOL_SEGMENT_HEAD 16
#define SPOOL_SEGMENT_NAME_MAX 32

typedef struct {
    uint64_t number;
    uint64_t bytes;      /* up to the end of its last good record */
    uint64_t reported;   /* up to where its records are reported */
    uint64_t unreported; /* records behind that */
    uint64_t records;    /* all of them */
    int64_t touched_ms;  /* wall clock: written last, or reported last */
    int fd;              /* for reading; -1 until needed */
} spool_segment_t;

/* Sees each good record of a scanned segment. */
typedef void (*spool_segment_record_cb)(void *data, const uint8_t *payload, size_t len);

void spool_segment_name(uint64_t number, char name[SPOOL_SEGMENT_NAME_MAX]);

/* The number in a file's name, or 0 if it is no segment. */
uint64_t spool_segment_number(const char *name);

/*
 * Fills bytes, records, unreported (behind `reported`, which the caller has set) and
 * touched_ms of an existing segment.  *corrupt is set when good records end
 * before the file does, and no crash explains it.  on_record may be NULL.  0,
 * or -1 with errno.
 */
int spool_segment_scan(int directory, spool_segment_t *segment, spool_segment_record_cb on_record,
                       void *data, int *corrupt);

/*
 * What stands in it may be of a life that ended before it was on disk; who reads
 * it takes it for durable.  0, or -1 with errno.
 */
int spool_segment_sync(int directory, uint64_t number);

/* A new segment, its name durable.  Returns a descriptor for writing, or -1 with errno. */
int spool_segment_create(int directory, uint64_t number);

/* Appends at `offset` and makes it durable; on failure cuts back to `offset`.  0, or -1. */
int spool_segment_append(int fd, uint64_t offset, const void *data, size_t len);

/* Reads up to `size` bytes of good records at `offset`; opens the file if needed.  -1: errno. */
int64_t spool_segment_read(int directory, spool_segment_t *segment, uint64_t offset, void *out,
                           size_t size);
void spool_segment_close(spool_segment_t *segment);

#endif
