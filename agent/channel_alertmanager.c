
/*
 * Prometheus' Alertmanager, API v2.
 *
 * Settings: url * (of Alertmanager, without /api/v2), labels (a map of texts), token
 * or username and password.
 *
 * An alert is known by its labels: all of them stay the same from the beginning of an
 * incident to its end.  It fires until endsAt, which is put far away because a beginning
 * is told once; reminders put it off again, and bring back what an Alertmanager that was
 * started anew has forgotten.  Acknowledgements are unknown there; they are an annotation.
 */

#include "channels.h"
#include "pager.h"

#include <string.h>
#include <time.h>

#define ALERTMANAGER_FIRES_S (7 * 86400)
#define ALERTMANAGER_TEST_S 300   /* longer than groups wait to be told */
#define ALERTMANAGER_OTHER_S 3600 /* what has no end of its own */
#define ALERTMANAGER_CLOCKS_DIFFER_S 30
#define ALERTMANAGER_TEXT_MAX 10000
#define ALERTMANAGER_LABEL_MAX 500
#define ALERTMANAGER_MS 1000


/* One label, unless the settings have it; `incident` is always ours. */
static void
alertmanager_label(channel_request_t *out, const delivery_value_t *theirs, const char *name,
                   const char *value)
{
    if (delivery_text(theirs, name) == NULL) {
        channel_json_text_if(out, name,
                             channel_cut(out, value, ALERTMANAGER_LABEL_MAX, UTF8_CHARACTERS));
    }
}


static void
alertmanager_labels(channel_request_t *out, const delivery_t *delivery)
{
    const delivery_value_t *theirs = delivery_member(delivery->settings, "labels");
    unsigned count;
    const delivery_value_t *labels = delivery_items(delivery->settings, "labels", &count);

    json_writer_key(&out->body, "labels");
    json_writer_open(&out->body, '{');
    alertmanager_label(out, theirs, "alertname", PAGER_SENDER);
    channel_json_text(out, "incident", pager_key(delivery));
    alertmanager_label(out, theirs, "kind", delivery_said(delivery, "kind"));
    alertmanager_label(out, theirs, "severity", pager_severity(delivery));

    for (unsigned i = 0; i < count; i++) {
        if (labels[i].type == DELIVERY_TEXT && strcmp(labels[i].key, "incident") != 0) {
            channel_json_text(out, labels[i].key, labels[i].is.text);
        }
    }

    json_writer_close(&out->body, '}');
}


static void
alertmanager_annotations(channel_request_t *out, const delivery_t *delivery)
{
    static const char *const names[] = {"url", "acknowledge_url", "acknowledged_by", "team"};

    json_writer_key(&out->body, "annotations");
    json_writer_open(&out->body, '{');
    channel_json_text(out, "summary", pager_title(out, delivery));
    channel_json_cut(out, "description", pager_text(out, delivery, 0), ALERTMANAGER_TEXT_MAX,
                     UTF8_CHARACTERS);

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        channel_json_text_if(out, names[i], delivery_said(delivery, names[i]));
    }

    json_writer_close(&out->body, '}');
}


/* Is it over, whatever is told of it? */
static int
alertmanager_is_over(const delivery_t *delivery)
{
    return pager_step(delivery) == PAGER_CLOSE
           || (pager_has_end(delivery) && delivery_said(delivery, "resolved_at") != NULL);
}


/*
 * When it ended, and a little before: where that has not come yet, by Alertmanager's clock,
 * the end that was put far away would win.
 */
static int64_t
alertmanager_ended_s(const delivery_t *delivery)
{
    const char *resolved_at = delivery_said(delivery, "resolved_at");
    struct tm when = {.tm_mday = 1};
    int64_t ended_s = delivery->now_s;

    if (resolved_at != NULL && strptime(resolved_at, "%Y-%m-%dT%H:%M:%S", &when) != NULL) {
        ended_s = timegm(&when);
    }

    return ended_s - ALERTMANAGER_CLOCKS_DIFFER_S;
}


/* What ends before it begins, by our clock too, would be refused. */
static void
alertmanager_times(channel_request_t *out, const delivery_t *delivery)
{
    int64_t began_s = delivery_number(delivery->message, "started_ms", 0) / ALERTMANAGER_MS;
    int64_t from_s = (delivery->now_s > began_s) ? delivery->now_s : began_s;
    int64_t ends_s = from_s + ALERTMANAGER_OTHER_S;
    int over = alertmanager_is_over(delivery);

    if (over) {
        ends_s = alertmanager_ended_s(delivery);
    } else if (pager_has_end(delivery)) {
        ends_s = from_s + ALERTMANAGER_FIRES_S;
    } else if (delivery_is(delivery, "test")) {
        ends_s = from_s + ALERTMANAGER_TEST_S;
    }

    if (over && ends_s <= began_s) {
        json_writer_key(&out->body, "startsAt");
        json_writer_time(&out->body, ends_s - 1);
    } else {
        channel_json_text_if(out, "startsAt", delivery_said(delivery, "started_at"));
    }

    json_writer_key(&out->body, "endsAt");
    json_writer_time(&out->body, ends_s);
}


static int
alertmanager_request(channel_request_t *out, const delivery_t *delivery, char *error)
{
    const char *url = delivery_setting(delivery, "url");
    json_writer_t *json;

    if (url == NULL) {
        return channel_refuse(error, "the channel has no URL");
    }

    out->url = pager_url(out, delivery, url, "/api/v2/alerts");
    json = channel_json(out);
    json_writer_open(json, '[');
    json_writer_open(json, '{');
    alertmanager_labels(out, delivery);
    alertmanager_annotations(out, delivery);
    alertmanager_times(out, delivery);
    channel_json_text_if(out, "generatorURL", delivery_said(delivery, "url"));
    json_writer_close(json, '}');
    json_writer_close(json, ']');
    pager_authorize(out, delivery);
    return 0;
}


/* What it has taken it answers with nothing. */
static channel_outcome_t
alertmanager_judge(const http_result_t *answer, const delivery_t *delivery,
                   channel_report_t *report)
{
    (void) delivery;
    return pager_judge(answer, "", report);
}


const channel_t channel_alertmanager = {
    .name = "alertmanager",
    .request = alertmanager_request,
    .judge = alertmanager_judge,
};
