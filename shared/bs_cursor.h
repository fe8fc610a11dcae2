
/*
 * Reads msgpack in place, value by value: no allocation, strings borrow from
 * the input, every step checks the bytes that remain.  Each reader returns 0
 * and moves on, or -1 and stays where it was.
 */

#ifndef BS_CURSOR_H
#define BS_CURSOR_H

#include <stddef.h>
#include <stdint.h>

/* The deepest nesting that bs_cursor_skip() follows. */
#define BS_CURSOR_DEPTH_MAX 32

typedef struct {
    const uint8_t *at;
    const uint8_t *end;
} bs_cursor_t;

typedef enum {
    BS_CURSOR_NIL,
    BS_CURSOR_BOOL,
    BS_CURSOR_INT,
    BS_CURSOR_FLOAT,
    BS_CURSOR_STR,
    BS_CURSOR_BIN,
    BS_CURSOR_EXT,
    BS_CURSOR_ARRAY,
    BS_CURSOR_MAP
} bs_cursor_type_t;

/* The head of a value: what it is, and how much belongs to it. */
typedef struct {
    bs_cursor_type_t type;
    size_t head;   /* bytes of the head itself */
    uint64_t size; /* bytes that follow (scalars, strings), or elements (pairs for a map) */
} bs_cursor_head_t;

int bs_cursor_peek(const bs_cursor_t *cursor, bs_cursor_head_t *head);

int bs_cursor_nil(bs_cursor_t *cursor);
int bs_cursor_bool(bs_cursor_t *cursor, int *value);
int bs_cursor_int(bs_cursor_t *cursor, int64_t *value, int64_t min, int64_t max);
int bs_cursor_str(bs_cursor_t *cursor, const char **data, size_t *len);
/* The declared count is no larger than the bytes that remain. */
int bs_cursor_array(bs_cursor_t *cursor, uint32_t *count);
int bs_cursor_map(bs_cursor_t *cursor, uint32_t *count);

/* Over one whole value; depth counts open containers, values all that is inside and itself. */
int bs_cursor_skip(bs_cursor_t *cursor, unsigned depth_max, size_t values_max);

#endif
