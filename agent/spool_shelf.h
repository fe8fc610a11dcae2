
/*
 * The segments of a spool in their order, the place of the first record that
 * was not reported, and what of them may be thrown away.
 */

#ifndef SPOOL_SHELF_H
#define SPOOL_SHELF_H

#include "spool_segment.h"

#define SPOOL_SHELF_READ_BYTES 262144

typedef struct {
    uint64_t segment;
    uint64_t offset;
} spool_position_t;

typedef struct {
    uint64_t unreported; /* durable records */
    uint64_t dropped;    /* unreported records lost to the size limit */
    uint64_t corrupt;    /* segments with a damaged record */
    uint64_t failures;   /* writes that failed and were repeated */
} spool_counts_t;

typedef struct {
    int directory;
    spool_segment_t *segments; /* by number */
    size_t segments_count;
    size_t segments_size;
    uint64_t next_number;
    uint64_t writing; /* the segment that still grows; 0: none */
    uint64_t bytes;   /* of all segments */
    spool_position_t position;
    int position_dirty;
    spool_counts_t counts;
    uint8_t *read_buffer;
} spool_shelf_t;

/* 0, or -1 with errno; close it in either case. */
int spool_shelf_open(spool_shelf_t *shelf, const char *directory, spool_segment_record_cb on_record,
                     void *data);
void spool_shelf_close(spool_shelf_t *shelf);

/* NULL: no memory.  Pointers to segments live until the next of these calls. */
spool_segment_t *spool_shelf_add_segment(spool_shelf_t *shelf, uint64_t number);

/* NULL: it is not there any more. */
spool_segment_t *spool_shelf_find_segment(spool_shelf_t *shelf, uint64_t number);

/* The segment that holds the first unreported record, after stepping over finished ones. */
spool_segment_t *spool_shelf_settle_position(spool_shelf_t *shelf);
void spool_shelf_save_position(spool_shelf_t *shelf);

/* Is everything in the oldest segment reported, and a later one begun? */
int spool_shelf_first_is_reported(const spool_shelf_t *shelf);
void spool_shelf_remove_first(spool_shelf_t *shelf);

/* Removes what is too old and, beyond the limit, the oldest, reported or not. */
void spool_shelf_tidy(spool_shelf_t *shelf, uint64_t limit_bytes, int64_t keep_ms);

#endif
