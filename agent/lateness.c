
/* Four buckets for each doubling; below four microseconds one for each. */

#include "lateness.h"


static unsigned
lateness_bucket(uint64_t us)
{
    unsigned doublings = 0;

    while (us >= 8) {
        us >>= 1;
        doublings++;
    }

    unsigned bucket = 4 * doublings + (unsigned) us;

    return (bucket < LATENESS_BUCKETS) ? bucket : LATENESS_BUCKETS - 1;
}


/* The largest value of a bucket. */
static int64_t
lateness_edge(unsigned bucket)
{
    unsigned doublings = (bucket < 8) ? 0 : bucket / 4 - 1;
    int64_t value = (int64_t) bucket - 4 * (int64_t) doublings;

    return ((value + 1) << doublings) - 1;
}


void
lateness_add(lateness_t *lateness, int64_t late_us)
{
    if (late_us < 0) {
        late_us = 0;
    }

    lateness->count++;
    lateness->buckets[lateness_bucket((uint64_t) late_us)]++;

    if (late_us > lateness->max_us) {
        lateness->max_us = late_us;
    }
}


int64_t
lateness_permille(const lateness_t *lateness, unsigned permille)
{
    uint64_t wanted = (lateness->count * permille + 999) / 1000;
    uint64_t so_far = 0;

    if (lateness->count == 0) {
        return 0;
    }

    for (unsigned i = 0; i < LATENESS_BUCKETS; i++) {
        so_far += lateness->buckets[i];

        if (so_far >= wanted && so_far > 0) {
            int64_t edge = lateness_edge(i);

            return (edge < lateness->max_us) ? edge : lateness->max_us;
        }
    }

    return lateness->max_us;
}
