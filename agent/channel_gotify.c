
/*
 * Gotify.
 *
 * Settings: url * (of the server), token * (of an application), priority (0 to 10, of what
 * asks for somebody: 8, which its app shows at once and loudly).
 */

#include "channels.h"
#include "pager.h"

#include <string.h>

#define GOTIFY_MESSAGE_MAX 10000 /* ours: it has no limit of its own */
#define GOTIFY_TITLE_MAX 250
#define GOTIFY_PRIORITY_NORMAL 5
#define GOTIFY_PRIORITY_HIGH 8
#define GOTIFY_PRIORITY_MAX 10


static int64_t
gotify_priority(const delivery_t *delivery)
{
    if (!pager_alarms(delivery)) {
        return GOTIFY_PRIORITY_NORMAL;
    }

    if (delivery_flag(delivery->message, "critical", 0)) {
        return GOTIFY_PRIORITY_MAX;
    }

    return delivery_number(delivery->settings, "priority",
                           strcmp(pager_severity(delivery), "critical") == 0
                               ? GOTIFY_PRIORITY_HIGH
                               : GOTIFY_PRIORITY_NORMAL);
}


/* As plain text: what monitors are called is no Markdown.  A click opens the incident. */
static void
gotify_extras(channel_request_t *out, const delivery_t *delivery)
{
    const char *url = delivery_said(delivery, "url");
    json_writer_t *json = &out->body;

    json_writer_key(json, "extras");
    json_writer_open(json, '{');
    json_writer_key(json, "client::display");
    json_writer_open(json, '{');
    channel_json_text(out, "contentType", "text/plain");
    json_writer_close(json, '}');

    if (url != NULL) {
        json_writer_key(json, "client::notification");
        json_writer_open(json, '{');
        json_writer_key(json, "click");
        json_writer_open(json, '{');
        channel_json_text(out, "url", url);
        json_writer_close(json, '}');
        json_writer_close(json, '}');
    }

    json_writer_close(json, '}');
}


static int
gotify_request(channel_request_t *out, const delivery_t *delivery, char *error)
{
    const char *url = delivery_setting(delivery, "url");
    const char *token = delivery_setting(delivery, "token");
    const char *text = pager_text(out, delivery, 1);

    if (url == NULL || token == NULL) {
        return channel_refuse(error, "the channel has no %s", (url == NULL) ? "URL" : "token");
    }

    out->url = pager_url(out, delivery, url, "/message");
    json_writer_open(channel_json(out), '{');
    channel_json_cut(out, "title", pager_title(out, delivery), GOTIFY_TITLE_MAX, UTF8_CHARACTERS);
    channel_json_cut(out, "message", (text[0] != '\0') ? text : pager_title(out, delivery),
                     GOTIFY_MESSAGE_MAX, UTF8_CHARACTERS);
    json_writer_key(&out->body, "priority");
    json_writer_int(&out->body, gotify_priority(delivery));
    gotify_extras(out, delivery);
    json_writer_close(&out->body, '}');
    channel_header(out, "X-Gotify-Key", token);
    return 0;
}


static channel_outcome_t
gotify_judge(const http_result_t *answer, const delivery_t *delivery, channel_report_t *report)
{
    (void) delivery;
    return pager_judge(answer, "id", report);
}


const channel_t channel_gotify = {
    .name = "gotify",
    .request = gotify_request,
    .judge = gotify_judge,
};
