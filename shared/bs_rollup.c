
/* See bs_rollup.h: ticks into rollups, rollups into others, and what they tell. */

#include "bs_rollup.h"
#include "bs_check.h"
#include "bs_rollup_bucket.h"

#include <string.h>

/* Of one tick, in the order of bs_rollup_phase_t; -1 where there is none. */
typedef int32_t values_t[BS_ROLLUP_PHASES];

void
bs_rollup_init(bs_rollup_t *rollup)
{
    memset(rollup, 0, sizeof(*rollup));
}

static void
sketch_clear(bs_rollup_sketch_t *sketch)
{
    if (sketch->sketched > 0) {
        unsigned first = bs_rollup_bucket(sketch->least_us);
        unsigned last = bs_rollup_bucket(sketch->most_us);

        memset(&sketch->buckets[first], 0, (last - first + 1) * sizeof(sketch->buckets[0]));
    }

    sketch->n = 0;
    sketch->sketched = 0;
    sketch->sum_us = 0;
}

void
bs_rollup_clear(bs_rollup_t *rollup)
{
    memset(rollup->counts, 0, sizeof(rollup->counts));

    for (int p = 0; p < BS_ROLLUP_PHASES; p++) {
        sketch_clear(&rollup->phase[p]);
    }
}

static void
sketch_add(bs_rollup_sketch_t *sketch, int32_t us)
{
    if (us < 0) {
        return;
    }

    if (sketch->sketched == 0) {
        sketch->least_us = us;
        sketch->most_us = us;
    }

    sketch->least_us = us < sketch->least_us ? us : sketch->least_us;
    sketch->most_us = us > sketch->most_us ? us : sketch->most_us;
    sketch->n++;
    sketch->sketched++;
    sketch->sum_us += (uint64_t) us;
    sketch->buckets[bs_rollup_bucket(us)]++;
}

static int64_t
reached(int32_t us)
{
    return us > 0 ? us : 0;
}

static void
add_values(bs_rollup_t *rollup, int status, values_t values)
{
    int measured = status >= BS_STATUS_UP && status <= BS_STATUS_DOWN;

    rollup->counts[measured ? status : BS_STATUS_UNKNOWN]++;

    if (status != BS_STATUS_UP && status != BS_STATUS_DEGRADED) {
        return;
    }

    int64_t rest = (int64_t) values[BS_ROLLUP_TOTAL] - reached(values[BS_ROLLUP_DNS])
                   - reached(values[BS_ROLLUP_CONNECT]) - reached(values[BS_ROLLUP_TLS]);

    values[BS_ROLLUP_TRANSFER] = values[BS_ROLLUP_TOTAL] < 0 ? -1 : (int32_t) (rest > 0 ? rest : 0);

    for (int p = 0; p < BS_ROLLUP_PHASES; p++) {
        sketch_add(&rollup->phase[p], values[p]);
    }
}

void
bs_rollup_add(bs_rollup_t *rollup, const bs_pack_tick_t *tick)
{
    values_t values = {[BS_ROLLUP_DNS] = tick->dns_us,
                       [BS_ROLLUP_CONNECT] = tick->connect_us,
                       [BS_ROLLUP_TLS] = tick->tls_us,
                       [BS_ROLLUP_FIRST_BYTE] = tick->first_byte_us,
                       [BS_ROLLUP_TOTAL] = tick->total_us};

    add_values(rollup, tick->status, values);
}

/* Never round the corner: a sketch that holds something never says that it is empty. */
static uint32_t
plus(uint32_t a, uint32_t b)
{
    return a > UINT32_MAX - b ? UINT32_MAX : a + b;
}

static void
sketch_merge(bs_rollup_sketch_t *into, const bs_rollup_sketch_t *from)
{
    into->n = plus(into->n, from->n);
    into->sum_us += from->sum_us;

    if (from->sketched == 0) {
        return;
    }

    if (into->sketched == 0) {
        into->least_us = from->least_us;
        into->most_us = from->most_us;
    }

    into->least_us = from->least_us < into->least_us ? from->least_us : into->least_us;
    into->most_us = from->most_us > into->most_us ? from->most_us : into->most_us;
    into->sketched = plus(into->sketched, from->sketched);

    unsigned last = bs_rollup_bucket(from->most_us);

    for (unsigned b = bs_rollup_bucket(from->least_us); b <= last; b++) {
        into->buckets[b] += from->buckets[b];
    }
}

