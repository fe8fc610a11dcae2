
/* Packing and unpacking of bs_rollup.h. */

#include "bs_pack_bits.h"
#include "bs_pack_block.h"
#include "bs_rollup.h"
#include "bs_rollup_bucket.h"

#include <string.h>

#define SUM_AT 1
#define SUM_BYTES 4
#define HEADER_FIXED (SUM_AT + SUM_BYTES)
#define LONG_SHIFT_MAX 56 /* of a number of 63 bits, 7 a byte */

static int
fail(const char **error, const char *words)
{
    *error = words;
    return -1;
}

/* bs_pack_bits_get_number() is for 32 bits; sums have more. */
static uint64_t
get_long(bs_pack_reader_t *r)
{
    uint64_t number = 0;

    for (unsigned shift = 0; shift <= LONG_SHIFT_MAX; shift += 7) {
        uint64_t byte = bs_pack_bits_get(r, 8);

        number |= (byte & 0x7F) << shift;

        if (byte < 0x80) {
            return number;
        }
    }

    r->failed = 1;
    return 0;
}

static void
write_buckets(bs_pack_writer_t *w, const bs_rollup_sketch_t *sketch)
{
    unsigned first = bs_rollup_bucket(sketch->least_us);
    unsigned after = bs_rollup_bucket(sketch->most_us) + 1;

    while (first < after) {
        unsigned count = after - first < BS_PACK_BLOCK ? after - first : BS_PACK_BLOCK;
        bs_pack_shape_t shape = bs_pack_block_shape(&sketch->buckets[first], count);

        bs_pack_block_write(w, &shape, &sketch->buckets[first], count);
        first += count;
    }

    bs_pack_bits_put_end(w);
}

static void
write_sketch(bs_pack_writer_t *w, const bs_rollup_sketch_t *sketch, int whole)
{
    bs_pack_bits_put_number(w, sketch->n);

    if (sketch->n == 0) {
        return;
    }

    if (!whole) {
        bs_pack_bits_put_number(w, sketch->sum_us);
        return;
    }

    uint64_t least = (uint64_t) sketch->least_us;

    bs_pack_bits_put_number(w, least);
    bs_pack_bits_put_number(w, (uint64_t) sketch->most_us - least);
    bs_pack_bits_put_number(w, sketch->sum_us - sketch->n * least);
    write_buckets(w, sketch);
}

static void
write_body(bs_pack_writer_t *w, const bs_rollup_t *rollup, unsigned sketches)
{
    for (int s = 0; s < BS_ROLLUP_STATUSES; s++) {
        bs_pack_bits_put_number(w, rollup->counts[s]);
    }

    for (int p = 0; p < BS_ROLLUP_PHASES; p++) {
        write_sketch(w, &rollup->phase[p], (sketches & BS_ROLLUP_WANT(p)) != 0);
    }
}

static void
write_begin(bs_pack_writer_t *w)
{
    bs_pack_bits_put(w, BS_ROLLUP_VERSION, 8);
    bs_pack_bits_put(w, 0, 8 * SUM_BYTES);
}

/* The length; 0: too little room. */
static size_t
write_end(bs_pack_writer_t *w)
{
    if (w->failed) {
        return 0;
    }

    uint32_t sum = bs_pack_sum(w->data + HEADER_FIXED, w->at - HEADER_FIXED);

    for (unsigned i = 0; i < SUM_BYTES; i++) {
        w->data[SUM_AT + i] = (uint8_t) (sum >> (8 * i));
    }

    return w->at;
}

/* The phases that are wanted and have one of all their values. */
static unsigned
sketches_of(const bs_rollup_t *rollup, unsigned wanted)
{
    unsigned sketches = 0;

    for (int p = 0; p < BS_ROLLUP_PHASES; p++) {
        if (rollup->phase[p].sketched == rollup->phase[p].n) {
            sketches |= wanted & BS_ROLLUP_WANT(p);
        }
    }

    return sketches;
}

size_t
bs_rollup_pack(const bs_rollup_t *rollup, unsigned wanted, void *out, size_t room)
{
    bs_pack_writer_t w = {.data = out, .room = room};
    unsigned sketches = sketches_of(rollup, wanted);

    write_begin(&w);
    bs_pack_bits_put(&w, sketches, 8);
    write_body(&w, rollup, sketches);

    return write_end(&w);
}

static int
is_empty(const bs_rollup_t *rollup)
{
    uint32_t ticks = 0;

    for (int s = 0; s < BS_ROLLUP_STATUSES; s++) {
        ticks |= rollup->counts[s];
    }

    return ticks == 0;
}

size_t
bs_rollup_hours_pack(const bs_rollup_t hours[BS_ROLLUP_HOURS], void *out, size_t room)
{
    bs_pack_writer_t w = {.data = out, .room = room};
    uint32_t there = 0;

    for (int h = 0; h < BS_ROLLUP_HOURS; h++) {
        there |= is_empty(&hours[h]) ? 0 : 1U << h;
    }

    write_begin(&w);
    bs_pack_bits_put(&w, there, BS_ROLLUP_HOURS);

    for (int h = 0; h < BS_ROLLUP_HOURS; h++) {
        if (there >> h & 1) {
            unsigned sketches = sketches_of(&hours[h], BS_ROLLUP_WANT(BS_ROLLUP_TOTAL));

            bs_pack_bits_put(&w, sketches != 0, 8);
            write_body(&w, &hours[h], sketches);
        }
    }

    return write_end(&w);
}

