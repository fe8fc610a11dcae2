
/*
 * One column of a day: as runs of equal values, or in blocks of what each value
 * differs from a guess, whichever is shorter.  The guess is a median that runs
 * along, or the value before, chosen for each block.
 *
 * A column is nothing at all if it has no values; else a byte (BS_PACK_RUNS or
 * BS_PACK_BLOCKS), then
 * - runs: value, length; value, length ...
 * - blocks: median and mean distance to begin with, then 1 bit (the guess) and
 *   the block (bs_pack_block.h), and so on, up to the next whole byte.
 * Before a column with gaps (-1: not reached) stand the lengths of its parts,
 * with values and without in turns; the values in the gaps are left out.
 */

#ifndef BS_PACK_COLUMN_H
#define BS_PACK_COLUMN_H

#include "bs_pack_bits.h"

#define BS_PACK_RUNS 0
#define BS_PACK_BLOCKS 1
#define BS_PACK_GAP (-1)

void bs_pack_column_write(bs_pack_writer_t *w, const int32_t *values, uint32_t count);

/* 0, or -1 for bytes that no column_write made. */
int bs_pack_column_read(bs_pack_reader_t *r, int32_t *values, uint32_t count);

/* Of each value base's is taken off, if there is one.  work holds `count`. */
void bs_pack_gaps_write(bs_pack_writer_t *w, const int32_t *values, const int32_t *base,
                        uint32_t count, int32_t *work);

/* values, base and sum may be NULL; sum gets each value added that is no gap. */
int bs_pack_gaps_read(bs_pack_reader_t *r, int32_t *values, const int32_t *base, int32_t *sum,
                      uint32_t count, int32_t *work);

/* Of 32 bits, round the corner: any two numbers have a difference that leads back. */
static inline int32_t
bs_pack_plus(int32_t a, int32_t b)
{
    return (int32_t) ((uint32_t) a + (uint32_t) b);
}

static inline int32_t
bs_pack_minus(int32_t a, int32_t b)
{
    return (int32_t) ((uint32_t) a - (uint32_t) b);
}

#endif
