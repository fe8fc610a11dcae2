
/*
 * How late and how busy the event loop is.  A turn's work is what lies between
 * two waits; a wait that ends later than the next timer was due is lateness.
 * Costs a few clock readings a turn, and no wake-ups while nothing is watched.
 */

#ifndef LAG_H
#define LAG_H

#include <stdint.h>
#include <uv.h>

typedef struct lag lag_t;

/* Before the loop runs for the first time.  NULL: no memory. */
lag_t *lag_create(uv_loop_t *loop);
void lag_destroy(lag_t *lag);

/*
 * While watching, a timer of its own shows also those stalls in which the whole
 * process stood still (stopped, or without a processor) while it waited.
 */
void lag_watch(lag_t *lag, int on);

/* The worst stall since this moment of clock_us(), the running one included. */
int64_t lag_since(const lag_t *lag, int64_t since_us);

/* Permille of the last `window_ms` (50 to 3000) in which the loop worked. */
unsigned lag_busy(const lag_t *lag, unsigned window_ms);

/* How long it has worked since the start. */
int64_t lag_busy_us(const lag_t *lag);

/* A number that is another one in each turn of the loop. */
uint64_t lag_turn(const lag_t *lag);

#endif
