
/* Chance from the kernel: agents that start together must not draw the same. */

#include "backoff.h"

#include <sys/random.h>

#define BACKOFF_MIN_MS 250
#define BACKOFF_MAX_MS 30000


int64_t
backoff_ms(unsigned failures, int64_t at_least_ms)
{
    int64_t wait = BACKOFF_MIN_MS;
    uint32_t chance = 0;

    for (unsigned i = 1; i < failures && wait < BACKOFF_MAX_MS; i++) {
        wait *= 2;
    }

    if (wait > BACKOFF_MAX_MS) {
        wait = BACKOFF_MAX_MS;
    }

    if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) < 0) {
        chance = 0;
    }

    wait = wait / 2 + (int64_t) (chance % (uint32_t) (wait / 2 + 1));
    return (wait > at_least_ms) ? wait : at_least_ms;
}
