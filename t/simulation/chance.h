
/* Chance that is the same in every run of one seed (xorshift64*). */

#ifndef CHANCE_H
#define CHANCE_H

#include <stdint.h>

typedef struct {
    uint64_t state; /* not 0 */
} chance_t;

static inline uint64_t
chance_next(chance_t *chance)
{
    chance->state ^= chance->state >> 12;
    chance->state ^= chance->state << 25;
    chance->state ^= chance->state >> 27;
    return chance->state * 2685821657736338717u;
}

/* 0 <= result < limit */
static inline int64_t
chance_below(chance_t *chance, int64_t limit)
{
    return (int64_t) ((chance_next(chance) >> 11) % (uint64_t) limit);
}

static inline int64_t
chance_between(chance_t *chance, int64_t from, int64_t to)
{
    return from + chance_below(chance, to - from + 1);
}

/* So often in a thousand. */
static inline int
chance_permille(chance_t *chance, int permille)
{
    return chance_below(chance, 1000) < permille;
}

#endif
