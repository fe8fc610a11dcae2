
/*
 * One message to one receiver as the hub has it, decoded: the channel's settings
 * and the message, each a map whose members are asked for by name.  Every text in
 * it is valid UTF-8 that ends with its only zero byte, whatever the hub sent.
 * Belongs to whoever decoded it; nothing in it is borrowed.
 */

#ifndef DELIVERY_H
#define DELIVERY_H

#include "bs_wire.h"

#include <stddef.h>
#include <stdint.h>

#define DELIVERY_VALUES_MAX 4000
#define DELIVERY_DEPTH_MAX 8

typedef enum {
    DELIVERY_NULL, /* also whatever has no other name here */
    DELIVERY_FLAG,
    DELIVERY_NUMBER,
    DELIVERY_TEXT,
    DELIVERY_LIST,
    DELIVERY_MAP
} delivery_type_t;

typedef struct delivery_value {
    delivery_type_t type;
    const char *key; /* "" in a list */
    union {
        int64_t number; /* of a flag: 0 or 1 */
        const char *text;
        struct {
            const struct delivery_value *items;
            unsigned count;
        } inside;
    } is;
} delivery_value_t;

typedef struct {
    uint64_t id;
    unsigned attempt;
    const char *key; /* the same at every attempt: what a provider tells doubles by */
    const char *kind;
    int64_t expires_ms;
    const delivery_value_t *settings;
    const delivery_value_t *message;
    int64_t now_s; /* the clock when this attempt began; set by whoever sends */
} delivery_t;

/* One block for delivery_free().  NULL with *error a literal that says what is wrong. */
delivery_t *delivery_decode(const bs_wire_delivery_t *wire, const char **error);
void delivery_free(delivery_t *delivery);

/* A member of a map; NULL if it is not there (or `map` is none). */
const delivery_value_t *delivery_member(const delivery_value_t *map, const char *key);

/* Its value, or what is returned if it is not there or of another type: NULL, `otherwise`, 0. */
const char *delivery_text(const delivery_value_t *map, const char *key);
int64_t delivery_number(const delivery_value_t *map, const char *key, int64_t otherwise);
int delivery_flag(const delivery_value_t *map, const char *key, int otherwise);

/* The elements of a list, or the members of a map; *count is 0 if there are none. */
const delivery_value_t *
delivery_items(const delivery_value_t *map, const char *key, unsigned *count);

/* The same of what channels ask for most: NULL if it is not there or empty. */
const char *delivery_setting(const delivery_t *delivery, const char *name);
const char *delivery_said(const delivery_t *delivery, const char *name);

/* The message's event is this one ("started", "acknowledged", "resolved", ...). */
int delivery_is(const delivery_t *delivery, const char *event);

/*
 * Overwrites with '*' what looks like a secret of the settings in a text that
 * came from a provider: many of them echo what they were sent.
 */
void delivery_redact(const delivery_t *delivery, char *text);

#endif
