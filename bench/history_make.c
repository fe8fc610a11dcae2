
/*
 * Years of results for bench/history, by chance that is the same each time: as
 * rows for COPY ... WITH (FORMAT binary), or, for the peer, as CSV.
 *
 *   history-make sealed|days FIRST_MONITOR MONITORS FIRST_REGION REGIONS FIRST_DAY DAYS
 *   history-make hot|peer    the same; in the order in which results come
 *
 * FIRST_DAY counts from 1970.  A result a minute; some different days, made as
 * those of bench/pack, are dealt out to all.
 */

#include "../shared/bs_rollup.h"
#include "../t/unit/pack_day.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define KINDS 48
#define INTERVAL_MS 60000
#define TICKS_MAX (BS_PACK_DAY_MS / INTERVAL_MS)
#define PEER_DURATION_S (INTERVAL_MS / 1000)

#define POSTGRES_EPOCH_DAY 10957 /* 2000-01-01 */
#define TYPE_INT2 21
#define TYPE_INT4 23

typedef struct {
    bs_pack_day_t ticks;
    bs_rollup_t all;
    uint8_t *rollup;
    size_t rollup_len;
    uint8_t *hours;
    size_t hours_len;
} kind_t;

typedef struct {
    int first_monitor;
    int monitors;
    int first_region;
    int regions;
    int first_day;
    int days;
} span_t;

static kind_t kinds[KINDS];

static void
fail(const char *what)
{
    fprintf(stderr, "history-make: %s\n", what);
    exit(1);
}

static void *
memory(size_t bytes)
{
    void *data = malloc(bytes);

    if (data == NULL) {
        fail("no memory");
    }

    return data;
}

static void
kind_make(kind_t *kind, int number)
{
    static bs_rollup_t hours[BS_ROLLUP_HOURS];
    const pack_day_t how = {INTERVAL_MS,
                            12000 + number % 16 * 9000,
                            600 + number % 5 * 900,
                            8000 + number % 7 * 11000,
                            0.05 + number % 4 * 0.06,
                            number % 6 == 0};
    const char *error = "";

    bs_pack_day_init(&kind->ticks, memory(bs_pack_day_bytes(TICKS_MAX)), TICKS_MAX);

    if (pack_day_make(&kind->ticks, &how, &error) != 0
        || bs_rollup_of_day(&kind->ticks, &kind->all, hours, &error) != 0) {
        fail(error);
    }

    kind->rollup = memory(BS_ROLLUP_ROOM);
    kind->rollup_len =
        bs_rollup_pack(&kind->all, BS_ROLLUP_WANT_ALL, kind->rollup, BS_ROLLUP_ROOM);
    kind->hours = memory(BS_ROLLUP_HOURS_ROOM);
    kind->hours_len = bs_rollup_hours_pack(hours, kind->hours, BS_ROLLUP_HOURS_ROOM);
}

/* Which day this pair had on that day. */
static kind_t *
dealt(int monitor, int region, int day)
{
    uint32_t mixed = (uint32_t) monitor * 2654435761U + (uint32_t) region * 40503U;

    return &kinds[((mixed >> 7) + (uint32_t) day * 7U) % KINDS];
}

static void
put(const void *data, size_t len)
{
    if (fwrite(data, 1, len, stdout) != len) {
        fail("the reader has gone");
    }
}

static void
put_number(uint64_t value, int bytes)
{
    uint8_t big_endian[8];

    for (int i = 0; i < bytes; i++) {
        big_endian[i] = (uint8_t) (value >> (8 * (bytes - 1 - i)));
    }

    put(big_endian, (size_t) bytes);
}

static void
field_number(int64_t value, int bytes)
{
    put_number((uint64_t) bytes, 4);
    put_number((uint64_t) value, bytes);
}

static void
field_bytes(const void *data, size_t len)
{
    put_number(len, 4);
    put(data, len);
}

static void
field_array(const uint32_t *values, unsigned count, int bytes)
{
    put_number((count ? 20U : 12U) + count * (4U + (unsigned) bytes), 4);
    put_number(count ? 1 : 0, 4);
    put_number(0, 4);
    put_number(bytes == 2 ? TYPE_INT2 : TYPE_INT4, 4);

    if (count) {
        put_number(count, 4);
        put_number(1, 4);
    }

    for (unsigned i = 0; i < count; i++) {
        field_number(values[i], bytes);
    }
}

static void
row_begin(unsigned fields, int day, int monitor, int region)
{
    put_number(fields, 2);
    field_number(day - POSTGRES_EPOCH_DAY, 4);
    field_number(monitor, 4);
    field_number(region, 2);
}

/* day, monitor_id, region_id, ticks, packed */
static void
row_sealed(int day, int monitor, int region)
{
    static uint8_t *out;
    static size_t room;
    bs_pack_day_t *ticks = &dealt(monitor, region, day)->ticks;
    const char *error = "";
    size_t len;

    ticks->day_ms = (int64_t) day * BS_PACK_DAY_MS;

    if (room < bs_pack_room(ticks)) {
        free(out);
        room = bs_pack_room(ticks);
        out = memory(room);
    }

    if (bs_pack(ticks, out, room, &len, &error) != 0) {
        fail(error);
    }

    row_begin(5, day, monitor, region);
    field_number(ticks->count, 4);
    field_bytes(out, len);
}

/*
 * day, monitor_id, region_id, unknown, up, degraded, down, total_min_us,
 * total_max_us, total_sum_us, buckets, counts, rollup, hours
 */
