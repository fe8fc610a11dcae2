
/* Rollups of chance, and whether two are the same; for the tests of rollups. */

#ifndef ROLLUP_ANY_H
#define ROLLUP_ANY_H

#include "../../shared/bs_rollup.h"

#include "pack_any.h"

static inline bs_rollup_t *
rollups(size_t count)
{
    bs_rollup_t *made = memory(count * sizeof(*made));

    for (size_t i = 0; i < count; i++) {
        bs_rollup_init(&made[i]);
    }

    return made;
}

static inline int
same_sketch(const bs_rollup_sketch_t *a, const bs_rollup_sketch_t *b)
{
    return a->n == b->n && a->sketched == b->sketched && a->sum_us == b->sum_us
           && (a->sketched == 0 || (a->least_us == b->least_us && a->most_us == b->most_us))
           && memcmp(a->buckets, b->buckets, sizeof(a->buckets)) == 0;
}

static inline int
same_rollup(const bs_rollup_t *a, const bs_rollup_t *b)
{
    int same = memcmp(a->counts, b->counts, sizeof(a->counts)) == 0;

    for (int p = 0; p < BS_ROLLUP_PHASES; p++) {
        same = same && same_sketch(&a->phase[p], &b->phase[p]);
    }

    return same;
}

/* Exactly as long as it is, so that a sanitizer sees one byte too many. */
static inline uint8_t *
exactly(const uint8_t *data, size_t len)
{
    uint8_t *exact = memory(len);

    if (len == 0) {
        abort();
    }

    memcpy(exact, data, len);
    return exact;
}

static inline uint8_t *
rollup_packed(const bs_rollup_t *rollup, unsigned wanted, size_t *len)
{
    static uint8_t out[BS_ROLLUP_ROOM];

    *len = bs_rollup_pack(rollup, wanted, out, sizeof(out));
    return exactly(out, *len);
}

static inline uint8_t *
hours_packed(const bs_rollup_t *hours, size_t *len)
{
    static uint8_t out[BS_ROLLUP_HOURS_ROOM];

    *len = bs_rollup_hours_pack(hours, out, sizeof(out));
    return exactly(out, *len);
}

/* What is kept of a rollup of which these sketches are. */
static inline void
only_sketches(bs_rollup_t *rollup, unsigned wanted)
{
    for (int p = 0; p < BS_ROLLUP_PHASES; p++) {
        bs_rollup_sketch_t *sketch = &rollup->phase[p];

        if (!(wanted & BS_ROLLUP_WANT(p))) {
            sketch->sketched = 0;
            memset(sketch->buckets, 0, sizeof(sketch->buckets));
        }
    }
}

static inline int
rollup_comes_back(const bs_rollup_t *rollup, unsigned wanted)
{
    bs_rollup_t *two = rollups(2);
    size_t len;
    uint8_t *data = rollup_packed(rollup, wanted, &len);

    two[1] = *rollup;
    only_sketches(&two[1], wanted);

    int same = bs_rollup_unpack(&two[0], data, len, &error) == 0 && same_rollup(&two[0], &two[1]);

    free(data);
    free(two);

    return same;
}

static inline int
hours_come_back(const bs_rollup_t *hours)
{
    bs_rollup_t *back = rollups(BS_ROLLUP_HOURS), *want = rollups(1);
    size_t len;
    uint8_t *data = hours_packed(hours, &len);
    int same = bs_rollup_hours_unpack(back, data, len, &error) == 0;

    for (int h = 0; h < BS_ROLLUP_HOURS; h++) {
        *want = hours[h];
        only_sketches(want, BS_ROLLUP_WANT(BS_ROLLUP_TOTAL));
        same = same && same_rollup(&back[h], want);
    }

    free(data);
    free(back);
    free(want);

    return same;
}

static inline void
fill_rollup_any(bs_rollup_t *rollup, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        bs_pack_tick_t tick = any_tick(PACK_DAY_BEGIN);

        bs_rollup_add(rollup, &tick);
    }
}

#endif
