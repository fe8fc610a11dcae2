
/* Packing and unpacking of bs_pack.h: the header, and what is in which section. */

#include "bs_pack.h"
#include "bs_pack_bits.h"
#include "bs_pack_column.h"

#include <string.h>

#define SECTIONS (BS_PACK_COLUMNS + 1)
#define ADDRESSES BS_PACK_COLUMNS /* the last section */
#define SUM_AT 1
#define SUM_BYTES 4
#define HEADER_FIXED (SUM_AT + SUM_BYTES)
#define NUMBER_BYTES_MAX 5
#define HEADER_BYTES_MAX (HEADER_FIXED + (2 + SECTIONS) * NUMBER_BYTES_MAX)
#define SECTION_BYTES_MAX (1U << 30)

/* A value takes 39 bits of a block at most, and 8 for a part if every other one is a gap. */
#define VALUE_BYTES_MAX 6
#define COLUMN_BYTES_MAX 32

typedef struct {
    uint32_t count;
    int64_t day_ms;
    const uint8_t *section[SECTIONS];
    uint32_t section_len[SECTIONS];
} layout_t;

static int
fail(const char **error, const char *words)
{
    *error = words;
    return -1;
}

static uint64_t
mixed(uint64_t sum, uint64_t word)
{
    sum = (sum ^ word) * 0x9E3779B97F4A7C15U;

    return sum ^ sum >> 29;
}

uint32_t
bs_pack_sum(const uint8_t *data, size_t len)
{
    uint64_t sum = len;

    for (size_t at = 0; at < len; at += 8) {
        uint64_t word = 0;

        if (len - at >= 8) {
            for (unsigned i = 0; i < 8; i++) {
                word |= (uint64_t) data[at + i] << (8 * i);
            }

        } else {
            for (unsigned i = 0; at + i < len; i++) {
                word |= (uint64_t) data[at + i] << (8 * i);
            }
        }

        sum = mixed(sum, word);
    }

    return (uint32_t) (mixed(sum, 0) >> 32);
}

size_t
bs_pack_room(const bs_pack_day_t *day)
{
    size_t room = HEADER_BYTES_MAX + SECTIONS * (COLUMN_BYTES_MAX + BS_PACK_SPARE)
                  + (size_t) day->count * BS_PACK_COLUMNS * VALUE_BYTES_MAX;

    for (uint32_t i = 0; i < day->addresses_count; i++) {
        room += 1 + day->addresses[i].len;
    }

    return room;
}

static void
write_slots(bs_pack_writer_t *w, bs_pack_day_t *day)
{
    int32_t before = 0;

    for (uint32_t i = 0; i < day->count; i++) {
        day->work[i] = day->column[BS_PACK_SLOT][i] - before;
        before = day->column[BS_PACK_SLOT][i];
    }

    bs_pack_column_write(w, day->work, day->count);
}

static void
write_phase(bs_pack_writer_t *w, bs_pack_day_t *day, int c)
{
    const int32_t *values = day->column[c];

    bs_pack_gaps_write(w, values, NULL, day->count, day->work);

    for (uint32_t i = 0; i < day->count; i++) {
        day->sum[i] = bs_pack_plus(day->sum[i], values[i] == BS_PACK_GAP ? 0 : values[i]);
    }
}

static void
write_addresses(bs_pack_writer_t *w, const bs_pack_day_t *day)
{
    bs_pack_bits_put_number(w, day->addresses_count);

    for (uint32_t i = 0; i < day->addresses_count; i++) {
        const bs_pack_text_t *text = &day->addresses[i];

        bs_pack_bits_put(w, text->len, 8);

        if (w->room - w->at < (size_t) text->len + BS_PACK_SPARE) {
            w->failed = 1;
            return;
        }

        if (text->len > 0) {
            memcpy(w->data + w->at, text->data, text->len);
            w->at += text->len;
        }
    }
}

/* Phases come before total, which needs their sum. */
static void
write_section(bs_pack_writer_t *w, bs_pack_day_t *day, int s)
{
    switch (s) {
    case BS_PACK_SLOT:
        write_slots(w, day);
        break;

    case BS_PACK_DNS:
    case BS_PACK_CONNECT:
    case BS_PACK_TLS:
    case BS_PACK_FIRST_BYTE:
        write_phase(w, day, s);
        break;

    case BS_PACK_TOTAL:
        bs_pack_gaps_write(w, day->column[s], day->sum, day->count, day->work);
        break;

    case ADDRESSES:
        write_addresses(w, day);
        break;

    default:
        bs_pack_column_write(w, day->column[s], day->count);
        break;
    }
}

static void
write_header(bs_pack_writer_t *w, const bs_pack_day_t *day, const size_t *section_len)
{
    bs_pack_bits_put(w, BS_PACK_VERSION, 8);
    bs_pack_bits_put(w, 0, 8 * SUM_BYTES);
    bs_pack_bits_put_number(w, day->count);
    bs_pack_bits_put_number(w, (uint64_t) (day->day_ms / BS_PACK_DAY_MS));

    for (int s = 0; s < SECTIONS; s++) {
        bs_pack_bits_put_number(w, section_len[s]);
    }
}

