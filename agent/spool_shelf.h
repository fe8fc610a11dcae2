
/*
 * The segments of a spool in their order, what of each is reported, and what of
 * them may be thrown away.
 */

#ifndef SPOOL_SHELF_H
#define SPOOL_SHELF_H

#include "spool_segment.h"

#define SPOOL_SHELF_READ_BYTES 262144

typedef struct {
    uint64_t unreported; /* durable records */
    uint64_t in_memory;  /* records that the disk does not take now */
    uint64_t bytes;      /* of all segments */
    uint64_t dropped;    /* unreported records lost to the size limit, or to damage */
    uint64_t corrupt;    /* segments with a damaged record */
    uint64_t failures;   /* writes that failed and were repeated */
} spool_counts_t;

typedef struct {
    int directory;
    spool_segment_t *segments; /* by number */
    size_t segments_count;
    size_t segments_size;
    uint64_t next_number;
    uint64_t live_from; /* segments before this one are backlog */
    uint64_t writing;   /* the segment that still grows; 0: none */
    int dirty;          /* what is reported has changed since it was saved */
    spool_counts_t counts;
    uint8_t *read_buffer;
} spool_shelf_t;

/* Shows the records of the last segments.  0, or -1 with errno; close it in either case. */
int spool_shelf_open(spool_shelf_t *shelf, const char *directory, spool_segment_record_cb on_record,
                     void *data);
void spool_shelf_close(spool_shelf_t *shelf);

/* NULL: no memory.  Pointers to segments live until the next of these calls. */
spool_segment_t *spool_shelf_add_segment(spool_shelf_t *shelf, uint64_t number);

/* NULL: it is not there any more. */
spool_segment_t *spool_shelf_find_segment(const spool_shelf_t *shelf, uint64_t number);

/*
 * Results of now?  The last two segments are, unless they are older than
 * live_from; everything else that is unreported is backlog.
 */
int spool_shelf_is_live(const spool_shelf_t *shelf, size_t index);
uint64_t spool_shelf_live(const spool_shelf_t *shelf); /* unreported ones of them */

/* This many records up to `offset` are reported. */
void spool_shelf_set_reported(spool_shelf_t *shelf, spool_segment_t *segment, uint64_t offset,
                              uint64_t records);

/* Nothing more of this segment can be read: what it still held is lost. */
void spool_shelf_give_up(spool_shelf_t *shelf, spool_segment_t *segment);

/* All of every segment is unreported again; how many records that were not. */
uint64_t spool_shelf_repeat(spool_shelf_t *shelf);

void spool_shelf_save(spool_shelf_t *shelf);

/* Removes every segment that is wholly reported; how many. */
size_t spool_shelf_clear(spool_shelf_t *shelf);

/* Removes the oldest segment, reported or not, and says what was lost. */
void spool_shelf_drop_first(spool_shelf_t *shelf);

/* Removes what is too old and, beyond the limit, the oldest, reported or not. */
void spool_shelf_tidy(spool_shelf_t *shelf, uint64_t limit_bytes, int64_t keep_ms);

#endif
