
/*
 * Splunk On-Call's (VictorOps') REST endpoint.
 *
 * Settings: api_key * and routing_key *, as the endpoint's URL has them, api_url (that
 * URL up to them: https://alert.victorops.com/integrations/generic/20131114/alert).
 *
 * The entity_id is the incident's.  WARNING may open an incident or not, as is set up
 * there; INFO never does.
 */

#include "channels.h"
#include "pager.h"

#include <string.h>

#define SPLUNK_ON_CALL_URL "https://alert.victorops.com/integrations/generic/20131114/alert"
#define SPLUNK_ON_CALL_STATE_MESSAGE_MAX 20480
#define SPLUNK_ON_CALL_NAME_MAX 1000
#define SPLUNK_ON_CALL_MS 1000


static const char *
splunk_on_call_type(const delivery_t *delivery)
{
    switch (pager_step(delivery)) {
    case PAGER_ACKNOWLEDGE:
        return "ACKNOWLEDGEMENT";
    case PAGER_CLOSE:
        return "RECOVERY";
    case PAGER_NOTE:
        return "INFO";
    default:
        break;
    }

    if (!pager_alarms(delivery)) {
        return "INFO";
    }

    return (strcmp(pager_severity(delivery), "critical") == 0) ? "CRITICAL" : "WARNING";
}


static void
splunk_on_call_body(channel_request_t *out, const delivery_t *delivery)
{
    int64_t started_ms = delivery_number(delivery->message, "started_ms", 0);
    pager_step_t step = pager_step(delivery);

    json_writer_open(channel_json(out), '{');
    channel_json_text(out, "message_type", splunk_on_call_type(delivery));
    channel_json_text(out, "entity_id", pager_key(delivery));
    channel_json_cut(out, "entity_display_name", pager_title(out, delivery),
                     SPLUNK_ON_CALL_NAME_MAX, UTF8_CHARACTERS);
    channel_json_cut(out, "state_message", pager_text(out, delivery, 1),
                     SPLUNK_ON_CALL_STATE_MESSAGE_MAX, UTF8_CHARACTERS);

    if (step == PAGER_OPEN && started_ms > 0) {
        json_writer_key(&out->body, "state_start_time");
        json_writer_int(&out->body, started_ms / SPLUNK_ON_CALL_MS);
    }

    if (step == PAGER_ACKNOWLEDGE) {
        channel_json_text_if(out, "ack_author",
                             pager_line(out, delivery_said(delivery, "acknowledged_by")));
    }

    channel_json_text(out, "monitoring_tool", PAGER_SENDER);
    json_writer_close(&out->body, '}');
}


static int
splunk_on_call_request(channel_request_t *out, const delivery_t *delivery, char *error)
{
    const char *api_key = delivery_setting(delivery, "api_key");
    const char *routing_key = delivery_setting(delivery, "routing_key");

    if (api_key == NULL || routing_key == NULL) {
        return channel_refuse(error, "the channel has no %s",
                              (api_key == NULL) ? "API key" : "routing key");
    }

    out->url = channel_format(out, "%s/%s/%s", pager_url(out, delivery, SPLUNK_ON_CALL_URL, ""),
                              channel_percent(out, api_key), channel_percent(out, routing_key));
    splunk_on_call_body(out, delivery);
    return 0;
}


/* It also says with status 200 that it has failed. */
static channel_outcome_t
splunk_on_call_judge(const http_result_t *answer, const delivery_t *delivery,
                     channel_report_t *report)
{
    channel_outcome_t outcome = pager_judge(answer, "entity_id", report);
    char result[16];

    (void) delivery;
    pager_answer(answer, "result", result, sizeof(result));
    return (outcome == CHANNEL_SENT && strcmp(result, "failure") == 0) ? CHANNEL_REFUSED : outcome;
}


const channel_t channel_splunk_on_call = {
    .name = "splunk_on_call",
    .request = splunk_on_call_request,
    .judge = splunk_on_call_judge,
};
