
/*
 * Bits into and out of a buffer of the caller's, lowest bit first, and whole
 * numbers in 7 bits a byte.  A writer that lacks room and a reader at its end
 * go on harmlessly, with nothing written and with zeros read; `failed` tells.
 */

#ifndef BS_PACK_BITS_H
#define BS_PACK_BITS_H

#include <stddef.h>
#include <stdint.h>

#define BS_PACK_SPARE 8 /* bytes of room that a writer needs beyond what it writes */

typedef struct {
    uint8_t *data;
    size_t room;
    size_t at; /* bytes written */
    uint64_t held;
    unsigned held_bits; /* < 8 between calls */
    int failed;
} bs_pack_writer_t;

typedef struct {
    const uint8_t *data;
    size_t len;
    size_t at; /* in bits; beyond 8 * len: something was missing */
    int failed;
} bs_pack_reader_t;

/* Up to 56 bits; value has no others set. */
static inline void
bs_pack_bits_put(bs_pack_writer_t *w, uint64_t value, unsigned bits)
{
    w->held |= value << w->held_bits;
    w->held_bits += bits;

    if (w->room - w->at < BS_PACK_SPARE) {
        w->failed = 1;
        w->held = 0;
        w->held_bits = 0;
        return;
    }

    for (unsigned i = 0; i < 8; i++) {
        w->data[w->at + i] = (uint8_t) (w->held >> (8 * i));
    }

    w->at += w->held_bits / 8;
    w->held >>= w->held_bits & ~7U;
    w->held_bits &= 7;
}

/* What follows begins with a byte of its own. */
static inline void
bs_pack_bits_put_end(bs_pack_writer_t *w)
{
    if (w->held_bits > 0) {
        bs_pack_bits_put(w, 0, 8 - w->held_bits);
    }
}

/* At the beginning of a byte. */
static inline void
bs_pack_bits_put_number(bs_pack_writer_t *w, uint64_t number)
{
    while (number >= 0x80) {
        bs_pack_bits_put(w, (number & 0x7F) | 0x80, 8);
        number >>= 7;
    }

    bs_pack_bits_put(w, number, 8);
}

/* At least 56 bits from where the reader is; zeros beyond the end. */
static inline uint64_t
bs_pack_bits_peek(const bs_pack_reader_t *r)
{
    size_t byte = r->at / 8;
    uint64_t word = 0;

    if (r->len >= 8 && byte <= r->len - 8) {
        for (unsigned i = 0; i < 8; i++) {
            word |= (uint64_t) r->data[byte + i] << (8 * i);
        }

    } else {
        for (unsigned i = 0; byte + i < r->len; i++) {
            word |= (uint64_t) r->data[byte + i] << (8 * i);
        }
    }

    return word >> (r->at % 8);
}

/* Up to 56 bits. */
static inline uint64_t
bs_pack_bits_get(bs_pack_reader_t *r, unsigned bits)
{
    uint64_t word = bs_pack_bits_peek(r) & (((uint64_t) 1 << bits) - 1);

    r->at += bits;
    r->failed |= r->at > 8 * r->len;

    return word;
}

/* What follows begins with a byte of its own; the bits before it are zero. */
static inline void
bs_pack_bits_get_end(bs_pack_reader_t *r)
{
    unsigned rest = (unsigned) (-r->at % 8);

    if (bs_pack_bits_get(r, rest) != 0) {
        r->failed = 1;
    }
}

/* A number above `most`, or one that does not end, fails and is 0. */
static inline uint64_t
bs_pack_bits_get_number(bs_pack_reader_t *r, uint64_t most)
{
    uint64_t number = 0;

    for (unsigned shift = 0; shift < 35; shift += 7) {
        uint64_t byte = bs_pack_bits_get(r, 8);

        number |= (byte & 0x7F) << shift;

        if (byte < 0x80) {
            if (number > most || r->failed) {
                break;
            }

            return number;
        }
    }

    r->failed = 1;
    return 0;
}

static inline uint32_t
bs_pack_fold(int32_t value)
{
    return ((uint32_t) value << 1) ^ (value < 0 ? UINT32_MAX : 0);
}

static inline int32_t
bs_pack_unfold(uint32_t folded)
{
    return (int32_t) ((folded >> 1) ^ (0 - (folded & 1)));
}

#endif
