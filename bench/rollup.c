
/* Rollups of days as t/unit/pack_day.h makes them: what each kind costs.  bench/rollup builds and runs this. */

#include "../shared/bs_rollup.h"
#include "../t/unit/pack_day.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TURN_SECONDS 0.2 /* of one figure */

typedef struct {
    const char *name;
    pack_day_t day;
} kind_t;

/* Round trip, its jitter and the server's time in us. */
static const kind_t kinds[] = {
    {"1 s, 12 ms away", {1000, 12000, 600, 8000, 0.2, 1}},
    {"10 s, 38 ms", {10000, 38000, 1000, 25000, 0.15, 1}},
    {"60 s, 110 ms", {60000, 110000, 1300, 90000, 0.05, 1}},
    {"60 s, 12 ms, jitter 5 ms", {60000, 12000, 5000, 8000, 0.2, 1}},
    {"60 s, 60 ms, server 0.1 to 3 s", {60000, 60000, 2000, 500000, 0.8, 1}},
    {"180 s, 12 ms", {180000, 12000, 600, 25000, 0.15, 1}},
};

static bs_pack_day_t ticks;
static bs_rollup_t day, back, sum, hours[BS_ROLLUP_HOURS], hours_back[BS_ROLLUP_HOURS];
static uint8_t out[BS_ROLLUP_ROOM], hours_out[BS_ROLLUP_HOURS_ROOM];
static size_t len, hours_len;
static int32_t seen; /* so that nothing is left out */

static void
once_add(void)
{
    bs_pack_tick_t tick;

    bs_rollup_clear(&sum);

    for (uint32_t i = 0; i < ticks.count; i++) {
        bs_pack_day_tick(&ticks, i, &tick);
        bs_rollup_add(&sum, &tick);
    }
}

static void
once_of_day(void)
{
    const char *error;

    if (bs_rollup_of_day(&ticks, &day, hours, &error) != 0) {
        fprintf(stderr, "bench/rollup: %s\n", error);
        exit(1);
    }
}

static void
once_pack(void)
{
    len = bs_rollup_pack(&day, BS_ROLLUP_WANT_ALL, out, sizeof(out));
    hours_len = bs_rollup_hours_pack(hours, hours_out, sizeof(hours_out));
}

static void
once_unpack(void)
{
    const char *error;

    seen += bs_rollup_unpack(&back, out, len, &error);
}

static void
once_unpack_hours(void)
{
    const char *error;

    seen += bs_rollup_hours_unpack(hours_back, hours_out, hours_len, &error);
}

static void
once_merge(void)
{
    bs_rollup_merge(&sum, &day);
}

static void
once_quantiles(void)
{
    static const double qs[] = {0.5, 0.9, 0.95, 0.99};

    for (size_t i = 0; i < sizeof(qs) / sizeof(*qs); i++) {
        seen += bs_rollup_quantile(&day, BS_ROLLUP_TOTAL, qs[i]);
    }
}

/* CPU time, in us. */
static double
cost(void (*once)(void))
{
    unsigned turns = 0;
    clock_t began = clock(), now = began;

    while ((double) (now - began) < TURN_SECONDS * CLOCKS_PER_SEC) {
        once();
        turns++;
        now = clock();
    }

    return (double) (now - began) * 1e6 / CLOCKS_PER_SEC / turns;
}

/* Of the hours of a hot day: a row each. */
static double
hour_bytes(void)
{
    size_t bytes = 0;

    for (int h = 0; h < BS_ROLLUP_HOURS; h++) {
        bytes += bs_rollup_pack(&hours[h], BS_ROLLUP_WANT_ALL, out, sizeof(out));
    }

    return (double) bytes / BS_ROLLUP_HOURS;
}

static void
measure(const kind_t *kind)
{
    uint16_t numbers[BS_ROLLUP_BUCKETS];
    uint32_t counts[BS_ROLLUP_BUCKETS];
    const char *error = "";

    if (pack_day_make(&ticks, &kind->day, &error) != 0) {
        fprintf(stderr, "bench/rollup: %s\n", error);
        exit(1);
    }

    double add = cost(once_add), of_day = cost(once_of_day);
    double hour = hour_bytes(), pack = cost(once_pack);

    printf("%-31s %6u %7.1f %7.1f %7.1f %7.1f %7.1f %7.1f %7.1f %7zu %7zu %7.0f %7u %7.2f\n",
           kind->name, ticks.count, add * 1e3 / ticks.count, of_day * 1e3 / ticks.count, pack,
           cost(once_unpack), cost(once_unpack_hours), cost(once_merge), cost(once_quantiles), len,
           hours_len, hour, bs_rollup_buckets(&day, BS_ROLLUP_TOTAL, numbers, counts),
           (double) (len + hours_len) / ticks.count);
}

int
main(void)
{
    void *held = malloc(bs_pack_day_bytes(BS_PACK_TICKS_MAX));

    if (held == NULL) {
        perror("bench/rollup");
        return 1;
    }

    bs_pack_day_init(&ticks, held, BS_PACK_TICKS_MAX);

    printf("%-31s %6s %7s %7s %7s %7s %7s %7s %7s %7s %7s %7s %7s %7s\n", "", "", "add", "of_day",
           "pack", "unpack", "hours", "merge", "4 qs", "day", "hours", "1 hour", "of", "together");
    printf("%-31s %6s %7s %7s %7s %7s %7s %7s %7s %7s %7s %7s %7s %7s\n", "interval, round trip",
           "ticks", "ns/tick", "ns/tick", "us", "us", "us", "us", "us", "bytes", "bytes", "bytes",
           "buckets", "B/tick");

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        measure(&kinds[i]);
    }

    free(held);

    return seen == INT32_MAX;
}
