
/*
 * PagerDuty's Events API v2.
 *
 * Settings: routing_key * (of an integration), severity (of alerts whose incident
 * is critical), api_url (https://events.pagerduty.com; Europe has
 * https://events.eu.pagerduty.com).
 *
 * The dedup_key is that of the incident, so whatever is sent twice is one alert.
 * Acknowledging or resolving what is not open is dropped there, with status 202.
 * Payload and links are only looked at in a trigger.
 */

#include "channels.h"
#include "pager.h"

#include <string.h>

#define PAGERDUTY_SUMMARY_MAX 1024
#define PAGERDUTY_KEY_MAX 255
#define PAGERDUTY_TEXT_MAX 10000 /* events have at most 512 KB */
#define PAGERDUTY_WORD_MAX 500


/* Another trigger is another entry in the log of an open alert, and a new alert else. */
static const char *
pagerduty_action(const delivery_t *delivery)
{
    const char *state = delivery_said(delivery, "state");

    switch (pager_step(delivery)) {
    case PAGER_ACKNOWLEDGE:
        return "acknowledge";
    case PAGER_CLOSE:
        return "resolve";
    case PAGER_NOTE:
        if (state != NULL && strcmp(state, "resolved") == 0) {
            return "resolve";
        }

        return "trigger";
    default:
        return "trigger";
    }
}


static const char *
pagerduty_severity(const delivery_t *delivery)
{
    const char *severity = pager_severity(delivery);
    const char *wanted = delivery_setting(delivery, "severity");

    return (wanted != NULL && strcmp(severity, "critical") == 0) ? wanted : severity;
}


static const char *
pagerduty_source(const delivery_t *delivery)
{
    unsigned count;
    const delivery_value_t *monitors = delivery_items(delivery->message, "monitors", &count);
    const char *name = (count > 0) ? delivery_text(&monitors[0], "name") : NULL;

    return (name != NULL && name[0] != '\0') ? name : PAGER_SENDER;
}


static void
pagerduty_word_if(channel_request_t *out, const char *key, const char *text)
{
    channel_json_text_if(out, key, channel_cut(out, text, PAGERDUTY_WORD_MAX, UTF8_CHARACTERS));
}


static void
pagerduty_details(channel_request_t *out, const delivery_t *delivery)
{
    static const char *const whole[] = {"incident_id", "regions", "monitors_count", "started_at"};

    json_writer_key(&out->body, "custom_details");
    json_writer_open(&out->body, '{');
    channel_json_cut(out, "description", pager_text(out, delivery, 0), PAGERDUTY_TEXT_MAX,
                     UTF8_CHARACTERS);

    for (size_t i = 0; i < sizeof(whole) / sizeof(whole[0]); i++) {
        channel_json_member_if(out, delivery_member(delivery->message, whole[i]));
    }

    json_writer_close(&out->body, '}');
}


static void
pagerduty_payload(channel_request_t *out, const delivery_t *delivery)
{
    json_writer_key(&out->body, "payload");
    json_writer_open(&out->body, '{');
    channel_json_cut(out, "summary", pager_title(out, delivery), PAGERDUTY_SUMMARY_MAX,
                     UTF8_CHARACTERS);
    channel_json_cut(out, "source", pager_line(out, pagerduty_source(delivery)), PAGERDUTY_WORD_MAX,
                     UTF8_CHARACTERS);
    channel_json_text(out, "severity", pagerduty_severity(delivery));
    channel_json_text_if(out, "timestamp", delivery_said(delivery, "started_at"));
    pagerduty_word_if(out, "group", delivery_said(delivery, "team"));
    pagerduty_word_if(out, "class", delivery_said(delivery, "kind"));
    pagerduty_details(out, delivery);
    json_writer_close(&out->body, '}');
}


static void
pagerduty_link(channel_request_t *out, const char *href, const char *text)
{
    if (href != NULL) {
        json_writer_open(&out->body, '{');
        channel_json_text(out, "href", href);
        channel_json_text(out, "text", text);
        json_writer_close(&out->body, '}');
    }
}


static int
pagerduty_request(channel_request_t *out, const delivery_t *delivery, char *error)
{
    const char *routing_key = delivery_setting(delivery, "routing_key");
    const char *action = pagerduty_action(delivery);

    if (routing_key == NULL) {
        return channel_refuse(error, "the channel has no routing key");
    }

    out->url = pager_url(out, delivery, "https://events.pagerduty.com", "/v2/enqueue");
    json_writer_open(channel_json(out), '{');
    channel_json_text(out, "routing_key", routing_key);
    channel_json_text(out, "event_action", action);
    channel_json_cut(out, "dedup_key", pager_key(delivery), PAGERDUTY_KEY_MAX, UTF8_CHARACTERS);

    if (strcmp(action, "trigger") == 0) {
        pagerduty_payload(out, delivery);
        channel_json_text(out, "client", PAGER_SENDER);
        channel_json_text_if(out, "client_url", delivery_said(delivery, "url"));
        json_writer_key(&out->body, "links");
        json_writer_open(&out->body, '[');
        pagerduty_link(out, delivery_said(delivery, "url"), "Open in " PAGER_SENDER);
        pagerduty_link(out, delivery_said(delivery, "acknowledge_url"), "Acknowledge");
        json_writer_close(&out->body, ']');
    }

    json_writer_close(&out->body, '}');
    return 0;
}


static channel_outcome_t
pagerduty_judge(const http_result_t *answer, const delivery_t *delivery, channel_report_t *report)
{
    (void) delivery;
    return pager_judge(answer, "dedup_key", report);
}


const channel_t channel_pagerduty = {
    .name = "pagerduty",
    .request = pagerduty_request,
    .judge = pagerduty_judge,
};
