
/* Rollups: quantiles within 2 %, merging without loss, and back from few bytes. */

#include "rollup_any.h"

#include "../../shared/bs_rollup_bucket.h"

#include "tap.h"

#define VALUES 20000

static double
part_off(int32_t got, int32_t want)
{
    int32_t off = got > want ? got - want : want - got;

    return off == 0 ? 0 : (double) off / want;
}

/* The table against the rule it was made by. */
static void
test_buckets(void)
{
    uint64_t first = 0;
    int rule = 1, found = 1, near = 1;

    for (unsigned b = 0; b < BS_ROLLUP_BUCKETS; b++) {
        uint64_t value = first * 51 / 50, after = value * 50 / 49 + 1;
        int32_t last = after > INT32_MAX ? INT32_MAX : (int32_t) (after - 1);

        value = value > INT32_MAX ? INT32_MAX : value;
        rule &= bs_rollup_first[b] == first && bs_rollup_value(b) == (int32_t) value;
        found &= bs_rollup_bucket((int32_t) first) == b && bs_rollup_bucket(last) == b;
        near &= part_off((int32_t) value, (int32_t) first) <= 0.02;
        near &= part_off((int32_t) value, last) <= 0.02;
        first = after;
    }

    ok(rule, "each bucket begins where the one before ends");
    ok(first > INT32_MAX, "the last one holds the largest number");
    ok(found, "the first and the last number of a bucket are found in it");
    ok(near, "what a bucket stands for is within 2 % of all that it holds");
}

/* Every number up to 2 million, then by chance: the bucket that a search finds. */
static void
test_index(void)
{
    int right = 1;
    unsigned b = 0;

    for (int32_t us = 0; us < 2000000; us++) {
        b += (uint32_t) us >= bs_rollup_first[b + 1];
        right &= bs_rollup_bucket(us) == b;
    }

    for (int i = 0; i < 2000000; i++) {
        int32_t us = (int32_t) (pack_day_next() >> pack_day_next() % 11);

        b = bs_rollup_bucket(us);
        right &= bs_rollup_first[b] <= (uint32_t) us && (uint32_t) us < bs_rollup_first[b + 1];
    }

    ok(right, "numbers are found in the buckets that hold them");
}

typedef int32_t (*make_t)(void);

static int32_t
log_normal(void)
{
    return (int32_t) pack_day_log_normal(80000, 0.8);
}

static int32_t
uniform(void)
{
    return (int32_t) (pack_day_next() % 1000000);
}

static int32_t
two_ways(void)
{
    return (int32_t) pack_day_log_normal(pack_day_next() % 10 ? 30000 : 9000000, 0.05);
}

static int32_t
pareto(void)
{
    return (int32_t) (1000 / pack_day_uniform());
}

static int32_t
small(void)
{
    return (int32_t) (pack_day_next() % 120);
}

static int32_t
always(void)
{
    return 123457;
}

static int32_t
wide(void)
{
    return (int32_t) (pack_day_next() >> pack_day_next() % 31);
}

static int
ascending(const void *a, const void *b)
{
    int32_t x = *(const int32_t *) a, y = *(const int32_t *) b;

    return (x > y) - (x < y);
}

/* The value with rank ceil(q * n), as percentile_disc has it. */
static int32_t
exact_quantile(const int32_t *sorted, uint32_t count, double q)
{
    uint32_t rank = (uint32_t) ceil(q * count);

    return sorted[rank > 0 ? rank - 1 : 0];
}