void
bs_rollup_merge(bs_rollup_t *into, const bs_rollup_t *from)
{
    for (int s = 0; s < BS_ROLLUP_STATUSES; s++) {
        into->counts[s] = plus(into->counts[s], from->counts[s]);
    }

    for (int p = 0; p < BS_ROLLUP_PHASES; p++) {
        sketch_merge(&into->phase[p], &from->phase[p]);
    }
}

int32_t
bs_rollup_quantile(const bs_rollup_t *rollup, bs_rollup_phase_t phase, double q)
{
    const bs_rollup_sketch_t *sketch = &rollup->phase[phase];

    if (sketch->n == 0 || sketch->sketched != sketch->n) {
        return -1;
    }

    double wanted = q * sketch->n;
    uint64_t seen = 0;

    if (wanted <= 1) {
        return sketch->least_us;
    }

    if (wanted > sketch->n - 1) {
        return sketch->most_us;
    }

    unsigned last = bs_rollup_bucket(sketch->most_us);

    for (unsigned b = bs_rollup_bucket(sketch->least_us); b <= last; b++) {
        seen += sketch->buckets[b];

        if ((double) seen >= wanted) {
            int32_t us = bs_rollup_value(b);

            us = us < sketch->least_us ? sketch->least_us : us;

            return us > sketch->most_us ? sketch->most_us : us;
        }
    }

    return sketch->most_us;
}

int32_t
bs_rollup_mean(const bs_rollup_t *rollup, bs_rollup_phase_t phase)
{
    const bs_rollup_sketch_t *sketch = &rollup->phase[phase];

    return sketch->n == 0 ? -1 : (int32_t) ((sketch->sum_us + sketch->n / 2) / sketch->n);
}

unsigned
bs_rollup_buckets(const bs_rollup_t *rollup, bs_rollup_phase_t phase,
                  uint16_t numbers[BS_ROLLUP_BUCKETS], uint32_t counts[BS_ROLLUP_BUCKETS])
{
    const bs_rollup_sketch_t *sketch = &rollup->phase[phase];
    unsigned filled = 0;

    if (sketch->sketched == 0) {
        return 0;
    }

    unsigned last = bs_rollup_bucket(sketch->most_us);

    for (unsigned b = bs_rollup_bucket(sketch->least_us); b <= last; b++) {
        if (sketch->buckets[b] > 0) {
            numbers[filled] = (uint16_t) b;
            counts[filled] = sketch->buckets[b];
            filled++;
        }
    }

    return filled;
}

int
bs_rollup_of_day(const bs_pack_day_t *ticks, bs_rollup_t *day, bs_rollup_t hours[BS_ROLLUP_HOURS],
                 const char **error)
{
    int32_t *const *column = ticks->column;

    bs_rollup_clear(day);

    for (int h = 0; h < BS_ROLLUP_HOURS; h++) {
        bs_rollup_clear(&hours[h]);
    }

    if ((ticks->has & BS_ROLLUP_COLUMNS) != BS_ROLLUP_COLUMNS) {
        *error = "a day of which columns are missing";
        return -1;
    }

    for (uint32_t i = 0; i < ticks->count; i++) {
        uint32_t hour = (uint32_t) column[BS_PACK_SLOT][i] / BS_ROLLUP_HOUR_MS;
        values_t values = {[BS_ROLLUP_DNS] = column[BS_PACK_DNS][i],
                           [BS_ROLLUP_CONNECT] = column[BS_PACK_CONNECT][i],
                           [BS_ROLLUP_TLS] = column[BS_PACK_TLS][i],
                           [BS_ROLLUP_FIRST_BYTE] = column[BS_PACK_FIRST_BYTE][i],
                           [BS_ROLLUP_TOTAL] = column[BS_PACK_TOTAL][i]};

        if (hour >= BS_ROLLUP_HOURS) {
            *error = "a slot is not within the day";
            return -1;
        }

        add_values(&hours[hour], column[BS_PACK_STATUS][i], values);
    }

    for (int h = 0; h < BS_ROLLUP_HOURS; h++) {
        bs_rollup_merge(day, &hours[h]);
    }

    return 0;
}
