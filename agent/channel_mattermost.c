
/*
 * Mattermost: an incoming webhook, whose URL is the secret `url`; settings
 * `channel` and `username` where the server lets them be overridden.
 *
 * One attachment.  Its texts are Markdown in which @name mentions, and "<!all>"
 * does as in Slack; neither can be turned off, so a zero-width space stands behind
 * each @ and < of others.  Mattermost knows no key by which it would tell a
 * repeated message.
 */

#include "channels.h"

#include "chat.h"

#define MATTERMOST_TITLE_MAX 300
#define MATTERMOST_TEXT_MAX 4000
#define MATTERMOST_ITEMS_MAX 12000
#define MATTERMOST_VALUE_MAX 8000
#define MATTERMOST_FACTS_SHORT_MAX 40

/* the three bytes are the zero-width space, U+200B */
static const char *const mattermost_escaped[] = {
    "\\\\", "\\`", "\\*",           "\\_", "\\~", "\\|", "\\[", "\\]", "\\<\xe2\x80\x8b",
    "\\>",  "\\#", "@\xe2\x80\x8b",
};

static const char *const mattermost_plain_escaped[] = {"<\xe2\x80\x8b", "@\xe2\x80\x8b"};

static const chat_markup_t mattermost_markup = {
    .special = "\\`*_~|[]<>#@",
    .escaped = mattermost_escaped,
    .unit = UTF8_CHARACTERS,
    .value_max = MATTERMOST_VALUE_MAX,
    .link = chat_text_markdown_link,
};

/* of what is not Markdown: the title, and what notifications show */
static const chat_markup_t mattermost_plain = {
    .special = "<@",
    .escaped = mattermost_plain_escaped,
    .unit = UTF8_CHARACTERS,
};


static void
mattermost_fields(channel_request_t *out, const delivery_t *delivery)
{
    chat_fact_t facts[CHAT_FACTS_MAX];
    unsigned count = chat_facts(out, delivery, &mattermost_markup, facts);

    json_writer_key(&out->body, "fields");
    json_writer_open(&out->body, '[');

    for (unsigned i = 0; i < count; i++) {
        int is_short = utf8_count(facts[i].value, UTF8_CHARACTERS) <= MATTERMOST_FACTS_SHORT_MAX;

        json_writer_open(&out->body, '{');
        json_writer_key(&out->body, "short");
        json_writer_raw(&out->body, is_short ? "true" : "false");
        channel_json_text(out, "title", facts[i].label);
        channel_json_text(out, "value", facts[i].value);
        json_writer_close(&out->body, '}');
    }

    json_writer_close(&out->body, ']');
}


static const char *
mattermost_text(channel_request_t *out, const delivery_t *delivery)
{
    const char *text = chat_body(out, delivery, &mattermost_markup, MATTERMOST_TEXT_MAX);

    text =
        chat_text_join(out, text, "\n\n",
                       chat_items(out, delivery, &mattermost_markup, "\n", MATTERMOST_ITEMS_MAX));
    return chat_text_join(out, text, "\n\n",
                          chat_links_text(out, delivery, &mattermost_markup, " \xc2\xb7 "));
}


static int
mattermost_request(channel_request_t *out, const delivery_t *delivery, char *error)
{
    out->url = delivery_setting(delivery, "url");

    if (out->url == NULL) {
        return channel_refuse(error, "the channel has no webhook URL");
    }

    const char *title = chat_headline(out, delivery, &mattermost_plain, MATTERMOST_TITLE_MAX);
    json_writer_t *json = channel_json(out);

    json_writer_open(json, '{');
    channel_json_text_if(out, "channel", delivery_setting(delivery, "channel"));
    channel_json_text_if(out, "username", delivery_setting(delivery, "username"));
    json_writer_key(json, "attachments");
    json_writer_open(json, '[');
    json_writer_open(json, '{');
    channel_json_text(out, "fallback", title);
    channel_json_text(out, "color", channel_format(out, "#%06x", chat_color(delivery)));
    channel_json_text(out, "title", title);
    channel_json_text_if(out, "title_link", chat_text_url(out, delivery_said(delivery, "url")));
    channel_json_text(out, "text", mattermost_text(out, delivery));
    mattermost_fields(out, delivery);
    json_writer_close(json, '}');
    json_writer_close(json, ']');
    json_writer_close(json, '}');
    return 0;
}


/* 200 "ok", else {"id", "message", "status_code"}; 501: webhooks are turned off there. */
static channel_outcome_t
mattermost_judge(const http_result_t *answer, const delivery_t *delivery, channel_report_t *report)
{
    channel_outcome_t outcome = chat_judge(answer, report);

    (void) delivery;
    return (answer->error == HTTP_ERROR_NONE && answer->status == 501) ? CHANNEL_REFUSED : outcome;
}


const channel_t channel_mattermost = {
    .name = "mattermost",
    .request = mattermost_request,
    .judge = mattermost_judge,
};
