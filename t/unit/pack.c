
/* Packed days: what goes in comes out, in few bytes, and stays readable for years. */

#include "../../shared/bs_pack.h"

#include "pack_any.h"
#include "tap.h"

#include <stdlib.h>

static void
test_counts(void)
{
    static const uint32_t counts[] = {0, 1, 2, 3, 127, 128, 129, 255, 256, 257, 1440, 8640, 86400};

    for (size_t i = 0; i < sizeof(counts) / sizeof(*counts); i++) {
        bs_pack_day_t day;
        void *held = day_init(&day, counts[i]);
        char name[64];

        fill_any(&day, counts[i]);
        snprintf(name, sizeof(name), "%u ticks of any numbers come back", counts[i]);
        ok(comes_back(&day), name);
        free(held);
    }

    int all = 1;

    for (uint32_t round = 0; round < 300; round++) {
        bs_pack_day_t day;
        uint32_t count = pack_day_next() % 400;
        void *held = day_init(&day, count);

        fill_any(&day, count);
        all &= comes_back(&day);
        free(held);
    }

    ok(all, "days of any number of ticks come back");
}

/* The ends of all types, in turns, with and without others between them. */
static void
test_edges(void)
{
    static const int32_t edges[] = {INT32_MIN, INT32_MAX, -1, 0, -2, INT32_MAX - 1, 1};
    static const int16_t small[] = {INT16_MIN, INT16_MAX, 0, -1};
    static char text[BS_PACK_ADDRESS_BYTES_MAX];

    for (uint32_t among = 1; among <= 7; among++) {
        bs_pack_day_t day;
        void *held = day_init(&day, 1000);
        char name[64];

        for (uint32_t i = 0; i < 1000; i++) {
            int32_t edge = edges[i % among];
            int16_t less = small[i % (among < 4 ? among : 4)];
            bs_pack_tick_t tick = {PACK_DAY_BEGIN + (i < 999 ? i : BS_PACK_DAY_MS - 1),
                                   edge,
                                   edge,
                                   edge,
                                   edge,
                                   edge,
                                   edges[(i + 1) % among],
                                   less,
                                   less,
                                   less,
                                   less,
                                   less,
                                   {text, i % 3 ? sizeof(text) : 0}};

            if (bs_pack_day_add(&day, &tick, &error) != 0) {
                abort();
            }
        }

        snprintf(name, sizeof(name), "the ends of all types come back, %u in turns", among);
        ok(comes_back(&day), name);
        free(held);
    }
}

/* More addresses than are remembered: some are there twice, all come back. */
static void
test_addresses(void)
{
    static char names[6000][8];
    bs_pack_day_t day;
    void *held = day_init(&day, 12000);

    for (uint32_t i = 0; i < 12000; i++) {
        bs_pack_tick_t tick = {.slot_ms = PACK_DAY_BEGIN + 7 * i};
        char *name = names[i % 6000];

        snprintf(name, sizeof(names[0]), "%u", i % 6000);
        tick.address = (bs_pack_text_t){name, (uint32_t) strlen(name)};

        if (bs_pack_day_add(&day, &tick, &error) != 0) {
            abort();
        }
    }

    ok(comes_back(&day), "6,000 addresses in turns come back");
    free(held);
}

static int
refused(bs_pack_day_t *day, bs_pack_tick_t tick, const char *words)
{
    uint32_t before = day->count;

    return bs_pack_day_add(day, &tick, &error) == -1 && strcmp(error, words) == 0
           && day->count == before;
}

/* A column is broken, the day not packed, and the column mended. */
static void
not_packed(bs_pack_day_t *day, int column, int32_t value, const char *words)
{
    uint8_t out[1024];
    size_t len;
    int32_t *at = &day->column[column][1], before = *at;

    *at = value;
    is_int(bs_pack(day, out, sizeof(out), &len, &error), -1, "a column that makes no sense");
    is_str(error, words, words);
    *at = before;
}

static void
test_columns_refused(bs_pack_day_t *day)
{
    not_packed(day, BS_PACK_SLOT, 0, "slots do not ascend within the day");
    not_packed(day, BS_PACK_SLOT, BS_PACK_DAY_MS, "slots do not ascend within the day");
    not_packed(day, BS_PACK_FLAGS, INT16_MAX + 1, "a number has more than 16 bits");
    not_packed(day, BS_PACK_STATUS, INT16_MIN - 1, "a number has more than 16 bits");
    not_packed(day, BS_PACK_ADDRESS, 2, "an address is not there");
    not_packed(day, BS_PACK_ADDRESS, -1, "an address is not there");
    ok(comes_back(day), "mended it comes back");
}

