
/*
 * Of a stall only that is worth remembering which no later one exceeds, so the
 * list falls from old to new and its first entry that is young enough is the
 * answer.
 */

#include "lag_history.h"

#include <string.h>


static void
lag_history_add_slot(lag_history_t *history, int64_t number, int64_t busy_us)
{
    unsigned i = (unsigned) (number % LAG_SLOTS);

    if (history->slot[i] != number) {
        history->slot[i] = number;
        history->busy_us[i] = 0;
    }

    history->busy_us[i] += (int32_t) busy_us;
}


void
lag_history_add_busy(lag_history_t *history, int64_t now_us, int64_t busy_us)
{
    int64_t number = now_us / LAG_SLOT_US;
    int64_t room = now_us % LAG_SLOT_US;

    for (unsigned i = 0; i < LAG_SLOTS && busy_us > 0; i++) {
        int64_t part = (busy_us < room) ? busy_us : room;

        lag_history_add_slot(history, number, part);
        busy_us -= part;
        number--;
        room = LAG_SLOT_US;
    }
}


void
lag_history_add_stall(lag_history_t *history, int64_t now_us, int64_t stall_us)
{
    lag_stall_t *stalls = history->stalls;
    unsigned old = 0;

    if (stall_us < LAG_STALL_MIN_US) {
        return;
    }

    while (history->stalls_count > 0 && stalls[history->stalls_count - 1].stall_us <= stall_us) {
        history->stalls_count--;
    }

    while (old < history->stalls_count && stalls[old].ended_us < now_us - LAG_KEEP_US) {
        old++;
    }

    if (old > 0) {
        history->stalls_count -= old;
        memmove(stalls, stalls + old, history->stalls_count * sizeof(stalls[0]));
    }

    /* full: the smallest is taken for a later one, rather too much than too little */
    if (history->stalls_count == LAG_STALLS_MAX) {
        stalls[LAG_STALLS_MAX - 1].ended_us = now_us;
        return;
    }

    stalls[history->stalls_count++] = (lag_stall_t){now_us, stall_us};
}


int64_t
lag_history_since(const lag_history_t *history, int64_t since_us)
{
    for (unsigned i = 0; i < history->stalls_count; i++) {
        if (history->stalls[i].ended_us >= since_us) {
            return history->stalls[i].stall_us;
        }
    }

    return 0;
}


unsigned
lag_history_busy(const lag_history_t *history, int64_t now_us, int64_t window_us)
{
    int64_t newest = now_us / LAG_SLOT_US;
    int64_t oldest = newest - window_us / LAG_SLOT_US + 1;
    int64_t wall_us = now_us - oldest * LAG_SLOT_US;
    int64_t busy_us = 0;

    for (unsigned i = 0; i < LAG_SLOTS; i++) {
        if (history->slot[i] >= oldest && history->slot[i] <= newest) {
            busy_us += history->busy_us[i];
        }
    }

    return (busy_us >= wall_us) ? 1000 : (unsigned) (busy_us * 1000 / wall_us);
}
