
/* See bs_pack_column.h. */

#include "bs_pack_column.h"
#include "bs_pack_block.h"

#include <string.h>

#define BY_MEDIAN 0
#define BY_PREVIOUS 1

/*
 * The median is moved towards each value by a part of the mean distance, which
 * follows slowly and believes no value that is far out.  Both are whole numbers
 * of 1/256, so that every machine guesses the same.
 */
#define GUESS_ONE 256
#define GUESS_PART 32
#define GUESS_INERTIA 64
#define GUESS_FAR 8

typedef struct {
    int64_t middle; /* within what an int32_t holds, times GUESS_ONE */
    int64_t distance;
    int32_t previous;
} guess_t;

static inline int32_t
guess_median(const guess_t *g)
{
    return (int32_t) (g->middle >> 8);
}

static inline void
guess_learn(guess_t *g, int32_t value)
{
    int64_t off = (int64_t) value - guess_median(g);
    int64_t distance = (off < 0 ? -off : off) * GUESS_ONE;
    int64_t believed = g->distance * GUESS_FAR + GUESS_ONE;
    int64_t step = g->distance / GUESS_PART;

    step = step < distance ? step : distance; /* never beyond the value */
    believed = believed < distance ? believed : distance;

    g->middle += step * ((off > 0) - (off < 0));
    g->distance += (believed - g->distance) / GUESS_INERTIA;
    g->previous = value;
}

static void
guess_begin(guess_t *g, int32_t median, uint32_t distance)
{
    g->middle = (int64_t) median * GUESS_ONE;
    g->distance = (int64_t) distance * GUESS_ONE;
    g->previous = median;
}

/* The median of the first block. */
static int32_t
first_median(const int32_t *values, unsigned count)
{
    int32_t sorted[BS_PACK_BLOCK] = {0};

    for (unsigned i = 0; i < count; i++) {
        unsigned at = i;

        for (; at > 0 && sorted[at - 1] > values[i]; at--) {
            sorted[at] = sorted[at - 1];
        }

        sorted[at] = values[i];
    }

    return sorted[count / 2];
}

/* The mean distance from it, a few far ones left aside by halves. */
static uint32_t
first_distance(const int32_t *values, unsigned count, int32_t median)
{
    uint64_t mean = UINT32_MAX;

    for (unsigned turn = 0; turn < 4; turn++) {
        uint64_t sum = 0;

        for (unsigned i = 0; i < count; i++) {
            int64_t off = (int64_t) values[i] - median;
            uint64_t distance = (uint64_t) (off < 0 ? -off : off);

            sum += distance < mean * GUESS_FAR ? distance : mean;
        }

        mean = sum / count;
    }

    return mean < INT32_MAX ? (uint32_t) mean : INT32_MAX;
}

static unsigned
block_count(uint32_t left)
{
    return left < BS_PACK_BLOCK ? (unsigned) left : BS_PACK_BLOCK;
}

static void
write_block(bs_pack_writer_t *w, guess_t *g, const int32_t *values, unsigned count)
{
    uint32_t off_median[BS_PACK_BLOCK], off_previous[BS_PACK_BLOCK];

    for (unsigned i = 0; i < count; i++) {
        off_median[i] = bs_pack_fold(bs_pack_minus(values[i], guess_median(g)));
        off_previous[i] = bs_pack_fold(bs_pack_minus(values[i], g->previous));
        guess_learn(g, values[i]);
    }

    bs_pack_shape_t by_median = bs_pack_block_shape(off_median, count);
    bs_pack_shape_t by_previous = bs_pack_block_shape(off_previous, count);

    if (by_median.bits <= by_previous.bits) {
        bs_pack_bits_put(w, BY_MEDIAN, 1);
        bs_pack_block_write(w, &by_median, off_median, count);

    } else {
        bs_pack_bits_put(w, BY_PREVIOUS, 1);
        bs_pack_block_write(w, &by_previous, off_previous, count);
    }
}

static void
write_blocks(bs_pack_writer_t *w, const int32_t *values, uint32_t count)
{
    unsigned first = block_count(count);
    int32_t median = first_median(values, first);
    uint32_t distance = first_distance(values, first, median);
    guess_t g;

    guess_begin(&g, median, distance);

    bs_pack_bits_put(w, BS_PACK_BLOCKS, 8);
    bs_pack_bits_put_number(w, bs_pack_fold(median));
    bs_pack_bits_put_number(w, distance);

    for (uint32_t at = 0; at < count && !w->failed; at += BS_PACK_BLOCK) {
        write_block(w, &g, values + at, block_count(count - at));
    }

    bs_pack_bits_put_end(w);
}

static void
read_block(guess_t *g, const uint32_t *offs, int by, int32_t *values, unsigned count)
{
    if (by == BY_MEDIAN) {
        for (unsigned i = 0; i < count; i++) {
            values[i] = bs_pack_plus(guess_median(g), bs_pack_unfold(offs[i]));
            guess_learn(g, values[i]);
        }

        return;
    }

    for (unsigned i = 0; i < count; i++) {
        values[i] = bs_pack_plus(g->previous, bs_pack_unfold(offs[i]));
        guess_learn(g, values[i]);
    }
}

