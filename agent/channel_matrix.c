
/*
 * Matrix: PUT of an m.room.message.
 *
 * Settings: url * (of the homeserver), room_id *, secret token (of an account
 * that is in the room).  The delivery's key is the transaction's: a repeat is the
 * same event.  Notices ring nobody's phone, so only what may be quiet is one;
 * empty m.mentions say that nobody is meant, whatever the text says.
 */

#include "channels.h"

#include "channel_answer.h"
#include "chat.h"

#include <string.h>

#define MATRIX_TITLE_MAX 300
#define MATRIX_TEXT_MAX 2000
#define MATRIX_MARKUP_MAX 12000 /* an event has at most 65536 bytes */

static const chat_markup_t matrix_markup = {
    .special = CHAT_TEXT_HTML_SPECIAL,
    .escaped = chat_text_html,
    .unit = UTF8_CHARACTERS,
    .value_max = MATRIX_MARKUP_MAX,
    .link = chat_text_html_link,
};


/* The beginning of both forms. */
static void
matrix_begin(channel_request_t *out, const delivery_t *delivery, const chat_markup_t *markup,
             chat_text_list_t *text, const char *tag, const char *end)
{
    const char *title = chat_headline(out, delivery, markup, MATRIX_TITLE_MAX);

    chat_text_list_init(text);
    chat_text_list_add(text, "", chat_dot(delivery));
    chat_text_list_add(text, "", channel_format(out, "%s%s%s", tag, title, end));
    chat_text_list_add(text, "\n", chat_body(out, delivery, markup, MATRIX_TEXT_MAX));
    chat_text_list_add(text, "\n", chat_items(out, delivery, markup, "\n", MATRIX_MARKUP_MAX));
}


/* What clients without HTML, and notifications, show. */
static const char *
matrix_plain(channel_request_t *out, const delivery_t *delivery)
{
    chat_fact_t facts[CHAT_FACTS_MAX];
    unsigned count = chat_facts(out, delivery, &chat_text_plain, facts);
    chat_link_t links[CHAT_LINKS_MAX];
    unsigned links_count = chat_links(out, delivery, links);
    chat_text_list_t text;

    matrix_begin(out, delivery, &chat_text_plain, &text, "", "");

    for (unsigned i = 0; i < count; i++) {
        chat_text_list_add(&text, "\n",
                           channel_format(out, "%s: %s", facts[i].label, facts[i].value));
    }

    for (unsigned i = 0; i < links_count; i++) {
        chat_text_list_add(&text, "\n",
                           channel_format(out, "%s: %s", links[i].label, links[i].url));
    }

    return chat_text_list_end(out, &text);
}


static const char *
matrix_html(channel_request_t *out, const delivery_t *delivery)
{
    static const char *const breaks[] = {"<br>"};
    chat_fact_t facts[CHAT_FACTS_MAX];
    unsigned count = chat_facts(out, delivery, &matrix_markup, facts);
    chat_text_list_t text;

    matrix_begin(out, delivery, &matrix_markup, &text, "<strong>", "</strong>");

    for (unsigned i = 0; i < count; i++) {
        chat_text_list_add(
            &text, "\n",
            channel_format(out, "<strong>%s:</strong> %s", facts[i].label, facts[i].value));
    }

    chat_text_list_add(&text, "\n", chat_links_text(out, delivery, &matrix_markup, " \xc2\xb7 "));
    return channel_replace(out, chat_text_list_end(out, &text), "\n", breaks);
}


static int
matrix_request(channel_request_t *out, const delivery_t *delivery, char *error)
{
    const char *url = delivery_setting(delivery, "url");
    const char *room = delivery_setting(delivery, "room_id");
    const char *token = delivery_setting(delivery, "token");

    if (url == NULL || room == NULL || token == NULL) {
        return channel_refuse(error, "the channel needs the homeserver's URL, a room and a token");
    }

    out->method = "PUT";
    out->url = channel_format(out, "%s/_matrix/client/v3/rooms/%s/send/m.room.message/%s",
                              chat_base_url(out, url), channel_percent(out, room),
                              channel_percent(out, delivery->key));
    channel_authorize(out, "Bearer", token);

    json_writer_t *json = channel_json(out);

    json_writer_open(json, '{');
    channel_json_text(out, "msgtype", chat_is_quiet(delivery) ? "m.notice" : "m.text");
    channel_json_text(out, "body", matrix_plain(out, delivery));
    channel_json_text(out, "format", "org.matrix.custom.html");
    channel_json_text(out, "formatted_body", matrix_html(out, delivery));
    json_writer_key(json, "m.mentions");
    json_writer_raw(json, "{}");
    json_writer_close(json, '}');
    return 0;
}


/* {"event_id"}, or {"errcode","error"}, of 429 with "retry_after_ms" from older servers. */
static channel_outcome_t
matrix_judge(const http_result_t *answer, const delivery_t *delivery, channel_report_t *report)
{
    channel_outcome_t outcome = chat_judge(answer, report);
    channel_answer_t *said = channel_answer_read(answer);
    const char *id = channel_answer_text(said, "event_id");

    (void) delivery;

    if (outcome == CHANNEL_SENT && id != NULL) {
        chat_reference(report, id);
    }

    if (answer->status == 429 && report->retry_after_s == 0) {
        report->retry_after_s = channel_answer_wait(said, "retry_after_ms", 1000);
    }

    channel_answer_free(said);
    return outcome;
}


const channel_t channel_matrix = {
    .name = "matrix",
    .request = matrix_request,
    .judge = matrix_judge,
};
