
/*
 * The file that remembers what of each segment is reported.  It is written
 * without fsync: when a crash of the machine loses it, some results are
 * reported twice, and the hub stores them once.
 */

#ifndef SPOOL_REPORTED_H
#define SPOOL_REPORTED_H

#include "spool_segment.h"

/* More holes than that are forgotten, so that what lies before them is reported again. */
#define SPOOL_REPORTED_MAX 128
#define SPOOL_REPORTED_WHOLE UINT64_MAX

/* Segments `first` to `last`: reported up to `offset` of each. */
typedef struct {
    uint64_t first;
    uint64_t last;
    uint64_t offset; /* SPOOL_REPORTED_WHOLE: to its end */
} spool_reported_t;

/* How many are read into `entries`; 0 also when the file is not there or damaged. */
size_t spool_reported_load(int directory, spool_reported_t entries[SPOOL_REPORTED_MAX]);

/* `segments` in their order; `writing` is the one that still grows.  0, or -1: try again later. */
int
spool_reported_save(int directory, const spool_segment_t *segments, size_t count, uint64_t writing);

#endif
