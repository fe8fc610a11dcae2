
/*
 * Every value starts with a head; bs_cursor_peek() is the only place that
 * knows the format, and the only one that looks at untrusted lengths.
 */

#include "bs_cursor.h"

#define HEAD_INVALID 0xc1

/* What 0xc0..0xdf say: `bytes` of big-endian length follow, or a fixed size does. */
typedef struct {
    uint8_t type;
    uint8_t length_bytes;
    uint8_t fixed; /* bytes of value, or (ext) of the type that the length does not count */
} head_row_t;

static const head_row_t head_rows[32] = {
    {BS_CURSOR_NIL, 0, 0},   /* c0 */
    {BS_CURSOR_NIL, 0, 0},   /* c1: never used, refused by hand */
    {BS_CURSOR_BOOL, 0, 0},  /* c2 false */
    {BS_CURSOR_BOOL, 0, 0},  /* c3 true */
    {BS_CURSOR_BIN, 1, 0},   /* c4 bin8, 16, 32 */
    {BS_CURSOR_BIN, 2, 0},   /* c5 */
    {BS_CURSOR_BIN, 4, 0},   /* c6 */
    {BS_CURSOR_EXT, 1, 1},   /* c7 ext8, 16, 32 */
    {BS_CURSOR_EXT, 2, 1},   /* c8 */
    {BS_CURSOR_EXT, 4, 1},   /* c9 */
    {BS_CURSOR_FLOAT, 0, 4}, /* ca */
    {BS_CURSOR_FLOAT, 0, 8}, /* cb */
    {BS_CURSOR_INT, 0, 1},   /* cc uint8, 16, 32, 64 */
    {BS_CURSOR_INT, 0, 2},   /* cd */
    {BS_CURSOR_INT, 0, 4},   /* ce */
    {BS_CURSOR_INT, 0, 8},   /* cf */
    {BS_CURSOR_INT, 0, 1},   /* d0 int8, 16, 32, 64 */
    {BS_CURSOR_INT, 0, 2},   /* d1 */
    {BS_CURSOR_INT, 0, 4},   /* d2 */
    {BS_CURSOR_INT, 0, 8},   /* d3 */
    {BS_CURSOR_EXT, 0, 2},   /* d4 fixext 1, 2, 4, 8, 16 */
    {BS_CURSOR_EXT, 0, 3},   /* d5 */
    {BS_CURSOR_EXT, 0, 5},   /* d6 */
    {BS_CURSOR_EXT, 0, 9},   /* d7 */
    {BS_CURSOR_EXT, 0, 17},  /* d8 */
    {BS_CURSOR_STR, 1, 0},   /* d9 str8, 16, 32 */
    {BS_CURSOR_STR, 2, 0},   /* da */
    {BS_CURSOR_STR, 4, 0},   /* db */
    {BS_CURSOR_ARRAY, 2, 0}, /* dc */
    {BS_CURSOR_ARRAY, 4, 0}, /* dd */
    {BS_CURSOR_MAP, 2, 0},   /* de */
    {BS_CURSOR_MAP, 4, 0},   /* df */
};

static uint64_t
big_endian(const uint8_t *p, size_t bytes)
{
    uint64_t value = 0;

    for (size_t i = 0; i < bytes; i++) {
        value = value << 8 | p[i];
    }

    return value;
}

/* Heads that carry their size in the first byte itself. */
static void
head_fix(uint8_t first, bs_cursor_head_t *head)
{
    head->head = 1;

    if (first <= 0x7f || first >= 0xe0) {
        head->type = BS_CURSOR_INT;
        head->size = 0;

    } else if (first <= 0x8f) {
        head->type = BS_CURSOR_MAP;
        head->size = first & 0x0f;

    } else if (first <= 0x9f) {
        head->type = BS_CURSOR_ARRAY;
        head->size = first & 0x0f;

    } else {
        head->type = BS_CURSOR_STR;
        head->size = first & 0x1f;
    }
}

/* At least one byte per element must be there, two per pair. */
static int
head_fits(const bs_cursor_head_t *head, size_t remaining)
{
    uint64_t least = head->type == BS_CURSOR_MAP ? 2 * head->size : head->size;

    return head->head <= remaining && least <= remaining - head->head;
}

int
bs_cursor_peek(const bs_cursor_t *cursor, bs_cursor_head_t *head)
{
    size_t remaining = (size_t) (cursor->end - cursor->at);
    const head_row_t *row;
    uint8_t first;

    if (remaining == 0) {
        return -1;
    }

    first = cursor->at[0];

    if (first < 0xc0 || first >= 0xe0) {
        head_fix(first, head);
        return head_fits(head, remaining) ? 0 : -1;
    }

    row = &head_rows[first - 0xc0];

    if (first == HEAD_INVALID || remaining < 1U + row->length_bytes) {
        return -1;
    }

    head->type = (bs_cursor_type_t) row->type;
    head->head = 1U + row->length_bytes;
    head->size = big_endian(cursor->at + 1, row->length_bytes) + row->fixed;

    return head_fits(head, remaining) ? 0 : -1;
}