/* 0, or -1; buckets beyond what was read are 0 in any case. */
static int
read_buckets(bs_pack_reader_t *r, bs_rollup_sketch_t *sketch, uint32_t n)
{
    unsigned first = bs_rollup_bucket(sketch->least_us);
    unsigned last = bs_rollup_bucket(sketch->most_us);
    uint64_t seen = 0;

    for (unsigned b = first; b <= last; b += BS_PACK_BLOCK) {
        unsigned count = last - b + 1 < BS_PACK_BLOCK ? last - b + 1 : BS_PACK_BLOCK;

        if (bs_pack_block_read(r, &sketch->buckets[b], count) != 0) {
            return -1;
        }
    }

    bs_pack_bits_get_end(r);

    for (unsigned b = first; b <= last; b++) {
        seen += sketch->buckets[b];
    }

    return r->failed || seen != n || sketch->buckets[first] == 0 || sketch->buckets[last] == 0 ? -1
                                                                                               : 0;
}

/* What is cleared afterwards: so `sketched` is set before anything is in the buckets. */
static int
read_sketch(bs_pack_reader_t *r, bs_rollup_sketch_t *sketch, int whole, uint64_t n_max)
{
    uint32_t n = (uint32_t) bs_pack_bits_get_number(r, n_max);

    if (n == 0 || r->failed) {
        return r->failed ? -1 : 0;
    }

    sketch->n = n;

    if (!whole) {
        sketch->sum_us = get_long(r);
        return r->failed || sketch->sum_us > (uint64_t) n * INT32_MAX ? -1 : 0;
    }

    uint64_t least = bs_pack_bits_get_number(r, INT32_MAX);
    uint64_t range = bs_pack_bits_get_number(r, INT32_MAX - least);
    uint64_t more = get_long(r);

    if (r->failed || more > n * range) {
        return -1;
    }

    sketch->sketched = n;
    sketch->least_us = (int32_t) least;
    sketch->most_us = (int32_t) (least + range);
    sketch->sum_us = n * least + more;

    return read_buckets(r, sketch, n);
}

static int
read_body(bs_pack_reader_t *r, bs_rollup_t *rollup, unsigned sketches)
{
    for (int s = 0; s < BS_ROLLUP_STATUSES; s++) {
        rollup->counts[s] = (uint32_t) bs_pack_bits_get_number(r, UINT32_MAX);
    }

    uint64_t measured = (uint64_t) rollup->counts[1] + rollup->counts[2];
    uint64_t n_max = measured < UINT32_MAX ? measured : UINT32_MAX;

    for (int p = 0; p < BS_ROLLUP_PHASES; p++) {
        int whole = (sketches & BS_ROLLUP_WANT(p)) != 0;

        if (read_sketch(r, &rollup->phase[p], whole, n_max) != 0) {
            return -1;
        }
    }

    return r->failed ? -1 : 0;
}

static int
read_begin(bs_pack_reader_t *r, const char **error)
{
    uint32_t sum;

    if (r->len < HEADER_FIXED) {
        return fail(error, "rollup: cut off");
    }

    if (bs_pack_bits_get(r, 8) != BS_ROLLUP_VERSION) {
        return fail(error, "rollup: of another version");
    }

    sum = (uint32_t) bs_pack_bits_get(r, 8 * SUM_BYTES);

    if (sum != bs_pack_sum(r->data + HEADER_FIXED, r->len - HEADER_FIXED)) {
        return fail(error, "rollup: damaged");
    }

    return 0;
}

int
bs_rollup_unpack(bs_rollup_t *rollup, const void *data, size_t len, const char **error)
{
    bs_pack_reader_t r = {.data = data, .len = len};

    bs_rollup_clear(rollup);

    if (read_begin(&r, error) != 0) {
        return -1;
    }

    unsigned sketches = (unsigned) bs_pack_bits_get(&r, 8);

    if (sketches > BS_ROLLUP_WANT_ALL || read_body(&r, rollup, sketches) != 0 || r.at != 8 * len) {
        bs_rollup_clear(rollup);
        return fail(error, "rollup: its numbers make no sense");
    }

    return 0;
}

static int
read_hours(bs_pack_reader_t *r, bs_rollup_t hours[BS_ROLLUP_HOURS])
{
    uint32_t there = (uint32_t) bs_pack_bits_get(r, BS_ROLLUP_HOURS);

    for (int h = 0; h < BS_ROLLUP_HOURS; h++) {
        if (there >> h & 1) {
            unsigned sketched = (unsigned) bs_pack_bits_get(r, 8);

            if (sketched > 1
                || read_body(r, &hours[h], sketched ? BS_ROLLUP_WANT(BS_ROLLUP_TOTAL) : 0) != 0
                || is_empty(&hours[h]))
            {
                return -1;
            }
        }
    }

    return r->failed || r->at != 8 * r->len ? -1 : 0;
}

static void
clear_hours(bs_rollup_t hours[BS_ROLLUP_HOURS])
{
    for (int h = 0; h < BS_ROLLUP_HOURS; h++) {
        bs_rollup_clear(&hours[h]);
    }
}

int
bs_rollup_hours_unpack(bs_rollup_t hours[BS_ROLLUP_HOURS], const void *data, size_t len,
                       const char **error)
{
    bs_pack_reader_t r = {.data = data, .len = len};

    clear_hours(hours);

    if (read_begin(&r, error) != 0) {
        return -1;
    }

    if (read_hours(&r, hours) != 0) {
        clear_hours(hours);
        return fail(error, "rollup: its numbers make no sense");
    }

    return 0;
}
