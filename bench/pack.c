
/* Days as t/unit/pack_day.h makes them: what each kind costs.  bench/pack builds and runs this. */

#include "../shared/bs_pack.h"
#include "../t/unit/pack_day.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#define TURNS_TICKS 1000000 /* so many are packed for one figure */

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
    {"60 s, 1.5 ms, never down", {60000, 1500, 300, 8000, 0.25, 0}},
    {"180 s, 12 ms", {180000, 12000, 600, 25000, 0.15, 1}},
};

static bs_pack_day_t day, back, merged;
static void *out;
static size_t room, len;

static int
once_pack(const char **error)
{
    return bs_pack(&day, out, room, &len, error);
}

static int
once_unpack(const char **error)
{
    return bs_unpack(&back, out, len, BS_PACK_WANT_ALL, error);
}

static int
once_total(const char **error)
{
    return bs_unpack(&back, out, len,
                     BS_PACK_WANT(BS_PACK_SLOT) | BS_PACK_WANT(BS_PACK_STATUS)
                         | BS_PACK_WANT(BS_PACK_TOTAL),
                     error);
}

static int
once_merge(const char **error)
{
    return bs_pack_day_merge(&merged, &day, &back, error);
}

static void *
memory(size_t bytes)
{
    void *data = malloc(bytes);

    if (data == NULL) {
        perror("bench/pack");
        exit(1);
    }

    return data;
}

/* CPU time of one tick, in ns. */
static double
cost(int (*once)(const char **error))
{
    const char *error = "";
    unsigned turns = TURNS_TICKS / day.count + 1;
    clock_t began = clock();

    for (unsigned i = 0; i < turns; i++) {
        if (once(&error) != 0) {
            fprintf(stderr, "bench/pack: %s\n", error);
            exit(1);
        }
    }

    return (double) (clock() - began) * 1e9 / CLOCKS_PER_SEC / turns / day.count;
}

static void
measure(const kind_t *kind)
{
    const char *error = "";

    if (pack_day_make(&day, &kind->day, &error) != 0) {
        fprintf(stderr, "bench/pack: %s\n", error);
        exit(1);
    }

    room = bs_pack_room(&day);
    out = memory(room);

    double pack = cost(once_pack), total = cost(once_total), unpack = cost(once_unpack);
    double values = BS_PACK_COLUMNS * 1e3;

    printf("%-26s %7u %7.2f %10.0f %10.0f %10.0f %10.1f %10.1f\n", kind->name, day.count,
           (double) len / day.count, values / pack, values / unpack, cost(once_merge),
           pack * day.count / 1e3, total * day.count / 1e3);
    free(out);
}

int
main(void)
{
    bs_pack_day_t *days[] = {&day, &back, &merged};

    for (size_t i = 0; i < sizeof(days) / sizeof(*days); i++) {
        void *held = memory(bs_pack_day_bytes(BS_PACK_TICKS_MAX));

        bs_pack_day_init(days[i], held, BS_PACK_TICKS_MAX);
    }

    printf("%-26s %7s %7s %10s %10s %10s %10s %10s\n", "interval, round trip", "ticks", "B/tick",
           "pack M/s", "unpack M/s", "merge ns", "pack us", "total us");

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        measure(&kinds[i]);
    }

    return 0;
}
