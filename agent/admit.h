
/*
 * When a probe may begin.  A probe's work comes later than its beginning, when
 * its target answers; so beginnings are paid for in advance, from a budget of
 * loop time, at the price that probes have lately had.  If the loop is busier
 * or later than it should be all the same, only a trickle begins.  Pure.
 */

#ifndef ADMIT_H
#define ADMIT_H

#include <stdint.h>

#define ADMIT_BUSY_MAX 700        /* permille of the last fifth of a second */
#define ADMIT_STALL_MAX_US 150000 /* most of the last fifth of a second */
#define ADMIT_WINDOW_MS 200       /* that fifth */
#define ADMIT_BUDGET 650          /* permille of the time that may be spent */
#define ADMIT_TOKENS_MAX_US 50000 /* what is not spent is not saved for long */
#define ADMIT_TRICKLE_US 20000    /* one probe begins at least that often */
#define ADMIT_TURN_MAX 16         /* beginnings in one turn of the loop */
#define ADMIT_PRICE_FIRST_US 500
#define ADMIT_PRICE_MIN_US 50
#define ADMIT_PRICE_MAX_US 20000
#define ADMIT_PRICE_PROBES_MIN 20 /* ended, for a new price */
#define ADMIT_PRICE_WINDOW_US 250000
#define ADMIT_PRICE_HANGING_US 1000000 /* nothing ends: the price is that of beginning, doubled */

/* What is measured. */
typedef struct {
    int64_t now_us;
    unsigned busy;    /* permille of the last ADMIT_WINDOW_MS */
    int64_t stall_us; /* worst in it */
    int64_t busy_us;  /* sum since the start */
    uint64_t ended;   /* probes that ended since the start */
    uint64_t turn;    /* of the loop */
} admit_load_t;

typedef struct {
    int64_t tokens_us;
    int64_t filled_us;
    int64_t begun_us; /* the last one */
    int64_t price_us;
    int64_t priced_us; /* when, and the sums then */
    int64_t priced_busy_us;
    uint64_t priced_ended;
    uint64_t begun; /* since then */
    uint64_t turn;
    unsigned turn_count;
} admit_t;

void admit_init(admit_t *admit, int64_t now_us);

/* May one begin now?  It is counted as begun. */
int admit_take(admit_t *admit, const admit_load_t *load);

/* Is the loop not too busy to take in more? */
int admit_is_open(const admit_t *admit, const admit_load_t *load);

#endif
