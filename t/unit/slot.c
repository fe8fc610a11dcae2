
/* Slots: strictly after, on the grid, from any direction, at the edges of time. */

#include "../../shared/bs_slot.h"

#include "tap.h"

static void
next_is_on_the_grid(void)
{
    static const int64_t intervals[] = {1, 7, 1000, 10000, 60000, 86400000};
    int after = 1, grid = 1, first = 1;
    int64_t now = 1795334400123;

    for (size_t i = 0; i < sizeof(intervals) / sizeof(intervals[0]); i++) {
        int64_t interval = intervals[i];

        for (int64_t step = 0; step < 5; step++) {
            int64_t phase = step * interval / 5;
            int64_t slot = bs_slot_next(now + step, interval, phase);

            after &= slot > now + step;
            first &= slot - interval <= now + step;
            grid &= (slot - phase) % interval == 0;
        }
    }

    ok(after, "a slot is strictly after");
    ok(first, "and the first such");
    ok(grid, "and on the monitor's grid");
}

static void
next_at_edges(void)
{
    is_int(bs_slot_next(0, 1000, 0), 1000, "zero itself is not after zero");
    is_int(bs_slot_next(-1, 1000, 0), 0, "before the epoch");
    is_int(bs_slot_next(-1500, 1000, 250), -750, "the floor of a negative time");
    is_int(bs_slot_next(999, 1000, 999), 1999, "a slot is not after itself");
    is_int(bs_slot_next(998, 1000, 999), 999, "one millisecond before");
    is_int(bs_slot_next(INT64_MAX, 1000, 0), INT64_MAX, "the end of time saturates");
    ok(bs_slot_next(INT64_MIN, 1000, 999) < 0, "the beginning of time does not overflow");
}

static void
chain_has_no_gap(void)
{
    int64_t slot = bs_slot_next(5000000, 1000, 333);
    int even = 1;

    for (int i = 0; i < 1000; i++) {
        int64_t next = bs_slot_next(slot, 1000, 333);

        even &= next == slot + 1000;
        slot = next;
    }

    ok(even, "a thousand slots in a row are one interval apart");
}

static void
expiry(void)
{
    is_int(bs_slot_expires(1000, 1000), 16000, "a short interval outlives a dead lease");
    is_int(bs_slot_expires(0, 60000), 60000, "a minute lives a minute");
    is_int(bs_slot_expires(0, 86400000), 300000, "a day lives five minutes");
    is_int(bs_slot_expires(INT64_MAX, 1000), INT64_MAX, "the end of time saturates");
}

int
main(void)
{
    next_is_on_the_grid();
    next_at_edges();
    chain_has_no_gap();
    expiry();

    return done();
}