static int
read_blocks(bs_pack_reader_t *r, int32_t *values, uint32_t count)
{
    int32_t median = bs_pack_unfold((uint32_t) bs_pack_bits_get_number(r, UINT32_MAX));
    uint32_t distance = (uint32_t) bs_pack_bits_get_number(r, INT32_MAX);
    uint32_t offs[BS_PACK_BLOCK];
    guess_t g;

    guess_begin(&g, median, distance);

    for (uint32_t at = 0; at < count; at += BS_PACK_BLOCK) {
        unsigned in_block = block_count(count - at);
        int by = (int) bs_pack_bits_get(r, 1);

        if (bs_pack_block_read(r, offs, in_block) != 0) {
            return -1;
        }

        read_block(&g, offs, by, values + at, in_block);
    }

    bs_pack_bits_get_end(r);

    return r->failed ? -1 : 0;
}

static uint32_t
run_length(const int32_t *values, uint32_t count)
{
    uint32_t length = 1;

    while (length < count && values[length] == values[0]) {
        length++;
    }

    return length;
}

static size_t
number_bytes(uint64_t number)
{
    size_t bytes = 1;

    while (number >= 0x80) {
        number >>= 7;
        bytes++;
    }

    return bytes;
}

/* What they take as runs, or something above `most`. */
static size_t
runs_bytes(const int32_t *values, uint32_t count, size_t most)
{
    size_t bytes = 1;

    for (uint32_t at = 0, length; at < count && bytes <= most; at += length) {
        length = run_length(values + at, count - at);
        bytes += number_bytes(bs_pack_fold(values[at])) + number_bytes(length);
    }

    return bytes;
}

static void
write_runs(bs_pack_writer_t *w, const int32_t *values, uint32_t count)
{
    bs_pack_bits_put(w, BS_PACK_RUNS, 8);

    for (uint32_t at = 0, length; at < count && !w->failed; at += length) {
        length = run_length(values + at, count - at);
        bs_pack_bits_put_number(w, bs_pack_fold(values[at]));
        bs_pack_bits_put_number(w, length);
    }
}

static int
read_runs(bs_pack_reader_t *r, int32_t *values, uint32_t count)
{
    for (uint32_t at = 0, length; at < count; at += length) {
        int32_t value = bs_pack_unfold((uint32_t) bs_pack_bits_get_number(r, UINT32_MAX));

        length = (uint32_t) bs_pack_bits_get_number(r, count - at);

        if (r->failed || length == 0) {
            return -1;
        }

        for (uint32_t i = 0; i < length; i++) {
            values[at + i] = value;
        }
    }

    return 0;
}

/* A block takes more than two bytes, so runs that short need no comparing. */
void
bs_pack_column_write(bs_pack_writer_t *w, const int32_t *values, uint32_t count)
{
    bs_pack_writer_t before = *w;
    size_t blocks = 0;

    if (count == 0) {
        return;
    }

    if (runs_bytes(values, count, 2 * (count / BS_PACK_BLOCK) + 8)
        > 2 * (count / BS_PACK_BLOCK) + 8) {
        write_blocks(w, values, count);
        blocks = w->failed ? SIZE_MAX : w->at - before.at;

        if (blocks < runs_bytes(values, count, blocks)) {
            return;
        }

        *w = before;
    }

    write_runs(w, values, count);
}

int
bs_pack_column_read(bs_pack_reader_t *r, int32_t *values, uint32_t count)
{
    if (count == 0) {
        return 0;
    }

    switch (bs_pack_bits_get(r, 8)) {
    case BS_PACK_RUNS:
        return read_runs(r, values, count);

    case BS_PACK_BLOCKS:
        return read_blocks(r, values, count);

    default:
        return -1;
    }
}

void
bs_pack_gaps_write(bs_pack_writer_t *w, const int32_t *values, const int32_t *base, uint32_t count,
                   int32_t *work)
{
    uint32_t kept = 0, began = 0;
    int in_gap = 0;

    for (uint32_t i = 0; i < count; i++) {
        if ((values[i] == BS_PACK_GAP) != in_gap) {
            bs_pack_bits_put_number(w, i - began);
            began = i;
            in_gap = !in_gap;
        }

        if (!in_gap) {
            work[kept++] = base ? bs_pack_minus(values[i], base[i]) : values[i];
        }
    }

    if (count > 0) {
        bs_pack_bits_put_number(w, count - began);
    }

    bs_pack_column_write(w, work, kept);
}

/* How many values are no gaps, or -1; only the first part may be empty. */
static int64_t
gaps_kept(bs_pack_reader_t *r, uint32_t count)
{
    int64_t kept = 0;

    for (uint32_t at = 0, part = 0, length; at < count; at += length, part++) {
        length = (uint32_t) bs_pack_bits_get_number(r, count - at);

        if (r->failed || (length == 0 && part > 0)) {
            return -1;
        }

        kept += part % 2 == 0 ? length : 0;
    }

    return kept;
}

int
bs_pack_gaps_read(bs_pack_reader_t *r, int32_t *values, const int32_t *base, int32_t *sum,
                  uint32_t count, int32_t *work)
{
    bs_pack_reader_t parts = *r; /* read again, now that they are known to be sound */
    int64_t kept = gaps_kept(r, count);

    if (kept < 0 || bs_pack_column_read(r, work, (uint32_t) kept) != 0) {
        return -1;
    }

    for (uint32_t at = 0, part = 0; at < count; part++) {
        uint32_t end = at + (uint32_t) bs_pack_bits_get_number(&parts, count - at);

        for (; at < end; at++) {
            int32_t value = part % 2 == 0 ? *work++ : BS_PACK_GAP;

            if (sum != NULL && part % 2 == 0) {
                sum[at] = bs_pack_plus(sum[at], value);
            }

            if (values != NULL) {
                values[at] = base && part % 2 == 0 ? bs_pack_plus(value, base[at]) : value;
            }
        }
    }

    return 0;
}
