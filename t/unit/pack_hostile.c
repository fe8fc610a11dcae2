
/*
 * Packed days that are cut off, damaged or made up, and too little room: no
 * bytes whatever make unpacking read beyond its input or write beyond its
 * memory (run it under the sanitizers).
 */

#include "../../shared/bs_pack.h"

#include "pack_any.h"
#include "tap.h"

#define FUZZ_ROUNDS 5000
#define HEADER 5 /* version and sum; the rest is summed */

static void
test_room(void)
{
    bs_pack_day_t day;
    void *held = day_init(&day, 300);
    size_t len, got, enough = 0;
    int sound = 1;

    fill_mixed(&day);

    uint8_t *data = packed(&day, &len);

    for (size_t room = 0; room < len + 200; room++) {
        uint8_t *out = memory(room);

        if (bs_pack(&day, out, room, &got, &error) == 0) {
            sound &= got == len && memcmp(out, data, len) == 0;
            enough = enough ? enough : room;

        } else {
            sound &= strcmp(error, "too little room") == 0 && enough == 0;
        }

        free(out);
    }

    ok(sound && enough >= len, "with too little room it says so, with enough it is the same");
    free(data);
    free(held);
}

static void
mend_sum(uint8_t *data, size_t len)
{
    uint32_t sum = bs_pack_sum(data + HEADER, len - HEADER);

    for (unsigned i = 0; i < 4; i++) {
        data[1 + i] = (uint8_t) (sum >> (8 * i));
    }
}

/* Whatever it is: an error with words, or a day that packs again. */
static int
survives(bs_pack_day_t *day, const uint8_t *data, size_t len)
{
    error = NULL;

    if (bs_unpack(day, data, len, BS_PACK_WANT_ALL, &error) != 0) {
        return error != NULL && day->has != BS_PACK_WANT_ALL;
    }

    return comes_back(day);
}

static void
test_damaged(void)
{
    bs_pack_day_t day, back;
    void *held = day_init(&day, 300), *held_back = day_init(&back, 300);
    size_t len;
    int cut = 1, flipped = 1, mended = 1;

    fill_mixed(&day);

    uint8_t *data = packed(&day, &len);

    for (size_t shorter = 0; shorter < len; shorter++) {
        uint8_t *part = memory(shorter);

        memcpy(part, data, shorter);
        cut &= bs_unpack(&back, part, shorter, BS_PACK_WANT_ALL, &error) == -1;

        if (shorter >= HEADER) {
            mend_sum(part, shorter);
            cut &= bs_unpack(&back, part, shorter, BS_PACK_WANT_ALL, &error) == -1;
        }

        free(part);
    }

    for (size_t bit = 0; bit < 8 * len; bit++) {
        data[bit / 8] ^= (uint8_t) (1U << bit % 8);
        flipped &= bs_unpack(&back, data, len, BS_PACK_WANT_ALL, &error) == -1;
        mend_sum(data, len);
        mended &= survives(&back, data, len);
        data[bit / 8] ^= (uint8_t) (1U << bit % 8);
        mend_sum(data, len);
    }

    ok(cut, "every part of a packed day is refused, also with a sum that fits");
    ok(flipped, "so is one with any bit flipped");
    ok(mended, "with a sum that fits it is refused, or is another day");
    free(data);
    free(held);
    free(held_back);
}

/* Several bytes changed, some of them the lengths in the header; the sum fits. */
static void
test_hostile(void)
{
    bs_pack_day_t day, back;
    void *held = day_init(&day, 300), *held_back = day_init(&back, 300);
    size_t len;
    int sound = 1;

    fill_mixed(&day);

    uint8_t *data = packed(&day, &len), *other = memory(len);

    for (int round = 0; round < FUZZ_ROUNDS; round++) {
        size_t within = round % 2 ? len - HEADER : 40;

        memcpy(other, data, len);

        for (uint32_t i = pack_day_next() % 4 + 1; i > 0; i--) {
            other[HEADER + pack_day_next() % within] = (uint8_t) pack_day_next();
        }

        mend_sum(other, len);
        sound &= survives(&back, other, len);
    }

    ok(sound, "changed bytes are refused, or are another day");

    for (int round = 0; round < FUZZ_ROUNDS; round++) {
        size_t size = HEADER + pack_day_next() % 60;

        for (size_t i = 0; i < size; i++) {
            other[i] = pack_day_next() % 2 ? (uint8_t) pack_day_next() : pack_day_next() % 4;
        }

        other[0] = BS_PACK_VERSION;
        mend_sum(other, size);
        sound &= survives(&back, other, size);
    }

    ok(sound, "so are any bytes");
    free(other);
    free(data);
    free(held);
    free(held_back);
}

int
main(void)
{
    test_room();
    test_damaged();
    test_hostile();

    return done();
}