static void
test_distribution(const char *name, make_t make, uint32_t count)
{
    static const double qs[] = {0, 0.001, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.999, 1};
    static int32_t values[VALUES];
    bs_rollup_t *rollup = rollups(1);
    double worst = 0, sum = 0;
    char words[120];

    for (uint32_t i = 0; i < count; i++) {
        bs_pack_tick_t tick = {.status = 1 + i % 2, .total_us = values[i] = make()};

        bs_rollup_add(rollup, &tick);
        sum += values[i];
    }

    qsort(values, count, sizeof(values[0]), ascending);

    for (size_t i = 0; i < sizeof(qs) / sizeof(*qs); i++) {
        double off = part_off(bs_rollup_quantile(rollup, BS_ROLLUP_TOTAL, qs[i]),
                              exact_quantile(values, count, qs[i]));

        worst = off > worst ? off : worst;
    }

    printf("# %s: %.4f\n", name, worst);
    snprintf(words, sizeof(words), "%s, %u: every quantile within 2 %%", name, count);
    ok(worst <= 0.02, words);
    is_int(bs_rollup_quantile(rollup, BS_ROLLUP_TOTAL, 0), values[0], "the least is exact");
    is_int(bs_rollup_quantile(rollup, BS_ROLLUP_TOTAL, 1), values[count - 1], "so is the most");
    ok(fabs(bs_rollup_mean(rollup, BS_ROLLUP_TOTAL) - sum / count) <= 0.5, "and the mean");
    ok(rollup_comes_back(rollup, BS_ROLLUP_WANT_ALL), "it comes back");
    free(rollup);
}

static void
test_quantiles(void)
{
    static const struct {
        const char *name;
        make_t make;
    } kinds[] = {{"log-normal", log_normal}, {"uniform", uniform},    {"two clusters", two_ways},
                 {"Pareto", pareto},         {"below 120 us", small}, {"always the same", always},
                 {"of any length", wide}};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        test_distribution(kinds[i].name, kinds[i].make, VALUES);
        test_distribution(kinds[i].name, kinds[i].make, 60);
        test_distribution(kinds[i].name, kinds[i].make, 1);
    }
}

static void
test_counts(void)
{
    static const int16_t statuses[] = {0, 1, 2, 3, 3, 1, -1, 4, INT16_MAX};
    bs_pack_tick_t tick = {.dns_us = 1000,
                           .connect_us = 2000,
                           .tls_us = -1,
                           .first_byte_us = INT32_MIN,
                           .total_us = 10000};
    bs_rollup_t *rollup = rollups(2);

    is_int(bs_rollup_quantile(rollup, BS_ROLLUP_TOTAL, 0.5), -1, "of nothing there is no quantile");
    is_int(bs_rollup_mean(rollup, BS_ROLLUP_TOTAL), -1, "and no mean");

    for (size_t i = 0; i < sizeof(statuses) / sizeof(*statuses); i++) {
        tick.status = statuses[i];
        bs_rollup_add(rollup, &tick);
    }

    is_int(rollup->counts[0], 4, "unknown, and what is no status");
    is_int(rollup->counts[1], 2, "up");
    is_int(rollup->counts[2], 1, "degraded");
    is_int(rollup->counts[3], 2, "down");
    is_int(rollup->phase[BS_ROLLUP_TOTAL].n, 3, "latencies are of up and degraded");
    is_int(rollup->phase[BS_ROLLUP_TLS].n, 0, "not of what was not reached");
    is_int(rollup->phase[BS_ROLLUP_FIRST_BYTE].n, 0, "nor of what makes no sense");
    is_int(bs_rollup_mean(rollup, BS_ROLLUP_TRANSFER), 7000,
           "the rest is total without the others");
    tick = (bs_pack_tick_t){.status = 1, .dns_us = INT32_MAX, .tls_us = 5, .total_us = INT32_MAX};
    bs_rollup_add(rollup, &tick);
    is_int(bs_rollup_quantile(rollup, BS_ROLLUP_TRANSFER, 0), 0, "and never less than nothing");
    is_int(bs_rollup_quantile(rollup, BS_ROLLUP_DNS, 1), INT32_MAX, "the largest number");
    ok(rollup_comes_back(rollup, BS_ROLLUP_WANT_ALL), "comes back");
    bs_rollup_clear(&rollup[0]);
    ok(same_rollup(&rollup[0], &rollup[1]), "what is clear is empty");
    free(rollup);
}

