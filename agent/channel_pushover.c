
/*
 * Pushover.
 *
 * Settings: token * (of an application), user_key * (of a person or group), priority (-2 to 2,
 * of what asks for somebody: 1), device, sound, api_url (https://api.pushover.net).
 *
 * Priority 2 is told again every minute until somebody acknowledges it on the phone, or
 * half an hour is over.  Its tag is the incident, so that an acknowledgement elsewhere ends
 * that, too: then nothing is shown.  The end of an incident is a message of its own, behind
 * which the hub sends another delivery, "cancel": no message ends an emergency.
 */

#include "channels.h"
#include "pager.h"

#include <inttypes.h>
#include <string.h>

#define PUSHOVER_MESSAGE_MAX 1024
#define PUSHOVER_TITLE_MAX 250
#define PUSHOVER_URL_MAX 512
#define PUSHOVER_PRIORITY_HIGH 1
#define PUSHOVER_PRIORITY_EMERGENCY 2
#define PUSHOVER_RETRY_S "60"    /* at least 30 */
#define PUSHOVER_EXPIRE_S "1800" /* at most 10800 */
#define PUSHOVER_MS 1000


/* Of what asks for somebody. */
static int64_t
pushover_alarm_priority(const delivery_t *delivery)
{
    if (delivery_flag(delivery->message, "critical", 0)) {
        return PUSHOVER_PRIORITY_EMERGENCY;
    }

    return delivery_number(
        delivery->settings, "priority",
        strcmp(pager_severity(delivery), "critical") == 0 ? PUSHOVER_PRIORITY_HIGH : 0);
}


static int64_t
pushover_priority(const delivery_t *delivery)
{
    int64_t priority = pushover_alarm_priority(delivery);

    return (pager_alarms(delivery) || priority < 0) ? priority : 0;
}


static void
pushover_form_if(channel_request_t *out, const char *name, const char *value)
{
    if (value != NULL && value[0] != '\0') {
        channel_form(out, name, value);
    }
}


/* A URL that is cut leads nowhere. */
static void
pushover_link(channel_request_t *out, const char *url, const char *title)
{
    if (url != NULL && utf8_count(url, UTF8_CHARACTERS) <= PUSHOVER_URL_MAX) {
        channel_form(out, "url", url);
        channel_form(out, "url_title", title);
    }
}


static void
pushover_message(channel_request_t *out, const delivery_t *delivery)
{
    const char *text = pager_text(out, delivery, 0);
    const char *title = pager_title(out, delivery);
    const char *acknowledge_url = delivery_said(delivery, "acknowledge_url");
    int64_t priority = pushover_priority(delivery);
    int64_t started_ms = delivery_number(delivery->message, "started_ms", 0);

    channel_form(out, "title", channel_cut(out, title, PUSHOVER_TITLE_MAX, UTF8_CHARACTERS));
    channel_form(
        out, "message",
        channel_cut(out, (text[0] != '\0') ? text : title, PUSHOVER_MESSAGE_MAX, UTF8_CHARACTERS));
    channel_form(out, "priority", channel_format(out, "%" PRId64, priority));

    if (priority == PUSHOVER_PRIORITY_EMERGENCY) {
        channel_form(out, "retry", PUSHOVER_RETRY_S);
        channel_form(out, "expire", PUSHOVER_EXPIRE_S);
        channel_form(out, "tags", pager_key(delivery));
    }

    if (acknowledge_url != NULL) {
        pushover_link(out, acknowledge_url, "Acknowledge");
    } else {
        pushover_link(out, delivery_said(delivery, "url"), "Open in " PAGER_SENDER);
    }

    pushover_form_if(out, "device", delivery_setting(delivery, "device"));
    pushover_form_if(out, "sound", delivery_setting(delivery, "sound"));

    if (delivery_is(delivery, "started") && started_ms > 0) {
        channel_form(out, "timestamp", channel_format(out, "%" PRId64, started_ms / PUSHOVER_MS));
    }
}


/* Does it end an emergency, instead of telling something? */
static int
pushover_cancels(const delivery_t *delivery)
{
    return delivery_is(delivery, "cancel")
           || (pager_step(delivery) == PAGER_ACKNOWLEDGE
               && pushover_alarm_priority(delivery) == PUSHOVER_PRIORITY_EMERGENCY);
}


static int
pushover_request(channel_request_t *out, const delivery_t *delivery, char *error)
{
    const char *token = delivery_setting(delivery, "token");
    const char *user = delivery_setting(delivery, "user_key");

    if (token == NULL || user == NULL) {
        return channel_refuse(error, "the channel has no %s",
                              (token == NULL) ? "token" : "user key");
    }

    channel_form(out, "token", token);

    if (pushover_cancels(delivery)) {
        out->url = pager_url(out, delivery, "https://api.pushover.net",
                             channel_format(out, "/1/receipts/cancel_by_tag/%s.json",
                                            channel_percent(out, pager_key(delivery))));
        return 0;
    }

    out->url = pager_url(out, delivery, "https://api.pushover.net", "/1/messages.json");
    channel_form(out, "user", user);
    pushover_message(out, delivery);
    return 0;
}


/* An emergency has a receipt. */
static channel_outcome_t
pushover_judge(const http_result_t *answer, const delivery_t *delivery, channel_report_t *report)
{
    channel_outcome_t outcome = pager_judge(answer, "receipt", report);

    (void) delivery;

    if (outcome == CHANNEL_SENT && report->provider_ref[0] == '\0') {
        pager_answer(answer, "request", report->provider_ref, sizeof(report->provider_ref));
    }

    return outcome;
}


const channel_t channel_pushover = {
    .name = "pushover",
    .request = pushover_request,
    .judge = pushover_judge,
};
