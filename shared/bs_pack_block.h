
/*
 * Up to 128 small numbers, in few bits each.  Every block is written in the
 * shorter of two ways: Rice codes, for numbers that thin out evenly, or one
 * width for all with exceptions (PFOR), for clusters and outliers.
 *
 * A block is a header of 5 bits (Rice parameter or width), 1 bit (PFOR), then
 * - Rice: quotient in zeros ended by a one, then the remainder; 24 zeros are
 *   followed by all 32 bits instead;
 * - PFOR: exceptions (8 bits), the bits they have more than the others (6), the
 *   low bits of all, then position (7) and high bits of each exception.
 */

#ifndef BS_PACK_BLOCK_H
#define BS_PACK_BLOCK_H

#include "bs_pack_bits.h"

#define BS_PACK_BLOCK 128

typedef struct {
    uint32_t bits;  /* of the whole block */
    uint8_t width;  /* Rice parameter, or width */
    uint8_t more;   /* PFOR: bits that exceptions have beyond it */
    uint8_t beyond; /* PFOR: exceptions */
    uint8_t pfor;
} bs_pack_shape_t;

/* How these are written best; count from 1 to BS_PACK_BLOCK. */
bs_pack_shape_t bs_pack_block_shape(const uint32_t *numbers, unsigned count);

void bs_pack_block_write(bs_pack_writer_t *w, const bs_pack_shape_t *shape, const uint32_t *numbers,
                         unsigned count);

/* 0, or -1 for bytes that no block_write made. */
int bs_pack_block_read(bs_pack_reader_t *r, uint32_t *numbers, unsigned count);

#endif