static void
test_refused(void)
{
    static const char order[] = "slots do not ascend within the day";
    static char text[BS_PACK_ADDRESS_BYTES_MAX + 1];
    bs_pack_day_t day;
    void *held = day_init(&day, 2);
    bs_pack_tick_t tick = {.slot_ms = PACK_DAY_BEGIN};

    ok(refused(&day, (bs_pack_tick_t){.slot_ms = PACK_DAY_BEGIN - 1}, order), "the day before");
    ok(refused(&day, (bs_pack_tick_t){.slot_ms = PACK_DAY_BEGIN + BS_PACK_DAY_MS}, order),
       "the day after");
    is_int(bs_pack_day_add(&day, &tick, &error), 0, "the day's first millisecond");
    ok(refused(&day, tick, order), "the same slot again");
    tick.slot_ms += 5;
    tick.address = (bs_pack_text_t){text, sizeof(text)};
    ok(refused(&day, tick, "an address is too long"), "an address of 256 bytes");
    tick.address.len--;
    is_int(bs_pack_day_add(&day, &tick, &error), 0, "one of 255");
    tick.slot_ms++;
    ok(refused(&day, tick, "more ticks than there is room for"), "a third of two");
    test_columns_refused(&day);
    is_int(bs_pack_day_begin(&day, 5, &error), -1, "a day begins at midnight");
    is_int(bs_pack_day_begin(&day, -BS_PACK_DAY_MS, &error), -1, "not before 1970");
    is_int(bs_pack_day_begin(&day, INT64_MAX / BS_PACK_DAY_MS * BS_PACK_DAY_MS, &error), -1,
           "nor in the far future");
    free(held);
}

static void
test_columns(void)
{
    bs_pack_day_t day, back;
    void *held = day_init(&day, 300), *held_back = day_init(&back, 300);
    size_t len;
    uint32_t count;
    int64_t day_ms;
    int same = 1, alone = 1;

    fill_mixed(&day);

    uint8_t *data = packed(&day, &len);
    size_t bytes = day.count * sizeof(int32_t);

    for (int c = 0; c < BS_PACK_COLUMNS; c++) {
        for (int other = 0; other < BS_PACK_COLUMNS; other++) {
            memset(back.column[other], 0x5A, bytes);
        }

        same &= bs_unpack(&back, data, len, BS_PACK_WANT(c), &error) == 0;
        same &= back.has == BS_PACK_WANT(c);
        same &= memcmp(back.column[c], day.column[c], bytes) == 0;

        for (int other = 0; other < BS_PACK_COLUMNS; other++) {
            alone &= other == c || back.column[other][day.count / 2] == 0x5A5A5A5A;
        }
    }

    ok(same, "each column is read for itself");
    ok(alone, "and no other is touched");
    is_int(bs_pack(&back, data, len, &len, &error), -1, "a day in part is not packed");
    is_int(bs_pack_peek(data, len, &count, &day_ms, &error), 0, "a look at the header");
    is_int(count, day.count, "tells how many ticks there are");
    is_int(day_ms, PACK_DAY_BEGIN, "and of which day");
    back.ticks_max = day.count - 1;
    is_int(bs_unpack(&back, data, len, BS_PACK_WANT_ALL, &error), -1, "too small a day");
    is_str(error, "more ticks than there is room for", "is told");
    free(data);
    free(held);
    free(held_back);
}

static void
add(bs_pack_day_t *day, uint32_t slot, int status, int total_us, const char *address)
{
    bs_pack_tick_t tick = {.slot_ms = PACK_DAY_BEGIN + slot,
                           .status = (int16_t) status,
                           .total_us = total_us,
                           .address = {address, (uint32_t) strlen(address)}};

    if (bs_pack_day_add(day, &tick, &error) != 0) {
        abort();
    }
}

