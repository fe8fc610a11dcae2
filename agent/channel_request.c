
/* Texts stand in blocks of their own, one behind the other in a list. */

#include "channel_request.h"

#include "delivery.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHANNEL_ELLIPSIS "\xe2\x80\xa6"

struct channel_block {
    channel_block_t *next;
    char text[];
};


int
channel_request_init(channel_request_t *request)
{
    char *body = malloc(CHANNEL_BODY_BYTES_MAX);

    memset(request, 0, sizeof(*request));
    json_writer_init(&request->body, body, (body != NULL) ? CHANNEL_BODY_BYTES_MAX : 0);
    request->method = "POST";
    request->verify = 1;
    return (body != NULL) ? 0 : -1;
}


void
channel_request_deinit(channel_request_t *request)
{
    while (request->blocks != NULL) {
        channel_block_t *block = request->blocks;

        request->blocks = block->next;
        free(block);
    }

    free(request->body.data);
    request->body.data = NULL;
}


int
channel_request_end(const channel_request_t *request, const char **error)
{
    if (request->failed || request->body.overflow) {
        *error = "the message is larger than this agent sends";
        return -1;
    }

    return 0;
}


/* --- texts ---------------------------------------------------------------- */

/* Room for a text of `len` bytes and its zero; NULL after a failure. */
static char *
channel_room(channel_request_t *request, size_t len)
{
    if (len > CHANNEL_TEXT_BYTES_MAX - request->text_bytes) {
        request->failed = 1;
        return NULL;
    }

    channel_block_t *block = malloc(sizeof(*block) + len + 1);

    if (block == NULL) {
        request->failed = 1;
        return NULL;
    }

    block->next = request->blocks;
    request->blocks = block;
    request->text_bytes += len;
    block->text[len] = '\0';
    return block->text;
}


const char *
channel_format(channel_request_t *request, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);

    int len = vsnprintf(NULL, 0, format, arguments);

    va_end(arguments);

    char *text = (len >= 0) ? channel_room(request, (size_t) len) : NULL;

    if (text == NULL) {
        return "";
    }

    va_start(arguments, format);
    vsnprintf(text, (size_t) len + 1, format, arguments);
    va_end(arguments);
    return text;
}


const char *
channel_cut(channel_request_t *request, const char *text, size_t max, utf8_unit_t unit)
{
    size_t mark = utf8_count(CHANNEL_ELLIPSIS, unit);

    if (text == NULL || text[utf8_cut(text, max, unit)] == '\0') {
        return (text != NULL) ? text : "";
    }

    if (max < mark) {
        return "";
    }

    size_t len = utf8_cut(text, max - mark, unit);

    return channel_format(request, "%.*s" CHANNEL_ELLIPSIS, (int) len, text);
}


/* What takes the place of a byte, or NULL if it stays. */
typedef const char *(*channel_swap_t)(unsigned char byte, const void *table, char room[8]);


static const char *
channel_swapped(channel_request_t *request, const char *text, channel_swap_t swap,
                const void *table)
{
    char room[8];
    size_t len = 0;

    for (const char *p = text; *p != '\0'; p++) {
        const char *other = swap((unsigned char) *p, table, room);

        len += (other != NULL) ? strlen(other) : 1;
    }

    char *out = channel_room(request, len);

    if (out == NULL) {
        return "";
    }

    for (char *to = out; *text != '\0'; text++) {
        const char *other = swap((unsigned char) *text, table, room);

        if (other == NULL) {
            *to++ = *text;
        } else {
            to = stpcpy(to, other);
        }
    }

    out[len] = '\0';
    return out;
}


typedef struct {
    const char *from;
    const char *const *to;
} channel_table_t;


static const char *
channel_swap_table(unsigned char byte, const void *data, char room[8])
{
    const channel_table_t *table = data;
    const char *place = strchr(table->from, byte);

    (void) room;
    return (place != NULL) ? table->to[place - table->from] : NULL;
}


const char *
channel_replace(channel_request_t *request, const char *text, const char *from,
                const char *const *to)
{
    channel_table_t table = {from, to};

    return channel_swapped(request, text, channel_swap_table, &table);
}


