
/*
 * Opsgenie's Alert API, and Jira Service Management's, which is the same.
 *
 * Settings: api_key * (of an API integration), priority (of alerts whose incident
 * is critical: P1), tags, api_url (https://api.opsgenie.com; Europe has
 * https://api.eu.opsgenie.com, Jira https://api.atlassian.com/jsm/ops/integration).
 *
 * The alias is the incident's: what is created twice is counted, not opened twice.
 * All is done there after it was accepted with 202, in the order it came.
 */

#include "channels.h"
#include "pager.h"

#include <string.h>

#define OPSGENIE_MESSAGE_MAX 130
#define OPSGENIE_ALIAS_MAX 512
#define OPSGENIE_DESCRIPTION_MAX 15000
#define OPSGENIE_ENTITY_MAX 512
#define OPSGENIE_NOTE_MAX 25000
#define OPSGENIE_USER_MAX 100
#define OPSGENIE_TAGS_MAX 20
#define OPSGENIE_TAG_MAX 50
#define OPSGENIE_DETAIL_MAX 1000 /* all of them 8000 */


static const char *
opsgenie_priority(const delivery_t *delivery)
{
    const char *severity = pager_severity(delivery);
    const char *wanted = delivery_setting(delivery, "priority");

    if (strcmp(severity, "critical") == 0) {
        return (wanted != NULL) ? wanted : "P1";
    }

    return (strcmp(severity, "warning") == 0) ? "P3" : "P5";
}


static void
opsgenie_tags(channel_request_t *out, const delivery_t *delivery)
{
    unsigned count;
    const delivery_value_t *tags = delivery_items(delivery->settings, "tags", &count);

    if (count == 0) {
        return;
    }

    json_writer_key(&out->body, "tags");
    json_writer_open(&out->body, '[');

    for (unsigned i = 0; i < count && i < OPSGENIE_TAGS_MAX; i++) {
        if (tags[i].type == DELIVERY_TEXT) {
            json_writer_string(&out->body,
                               channel_cut(out, tags[i].is.text, OPSGENIE_TAG_MAX, UTF8_UNITS));
        }
    }

    json_writer_close(&out->body, ']');
}


/* Texts, all of them. */
static void
opsgenie_details(channel_request_t *out, const delivery_t *delivery)
{
    static const char *const names[] = {"kind", "team", "started_at", "url", "acknowledge_url"};

    json_writer_key(&out->body, "details");
    json_writer_open(&out->body, '{');

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        channel_json_text_if(
            out, names[i],
            channel_cut(out, delivery_said(delivery, names[i]), OPSGENIE_DETAIL_MAX, UTF8_UNITS));
    }

    json_writer_close(&out->body, '}');
}


static void
opsgenie_create(channel_request_t *out, const delivery_t *delivery)
{
    unsigned count;
    const delivery_value_t *monitors = delivery_items(delivery->message, "monitors", &count);
    const char *entity = (count > 0) ? delivery_text(&monitors[0], "name") : NULL;

    channel_json_cut(out, "message", pager_title(out, delivery), OPSGENIE_MESSAGE_MAX, UTF8_UNITS);
    channel_json_cut(out, "alias", pager_key(delivery), OPSGENIE_ALIAS_MAX, UTF8_UNITS);
    channel_json_cut(out, "description", pager_text(out, delivery, 1), OPSGENIE_DESCRIPTION_MAX,
                     UTF8_UNITS);
    opsgenie_tags(out, delivery);
    opsgenie_details(out, delivery);
    channel_json_text_if(
        out, "entity", channel_cut(out, pager_line(out, entity), OPSGENIE_ENTITY_MAX, UTF8_UNITS));
    channel_json_text(out, "source", PAGER_SENDER);
    channel_json_text(out, "priority", opsgenie_priority(delivery));
}


/* What is done to an alert: who, and why. */
static void
opsgenie_act(channel_request_t *out, const delivery_t *delivery, const char *who)
{
    channel_json_text(out, "source", PAGER_SENDER);
    channel_json_text_if(out, "user",
                         channel_cut(out, pager_line(out, who), OPSGENIE_USER_MAX, UTF8_UNITS));
    channel_json_cut(
        out, "note",
        channel_format(out, "%s\n%s", pager_title(out, delivery), pager_text(out, delivery, 0)),
        OPSGENIE_NOTE_MAX, UTF8_UNITS);
}


static int
opsgenie_request(channel_request_t *out, const delivery_t *delivery, char *error)
{
    static const char *const acts[] = {
        [PAGER_ACKNOWLEDGE] = "acknowledge",
        [PAGER_CLOSE] = "close",
        [PAGER_NOTE] = "notes",
    };
    const char *api_key = delivery_setting(delivery, "api_key");
    pager_step_t step = pager_step(delivery);

    if (api_key == NULL) {
        return channel_refuse(error, "the channel has no API key");
    }

    out->url = pager_url(out, delivery, "https://api.opsgenie.com", "/v2/alerts");
    json_writer_open(channel_json(out), '{');

    if (step == PAGER_OPEN) {
        opsgenie_create(out, delivery);

    } else {
        const char *alias = channel_cut(out, pager_key(delivery), OPSGENIE_ALIAS_MAX, UTF8_UNITS);

        out->url = channel_format(out, "%s/%s/%s?identifierType=alias", out->url,
                                  channel_percent(out, alias), acts[step]);
        opsgenie_act(out, delivery,
                     delivery_said(delivery, (step == PAGER_NOTE) ? "author" : "acknowledged_by"));
    }

    json_writer_close(&out->body, '}');
    channel_authorize(out, "GenieKey", api_key);
    return 0;
}


static channel_outcome_t
opsgenie_judge(const http_result_t *answer, const delivery_t *delivery, channel_report_t *report)
{
    (void) delivery;
    return pager_judge(answer, "requestId", report);
}


const channel_t channel_opsgenie = {
    .name = "opsgenie",
    .request = opsgenie_request,
    .judge = opsgenie_judge,
};
