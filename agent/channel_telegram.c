
/*
 * Telegram: sendMessage of a bot.
 *
 * Settings: chat_id *, thread_id (a topic of a forum), api_url (a Bot API server
 * of one's own), secret token.  One text in HTML of at most 4096 characters, tags
 * and addresses of links not counted.  Links are texts: for an address that
 * Telegram does not like, as those without a dot, a button would be refused with
 * its message.  Telegram knows no key by which it would tell a repeated one.
 */

#include "channels.h"

#include "channel_answer.h"
#include "chat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Together with five facts they are less than 4096. */
#define TELEGRAM_TITLE_MAX 300
#define TELEGRAM_TEXT_MAX 1200
#define TELEGRAM_MARKUP_MAX 16384 /* of a list, with its tags */
#define TELEGRAM_API "https://api.telegram.org"
#define TELEGRAM_TOKEN_CHARACTERS \
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ:_-"

static const chat_markup_t telegram_markup = {
    .special = CHAT_TEXT_HTML_SPECIAL,
    .escaped = chat_text_html,
    .unit = UTF8_UNITS,
    .value_max = TELEGRAM_MARKUP_MAX,
    .link = chat_text_html_link,
};


static const char *
telegram_text(channel_request_t *out, const delivery_t *delivery)
{
    const chat_markup_t *markup = &telegram_markup;
    chat_fact_t facts[CHAT_FACTS_MAX];
    unsigned count = chat_facts(out, delivery, markup, facts);
    chat_text_list_t text;

    chat_text_list_init(&text);
    chat_text_list_add(&text, "",
                       channel_format(out, "%s<b>%s</b>", chat_dot(delivery),
                                      chat_headline(out, delivery, markup, TELEGRAM_TITLE_MAX)));
    chat_text_list_add(&text, "\n", chat_body(out, delivery, markup, TELEGRAM_TEXT_MAX));
    chat_text_list_add(&text, "\n\n", chat_items(out, delivery, markup, "\n", TELEGRAM_MARKUP_MAX));

    for (unsigned i = 0; i < count; i++) {
        chat_text_list_add(&text, (i == 0) ? "\n\n" : "\n",
                           channel_format(out, "<b>%s:</b> %s", facts[i].label, facts[i].value));
    }

    chat_text_list_add(&text, "\n\n", chat_links_text(out, delivery, markup, " \xc2\xb7 "));
    return chat_text_list_end(out, &text);
}


static int
telegram_address(channel_request_t *out, const delivery_t *delivery, char *error)
{
    const char *token = delivery_setting(delivery, "token");
    const char *api = delivery_setting(delivery, "api_url");

    if (token == NULL || token[strspn(token, TELEGRAM_TOKEN_CHARACTERS)] != '\0') {
        return channel_refuse(error, "the channel has no token as Telegram's @BotFather gives it");
    }

    if (delivery_setting(delivery, "chat_id") == NULL) {
        return channel_refuse(error, "the channel has no chat_id");
    }

    out->url = channel_format(out, "%s/bot%s/sendMessage",
                              chat_base_url(out, (api != NULL) ? api : TELEGRAM_API), token);
    return 0;
}


static int
telegram_request(channel_request_t *out, const delivery_t *delivery, char *error)
{
    int64_t thread = delivery_number(delivery->settings, "thread_id", 0);

    if (telegram_address(out, delivery, error) != 0) {
        return -1;
    }

    json_writer_t *json = channel_json(out);

    json_writer_open(json, '{');
    channel_json_text(out, "chat_id", delivery_setting(delivery, "chat_id"));

    if (thread > 0) {
        json_writer_key(json, "message_thread_id");
        json_writer_int(json, thread);
    }

    channel_json_text(out, "text", telegram_text(out, delivery));
    channel_json_text(out, "parse_mode", "HTML");
    json_writer_key(json, "link_preview_options");
    json_writer_raw(json, "{\"is_disabled\":true}");

    if (chat_is_quiet(delivery)) {
        json_writer_key(json, "disable_notification");
        json_writer_raw(json, "true");
    }

    json_writer_close(json, '}');
    return 0;
}


/* --- the answer ----------------------------------------------------------- */

/* {"ok":false,"error_code":429,"description":"...","parameters":{"retry_after":5}} */
static channel_outcome_t
telegram_judge_error(const channel_answer_t *said, int status, channel_report_t *report)
{
    double code = channel_answer_number(said, "error_code", status);
    double moved = channel_answer_number(said, "parameters.migrate_to_chat_id", 0);

    if (moved != 0) {
        snprintf(report->detail, sizeof(report->detail),
                 "The group has become a supergroup: its chat_id is %.0f now", moved);
        return CHANNEL_REFUSED;
    }

    if (report->retry_after_s == 0) {
        report->retry_after_s = channel_answer_wait(said, "parameters.retry_after", 1);
    }

    return (code == 429 || code >= 500) ? CHANNEL_FAILED : CHANNEL_REFUSED;
}


/* An answer that is cut is that to a long message, which begins with {"ok":true. */
static channel_outcome_t
telegram_judge(const http_result_t *answer, const delivery_t *delivery, channel_report_t *report)
{
    channel_outcome_t outcome = chat_judge(answer, report);
    channel_answer_t *said = channel_answer_read(answer);
    double id = channel_answer_number(said, "result.message_id", 0);

    (void) delivery;

    if (!channel_answer_flag(said, "ok", 1)) {
        outcome = telegram_judge_error(said, answer->status, report);

    } else if (outcome == CHANNEL_SENT && id > 0) {
        char reference[32];

        snprintf(reference, sizeof(reference), "%.0f", id);
        chat_reference(report, reference);
    }

    channel_answer_free(said);
    return outcome;
}


const channel_t channel_telegram = {
    .name = "telegram",
    .request = telegram_request,
    .judge = telegram_judge,
};