static const char *
channel_swap_percent(unsigned char byte, const void *data, char room[8])
{
    const char *space = data;

    if ((byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || (byte >= '0' && byte <= '9')
        || strchr("-._~", byte) != NULL)
    {
        return NULL;
    }

    if (byte == ' ' && space != NULL) {
        return space;
    }

    snprintf(room, 8, "%%%02X", byte);
    return room;
}


const char *
channel_percent(channel_request_t *request, const char *text)
{
    return channel_swapped(request, text, channel_swap_percent, NULL);
}


static const char *
channel_swap_json(unsigned char byte, const void *data, char room[8])
{
    (void) data;

    if (byte == '"' || byte == '\\') {
        snprintf(room, 8, "\\%c", byte);
        return room;
    }

    if (byte < 0x20 || byte == 0x7f) {
        snprintf(room, 8, "\\u%04x", byte);
        return room;
    }

    return NULL;
}


const char *
channel_json_escape(channel_request_t *request, const char *text)
{
    return channel_swapped(request, text, channel_swap_json, NULL);
}


static const char *
channel_swap_xml(unsigned char byte, const void *data, char room[8])
{
    static const char special[] = "&<>\"'";
    static const char *const entities[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
    const char *place = strchr(special, byte);

    (void) data;
    (void) room;

    if (place != NULL) {
        return entities[place - special];
    }

    return (byte < 0x20 && strchr("\t\n\r", byte) == NULL) ? " " : NULL; /* XML has no others */
}


const char *
channel_xml_escape(channel_request_t *request, const char *text)
{
    return channel_swapped(request, text, channel_swap_xml, NULL);
}


/* --- headers -------------------------------------------------------------- */

static const char *
channel_swap_control(unsigned char byte, const void *data, char room[8])
{
    (void) data;
    (void) room;
    return (byte < 0x20 || byte == 0x7f) ? " " : NULL;
}


void
channel_header(channel_request_t *request, const char *name, const char *value)
{
    if (request->headers_count == CHANNEL_HEADERS_MAX) {
        request->failed = 1;
        return;
    }

    request->headers[request->headers_count++] = (http_header_t){
        name,
        channel_swapped(request, value, channel_swap_control, NULL),
    };
}


void
channel_authorize(channel_request_t *request, const char *scheme, const char *token)
{
    channel_header(request, "Authorization", channel_format(request, "%s %s", scheme, token));
}


/* --- bodies --------------------------------------------------------------- */

json_writer_t *
channel_json(channel_request_t *request)
{
    request->has_body = 1;
    channel_header(request, "Content-Type", "application/json");
    return &request->body;
}


void
channel_json_value(channel_request_t *request, const delivery_value_t *value)
{
    json_writer_t *json = &request->body;
    int is_map = value->type == DELIVERY_MAP;

    switch (value->type) {
    case DELIVERY_TEXT:
        json_writer_string(json, value->is.text);
        return;
    case DELIVERY_NUMBER:
        json_writer_int(json, value->is.number);
        return;
    case DELIVERY_FLAG:
        json_writer_raw(json, value->is.number ? "true" : "false");
        return;
    case DELIVERY_NULL:
        json_writer_null(json);
        return;
    default:
        break;
    }

    json_writer_open(json, is_map ? '{' : '[');

    for (unsigned i = 0; i < value->is.inside.count; i++) {
        if (is_map) {
            json_writer_key(json, value->is.inside.items[i].key);
        }

        channel_json_value(request, &value->is.inside.items[i]);
    }

    json_writer_close(json, is_map ? '}' : ']');
}


void
channel_json_member_if(channel_request_t *request, const delivery_value_t *member)
{
    if (member != NULL && member->type != DELIVERY_NULL) {
        json_writer_key(&request->body, member->key);
        channel_json_value(request, member);
    }
}


void
channel_json_text(channel_request_t *request, const char *key, const char *text)
{
    json_writer_key(&request->body, key);
    json_writer_string(&request->body, (text != NULL) ? text : "");
}


void
channel_json_text_if(channel_request_t *request, const char *key, const char *text)
{
    if (text != NULL && text[0] != '\0') {
        channel_json_text(request, key, text);
    }
}


void
channel_json_cut(channel_request_t *request, const char *key, const char *text, size_t max,
                 utf8_unit_t unit)
{
    channel_json_text(request, key, channel_cut(request, text, max, unit));
}


void
channel_body(channel_request_t *request, const char *text)
{
    request->has_body = 1;
    json_writer_put(&request->body, text, strlen(text));
}


void
channel_form(channel_request_t *request, const char *name, const char *value)
{
    if (!request->has_body) {
        channel_header(request, "Content-Type", "application/x-www-form-urlencoded");
    } else {
        channel_body(request, "&");
    }

    channel_body(request, channel_swapped(request, name, channel_swap_percent, "+"));
    channel_body(request, "=");
    channel_body(request, channel_swapped(request, value, channel_swap_percent, "+"));
}
