
/* Pure arithmetic of slots; saturates instead of overflowing. */

#include "bs_slot.h"

/*
 * A scheduler that died keeps its lease for 5 s, so even a monitor of one
 * second must have slots that live longer; and a probe that is minutes late
 * says nothing about its slot, however rare the monitor is.
 */
#define BS_SLOT_LIFE_MIN_MS 15000
#define BS_SLOT_LIFE_MAX_MS 300000

int64_t
bs_slot_next(int64_t after_ms, int64_t interval_ms, int64_t phase_ms)
{
    int64_t since, past;

    if (after_ms > INT64_MAX - interval_ms) {
        return INT64_MAX;
    }

    if (after_ms < INT64_MIN + phase_ms + interval_ms) {
        after_ms = INT64_MIN + phase_ms + interval_ms;
    }

    since = after_ms - phase_ms;
    past = since % interval_ms;

    if (past < 0) { /* C truncates towards zero; slots need the floor */
        past += interval_ms;
    }

    return after_ms - past + interval_ms;
}

int64_t
bs_slot_expires(int64_t slot_ms, int64_t interval_ms)
{
    int64_t life = interval_ms;

    if (life < BS_SLOT_LIFE_MIN_MS) {
        life = BS_SLOT_LIFE_MIN_MS;
    }

    if (life > BS_SLOT_LIFE_MAX_MS) {
        life = BS_SLOT_LIFE_MAX_MS;
    }

    return slot_ms > INT64_MAX - life ? INT64_MAX : slot_ms + life;
}
