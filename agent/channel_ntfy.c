
/*
 * ntfy, published as JSON to the server's root.
 *
 * Settings: topic *, url (of the server: https://ntfy.sh), priority (1 to 5, of what asks
 * for somebody: 4), token or username and password.
 *
 * A message of more than 4096 bytes would become a file; JSON may have twice as much.
 */

#include "channels.h"
#include "pager.h"

#include <string.h>

#define NTFY_MESSAGE_BYTES_MAX 4096
#define NTFY_JSON_BYTES_MAX (2 * NTFY_MESSAGE_BYTES_MAX)
#define NTFY_MESSAGE_BYTES_MIN 64
#define NTFY_TITLE_BYTES_MAX 250
#define NTFY_URL_BYTES_MAX 1000
#define NTFY_PRIORITY_DEFAULT 3
#define NTFY_PRIORITY_HIGH 4
#define NTFY_PRIORITY_URGENT 5


static int64_t
ntfy_priority(const delivery_t *delivery)
{
    if (!pager_alarms(delivery)) {
        return NTFY_PRIORITY_DEFAULT;
    }

    if (delivery_flag(delivery->message, "critical", 0)) {
        return NTFY_PRIORITY_URGENT;
    }

    return delivery_number(delivery->settings, "priority",
                           strcmp(pager_severity(delivery), "critical") == 0
                               ? NTFY_PRIORITY_HIGH
                               : NTFY_PRIORITY_DEFAULT);
}


/* These become pictures. */
static const char *
ntfy_tag(const delivery_t *delivery)
{
    switch (pager_step(delivery)) {
    case PAGER_ACKNOWLEDGE:
        return "eyes";
    case PAGER_CLOSE:
        return "white_check_mark";
    case PAGER_NOTE:
        return "speech_balloon";
    default:
        return pager_alarms(delivery) ? "rotating_light" : "information_source";
    }
}


/* A URL that is cut leads nowhere. */
static const char *
ntfy_url(const delivery_t *delivery, const char *name)
{
    const char *url = delivery_said(delivery, name);

    return (url != NULL && strlen(url) <= NTFY_URL_BYTES_MAX) ? url : NULL;
}


static void
ntfy_action(channel_request_t *out, const char *label, const char *url)
{
    if (url != NULL) {
        json_writer_open(&out->body, '{');
        channel_json_text(out, "action", "view");
        channel_json_text(out, "label", label);
        channel_json_text(out, "url", url);
        json_writer_close(&out->body, '}');
    }
}


static void
ntfy_body(channel_request_t *out, const delivery_t *delivery, const char *topic,
          const char *message)
{
    json_writer_t *json = &out->body;

    json_writer_open(json, '{');
    channel_json_text(out, "topic", topic);
    channel_json_cut(out, "title", pager_title(out, delivery), NTFY_TITLE_BYTES_MAX, UTF8_BYTES);
    channel_json_text(out, "message", message);
    json_writer_key(json, "priority");
    json_writer_int(json, ntfy_priority(delivery));
    json_writer_key(json, "tags");
    json_writer_open(json, '[');
    json_writer_string(json, ntfy_tag(delivery));
    json_writer_close(json, ']');
    channel_json_text_if(out, "click", ntfy_url(delivery, "url"));
    json_writer_key(json, "actions");
    json_writer_open(json, '[');
    ntfy_action(out, "Acknowledge", ntfy_url(delivery, "acknowledge_url"));
    ntfy_action(out, "Open", ntfy_url(delivery, "url"));
    json_writer_close(json, ']');
    json_writer_close(json, '}');
}


static int
ntfy_request(channel_request_t *out, const delivery_t *delivery, char *error)
{
    const char *topic = delivery_setting(delivery, "topic");
    const char *url = delivery_setting(delivery, "url");
    const char *text = pager_text(out, delivery, 0);

    if (topic == NULL) {
        return channel_refuse(error, "the channel has no topic");
    }

    out->url = pager_url(out, delivery, (url != NULL) ? url : "https://ntfy.sh", "/");

    json_writer_t mark = json_writer_mark(channel_json(out));

    /* Characters that JSON escapes may be too many. */
    for (size_t max = NTFY_MESSAGE_BYTES_MAX;; max /= 2) {
        ntfy_body(out, delivery, topic, channel_cut(out, text, max, UTF8_BYTES));

        if (out->body.len <= NTFY_JSON_BYTES_MAX || max <= NTFY_MESSAGE_BYTES_MIN) {
            break;
        }

        json_writer_rewind(&out->body, mark);
    }

    pager_authorize(out, delivery);
    return 0;
}


static channel_outcome_t
ntfy_judge(const http_result_t *answer, const delivery_t *delivery, channel_report_t *report)
{
    (void) delivery;
    return pager_judge(answer, "id", report);
}


const channel_t channel_ntfy = {
    .name = "ntfy",
    .request = ntfy_request,
    .judge = ntfy_judge,
};
