
/*
 * Google Chat: an incoming webhook of a space, whose URL, with its key and token,
 * is the secret `url`.
 *
 * One card; all messages of an incident stand in one thread.  A card's texts are
 * HTML, its title is none.  The delivery's key is the request's: a repeat is the
 * same message.  A message has at most 32,000 bytes.
 */

#include "channels.h"

#include "channel_answer.h"
#include "chat.h"

#include <string.h>

#define GOOGLE_CHAT_TITLE_MAX 300
#define GOOGLE_CHAT_TEXT_MAX 4000 /* bytes, as they all are here */
#define GOOGLE_CHAT_ITEMS_MAX 8000
#define GOOGLE_CHAT_VALUE_MAX 4000

static const char *const google_chat_breaks[] = {"<br>"};

static const chat_markup_t google_chat_markup = {
    .special = CHAT_TEXT_HTML_SPECIAL,
    .escaped = chat_text_html,
    .unit = UTF8_BYTES,
    .value_max = GOOGLE_CHAT_VALUE_MAX,
    .link = chat_text_html_link,
};

static const chat_markup_t google_chat_plain = {
    .special = "",
    .unit = UTF8_BYTES,
};


/* --- widgets -------------------------------------------------------------- */

static void
google_chat_paragraph(channel_request_t *out, const char *text)
{
    if (text[0] == '\0') {
        return;
    }

    json_writer_open(&out->body, '{');
    json_writer_key(&out->body, "textParagraph");
    json_writer_open(&out->body, '{');
    channel_json_text(out, "text", channel_replace(out, text, "\n", google_chat_breaks));
    json_writer_close(&out->body, '}');
    json_writer_close(&out->body, '}');
}


static void
google_chat_facts(channel_request_t *out, const delivery_t *delivery)
{
    chat_fact_t facts[CHAT_FACTS_MAX];
    unsigned count = chat_facts(out, delivery, &google_chat_markup, facts);

    for (unsigned i = 0; i < count; i++) {
        json_writer_open(&out->body, '{');
        json_writer_key(&out->body, "decoratedText");
        json_writer_open(&out->body, '{');
        channel_json_text(out, "topLabel", facts[i].label);
        channel_json_text(out, "text", facts[i].value);
        json_writer_key(&out->body, "wrapText");
        json_writer_raw(&out->body, "true");
        json_writer_close(&out->body, '}');
        json_writer_close(&out->body, '}');
    }
}


static void
google_chat_button(channel_request_t *out, const chat_link_t *link)
{
    json_writer_open(&out->body, '{');
    channel_json_text(out, "text", link->label);
    json_writer_key(&out->body, "onClick");
    json_writer_open(&out->body, '{');
    json_writer_key(&out->body, "openLink");
    json_writer_open(&out->body, '{');
    channel_json_text(out, "url", link->url);
    json_writer_close(&out->body, '}');
    json_writer_close(&out->body, '}');
    json_writer_close(&out->body, '}');
}


static void
google_chat_buttons(channel_request_t *out, const delivery_t *delivery)
{
    chat_link_t links[CHAT_LINKS_MAX];
    unsigned count = chat_links(out, delivery, links);

    if (count == 0) {
        return;
    }

    json_writer_open(&out->body, '{');
    json_writer_key(&out->body, "buttonList");
    json_writer_open(&out->body, '{');
    json_writer_key(&out->body, "buttons");
    json_writer_open(&out->body, '[');

    for (unsigned i = 0; i < count; i++) {
        google_chat_button(out, &links[i]);
    }

    json_writer_close(&out->body, ']');
    json_writer_close(&out->body, '}');
    json_writer_close(&out->body, '}');
}


/* --- the message ---------------------------------------------------------- */

/* A section without a widget is none. */
static void
google_chat_section(channel_request_t *out, const delivery_t *delivery)
{
    json_writer_t before = json_writer_mark(&out->body);

    json_writer_key(&out->body, "sections");
    json_writer_open(&out->body, '[');
    json_writer_open(&out->body, '{');
    json_writer_key(&out->body, "widgets");
    json_writer_open(&out->body, '[');

    size_t empty = out->body.len;

    google_chat_paragraph(out, chat_body(out, delivery, &google_chat_markup, GOOGLE_CHAT_TEXT_MAX));
    google_chat_paragraph(
        out, chat_items(out, delivery, &google_chat_markup, "\n", GOOGLE_CHAT_ITEMS_MAX));
    google_chat_facts(out, delivery);
    google_chat_buttons(out, delivery);

    if (out->body.len == empty && !out->body.overflow) {
        json_writer_rewind(&out->body, before);
        return;
    }

    json_writer_close(&out->body, ']');
    json_writer_close(&out->body, '}');
    json_writer_close(&out->body, ']');
}


static void
google_chat_card(channel_request_t *out, const delivery_t *delivery, const char *title)
{
    json_writer_open(&out->body, '{');
    json_writer_key(&out->body, "header");
    json_writer_open(&out->body, '{');
    channel_json_text(out, "title", title);
    json_writer_close(&out->body, '}');
    google_chat_section(out, delivery);
    json_writer_close(&out->body, '}');
}


static const char *
google_chat_address(channel_request_t *out, const delivery_t *delivery, const char *url)
{
    const char *thread = delivery_said(delivery, "dedup_key");

    return channel_format(
        out, "%s%srequestId=%s%s", url, (strchr(url, '?') != NULL) ? "&" : "?",
        channel_percent(out, delivery->key),
        (thread != NULL) ? "&messageReplyOption=REPLY_MESSAGE_FALLBACK_TO_NEW_THREAD" : "");
}


static int
google_chat_request(channel_request_t *out, const delivery_t *delivery, char *error)
{
    const char *url = delivery_setting(delivery, "url");
    const char *thread = delivery_said(delivery, "dedup_key");

    if (url == NULL) {
        return channel_refuse(error, "the channel has no webhook URL");
    }

    out->url = google_chat_address(out, delivery, url);

    const char *title =
        channel_format(out, "%s%s", chat_dot(delivery),
                       chat_headline(out, delivery, &google_chat_plain, GOOGLE_CHAT_TITLE_MAX));
    json_writer_t *json = channel_json(out);

    json_writer_open(json, '{');
    channel_json_text(out, "fallbackText", title);
    json_writer_key(json, "cardsV2");
    json_writer_open(json, '[');
    json_writer_open(json, '{');
    channel_json_text(out, "cardId", "alert");
    json_writer_key(json, "card");
    google_chat_card(out, delivery, title);
    json_writer_close(json, '}');
    json_writer_close(json, ']');

    if (thread != NULL) {
        json_writer_key(json, "thread");
        json_writer_open(json, '{');
        channel_json_text(out, "threadKey", thread);
        json_writer_close(json, '}');
    }

    json_writer_close(json, '}');
    return 0;
}


/* {"name":"spaces/.../messages/...",...}, or {"error":{"code","message","status"}}. */
static channel_outcome_t
google_chat_judge(const http_result_t *answer, const delivery_t *delivery, channel_report_t *report)
{
    channel_outcome_t outcome = chat_judge(answer, report);
    channel_answer_t *said = channel_answer_read(answer);
    const char *name = channel_answer_text(said, "name");

    (void) delivery;

    if (outcome == CHANNEL_SENT && name != NULL) {
        chat_reference(report, name);
    }

    channel_answer_free(said);
    return outcome;
}


const channel_t channel_google_chat = {
    .name = "google_chat",
    .request = google_chat_request,
    .judge = google_chat_judge,
};