static void
row_day(int day, int monitor, int region)
{
    const kind_t *kind = dealt(monitor, region, day);
    const bs_rollup_sketch_t *total = &kind->all.phase[BS_ROLLUP_TOTAL];
    uint16_t numbers[BS_ROLLUP_BUCKETS];
    uint32_t wide[BS_ROLLUP_BUCKETS], counts[BS_ROLLUP_BUCKETS];
    unsigned count = bs_rollup_buckets(&kind->all, BS_ROLLUP_TOTAL, numbers, counts);

    row_begin(14, day, monitor, region);

    for (int i = 0; i < BS_ROLLUP_STATUSES; i++) {
        field_number(kind->all.counts[i], 4);
    }

    field_number(total->least_us, 4);
    field_number(total->most_us, 4);
    field_number((int64_t) total->sum_us, 8);

    for (unsigned i = 0; i < count; i++) {
        wide[i] = numbers[i];
    }

    field_array(wide, count, 2);
    field_array(counts, count, 4);
    field_bytes(kind->rollup, kind->rollup_len);
    field_bytes(kind->hours, kind->hours_len);
}

static void
rows_of_days(const span_t *span, void (*row)(int day, int monitor, int region))
{
    for (int day = span->first_day; day < span->first_day + span->days; day++) {
        for (int monitor = 0; monitor < span->monitors; monitor++) {
            for (int region = 0; region < span->regions; region++) {
                row(day, span->first_monitor + monitor, span->first_region + region);
            }
        }
    }
}

/* The columns of betterstack.tick in the order of its definition, without evidence. */
static void
row_tick(int day, int monitor, int region, const bs_pack_tick_t *tick)
{
    int64_t slot_ms = tick->slot_ms - PACK_DAY_BEGIN
                      + (day - POSTGRES_EPOCH_DAY) * (int64_t) BS_PACK_DAY_MS;

    put_number(14, 2);
    field_number(slot_ms * 1000, 8);
    field_number(monitor, 4);
    field_number(tick->lateness_ms, 4);
    field_number(tick->dns_us, 4);
    field_number(tick->connect_us, 4);
    field_number(tick->tls_us, 4);
    field_number(tick->first_byte_us, 4);
    field_number(tick->total_us, 4);
    field_number(region, 2);
    field_number(tick->http_status, 2);
    field_number(tick->status, 2);
    field_number(tick->reason, 2);
    field_number(tick->attempts, 2);
    field_bytes(tick->address.data, tick->address.len);
}

/* series, status, msg, time, ping (ms), duration (s), important: what such a monitor keeps. */
static void
row_peer(int day, int monitor, int region, const bs_pack_tick_t *tick)
{
    static int shown_day = -1;
    static char date[16];
    int64_t ms = tick->slot_ms - PACK_DAY_BEGIN + tick->lateness_ms;

    if (day != shown_day) {
        time_t at = (time_t) day * 86400;
        struct tm utc;

        strftime(date, sizeof(date), "%Y-%m-%d", gmtime_r(&at, &utc));
        shown_day = day;
    }

    printf("%d,%d,%s,%s %02d:%02d:%02d.%03d,%d,%d,0\n", monitor * 100 + region, tick->status != 3,
           tick->status == 3 ? "Request failed" : "200 - OK", date, (int) (ms / 3600000) % 24,
           (int) (ms / 60000 % 60), (int) (ms / 1000 % 60), (int) (ms % 1000),
           tick->total_us / 1000, PEER_DURATION_S);
}

static void
rows_as_they_come(const span_t *span,
                  void (*row)(int day, int monitor, int region, const bs_pack_tick_t *tick))
{
    for (int day = span->first_day; day < span->first_day + span->days; day++) {
        for (uint32_t minute = 0; minute < TICKS_MAX; minute++) {
            for (int i = 0; i < span->monitors * span->regions; i++) {
                int monitor = span->first_monitor + i / span->regions;
                int region = span->first_region + i % span->regions;
                bs_pack_day_t *ticks = &dealt(monitor, region, day)->ticks;
                bs_pack_tick_t tick;

                if (minute < ticks->count) {
                    ticks->day_ms = PACK_DAY_BEGIN;
                    bs_pack_day_tick(ticks, minute, &tick);
                    row(day, monitor, region, &tick);
                }
            }
        }
    }
}

static int
number_of(const char *text)
{
    char *end;
    long value = strtol(text, &end, 10);

    if (*end != '\0' || value < 0 || value > 100000000) {
        fail("not a number, or too large");
    }

    return (int) value;
}

static void
copy(const span_t *span, const char *what)
{
    static const char head[] = "PGCOPY\n\377\r\n";

    put(head, sizeof(head));
    put_number(0, 8);

    if (strcmp(what, "hot") == 0) {
        rows_as_they_come(span, row_tick);
    } else {
        rows_of_days(span, strcmp(what, "days") == 0 ? row_day : row_sealed);
    }

    put_number(0xffff, 2);
}

int
main(int argc, char **argv)
{
    if (argc != 8) {
        fail("usage: history-make sealed|days|hot|peer FIRST_MONITOR MONITORS"
             " FIRST_REGION REGIONS FIRST_DAY DAYS");
    }

    span_t span = {number_of(argv[2]), number_of(argv[3]), number_of(argv[4]),
                   number_of(argv[5]), number_of(argv[6]), number_of(argv[7])};

    for (int i = 0; i < KINDS; i++) {
        kind_make(&kinds[i], i);
    }

    if (strcmp(argv[1], "peer") == 0) {
        rows_as_they_come(&span, row_peer);
    } else {
        copy(&span, argv[1]);
    }

    if (fflush(stdout) != 0) {
        fail("the reader has gone");
    }

    return 0;
}