/* The ticks of one day: hour by hour, in a row, from columns and merged. */
static void
test_day(void)
{
    static const pack_day_t kinds[] = {{1000, 12000, 600, 8000, 0.2, 1},
                                       {60000, 110000, 1300, 90000, 0.05, 1},
                                       {3600000 * 5, 1500, 300, 8000, 0.25, 0}};

    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        bs_pack_day_t ticks;
        void *held = day_init(&ticks, BS_PACK_TICKS_MAX);
        bs_rollup_t *hours = rollups(BS_ROLLUP_HOURS), *day = rollups(3), *hour = rollups(1);
        int same = 1;

        if (pack_day_make(&ticks, &kinds[i], &error) != 0) {
            abort();
        }

        fill_rollup_any(day, 10);
        fill_rollup_any(hours, 10);
        is_int(bs_rollup_of_day(&ticks, day, hours, &error), 0, "a day becomes a rollup");

        for (int h = 0; h < BS_ROLLUP_HOURS; h++) {
            bs_rollup_clear(hour);

            for (uint32_t t = 0; t < ticks.count; t++) {
                bs_pack_tick_t tick;

                bs_pack_day_tick(&ticks, t, &tick);

                if ((tick.slot_ms - ticks.day_ms) / BS_ROLLUP_HOUR_MS == h) {
                    bs_rollup_add(&day[1], &tick);
                    bs_rollup_add(hour, &tick);
                }
            }

            same &= same_rollup(hour, &hours[h]);
            bs_rollup_merge(&day[2], hour);
        }

        ok(same, "its hours are those of their ticks");
        ok(same_rollup(&day[0], &day[1]), "the day is that of all ticks");
        ok(same_rollup(&day[0], &day[2]), "and of all hours merged");
        ok(rollup_comes_back(day, BS_ROLLUP_WANT_ALL), "it comes back");
        ok(hours_come_back(hours), "so do the hours");

        size_t day_len, hours_len;

        free(rollup_packed(day, BS_ROLLUP_WANT_ALL, &day_len));
        free(hours_packed(hours, &hours_len));
        printf("# every %u s: day %zu bytes, hours %zu\n", kinds[i].interval_ms / 1000, day_len,
               hours_len);
        free(held);
        free(hours);
        free(day);
        free(hour);
    }
}

static void
test_day_refused(void)
{
    bs_pack_day_t ticks;
    void *held = day_init(&ticks, 300);
    bs_rollup_t *all = rollups(1 + BS_ROLLUP_HOURS);

    fill_mixed(&ticks);
    ticks.has &= ~BS_PACK_WANT(BS_PACK_TLS);
    is_int(bs_rollup_of_day(&ticks, all, all + 1, &error), -1, "a day without a column is refused");
    ticks.has = BS_ROLLUP_COLUMNS;
    is_int(bs_rollup_of_day(&ticks, all, all + 1, &error), 0, "the others are not needed");
    ticks.column[BS_PACK_SLOT][0] = -1;
    is_int(bs_rollup_of_day(&ticks, all, all + 1, &error), -1, "nor a slot before the day");
    ticks.column[BS_PACK_SLOT][0] = BS_PACK_DAY_MS;
    is_int(bs_rollup_of_day(&ticks, all, all + 1, &error), -1, "or after it");
    free(all);
    free(held);
}

