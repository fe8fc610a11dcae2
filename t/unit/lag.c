
/* What the loop's history says of stalls and of how busy it was. */

#include "../../agent/lag_history.h"

#include "tap.h"

#define SECOND 1000000ll

static void
stalls(void)
{
    lag_history_t history = {.stalls_count = 0};

    is_int(lag_history_since(&history, 0), 0, "no stall at first");
    lag_history_add_stall(&history, 10 * SECOND, 500);
    is_int(lag_history_since(&history, 0), 0, "a very short one is none");
    lag_history_add_stall(&history, 10 * SECOND, 5000);
    lag_history_add_stall(&history, 11 * SECOND, 3000);
    lag_history_add_stall(&history, 12 * SECOND, 4000);
    is_int(lag_history_since(&history, 9 * SECOND), 5000, "the worst since a moment");
    is_int(lag_history_since(&history, 10 * SECOND), 5000, "that which ends then counts");
    is_int(lag_history_since(&history, 10 * SECOND + 1), 4000, "an earlier one does not");
    is_int(lag_history_since(&history, 12 * SECOND + 1), 0, "none after the last");
    lag_history_add_stall(&history, 13 * SECOND, 9000);
    is_int(lag_history_since(&history, 0), 9000, "a worse one takes the place of all before it");
    is_int(history.stalls_count, 1, "and their room");

    for (int i = 0; i < 200; i++) {
        lag_history_add_stall(&history, (14 + i) * SECOND, 9000 - i);
    }

    is_int(history.stalls_count, LAG_STALLS_MAX, "there is a limit");
    is_int(lag_history_since(&history, 213 * SECOND) > 0, 1, "the newest is not forgotten for it");
    lag_history_add_stall(&history, 213 * SECOND + LAG_KEEP_US + 1, 2000);
    is_int(lag_history_since(&history, 0), 2000, "what is very old is");
}


static void
busy(void)
{
    lag_history_t history = {.stalls_count = 0};
    int64_t now = 100 * SECOND;

    is_int(lag_history_busy(&history, now, 200000), 0, "idle at first");

    for (int i = 1; i <= 20; i++) {
        lag_history_add_busy(&history, now + i * 50000 - 1, 25000);
    }

    now += 20 * 50000 - 1;
    is_int(lag_history_busy(&history, now, 200000), 500, "half of the last fifth of a second");
    is_int(lag_history_busy(&history, now, 1000000), 500, "and of the last second");
    is_int(lag_history_busy(&history, now + SECOND, 200000), 0, "and then it rests");
    lag_history_add_busy(&history, now + 3 * SECOND, 3 * SECOND);
    is_int(lag_history_busy(&history, now + 3 * SECOND, 1000000), 1000,
           "a long stretch counts whole");
    lag_history_add_busy(&history, now + 9 * SECOND, 1000 * SECOND);
    is_int(lag_history_busy(&history, now + 9 * SECOND, 200000), 1000,
           "longer than what is kept too");
}


int
main(void)
{
    stalls();
    busy();
    return done();
}