static int
within(const int32_t *values, uint32_t count, int32_t least, int32_t most)
{
    int32_t low = least, high = most;

    for (uint32_t i = 0; i < count; i++) {
        low = values[i] < low ? values[i] : low;
        high = values[i] > high ? values[i] : high;
    }

    return low >= least && high <= most;
}

/* What would not be unpacked is not packed: columns may be filled by anybody. */
static int
check_day(const bs_pack_day_t *day, const char **error)
{
    const int32_t *slots = day->column[BS_PACK_SLOT];
    int32_t before = -1;

    if (day->has != BS_PACK_WANT_ALL || day->count > day->ticks_max
        || day->count > BS_PACK_TICKS_MAX || day->addresses_count > day->count)
    {
        return fail(error, "only whole days are packed");
    }

    for (uint32_t i = 0; i < day->count; i++) {
        if (slots[i] <= before || slots[i] >= BS_PACK_DAY_MS) {
            return fail(error, "slots do not ascend within the day");
        }

        before = slots[i];
    }

    for (uint32_t i = 0; i < day->addresses_count; i++) {
        if (day->addresses[i].len > BS_PACK_ADDRESS_BYTES_MAX) {
            return fail(error, "an address is too long");
        }
    }

    for (int c = BS_PACK_STATUS; c <= BS_PACK_FLAGS; c++) {
        if (!within(day->column[c], day->count, INT16_MIN, INT16_MAX)) {
            return fail(error, "a number has more than 16 bits");
        }
    }

    if (!within(day->column[BS_PACK_ADDRESS], day->count, 0, (int32_t) day->addresses_count - 1)) {
        return fail(error, "an address is not there");
    }

    return 0;
}

int
bs_pack(bs_pack_day_t *day, void *out, size_t room, size_t *len, const char **error)
{
    uint8_t header[HEADER_BYTES_MAX + BS_PACK_SPARE];
    bs_pack_writer_t head = {.data = header, .room = sizeof(header)};
    bs_pack_writer_t body = {.data = out, .room = room};
    size_t section_len[SECTIONS];

    if (check_day(day, error) != 0) {
        return -1;
    }

    if (room < HEADER_BYTES_MAX + BS_PACK_SPARE) {
        return fail(error, "too little room");
    }

    /* The header is written last, and what follows it moved up to it. */
    body.at = HEADER_BYTES_MAX;
    memset(day->sum, 0, day->count * sizeof(*day->sum));

    for (int s = 0; s < SECTIONS; s++) {
        size_t began = body.at;

        write_section(&body, day, s);
        section_len[s] = body.at - began;
    }

    if (body.failed) {
        return fail(error, "too little room");
    }

    write_header(&head, day, section_len);
    memmove(body.data + head.at, body.data + HEADER_BYTES_MAX, body.at - HEADER_BYTES_MAX);
    memcpy(body.data, header, head.at);
    *len = body.at - HEADER_BYTES_MAX + head.at;

    uint32_t sum = bs_pack_sum(body.data + HEADER_FIXED, *len - HEADER_FIXED);

    for (unsigned i = 0; i < SUM_BYTES; i++) {
        body.data[SUM_AT + i] = (uint8_t) (sum >> (8 * i));
    }

    return 0;
}

static int
read_head(bs_pack_reader_t *r, layout_t *layout, const char **error)
{
    if (r->len < HEADER_FIXED) {
        return fail(error, "packed day: cut off");
    }

    if (bs_pack_bits_get(r, 8) != BS_PACK_VERSION) {
        return fail(error, "packed day: of another version");
    }

    bs_pack_bits_get(r, 8 * SUM_BYTES);
    layout->count = (uint32_t) bs_pack_bits_get_number(r, BS_PACK_TICKS_MAX);
    layout->day_ms = (int64_t) bs_pack_bits_get_number(r, BS_PACK_DAYS_MAX) * BS_PACK_DAY_MS;

    return r->failed ? fail(error, "packed day: its header makes no sense") : 0;
}

int
bs_pack_peek(const void *data, size_t len, uint32_t *count, int64_t *day_ms, const char **error)
{
    bs_pack_reader_t r = {.data = data, .len = len};
    layout_t layout;

    if (read_head(&r, &layout, error) != 0) {
        return -1;
    }

    *count = layout.count;
    *day_ms = layout.day_ms;

    return 0;
}

static int
read_layout(const uint8_t *data, size_t len, layout_t *layout, const char **error)
{
    bs_pack_reader_t r = {.data = data, .len = len};
    uint32_t sum = 0;
    size_t at;

    if (read_head(&r, layout, error) != 0) {
        return -1;
    }

    for (unsigned i = 0; i < SUM_BYTES; i++) {
        sum |= (uint32_t) data[SUM_AT + i] << (8 * i);
    }

    if (sum != bs_pack_sum(data + HEADER_FIXED, len - HEADER_FIXED)) {
        return fail(error, "packed day: damaged");
    }

    for (int s = 0; s < SECTIONS; s++) {
        layout->section_len[s] = (uint32_t) bs_pack_bits_get_number(&r, SECTION_BYTES_MAX);
    }

    at = r.at / 8;

    for (int s = 0; s < SECTIONS && !r.failed; s++) {
        if (layout->section_len[s] > len - at) {
            return fail(error, "packed day: a column is longer than the bytes");
        }

        layout->section[s] = data + at;
        at += layout->section_len[s];
    }

    return r.failed || at != len ? fail(error, "packed day: its lengths make no sense") : 0;
}

