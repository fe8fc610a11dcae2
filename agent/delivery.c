
/*
 * Two passes over bytes that are known to be whole: the first counts values and
 * bytes of text, the second writes them into one block of just that size.
 */

#include "delivery.h"

#include "bs_cursor.h"
#include "utf8.h"

#include <stdlib.h>
#include <string.h>

/* Where the second pass has come to. */
typedef struct {
    delivery_value_t *values;
    char *texts;
} delivery_room_t;

static int delivery_read(bs_cursor_t *cursor, delivery_value_t *value, delivery_room_t *room);


/* --- how much room -------------------------------------------------------- */

/* Of one whole value: all values in it and itself (keys too), and its texts with their zeros. */
static int
delivery_measure(const bs_wire_str_t *packed, size_t *values, size_t *bytes)
{
    bs_cursor_t cursor = {(const uint8_t *) packed->data,
                          (const uint8_t *) packed->data + packed->len};

    while (cursor.at < cursor.end) {
        bs_cursor_head_t head;
        const char *text;
        size_t len;

        if (bs_cursor_peek(&cursor, &head) != 0 || ++*values > DELIVERY_VALUES_MAX) {
            return -1;
        }

        if (bs_cursor_str(&cursor, &text, &len) == 0) {
            *bytes += utf8_clean(text, len, NULL) + 1;
            continue;
        }

        cursor.at += head.head;

        if (head.type != BS_CURSOR_ARRAY && head.type != BS_CURSOR_MAP) {
            cursor.at += head.size;
        }
    }

    return 0;
}


/* --- values --------------------------------------------------------------- */

static const char *
delivery_keep(delivery_room_t *room, const char *text, size_t len)
{
    char *kept = room->texts;

    room->texts += utf8_clean(text, len, kept);
    *room->texts++ = '\0';
    return kept;
}


static int
delivery_read_inside(bs_cursor_t *cursor, delivery_value_t *value, delivery_room_t *room)
{
    int is_map = value->type == DELIVERY_MAP;
    uint32_t count;

    if ((is_map ? bs_cursor_map(cursor, &count) : bs_cursor_array(cursor, &count)) != 0) {
        return -1;
    }

    delivery_value_t *items = room->values;

    room->values += count;
    value->is.inside.items = items;
    value->is.inside.count = count;

    for (uint32_t i = 0; i < count; i++) {
        const char *key = "";
        size_t len = 0;

        if (is_map && bs_cursor_str(cursor, &key, &len) != 0) {
            return -1;
        }

        items[i].key = delivery_keep(room, key, len);

        if (delivery_read(cursor, &items[i], room) != 0) {
            return -1;
        }
    }

    return 0;
}


static int
delivery_read(bs_cursor_t *cursor, delivery_value_t *value, delivery_room_t *room)
{
    bs_cursor_head_t head;
    const char *text;
    size_t len;
    int flag;

    if (bs_cursor_peek(cursor, &head) != 0) {
        return -1;
    }

    switch (head.type) {
    case BS_CURSOR_STR:
        value->type = DELIVERY_TEXT;
        bs_cursor_str(cursor, &text, &len);
        value->is.text = delivery_keep(room, text, len);
        return 0;
    case BS_CURSOR_BOOL:
        value->type = DELIVERY_FLAG;
        bs_cursor_bool(cursor, &flag);
        value->is.number = flag;
        return 0;
    case BS_CURSOR_INT:
        value->type = DELIVERY_NUMBER;

        if (bs_cursor_int(cursor, &value->is.number, INT64_MIN, INT64_MAX) == 0) {
            return 0;
        }

        break;
    case BS_CURSOR_MAP:
        value->type = DELIVERY_MAP;
        return delivery_read_inside(cursor, value, room);
    case BS_CURSOR_ARRAY:
        value->type = DELIVERY_LIST;
        return delivery_read_inside(cursor, value, room);
    default:
        break;
    }

    value->type = DELIVERY_NULL;
    return bs_cursor_skip(cursor, DELIVERY_DEPTH_MAX, 1);
}


static int
delivery_read_map(const bs_wire_str_t *packed, const delivery_value_t **map, delivery_room_t *room)
{
    bs_cursor_t cursor = {(const uint8_t *) packed->data,
                          (const uint8_t *) packed->data + packed->len};
    delivery_value_t *value = room->values++;

    value->key = "";
    *map = value;
    return delivery_read(&cursor, value, room) == 0 && value->type == DELIVERY_MAP ? 0 : -1;
}


