
/* Days of any content, and whether they come back; for the tests of packing. */

#ifndef PACK_ANY_H
#define PACK_ANY_H

#include "../../shared/bs_pack.h"

#include "pack_day.h"

#include <stdio.h>
#include <stdlib.h>

static const char *error;

static inline void *
memory(size_t bytes)
{
    void *data = malloc(bytes ? bytes : 1);

    if (data == NULL) {
        abort();
    }

    memset(data, 0x5A, bytes);
    return data;
}

static inline void *
day_init(bs_pack_day_t *day, uint32_t ticks_max)
{
    void *held = memory(bs_pack_day_bytes(ticks_max));

    bs_pack_day_init(day, held, ticks_max);

    if (bs_pack_day_begin(day, PACK_DAY_BEGIN, &error) != 0) {
        abort();
    }

    return held;
}

/* Exactly as long as it is, so that a sanitizer sees one byte too many. */
static inline uint8_t *
packed(bs_pack_day_t *day, size_t *len)
{
    size_t room = bs_pack_room(day);
    uint8_t *out = memory(room), *exact;

    if (bs_pack(day, out, room, len, &error) != 0) {
        printf("# %s\n", error);
        abort();
    }

    exact = memory(*len);
    memcpy(exact, out, *len);
    free(out);

    return exact;
}

static inline int
same_tick(const bs_pack_tick_t *a, const bs_pack_tick_t *b)
{
    return a->slot_ms == b->slot_ms && a->lateness_ms == b->lateness_ms && a->dns_us == b->dns_us
           && a->connect_us == b->connect_us && a->tls_us == b->tls_us
           && a->first_byte_us == b->first_byte_us && a->total_us == b->total_us
           && a->status == b->status && a->reason == b->reason && a->http_status == b->http_status
           && a->attempts == b->attempts && a->flags == b->flags && a->address.len == b->address.len
           && (a->address.len == 0
               || memcmp(a->address.data, b->address.data, a->address.len) == 0);
}

static inline int
same_day(const bs_pack_day_t *a, const bs_pack_day_t *b)
{
    if (a->count != b->count || a->day_ms != b->day_ms) {
        return 0;
    }

    for (uint32_t i = 0; i < a->count; i++) {
        bs_pack_tick_t tick_a, tick_b;

        bs_pack_day_tick(a, i, &tick_a);
        bs_pack_day_tick(b, i, &tick_b);

        if (!same_tick(&tick_a, &tick_b)) {
            printf("# tick %u differs\n", i);
            return 0;
        }
    }

    return 1;
}

/* Packed and unpacked into memory that is just enough, it is the same. */
static inline int
comes_back(bs_pack_day_t *day)
{
    bs_pack_day_t back;
    void *held = day_init(&back, day->count);
    size_t len;
    uint8_t *data = packed(day, &len);
    int same = bs_unpack(&back, data, len, BS_PACK_WANT_ALL, &error) == 0 && same_day(day, &back);

    free(data);
    free(held);

    return same;
}

/* Numbers with as many bits as chance has it, of either sign; often -1. */
static inline int32_t
any_number(void)
{
    uint32_t number = pack_day_next() << 1 | (pack_day_next() & 1);

    switch (pack_day_next() % 4) {
    case 0:
        return -1;

    case 1:
        return (int32_t) number;

    default:
        return (int32_t) (number >> pack_day_next() % 32);
    }
}

static inline bs_pack_tick_t
any_tick(int64_t slot_ms)
{
    static const char text[] = "fe80::1234:5678:9abc:def0%eth0 and some more";

    return (bs_pack_tick_t){.slot_ms = slot_ms,
                            .lateness_ms = any_number(),
                            .dns_us = any_number(),
                            .connect_us = any_number(),
                            .tls_us = any_number(),
                            .first_byte_us = any_number(),
                            .total_us = any_number(),
                            .status = (int16_t) (pack_day_next() % 4),
                            .reason = (int16_t) any_number(),
                            .http_status = (int16_t) any_number(),
                            .attempts = (int16_t) any_number(),
                            .flags = (int16_t) any_number(),
                            .address = {text + pack_day_next() % 8, pack_day_next() % 32}};
}

static inline void
fill_any(bs_pack_day_t *day, uint32_t count)
{
    int64_t slot_ms = PACK_DAY_BEGIN - 1;

    for (uint32_t i = 0; i < count; i++) {
        slot_ms += 1 + pack_day_next() % (BS_PACK_DAY_MS / (count + 1));

        bs_pack_tick_t tick = any_tick(slot_ms);

        if (bs_pack_day_add(day, &tick, &error) != 0) {
            abort();
        }
    }
}

/* A day with everything in it, small enough to try each of its bits. */
static inline void
fill_mixed(bs_pack_day_t *day)
{
    pack_day_t kind = {400000, 12000, 800, 20000, 0.2, 1};

    if (pack_day_make(day, &kind, &error) != 0) {
        abort();
    }

    for (int64_t slot = 86399000; slot < 86399040; slot++) {
        bs_pack_tick_t tick = any_tick(PACK_DAY_BEGIN + slot);

        if (bs_pack_day_add(day, &tick, &error) != 0) {
            abort();
        }
    }
}

#endif