static int
read_slots(bs_pack_reader_t *r, bs_pack_day_t *day)
{
    int32_t *slots = day->column[BS_PACK_SLOT];
    int64_t slot = 0;

    if (bs_pack_column_read(r, slots, day->count) != 0) {
        return -1;
    }

    for (uint32_t i = 0; i < day->count; i++) {
        slot += slots[i];

        if (slots[i] < (i > 0 ? 1 : 0) || slot >= BS_PACK_DAY_MS) {
            return -1;
        }

        slots[i] = (int32_t) slot;
    }

    return 0;
}

static int
read_within(bs_pack_reader_t *r, int32_t *values, uint32_t count, int32_t least, int32_t most)
{
    return bs_pack_column_read(r, values, count) == 0 && within(values, count, least, most) ? 0
                                                                                            : -1;
}

static int
read_addresses(bs_pack_reader_t *r, bs_pack_day_t *day)
{
    uint32_t count = (uint32_t) bs_pack_bits_get_number(r, day->count);

    for (uint32_t i = 0; i < count; i++) {
        uint32_t len = (uint32_t) bs_pack_bits_get(r, 8);

        if (r->failed || len > r->len - r->at / 8) {
            return -1;
        }

        day->addresses[i] = (bs_pack_text_t){(const char *) r->data + r->at / 8, len};
        r->at += 8 * (size_t) len;
    }

    day->addresses_count = count;

    return r->failed ? -1 : 0;
}

static int
read_column(bs_pack_reader_t *r, bs_pack_day_t *day, int c, uint32_t wanted)
{
    int32_t *values = day->column[c];
    int32_t *sum = wanted & BS_PACK_WANT(BS_PACK_TOTAL) ? day->sum : NULL;

    switch (c) {
    case BS_PACK_SLOT:
        return read_slots(r, day);

    case BS_PACK_LATENESS:
        return bs_pack_column_read(r, values, day->count);

    case BS_PACK_DNS:
    case BS_PACK_CONNECT:
    case BS_PACK_TLS:
    case BS_PACK_FIRST_BYTE:
        values = wanted & BS_PACK_WANT(c) ? values : NULL;
        return bs_pack_gaps_read(r, values, NULL, sum, day->count, day->work);

    case BS_PACK_TOTAL:
        return bs_pack_gaps_read(r, values, day->sum, NULL, day->count, day->work);

    case BS_PACK_ADDRESS:
        return read_within(r, values, day->count, 0, (int32_t) day->addresses_count - 1);

    default:
        return read_within(r, values, day->count, INT16_MIN, INT16_MAX);
    }
}

/* Exactly the bytes of its section. */
static int
read_section(const layout_t *layout, bs_pack_day_t *day, int s, uint32_t wanted)
{
    bs_pack_reader_t r = {.data = layout->section[s], .len = layout->section_len[s]};
    int failed = s == ADDRESSES ? read_addresses(&r, day) : read_column(&r, day, s, wanted);

    return failed || r.failed || r.at != 8 * r.len ? -1 : 0;
}

/* Total is stored without the phases, so it needs them. */
static uint32_t
needed(uint32_t wanted)
{
    if (wanted & BS_PACK_WANT(BS_PACK_TOTAL)) {
        wanted |= BS_PACK_WANT(BS_PACK_DNS) | BS_PACK_WANT(BS_PACK_CONNECT)
                  | BS_PACK_WANT(BS_PACK_TLS) | BS_PACK_WANT(BS_PACK_FIRST_BYTE);
    }

    return wanted;
}

int
bs_unpack(bs_pack_day_t *day, const void *data, size_t len, uint32_t wanted, const char **error)
{
    layout_t layout;

    wanted &= BS_PACK_WANT_ALL;
    day->has = 0;
    day->count = 0;

    if (read_layout(data, len, &layout, error) != 0
        || bs_pack_day_begin(day, layout.day_ms, error) != 0)
    {
        return -1;
    }

    day->has = 0; /* until all of it is read */

    if (layout.count > day->ticks_max) {
        return fail(error, "more ticks than there is room for");
    }

    day->count = layout.count;
    memset(day->sum, 0, day->count * sizeof(*day->sum));

    if (wanted & BS_PACK_WANT(BS_PACK_ADDRESS)
        && read_section(&layout, day, ADDRESSES, wanted) != 0) {
        return fail(error, "packed day: its addresses make no sense");
    }

    for (int c = 0; c < BS_PACK_COLUMNS; c++) {
        if (needed(wanted) & BS_PACK_WANT(c) && read_section(&layout, day, c, wanted) != 0) {
            return fail(error, "packed day: a column makes no sense");
        }
    }

    day->has = wanted;

    return 0;
}