/* Peeks and insists on the type. */
static int
expect(const bs_cursor_t *cursor, bs_cursor_type_t type, bs_cursor_head_t *head)
{
    return bs_cursor_peek(cursor, head) == 0 && head->type == type ? 0 : -1;
}

int
bs_cursor_nil(bs_cursor_t *cursor)
{
    bs_cursor_head_t head;

    if (expect(cursor, BS_CURSOR_NIL, &head) != 0) {
        return -1;
    }

    cursor->at++;

    return 0;
}

int
bs_cursor_bool(bs_cursor_t *cursor, int *value)
{
    bs_cursor_head_t head;

    if (expect(cursor, BS_CURSOR_BOOL, &head) != 0) {
        return -1;
    }

    *value = cursor->at[0] == 0xc3;
    cursor->at++;

    return 0;
}

/* Two's complement of 1, 2, 4 or 8 bytes, without shifting into a sign bit. */
static int64_t
sign_extend(uint64_t raw, size_t bytes)
{
    switch (bytes) {
    case 1:
        return (int8_t) raw;
    case 2:
        return (int16_t) raw;
    case 4:
        return (int32_t) raw;
    default:
        return (int64_t) raw;
    }
}

int
bs_cursor_int(bs_cursor_t *cursor, int64_t *value, int64_t min, int64_t max)
{
    bs_cursor_head_t head;
    uint64_t raw;
    uint8_t first;
    int64_t number;

    if (expect(cursor, BS_CURSOR_INT, &head) != 0) {
        return -1;
    }

    first = cursor->at[0];
    raw = big_endian(cursor->at + 1, (size_t) head.size);

    if (head.size == 0) {
        number = (int8_t) first;

    } else if (first >= 0xd0) {
        number = sign_extend(raw, (size_t) head.size);

    } else if (raw <= INT64_MAX) {
        number = (int64_t) raw;

    } else {
        return -1;
    }

    if (number < min || number > max) {
        return -1;
    }

    *value = number;
    cursor->at += head.head + head.size;

    return 0;
}

int
bs_cursor_str(bs_cursor_t *cursor, const char **data, size_t *len)
{
    bs_cursor_head_t head;

    if (expect(cursor, BS_CURSOR_STR, &head) != 0) {
        return -1;
    }

    *data = (const char *) cursor->at + head.head;
    *len = (size_t) head.size;
    cursor->at += head.head + head.size;

    return 0;
}

static int
container(bs_cursor_t *cursor, bs_cursor_type_t type, uint32_t *count)
{
    bs_cursor_head_t head;

    if (expect(cursor, type, &head) != 0) {
        return -1;
    }

    *count = (uint32_t) head.size;
    cursor->at += head.head;

    return 0;
}

int
bs_cursor_array(bs_cursor_t *cursor, uint32_t *count)
{
    return container(cursor, BS_CURSOR_ARRAY, count);
}

int
bs_cursor_map(bs_cursor_t *cursor, uint32_t *count)
{
    return container(cursor, BS_CURSOR_MAP, count);
}

/*
 * `open[d]` counts the elements still to come at depth d, `pending` all of
 * them together: each needs a byte, so the sum may never exceed what is left.
 */
int
bs_cursor_skip(bs_cursor_t *cursor, unsigned depth_max, size_t values_max)
{
    uint64_t open[BS_CURSOR_DEPTH_MAX + 1] = {1};
    uint64_t pending = 1, count;
    bs_cursor_t c = *cursor;
    bs_cursor_head_t head;
    unsigned depth = 0;
    size_t values = 0;

    if (depth_max > BS_CURSOR_DEPTH_MAX) {
        depth_max = BS_CURSOR_DEPTH_MAX;
    }

    while (pending > 0) {

        if (++values > values_max || bs_cursor_peek(&c, &head) != 0) {
            return -1;
        }

        open[depth]--;
        pending--;
        c.at += head.head;

        if (head.type == BS_CURSOR_ARRAY || head.type == BS_CURSOR_MAP) {
            count = head.type == BS_CURSOR_MAP ? 2 * head.size : head.size;
            pending += count;

            if (depth == depth_max || pending > (uint64_t) (c.end - c.at)) {
                return -1;
            }

            open[++depth] = count;

        } else {
            c.at += head.size;
        }

        while (depth > 0 && open[depth] == 0) {
            depth--;
        }
    }

    cursor->at = c.at;

    return 0;
}