static void
test_merge(void)
{
    bs_pack_day_t first, second, into, want;
    void *held[] = {day_init(&first, 4), day_init(&second, 5), day_init(&into, 9),
                    day_init(&want, 9)};

    add(&first, 10, 1, 1, "a");
    add(&first, 20, 0, 2, "");
    add(&first, 30, 0, 3, "");
    add(&first, 40, 3, 4, "b");
    add(&second, 5, 1, 5, "c");
    add(&second, 10, 3, 6, "c");
    add(&second, 20, 1, 7, "c");
    add(&second, 30, 0, 8, "");
    add(&second, 50, 1, 9, "a");
    add(&want, 5, 1, 5, "c");
    add(&want, 10, 1, 1, "a");
    add(&want, 20, 1, 7, "c");
    add(&want, 30, 0, 3, "");
    add(&want, 40, 3, 4, "b");
    add(&want, 50, 1, 9, "a");

    is_int(bs_pack_day_merge(&into, &first, &second, &error), 0, "two days become one");
    ok(same_day(&into, &want), "the first stays, but not measured gives way to measured");
    ok(comes_back(&into), "and it comes back");
    into.ticks_max = 5;
    is_int(bs_pack_day_merge(&into, &first, &second, &error), -1, "too small a day is told");
    second.day_ms += BS_PACK_DAY_MS;
    is_int(bs_pack_day_merge(&into, &first, &second, &error), -1, "two days are not one");

    for (size_t i = 0; i < sizeof(held) / sizeof(*held); i++) {
        free(held[i]);
    }
}

static void
test_size(void)
{
    static const pack_day_t kinds[] = {{1000, 12000, 600, 8000, 0.2, 1},
                                       {10000, 38000, 1000, 25000, 0.15, 1},
                                       {60000, 110000, 1300, 90000, 0.05, 1},
                                       {60000, 1500, 300, 8000, 0.25, 0},
                                       {180000, 12000, 600, 25000, 0.15, 1}};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        bs_pack_day_t day;
        void *held = day_init(&day, BS_PACK_TICKS_MAX);
        size_t len;
        char name[80];

        is_int(pack_day_make(&day, &kinds[i], &error), 0, "a day is measured");
        ok(comes_back(&day), "it comes back");
        free(packed(&day, &len));
        printf("# %.2f bytes a tick\n", (double) len / day.count);
        snprintf(name, sizeof(name), "every %u s: at most 8 bytes a tick",
                 kinds[i].interval_ms / 1000);
        ok(len <= 8 * day.count, name);
        free(held);
    }
}

/*
 * Whole numbers in an order that every compiler keeps: a walk, a thinning
 * spread, some outliers, gaps, and two addresses.
 */
static void
fill_same(bs_pack_day_t *day)
{
    int32_t walk = 0;

    pack_day_state = 7;

    for (uint32_t i = 0; i < 1000; i++) {
        bs_pack_tick_t tick = {.slot_ms = PACK_DAY_BEGIN + 60000 * i, .connect_us = -1};
        uint32_t a = pack_day_next() % 100, b = pack_day_next() % 100, c = pack_day_next();

        walk += (int32_t) (c % 9) - 4;
        tick.lateness_ms = walk;
        tick.dns_us = (int32_t) (a % 8 ? 300 + b : 20000 + b * 50);
        tick.tls_us = i % 200 < 20 ? -1 : (int32_t) (1000 + a * b);
        tick.first_byte_us = a == 50 ? 30000000 + (int32_t) b : (int32_t) (50000 + a * a * b);
        tick.total_us = tick.dns_us + tick.tls_us + tick.first_byte_us + (int32_t) (c % 512);
        tick.status = i % 200 < 20 ? 3 : 1;
        tick.http_status = i % 3 ? 200 : 503;
        tick.address = (bs_pack_text_t){i < 700 ? "192.0.2.1" : "2001:db8::1", i < 700 ? 9 : 11};

        if (bs_pack_day_add(day, &tick, &error) != 0) {
            abort();
        }
    }
}

/* Days that were packed years ago are read by what is here today. */
static void
test_version(void)
{
    bs_pack_day_t day;
    void *held = day_init(&day, 1000);
    size_t len;

    fill_same(&day);

    uint8_t *data = packed(&day, &len);

    ok(comes_back(&day), "a day of whole numbers comes back");
    is_int(len, 8030, "as version 1 it has the length that it always had");
    is_int(bs_pack_sum(data, len), 1214816572U, "and the same bytes");
    data[0]++;
    is_int(bs_unpack(&day, data, len, BS_PACK_WANT_ALL, &error), -1, "another version");
    is_str(error, "packed day: of another version", "is told");
    free(data);
    free(held);
}

int
main(void)
{
    test_counts();
    test_edges();
    test_addresses();
    test_refused();
    test_columns();
    test_merge();
    test_size();
    test_version();

    return done();
}
