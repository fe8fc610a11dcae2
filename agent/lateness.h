
/*
 * How late things began: a histogram in microseconds whose buckets are at most
 * a quarter of their value wide, in fixed memory.  Pure.
 */

#ifndef LATENESS_H
#define LATENESS_H

#include <stdint.h>

#define LATENESS_BUCKETS 128

typedef struct {
    uint64_t count;
    int64_t max_us;
    uint64_t buckets[LATENESS_BUCKETS];
} lateness_t;

/* What began early counts as punctual. */
void lateness_add(lateness_t *lateness, int64_t late_us);

/* Not more than this for so many of a thousand; 0 of nothing. */
int64_t lateness_permille(const lateness_t *lateness, unsigned permille);

#endif