static void
test_any(void)
{
    int back = 1, merged = 1, some = 1, listed = 1;

    for (uint32_t round = 0; round < 500; round++) {
        bs_rollup_t *three = rollups(3), *hours = rollups(BS_ROLLUP_HOURS);
        uint16_t numbers[BS_ROLLUP_BUCKETS];
        uint32_t counts[BS_ROLLUP_BUCKETS], seen = 0;

        for (int i = 0; i < 2; i++) {
            uint64_t state = pack_day_state;
            uint32_t count = pack_day_next() % 200;

            fill_rollup_any(&three[i], count);
            pack_day_state = state;
            fill_rollup_any(&three[2], pack_day_next() % 200);
        }

        for (int h = 0; h < BS_ROLLUP_HOURS; h += 1 + (int) (round % 5)) {
            fill_rollup_any(&hours[h], pack_day_next() % 30);
        }

        bs_rollup_merge(&three[0], &three[1]);
        merged &= same_rollup(&three[0], &three[2]);
        back &= rollup_comes_back(&three[2], BS_ROLLUP_WANT_ALL);
        some &= rollup_comes_back(&three[2], round % (BS_ROLLUP_WANT_ALL + 1));
        back &= hours_come_back(hours);

        for (unsigned n = bs_rollup_buckets(&three[2], BS_ROLLUP_DNS, numbers, counts); n > 0; n--)
        {
            listed &= three[2].phase[BS_ROLLUP_DNS].buckets[numbers[n - 1]] == counts[n - 1];
            listed &= counts[n - 1] > 0;
            seen += counts[n - 1];
        }

        listed &= seen == three[2].phase[BS_ROLLUP_DNS].n;
        free(three);
        free(hours);
    }

    ok(merged, "two rollups merged are that of both's ticks");
    ok(back, "rollups of any ticks come back");
    ok(some, "with some of their sketches, the others' n and sum are kept");
    ok(listed, "the buckets that hold something are listed");
}

/* A rollup of some values with a sketch, and of some without: it tells no quantile. */
static void
test_mixed(void)
{
    bs_rollup_t *two = rollups(2);
    size_t len;
    uint8_t *data;

    fill_rollup_any(&two[0], 100);
    data = rollup_packed(&two[0], 0, &len);
    is_int(bs_rollup_unpack(&two[1], data, len, &error), 0, "a rollup without sketches");
    is_int(bs_rollup_quantile(&two[1], BS_ROLLUP_TOTAL, 0.5), -1, "tells no quantile");
    is_int(bs_rollup_mean(&two[1], BS_ROLLUP_TOTAL), bs_rollup_mean(&two[0], BS_ROLLUP_TOTAL),
           "but the mean");
    bs_rollup_merge(&two[1], &two[0]);
    is_int(bs_rollup_quantile(&two[1], BS_ROLLUP_TOTAL, 0.5), -1, "nor merged with one that has");
    is_int(two[1].phase[BS_ROLLUP_TOTAL].n, 2 * two[0].phase[BS_ROLLUP_TOTAL].n, "its n is right");
    free(data);
    data = rollup_packed(&two[1], BS_ROLLUP_WANT_ALL, &len);
    is_int(bs_rollup_unpack(&two[1], data, len, &error), 0, "and it packs, without that sketch");
    is_int(two[1].phase[BS_ROLLUP_TOTAL].sketched, 0, "of which a part is nothing");
    free(data);
    free(two);
}

/* Of whole numbers, so that every compiler makes the same. */
static void
test_version(void)
{
    bs_rollup_t *all = rollups(1 + BS_ROLLUP_HOURS);
    size_t len;

    pack_day_state = 7;

    for (int h = 0; h < BS_ROLLUP_HOURS; h++) {
        fill_rollup_any(&all[1 + h], 60);
        bs_rollup_merge(&all[0], &all[1 + h]);
    }

    uint8_t *data = rollup_packed(all, BS_ROLLUP_WANT_ALL, &len);

    is_int(len, 781, "as version 1 it has the length that it always had");
    is_int(bs_pack_sum(data, len), 863980424, "and the same bytes");
    data[0]++;
    is_int(bs_rollup_unpack(all, data, len, &error), -1, "another version");
    is_str(error, "rollup: of another version", "is told");
    free(data);
    data = hours_packed(all + 1, &len);
    is_int(len, 1828, "hours have the length that they always had");
    is_int(bs_pack_sum(data, len), 3668564083, "and the same bytes");
    free(data);
    free(all);
}

int
main(void)
{
    test_buckets();
    test_index();
    test_quantiles();
    test_counts();
    test_day();
    test_day_refused();
    test_any();
    test_mixed();
    test_version();

    return done();
}
