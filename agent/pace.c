
#include "pace.h"

#include <sys/random.h>


void
pace_init(pace_t *pace, unsigned per_second, unsigned most, int64_t now_ms)
{
    *pace = (pace_t){.per_second = per_second, .most = most, .at_ms = now_ms, .have = most};
}


void
pace_hold(pace_t *pace, int64_t now_ms, int64_t delay_max_ms)
{
    uint32_t chance = 0;

    if (getrandom(&chance, sizeof(chance), GRND_NONBLOCK) < 0) {
        chance = 0;
    }

    pace->from_ms = now_ms + (int64_t) (chance % ((uint64_t) delay_max_ms + 1));
    pace->at_ms = pace->from_ms;
    pace->have = 0;
}


unsigned
pace_room(pace_t *pace, int64_t now_ms)
{
    if (now_ms < pace->from_ms) {
        return 0;
    }

    if (now_ms > pace->at_ms) {
        pace->have += (double) (now_ms - pace->at_ms) * pace->per_second / 1000;
        pace->at_ms = now_ms;
    }

    if (pace->have > pace->most) {
        pace->have = pace->most;
    }

    return (pace->have > 0) ? (unsigned) pace->have : 0;
}


void
pace_spend(pace_t *pace, unsigned count)
{
    pace->have -= count;
}
