
#include "channel_template.h"

#include <inttypes.h>
#include <string.h>

/* The member of the message, or of its first monitor, that a name stands for. */
typedef struct {
    const char *name;
    const char *member;
    int of_monitor;
} channel_placeholder_t;

/* clang-format off */
static const channel_placeholder_t placeholders[] = {
    {"ACKNOWLEDGED_AT", "acknowledged_at", 0},
    {"ACKNOWLEDGED_BY", "acknowledged_by", 0},
    {"ACKNOWLEDGE_URL", "acknowledge_url", 0},
    {"AUTHOR", "author", 0},
    {"COMMENT", "comment", 0},
    {"DEDUP_KEY", "dedup_key", 0},
    {"DURATION", "duration_text", 0},
    {"DURATION_S", "duration_s", 0},
    {"EVENT", "event", 0},
    {"INCIDENT_ID", "incident_id", 0},
    {"INCIDENT_URL", "url", 0},
    {"INSTRUCTIONS", "instructions", 0},
    {"KIND", "kind", 0},
    {"MONITORS_COUNT", "monitors_count", 0},
    {"MONITOR_NAME", "name", 1},
    {"MONITOR_URL", "url", 1},
    {"REGIONS", "regions", 0},
    {"RESOLVED_AT", "resolved_at", 0},
    {"SEVERITY", "severity", 0},
    {"STARTED_AT", "started_at", 0},
    {"STATE", "state", 0},
    {"TEAM", "team", 0},
    {"TEXT", "text", 0},
    {"TITLE", "title", 0},
};
/* clang-format on */


static const delivery_value_t *
channel_template_member(const delivery_t *delivery, const channel_placeholder_t *placeholder)
{
    unsigned count;
    const delivery_value_t *monitors;

    if (!placeholder->of_monitor) {
        return delivery_member(delivery->message, placeholder->member);
    }

    monitors = delivery_items(delivery->message, "monitors", &count);
    return (count > 0) ? delivery_member(&monitors[0], placeholder->member) : NULL;
}


/* One value as a person writes it; a list's elements with commas between. */
static const char *
channel_template_words(channel_request_t *request, const delivery_value_t *value)
{
    const char *words = "";

    if (value == NULL) {
        return words;
    }

    switch (value->type) {
    case DELIVERY_TEXT:
        return value->is.text;
    case DELIVERY_NUMBER:
        return channel_format(request, "%" PRId64, value->is.number);
    case DELIVERY_FLAG:
        return value->is.number ? "true" : "false";
    case DELIVERY_LIST:
        break;
    default:
        return words;
    }

    for (unsigned i = 0; i < value->is.inside.count; i++) {
        const delivery_value_t *item = &value->is.inside.items[i];

        if (item->type == DELIVERY_TEXT) {
            words = channel_format(request, "%s%s%s", words, words[0] ? ", " : "", item->is.text);
        }
    }

    return words;
}


/* The placeholder at `text`, which is behind a dollar; *used is its length. */
static const channel_placeholder_t *
channel_template_find(const char *text, size_t *used)
{
    size_t brace = (text[0] == '{');
    size_t len = strspn(text + brace, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");

    if (brace && text[brace + len] != '}') {
        return NULL;
    }

    *used = len + 2 * brace;

    for (size_t i = 0; i < sizeof(placeholders) / sizeof(placeholders[0]); i++) {
        if (strlen(placeholders[i].name) == len
            && memcmp(placeholders[i].name, text + brace, len) == 0) {
            return &placeholders[i];
        }
    }

    return NULL;
}


/* No value is longer than `max` bytes before it is escaped. */
static void
channel_template_put(channel_request_t *request, json_writer_t *out, const char *text,
                     const delivery_t *delivery, channel_escape_t escape, size_t max)
{
    while (*text != '\0') {
        size_t plain = strcspn(text, "$");
        size_t used = 0;

        json_writer_put(out, text, plain);
        text += plain;

        if (*text == '\0') {
            return;
        }

        const channel_placeholder_t *placeholder = channel_template_find(text + 1, &used);

        if (placeholder != NULL) {
            const char *words =
                channel_template_words(request, channel_template_member(delivery, placeholder));

            words = channel_cut(request, words, max, UTF8_BYTES);
            words = (escape != NULL) ? escape(request, words) : words;
            json_writer_put(out, words, strlen(words));
            text += 1 + used;
        } else {
            json_writer_put(out, "$", 1);
            text += (text[1] == '$') ? 2 : 1;
        }
    }
}


void
channel_template(channel_request_t *request, json_writer_t *out, const char *text,
                 const delivery_t *delivery, channel_escape_t escape)
{
    channel_template_put(request, out, text, delivery, escape, SIZE_MAX);
}


const char *
channel_template_text(channel_request_t *request, const char *text, const delivery_t *delivery,
                      channel_escape_t escape)
{
    char room[CHANNEL_TEMPLATE_TEXT_MAX];
    json_writer_t out;

    json_writer_init(&out, room, sizeof(room));
    channel_template_put(request, &out, text, delivery, escape, CHANNEL_TEMPLATE_VALUE_BYTES_MAX);
    request->failed |= out.overflow;
    return channel_format(request, "%.*s", (int) out.len, room);
}
