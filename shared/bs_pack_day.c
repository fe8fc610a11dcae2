
/* The day of bs_pack.h: its memory, its ticks, and two days into one. */

#include "bs_pack.h"

#include <string.h>

size_t
bs_pack_day_bytes(uint32_t ticks_max)
{
    return (size_t) ticks_max * (sizeof(bs_pack_text_t) + (BS_PACK_COLUMNS + 2) * sizeof(int32_t));
}

void
bs_pack_day_init(bs_pack_day_t *day, void *memory, uint32_t ticks_max)
{
    int32_t *column;

    memset(day, 0, sizeof(*day));
    day->ticks_max = ticks_max;
    day->addresses = memory;
    column = (int32_t *) (void *) (day->addresses + ticks_max);

    for (int c = 0; c < BS_PACK_COLUMNS; c++) {
        day->column[c] = column;
        column += ticks_max;
    }

    day->sum = column;
    day->work = column + ticks_max;
}

int
bs_pack_day_begin(bs_pack_day_t *day, int64_t day_ms, const char **error)
{
    if (day_ms % BS_PACK_DAY_MS != 0 || day_ms < 0 || day_ms / BS_PACK_DAY_MS > BS_PACK_DAYS_MAX) {
        *error = "not the beginning of a day";
        return -1;
    }

    day->day_ms = day_ms;
    day->count = 0;
    day->has = BS_PACK_WANT_ALL;
    day->addresses_count = 0;
    memset(day->seen, 0, sizeof(day->seen));

    return 0;
}

/*
 * Its index among the day's addresses.  Two of the same hash drive each other
 * out, and are there more than once: that costs bytes, and no search is ever long.
 */
static int32_t
address_index(bs_pack_day_t *day, const bs_pack_text_t *text)
{
    uint32_t hash = 2166136261U;

    for (uint32_t i = 0; i < text->len; i++) {
        hash = (hash ^ (uint8_t) text->data[i]) * 16777619U;
    }

    uint32_t *seen = &day->seen[(hash ^ hash >> 16) % BS_PACK_SEEN];

    if (*seen > 0) {
        const bs_pack_text_t *known = &day->addresses[*seen - 1];

        if (known->len == text->len
            && (text->len == 0 || memcmp(known->data, text->data, text->len) == 0)) {
            return (int32_t) (*seen - 1);
        }
    }

    day->addresses[day->addresses_count] = *text;
    *seen = ++day->addresses_count;

    return (int32_t) (*seen - 1);
}

int
bs_pack_day_add(bs_pack_day_t *day, const bs_pack_tick_t *tick, const char **error)
{
    uint32_t i = day->count;
    int64_t after = i > 0 ? day->day_ms + day->column[BS_PACK_SLOT][i - 1] : day->day_ms - 1;

    if (tick->slot_ms <= after || tick->slot_ms >= day->day_ms + BS_PACK_DAY_MS) {
        *error = "slots do not ascend within the day";
        return -1;
    }

    if (i >= day->ticks_max || i >= BS_PACK_TICKS_MAX) {
        *error = "more ticks than there is room for";
        return -1;
    }

    if (tick->address.len > BS_PACK_ADDRESS_BYTES_MAX) {
        *error = "an address is too long";
        return -1;
    }

    day->column[BS_PACK_SLOT][i] = (int32_t) (tick->slot_ms - day->day_ms);
    day->column[BS_PACK_LATENESS][i] = tick->lateness_ms;
    day->column[BS_PACK_DNS][i] = tick->dns_us;
    day->column[BS_PACK_CONNECT][i] = tick->connect_us;
    day->column[BS_PACK_TLS][i] = tick->tls_us;
    day->column[BS_PACK_FIRST_BYTE][i] = tick->first_byte_us;
    day->column[BS_PACK_TOTAL][i] = tick->total_us;
    day->column[BS_PACK_STATUS][i] = tick->status;
    day->column[BS_PACK_REASON][i] = tick->reason;
    day->column[BS_PACK_HTTP_STATUS][i] = tick->http_status;
    day->column[BS_PACK_ATTEMPTS][i] = tick->attempts;
    day->column[BS_PACK_FLAGS][i] = tick->flags;
    day->column[BS_PACK_ADDRESS][i] = address_index(day, &tick->address);
    day->count = i + 1;

    return 0;
}

void
bs_pack_day_tick(const bs_pack_day_t *day, uint32_t index, bs_pack_tick_t *tick)
{
    tick->slot_ms = day->day_ms + day->column[BS_PACK_SLOT][index];
    tick->lateness_ms = day->column[BS_PACK_LATENESS][index];
    tick->dns_us = day->column[BS_PACK_DNS][index];
    tick->connect_us = day->column[BS_PACK_CONNECT][index];
    tick->tls_us = day->column[BS_PACK_TLS][index];
    tick->first_byte_us = day->column[BS_PACK_FIRST_BYTE][index];
    tick->total_us = day->column[BS_PACK_TOTAL][index];
    tick->status = (int16_t) day->column[BS_PACK_STATUS][index];
    tick->reason = (int16_t) day->column[BS_PACK_REASON][index];
    tick->http_status = (int16_t) day->column[BS_PACK_HTTP_STATUS][index];
    tick->attempts = (int16_t) day->column[BS_PACK_ATTEMPTS][index];
    tick->flags = (int16_t) day->column[BS_PACK_FLAGS][index];
    tick->address = day->addresses[day->column[BS_PACK_ADDRESS][index]];
}

int
bs_pack_day_merge(bs_pack_day_t *into, const bs_pack_day_t *first, const bs_pack_day_t *second,
                  const char **error)
{
    const int32_t *slots1 = first->column[BS_PACK_SLOT];
    const int32_t *slots2 = second->column[BS_PACK_SLOT];
    uint32_t i1 = 0, i2 = 0;

    if (first->day_ms != second->day_ms || first->has != BS_PACK_WANT_ALL
        || second->has != BS_PACK_WANT_ALL)
    {
        *error = "only whole days merge, and the same";
        return -1;
    }

    if (bs_pack_day_begin(into, first->day_ms, error) != 0) {
        return -1;
    }

    while (i1 < first->count || i2 < second->count) {
        int from1 = i2 == second->count || (i1 < first->count && slots1[i1] <= slots2[i2]);
        int from2 = i1 == first->count || (i2 < second->count && slots2[i2] <= slots1[i1]);
        int unmeasured = from1 && first->column[BS_PACK_STATUS][i1] == 0;
        int measured = from2 && second->column[BS_PACK_STATUS][i2] != 0;
        bs_pack_tick_t tick;

        if (!from1 || (unmeasured && measured)) {
            bs_pack_day_tick(second, i2, &tick);

        } else {
            bs_pack_day_tick(first, i1, &tick);
        }

        i1 += from1 != 0;
        i2 += from2 != 0;

        if (bs_pack_day_add(into, &tick, error) != 0) {
            return -1;
        }
    }

    return 0;
}
