
/*
 * What the loop did in the last minutes: how busy it was, and its worst
 * stalls.  Fixed in size.  Pure: the caller says what time it is.
 */

#ifndef LAG_HISTORY_H
#define LAG_HISTORY_H

#include <stdint.h>

#define LAG_SLOT_US 50000
#define LAG_SLOTS 64
#define LAG_STALLS_MAX 64
#define LAG_STALL_MIN_US 1000   /* shorter ones are no stall */
#define LAG_KEEP_US 300000000ll /* longer than any probe takes */

typedef struct {
    int64_t ended_us;
    int64_t stall_us;
} lag_stall_t;

typedef struct {
    int64_t slot[LAG_SLOTS]; /* the number of the stretch of time that the sum is of */
    int32_t busy_us[LAG_SLOTS];
    lag_stall_t stalls[LAG_STALLS_MAX]; /* each is worse than those after it */
    unsigned stalls_count;
} lag_history_t;

/* Until `now_us` the loop worked for so long without a pause. */
void lag_history_add_busy(lag_history_t *history, int64_t now_us, int64_t busy_us);

/* Something that was due had to wait for so long, until `now_us`. */
void lag_history_add_stall(lag_history_t *history, int64_t now_us, int64_t stall_us);

/* The worst stall that ended at or after this moment; 0: none. */
int64_t lag_history_since(const lag_history_t *history, int64_t since_us);

/* Permille of the last `window_us` (at most LAG_SLOTS - 1 slots). */
unsigned lag_history_busy(const lag_history_t *history, int64_t now_us, int64_t window_us);

#endif