/* --- the whole ------------------------------------------------------------ */

delivery_t *
delivery_decode(const bs_wire_delivery_t *wire, const char **error)
{
    const bs_wire_str_t *parts[] = {&wire->settings, &wire->message};
    size_t values = 0;
    size_t bytes = utf8_clean(wire->key.data, wire->key.len, NULL)
                   + utf8_clean(wire->kind.data, wire->kind.len, NULL) + 2;

    for (size_t i = 0; i < 2; i++) {
        if (bs_wire_bounded(parts[i]->data, parts[i]->len, DELIVERY_DEPTH_MAX, DELIVERY_VALUES_MAX)
                != 0
            || delivery_measure(parts[i], &values, &bytes) != 0)
        {
            *error = "it holds more than an agent takes";
            return NULL;
        }
    }

    /* an element of a list has an empty key, which nobody counted */
    bytes += values;

    delivery_t *delivery = calloc(1, sizeof(*delivery) + values * sizeof(delivery_value_t) + bytes);

    if (delivery == NULL) {
        *error = "out of memory";
        return NULL;
    }

    delivery_room_t room = {.values = (delivery_value_t *) (delivery + 1)};

    room.texts = (char *) (room.values + values);
    delivery->id = wire->id;
    delivery->attempt = wire->attempt;
    delivery->expires_ms = wire->expires_ms;
    delivery->key = delivery_keep(&room, wire->key.data, wire->key.len);
    delivery->kind = delivery_keep(&room, wire->kind.data, wire->kind.len);

    if (delivery_read_map(parts[0], &delivery->settings, &room) != 0
        || delivery_read_map(parts[1], &delivery->message, &room) != 0)
    {
        *error = "its settings or its message cannot be read";
        free(delivery);
        return NULL;
    }

    return delivery;
}


void
delivery_free(delivery_t *delivery)
{
    free(delivery);
}


/* --- members -------------------------------------------------------------- */

const delivery_value_t *
delivery_member(const delivery_value_t *map, const char *key)
{
    if (map == NULL || map->type != DELIVERY_MAP) {
        return NULL;
    }

    for (unsigned i = 0; i < map->is.inside.count; i++) {
        if (strcmp(map->is.inside.items[i].key, key) == 0) {
            return &map->is.inside.items[i];
        }
    }

    return NULL;
}


static const delivery_value_t *
delivery_typed(const delivery_value_t *map, const char *key, delivery_type_t type)
{
    const delivery_value_t *value = delivery_member(map, key);

    return (value != NULL && value->type == type) ? value : NULL;
}


const char *
delivery_text(const delivery_value_t *map, const char *key)
{
    const delivery_value_t *value = delivery_typed(map, key, DELIVERY_TEXT);

    return (value != NULL) ? value->is.text : NULL;
}


int64_t
delivery_number(const delivery_value_t *map, const char *key, int64_t otherwise)
{
    const delivery_value_t *value = delivery_typed(map, key, DELIVERY_NUMBER);

    return (value != NULL) ? value->is.number : otherwise;
}


int
delivery_flag(const delivery_value_t *map, const char *key, int otherwise)
{
    const delivery_value_t *value = delivery_typed(map, key, DELIVERY_FLAG);

    return (value != NULL) ? (int) value->is.number : otherwise;
}


const delivery_value_t *
delivery_items(const delivery_value_t *map, const char *key, unsigned *count)
{
    const delivery_value_t *value = delivery_member(map, key);

    *count = 0;

    if (value == NULL || (value->type != DELIVERY_LIST && value->type != DELIVERY_MAP)) {
        return NULL;
    }

    *count = value->is.inside.count;
    return value->is.inside.items;
}


static const char *
delivery_filled(const char *text)
{
    return (text != NULL && text[0] != '\0') ? text : NULL;
}


const char *
delivery_setting(const delivery_t *delivery, const char *name)
{
    return delivery_filled(delivery_text(delivery->settings, name));
}


const char *
delivery_said(const delivery_t *delivery, const char *name)
{
    return delivery_filled(delivery_text(delivery->message, name));
}


int
delivery_is(const delivery_t *delivery, const char *event)
{
    const char *said = delivery_said(delivery, "event");

    return said != NULL && strcmp(said, event) == 0;
}
