
/*
 * What became of many ticks in few bytes: how many had which status, and of each
 * phase how many values, their sum, and a sketch that tells any quantile within
 * 2 % of the value that a sort of all would give.  Pure; nothing is allocated.
 *
 * A sketch counts values in buckets, which are the same everywhere, so merging
 * loses nothing: 24 hours merged are the day.  bs_rollup_bucket.h tells which.
 * Latencies are those of ticks that were up or degraded, as response times are;
 * -1 (not reached) is left out.
 *
 * Packed: version (1 byte), bs_pack_sum() of what follows (4 bytes); a rollup is
 * the phases that have a sketch (a bit each) and the body, 24 hours are which of
 * them there are (24 bits) and the body of each.  A body: the counts by status;
 * of each phase how many values and, if any, their sum; before the sum, if it has
 * a sketch, the least, the range, and then the buckets from the least's to the
 * most's, in blocks (bs_pack_block.h), up to a whole byte.  With a least value, the
 * sum is what is more than that for each.
 */

#ifndef BS_ROLLUP_H
#define BS_ROLLUP_H

#include "bs_pack.h"

#include <stddef.h>
#include <stdint.h>

#define BS_ROLLUP_VERSION 1
#define BS_ROLLUP_BUCKETS 489
#define BS_ROLLUP_STATUSES 4 /* unknown, up, degraded, down: bs_status_t */
#define BS_ROLLUP_HOURS 24
#define BS_ROLLUP_HOUR_MS 3600000

typedef enum {
    BS_ROLLUP_DNS = 0,
    BS_ROLLUP_CONNECT,
    BS_ROLLUP_TLS,
    BS_ROLLUP_FIRST_BYTE,
    BS_ROLLUP_TOTAL,
    BS_ROLLUP_TRANSFER, /* total without dns, connect and tls; response-times has it */
    BS_ROLLUP_PHASES
} bs_rollup_phase_t;

#define BS_ROLLUP_WANT(phase) (1U << (phase))
#define BS_ROLLUP_WANT_ALL (BS_ROLLUP_WANT(BS_ROLLUP_PHASES) - 1)

typedef struct {
    uint64_t sum_us;
    uint32_t n;
    uint32_t sketched; /* n, or fewer: of the others there are n and sum only */
    int32_t least_us;  /* of the sketched; nothing if there are none, also most_us */
    int32_t most_us;
    uint32_t buckets[BS_ROLLUP_BUCKETS]; /* 0 below least_us's and above most_us's */
} bs_rollup_sketch_t;

/* 12 kB.  Of more than 4 billion ticks the numbers are not right. */
typedef struct {
    uint32_t counts[BS_ROLLUP_STATUSES];
    bs_rollup_sketch_t phase[BS_ROLLUP_PHASES];
} bs_rollup_t;

/* Enough for any. */
#define BS_ROLLUP_ROOM 16384
#define BS_ROLLUP_HOURS_ROOM 65536

/* Of memory that holds anything. */
void bs_rollup_init(bs_rollup_t *rollup);

/* Of a rollup; costs what it holds. */
void bs_rollup_clear(bs_rollup_t *rollup);

/* slot_ms, reason, address and so on are not looked at. */
void bs_rollup_add(bs_rollup_t *rollup, const bs_pack_tick_t *tick);

void bs_rollup_merge(bs_rollup_t *into, const bs_rollup_t *from);

/*
 * us; -1 if there is none, or not of all values.  The value that q of all are not
 * above, as percentile_disc has it: q from 0 to 1, others as the nearer.  The least
 * and the most are exact.
 */
int32_t bs_rollup_quantile(const bs_rollup_t *rollup, bs_rollup_phase_t phase, double q);

/* Rounded; -1 if there is none. */
int32_t bs_rollup_mean(const bs_rollup_t *rollup, bs_rollup_phase_t phase);

/* Those that hold something, ascending, and what; returns how many. */
unsigned bs_rollup_buckets(const bs_rollup_t *rollup, bs_rollup_phase_t phase,
                           uint16_t numbers[BS_ROLLUP_BUCKETS], uint32_t counts[BS_ROLLUP_BUCKETS]);

/*
 * The ticks of a whole day or a part of it, of which slots, status and phases
 * must be there (BS_ROLLUP_COLUMNS): day and each of the hours are cleared first.
 * Returns 0, or -1 with *error a literal.
 */
#define BS_ROLLUP_COLUMNS                                                                         \
    (BS_PACK_WANT(BS_PACK_SLOT) | BS_PACK_WANT(BS_PACK_DNS) | BS_PACK_WANT(BS_PACK_CONNECT)       \
     | BS_PACK_WANT(BS_PACK_TLS) | BS_PACK_WANT(BS_PACK_FIRST_BYTE) | BS_PACK_WANT(BS_PACK_TOTAL) \
     | BS_PACK_WANT(BS_PACK_STATUS))

int bs_rollup_of_day(const bs_pack_day_t *ticks, bs_rollup_t *day,
                     bs_rollup_t hours[BS_ROLLUP_HOURS], const char **error);

/*
 * wanted: BS_ROLLUP_WANT() of the phases whose sketches are kept (if they are of all
 * values); of the others there will be n and sum.  Returns the length; 0: too little room.
 */
size_t bs_rollup_pack(const bs_rollup_t *rollup, unsigned wanted, void *out, size_t room);

/* 0, or -1 with *error a literal and the rollup clear. */
int bs_rollup_unpack(bs_rollup_t *rollup, const void *data, size_t len, const char **error);

/* As above; hours keep the sketch of total only. */
size_t bs_rollup_hours_pack(const bs_rollup_t hours[BS_ROLLUP_HOURS], void *out, size_t room);

int bs_rollup_hours_unpack(bs_rollup_t hours[BS_ROLLUP_HOURS], const void *data, size_t len,
                           const char **error);

#endif
