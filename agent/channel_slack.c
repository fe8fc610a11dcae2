
/*
 * Slack: an incoming webhook, whose URL is the secret `url`.
 *
 * The headline is a header block; the rest stands beside a coloured bar.  Texts of
 * others are plain_text wherever Slack allows it, and verbatim elsewhere, so that
 * nobody is mentioned by what a monitor is called.  Links are texts: a button
 * would call back, and show a warning, because behind a webhook nobody answers.
 * Slack knows no key by which it would tell a repeated message.
 */

#include "channels.h"

#include "channel_answer.h"
#include "chat.h"

#include <inttypes.h>
#include <string.h>

#define SLACK_NOTIFICATION_MAX 300
#define SLACK_HEADER_MAX 150
#define SLACK_SECTION_MAX 3000
#define SLACK_FIELD_MAX 2000

static const char *const slack_escaped[] = {"&amp;", "&lt;", "&gt;"};


static const char *
slack_link(channel_request_t *request, const char *text, const char *url)
{
    url = channel_replace(request, url, "&", slack_escaped);
    return channel_format(request, "<%s|%s>", url, text);
}


static const char *
slack_time(channel_request_t *request, int64_t seconds, const char *utc)
{
    return channel_format(request, "<!date^%" PRId64 "^{date_short_pretty} {time}|%s>", seconds,
                          utc);
}


static const chat_markup_t slack_markup = {
    .special = "&<>",
    .escaped = slack_escaped,
    .unit = UTF8_UNITS,
    .value_max = SLACK_FIELD_MAX - 20,
    .link = slack_link,
    .time = slack_time,
};


/* --- blocks --------------------------------------------------------------- */

static void
slack_plain(channel_request_t *out, const char *text)
{
    json_writer_open(&out->body, '{');
    channel_json_text(out, "type", "plain_text");
    channel_json_text(out, "text", text);
    json_writer_key(&out->body, "emoji");
    json_writer_raw(&out->body, "false");
    json_writer_close(&out->body, '}');
}


static void
slack_mrkdwn(channel_request_t *out, const char *text)
{
    json_writer_open(&out->body, '{');
    channel_json_text(out, "type", "mrkdwn");
    channel_json_text(out, "text", text);
    json_writer_key(&out->body, "verbatim");
    json_writer_raw(&out->body, "true");
    json_writer_close(&out->body, '}');
}


static void
slack_block(channel_request_t *out, const char *type, const char *text,
            void (*write)(channel_request_t *out, const char *text))
{
    if (text[0] == '\0') {
        return;
    }

    json_writer_open(&out->body, '{');
    channel_json_text(out, "type", type);
    json_writer_key(&out->body, "text");
    write(out, text);
    json_writer_close(&out->body, '}');
}


static void
slack_fields(channel_request_t *out, const delivery_t *delivery)
{
    chat_fact_t facts[CHAT_FACTS_MAX];
    unsigned count = chat_facts(out, delivery, &slack_markup, facts);

    if (count == 0) {
        return;
    }

    json_writer_open(&out->body, '{');
    channel_json_text(out, "type", "section");
    json_writer_key(&out->body, "fields");
    json_writer_open(&out->body, '[');

    for (unsigned i = 0; i < count; i++) {
        slack_mrkdwn(out, channel_format(out, "*%s*\n%s", facts[i].label, facts[i].value));
    }

    json_writer_close(&out->body, ']');
    json_writer_close(&out->body, '}');
}


/* Slack takes no attachment without a block. */
static void
slack_details(channel_request_t *out, const delivery_t *delivery)
{
    json_writer_t before = json_writer_mark(&out->body);

    json_writer_key(&out->body, "attachments");
    json_writer_open(&out->body, '[');
    json_writer_open(&out->body, '{');
    channel_json_text(out, "color", channel_format(out, "#%06x", chat_color(delivery)));
    json_writer_key(&out->body, "blocks");
    json_writer_open(&out->body, '[');

    size_t empty = out->body.len;

    slack_block(out, "section", chat_body(out, delivery, &slack_markup, SLACK_SECTION_MAX),
                slack_plain);
    slack_block(out, "section", chat_items(out, delivery, &slack_markup, "\n", SLACK_SECTION_MAX),
                slack_mrkdwn);
    slack_fields(out, delivery);
    slack_block(out, "section", chat_links_text(out, delivery, &slack_markup, "   "), slack_mrkdwn);

    if (out->body.len == empty && !out->body.overflow) {
        json_writer_rewind(&out->body, before);
        return;
    }

    json_writer_close(&out->body, ']');
    json_writer_close(&out->body, '}');
    json_writer_close(&out->body, ']');
}


static int
slack_request(channel_request_t *out, const delivery_t *delivery, char *error)
{
    out->url = delivery_setting(delivery, "url");

    if (out->url == NULL) {
        return channel_refuse(error, "the channel has no webhook URL");
    }

    json_writer_t *json = channel_json(out);

    json_writer_open(json, '{');
    /* what notifications show */
    channel_json_text(out, "text",
                      chat_headline(out, delivery, &slack_markup, SLACK_NOTIFICATION_MAX));
    json_writer_key(json, "unfurl_links");
    json_writer_raw(json, "false");
    json_writer_key(json, "unfurl_media");
    json_writer_raw(json, "false");
    json_writer_key(json, "blocks");
    json_writer_open(json, '[');
    slack_block(out, "header", chat_headline(out, delivery, &slack_markup, SLACK_HEADER_MAX),
                slack_plain);
    json_writer_close(json, ']');
    slack_details(out, delivery);
    json_writer_close(json, '}');
    return 0;
}


/* --- the answer ----------------------------------------------------------- */

/*
 * 200 "ok", or a status and a word: 400 invalid_payload, 403 action_prohibited,
 * 404 no_service or channel_not_found, 410 channel_is_archived, 429 with
 * Retry-After, 500 rollup_error.  Of a workflow: {"ok":false,"error":"..."}.
 */
static channel_outcome_t
slack_judge(const http_result_t *answer, const delivery_t *delivery, channel_report_t *report)
{
    channel_outcome_t outcome = chat_judge(answer, report);

    (void) delivery;

    if (outcome == CHANNEL_SENT) {
        channel_answer_t *said = channel_answer_read(answer);
        const char *error = channel_answer_text(said, "error");

        if (!channel_answer_flag(said, "ok", 1)) {
            outcome = (error != NULL && strcmp(error, "ratelimited") == 0) ? CHANNEL_FAILED
                                                                           : CHANNEL_REFUSED;
        }

        channel_answer_free(said);
    }

    return outcome;
}


const channel_t channel_slack = {
    .name = "slack",
    .request = slack_request,
    .judge = slack_judge,
};
