
/*
 * Rollups that are cut off, damaged or made up, and too little room: no bytes
 * whatever make unpacking read beyond its input or write beyond its memory (run
 * it under the sanitizers), and what is refused leaves the rollup clear.
 */

#include "rollup_any.h"

#include "tap.h"

#define FUZZ_ROUNDS 20000
#define HEADER 5 /* version and sum; the rest is summed */

static bs_rollup_t *clear, *back;

static void
mend_sum(uint8_t *data, size_t len)
{
    uint32_t sum = bs_pack_sum(data + HEADER, len - HEADER);

    for (unsigned i = 0; i < 4; i++) {
        data[1 + i] = (uint8_t) (sum >> (8 * i));
    }
}

/* Whatever it is: an error with words and all clear, or rollups that pack again. */
static int
survives(const uint8_t *data, size_t len)
{
    int sound = 1;

    error = NULL;

    if (bs_rollup_unpack(&back[0], data, len, &error) != 0) {
        sound &= error != NULL && same_rollup(&back[0], clear);

    } else {
        unsigned sketches = 0;

        for (int p = 0; p < BS_ROLLUP_PHASES; p++) {
            sketches |= back[0].phase[p].sketched > 0 ? BS_ROLLUP_WANT(p) : 0;
        }

        sound &= rollup_comes_back(&back[0], sketches);
        bs_rollup_quantile(&back[0], BS_ROLLUP_TOTAL, 0.5);
    }

    error = NULL;

    if (bs_rollup_hours_unpack(back, data, len, &error) == 0) {
        return sound && hours_come_back(back);
    }

    for (int h = 0; h < BS_ROLLUP_HOURS; h++) {
        sound &= same_rollup(&back[h], clear);
    }

    return sound && error != NULL;
}

static void
test_room(const bs_rollup_t *all)
{
    size_t enough[2] = {0, 0}, len[2];
    uint8_t *data[] = {rollup_packed(all, BS_ROLLUP_WANT_ALL, &len[0]),
                       hours_packed(all + 1, &len[1])};
    int sound = 1;

    for (size_t room = 0; room < len[1] + 100; room++) {
        for (int i = 0; i < 2; i++) {
            uint8_t *out = memory(room);
            size_t got = i == 0 ? bs_rollup_pack(all, BS_ROLLUP_WANT_ALL, out, room)
                                : bs_rollup_hours_pack(all + 1, out, room);

            sound &= got == 0 ? enough[i] == 0 : got == len[i] && memcmp(out, data[i], got) == 0;
            enough[i] = got != 0 && enough[i] == 0 ? room : enough[i];
            free(out);
        }
    }

    ok(sound && enough[0] >= len[0] && enough[1] >= len[1],
       "with too little room it says so, with enough it is the same");
    free(data[0]);
    free(data[1]);
}

/* The largest that there are. */
static void
test_most(void)
{
    bs_rollup_t *hours = rollups(BS_ROLLUP_HOURS);
    int sound = 1;

    for (int h = 0; h < BS_ROLLUP_HOURS; h++) {
        hours[h].counts[1] = UINT32_MAX;

        for (int p = 0; p < BS_ROLLUP_PHASES; p++) {
            bs_rollup_sketch_t *sketch = &hours[h].phase[p];

            for (unsigned b = 0; b < BS_ROLLUP_BUCKETS; b++) {
                sketch->buckets[b] = b % 2 ? 1 : 17000000 - (uint32_t) (b * h);
                sketch->n += sketch->buckets[b];
            }

            sketch->sketched = sketch->n;
            sketch->most_us = INT32_MAX;
            sketch->least_us = 0;
            sketch->sum_us = (uint64_t) sketch->n * INT32_MAX;
        }

        sound &= rollup_comes_back(&hours[h], BS_ROLLUP_WANT_ALL);
    }

    ok(sound, "the largest rollups have room");
    ok(hours_come_back(hours), "so have the largest hours");
    bs_rollup_merge(&hours[0], &hours[1]);
    is_int(hours[0].counts[1], UINT32_MAX, "what is too much stays the most");
    is_int(hours[0].phase[0].n, UINT32_MAX, "not round the corner");
    free(hours);
}

static void
test_damaged(uint8_t *data, size_t len, const char *what)
{
    int cut = 1, flipped = 1, mended = 1;
    char words[100];

    for (size_t shorter = 0; shorter < len; shorter++) {
        uint8_t *part = memory(shorter);

        memcpy(part, data, shorter);
        cut &= bs_rollup_unpack(back, part, shorter, &error) == -1;
        cut &= bs_rollup_hours_unpack(back, part, shorter, &error) == -1;

        if (shorter >= HEADER) {
            mend_sum(part, shorter);
            mended &= survives(part, shorter);
        }

        free(part);
    }

    for (size_t bit = 0; bit < 8 * len; bit++) {
        data[bit / 8] ^= (uint8_t) (1U << bit % 8);
        flipped &= bs_rollup_unpack(back, data, len, &error) == -1;
        flipped &= bs_rollup_hours_unpack(back, data, len, &error) == -1;
        mend_sum(data, len);
        mended &= survives(data, len);
        data[bit / 8] ^= (uint8_t) (1U << bit % 8);
        mend_sum(data, len);
    }

    snprintf(words, sizeof(words), "%s: every part is refused", what);
    ok(cut, words);
    snprintf(words, sizeof(words), "%s: so is one with any bit flipped", what);
    ok(flipped, words);
    snprintf(words, sizeof(words), "%s: with a sum that fits it is refused, or another one", what);
    ok(mended, words);
}

/* Several bytes changed, the sum fits; then any bytes. */
static void
test_hostile(const uint8_t *data, size_t len)
{
    uint8_t *other = memory(len);
    int sound = 1;

    for (int round = 0; round < FUZZ_ROUNDS; round++) {
        memcpy(other, data, len);

        for (uint32_t i = pack_day_next() % 4 + 1; i > 0; i--) {
            other[HEADER + pack_day_next() % (len - HEADER)] = (uint8_t) pack_day_next();
        }

        mend_sum(other, len);
        sound &= survives(other, len);
    }

    ok(sound, "changed bytes are refused, or are another rollup");

    for (int round = 0; round < FUZZ_ROUNDS; round++) {
        size_t size = HEADER + pack_day_next() % (len - HEADER < 60 ? len - HEADER : 60);

        for (size_t i = 0; i < size; i++) {
            other[i] = pack_day_next() % 2 ? (uint8_t) pack_day_next() : pack_day_next() % 4;
        }

        other[0] = BS_ROLLUP_VERSION;
        mend_sum(other, size);
        sound &= survives(other, size);
    }

    ok(sound, "so are any bytes");
    free(other);
}

int
main(void)
{
    bs_rollup_t *all = rollups(1 + BS_ROLLUP_HOURS);
    size_t len[2];

    clear = rollups(1);
    back = rollups(BS_ROLLUP_HOURS);

    for (int h = 0; h < BS_ROLLUP_HOURS; h += 5) {
        fill_rollup_any(&all[1 + h], 20);
        bs_rollup_merge(&all[0], &all[1 + h]);
    }

    test_room(all);
    test_most();

    uint8_t *data[] = {rollup_packed(all, BS_ROLLUP_WANT_ALL, &len[0]),
                       hours_packed(all + 1, &len[1])};

    test_damaged(data[0], len[0], "a rollup");
    test_damaged(data[1], len[1], "hours");

    for (int i = 0; i < 2; i++) {
        test_hostile(data[i], len[i]);
        free(data[i]);
    }

    free(all);
    free(clear);
    free(back);

    return done();
}
