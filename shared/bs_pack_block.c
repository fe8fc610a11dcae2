
/* See bs_pack_block.h. */

#include "bs_pack_block.h"

#include <string.h>

#define WIDTH_BITS 5
#define WIDTH_MAX 31
#define HEADER_BITS (WIDTH_BITS + 1)
#define BEYOND_BITS 8
#define MORE_BITS 6
#define POSITION_BITS 7
#define QUOTIENT_MAX 24 /* so many zeros: the number follows as it is */
#define NUMBER_BITS 32

static unsigned
length(uint32_t number)
{
    return number == 0 ? 0 : 32 - (unsigned) __builtin_clz(number);
}

static uint32_t
rice_bits(const uint32_t *numbers, unsigned count, unsigned parameter)
{
    uint32_t bits = HEADER_BITS;

    for (unsigned i = 0; i < count; i++) {
        uint32_t quotient = numbers[i] >> parameter;

        bits += quotient < QUOTIENT_MAX ? quotient + 1 + parameter : QUOTIENT_MAX + NUMBER_BITS;
    }

    return bits;
}

/* The best parameter lies near the length of the number in the middle. */
static void
shape_rice(bs_pack_shape_t *shape, const uint32_t *numbers, unsigned count, const unsigned *lengths)
{
    unsigned middle = 0;

    for (unsigned seen = lengths[0]; 2 * seen < count; seen += lengths[middle]) {
        middle++;
    }

    for (unsigned k = middle > 3 ? middle - 3 : 0; k <= middle + 1 && k <= WIDTH_MAX; k++) {
        uint32_t bits = rice_bits(numbers, count, k);

        if (bits < shape->bits) {
            *shape = (bs_pack_shape_t){.bits = bits, .width = (uint8_t) k};
        }
    }
}

static void
shape_pfor(bs_pack_shape_t *shape, unsigned count, const unsigned *lengths)
{
    unsigned most = NUMBER_BITS, beyond = 0;

    while (most > 0 && lengths[most] == 0) {
        most--;
    }

    for (unsigned width = most;; width--) {
        uint32_t bits = HEADER_BITS + BEYOND_BITS + MORE_BITS + count * width
                        + beyond * (POSITION_BITS + most - width);

        if (width <= WIDTH_MAX && bits < shape->bits) {
            *shape = (bs_pack_shape_t){.bits = bits,
                                       .width = (uint8_t) width,
                                       .more = (uint8_t) (beyond > 0 ? most - width : 0),
                                       .beyond = (uint8_t) beyond,
                                       .pfor = 1};
        }

        if (width == 0) {
            return;
        }

        beyond += lengths[width];
    }
}

bs_pack_shape_t
bs_pack_block_shape(const uint32_t *numbers, unsigned count)
{
    unsigned lengths[NUMBER_BITS + 1] = {0};
    bs_pack_shape_t shape = {.bits = UINT32_MAX};

    for (unsigned i = 0; i < count; i++) {
        lengths[length(numbers[i])]++;
    }

    shape_pfor(&shape, count, lengths);
    shape_rice(&shape, numbers, count, lengths);

    return shape;
}

static void
write_rice(bs_pack_writer_t *w, unsigned parameter, const uint32_t *numbers, unsigned count)
{
    uint64_t low = ((uint64_t) 1 << parameter) - 1;

    for (unsigned i = 0; i < count; i++) {
        uint32_t quotient = numbers[i] >> parameter;

        if (quotient < QUOTIENT_MAX) {
            bs_pack_bits_put(w, (1 | (numbers[i] & low) << 1) << quotient,
                             quotient + 1 + parameter);

        } else {
            bs_pack_bits_put(w, (uint64_t) numbers[i] << QUOTIENT_MAX, QUOTIENT_MAX + NUMBER_BITS);
        }
    }
}

static void
write_pfor(bs_pack_writer_t *w, const bs_pack_shape_t *shape, const uint32_t *numbers,
           unsigned count)
{
    uint64_t low = ((uint64_t) 1 << shape->width) - 1;

    bs_pack_bits_put(w, shape->beyond, BEYOND_BITS);
    bs_pack_bits_put(w, shape->more, MORE_BITS);

    for (unsigned i = 0; i < count; i++) {
        bs_pack_bits_put(w, numbers[i] & low, shape->width);
    }

    for (unsigned i = 0; shape->beyond > 0 && i < count; i++) {
        if (numbers[i] > low) {
            uint64_t high = numbers[i] >> shape->width;

            bs_pack_bits_put(w, i | high << POSITION_BITS, POSITION_BITS + shape->more);
        }
    }
}

void
bs_pack_block_write(bs_pack_writer_t *w, const bs_pack_shape_t *shape, const uint32_t *numbers,
                    unsigned count)
{
    bs_pack_bits_put(w, shape->width, WIDTH_BITS);
    bs_pack_bits_put(w, shape->pfor, 1);

    if (shape->pfor) {
        write_pfor(w, shape, numbers, count);

    } else {
        write_rice(w, shape->width, numbers, count);
    }
}

static void
read_rice(bs_pack_reader_t *r, unsigned parameter, uint32_t *numbers, unsigned count)
{
    uint64_t low = ((uint64_t) 1 << parameter) - 1;
    uint64_t escape = (uint64_t) 1 << QUOTIENT_MAX;

    for (unsigned i = 0; i < count; i++) {
        uint64_t word = bs_pack_bits_peek(r);
        unsigned quotient = (unsigned) __builtin_ctzll(word | escape);

        if (quotient < QUOTIENT_MAX) {
            numbers[i] =
                (uint32_t) ((uint64_t) quotient << parameter | (word >> (quotient + 1) & low));
            r->at += quotient + 1 + parameter;

        } else {
            numbers[i] = (uint32_t) (word >> QUOTIENT_MAX);
            r->at += QUOTIENT_MAX + NUMBER_BITS;
        }
    }
}

static int
read_pfor(bs_pack_reader_t *r, unsigned width, uint32_t *numbers, unsigned count)
{
    unsigned beyond = (unsigned) bs_pack_bits_get(r, BEYOND_BITS);
    unsigned more = (unsigned) bs_pack_bits_get(r, MORE_BITS);

    if (beyond > count || width + more > NUMBER_BITS) {
        return -1;
    }

    for (unsigned i = 0; i < count; i++) {
        numbers[i] = (uint32_t) bs_pack_bits_get(r, width);
    }

    for (unsigned i = 0; i < beyond; i++) {
        unsigned position = (unsigned) bs_pack_bits_get(r, POSITION_BITS);
        uint64_t high = bs_pack_bits_get(r, more);

        if (position >= count) {
            return -1;
        }

        numbers[position] |= (uint32_t) (high << width);
    }

    return 0;
}

int
bs_pack_block_read(bs_pack_reader_t *r, uint32_t *numbers, unsigned count)
{
    unsigned width = (unsigned) bs_pack_bits_get(r, WIDTH_BITS);

    if (!bs_pack_bits_get(r, 1)) {
        read_rice(r, width, numbers, count);

    } else if (read_pfor(r, width, numbers, count) != 0) {
        return -1;
    }

    r->failed |= r->at > 8 * r->len;

    return r->failed ? -1 : 0;
}
