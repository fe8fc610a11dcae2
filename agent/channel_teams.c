
/*
 * Microsoft Teams: a workflow "when a Teams webhook request is received", whose
 * URL is the secret `url`.  (The connectors of Microsoft 365 that came before are
 * retired; those that still answer take the same message.)
 *
 * One Adaptive Card of version 1.2, which phones show, too.  Texts of others stand
 * in RichTextBlocks, the only element in which nothing is Markdown.  A message
 * has at most 28 KB.  Teams knows no key by which it would tell a repeated one.
 */

#include "channels.h"

#include "chat.h"

#include <string.h>

#define TEAMS_TITLE_MAX 300
#define TEAMS_TEXT_MAX 4000 /* bytes, as they all are here */
#define TEAMS_ITEMS_MAX 4000
#define TEAMS_LINES_MAX 12 /* of one text; more stand on the last of them */

static const chat_markup_t teams_markup = {
    .special = "",
    .unit = UTF8_BYTES,
    .value_max = 2000,
};


/* --- elements ------------------------------------------------------------- */

static void
teams_run(channel_request_t *out, const char *text, int is_strong)
{
    json_writer_open(&out->body, '{');
    channel_json_text(out, "type", "TextRun");
    channel_json_text(out, "text", text);

    if (is_strong) {
        channel_json_text(out, "weight", "Bolder");
    }

    json_writer_close(&out->body, '}');
}


/* `label` may be "". */
static void
teams_line(channel_request_t *out, const char *label, const char *text)
{
    json_writer_open(&out->body, '{');
    channel_json_text(out, "type", "RichTextBlock");
    channel_json_text(out, "spacing", "Small");
    json_writer_key(&out->body, "inlines");
    json_writer_open(&out->body, '[');

    if (label[0] != '\0') {
        teams_run(out, channel_format(out, "%s: ", label), 1);
    }

    teams_run(out, text, 0);
    json_writer_close(&out->body, ']');
    json_writer_close(&out->body, '}');
}


static void
teams_lines(channel_request_t *out, const char *text)
{
    static const char *const spaces[] = {" "};

    for (int i = 1; *text != '\0'; i++) {
        size_t len = (i < TEAMS_LINES_MAX) ? strcspn(text, "\n") : strlen(text);
        const char *line = channel_format(out, "%.*s", (int) len, text);

        if (len > 0) {
            teams_line(out, "", channel_replace(out, line, "\n", spaces));
        }

        text += len + (text[len] == '\n');
    }
}


static void
teams_headline(channel_request_t *out, const delivery_t *delivery, const char *title)
{
    static const char *const styles[] = {"emphasis", "good", "warning", "attention"};

    json_writer_open(&out->body, '{');
    channel_json_text(out, "type", "Container");
    channel_json_text(out, "style", styles[chat_tone(delivery)]);
    json_writer_key(&out->body, "bleed");
    json_writer_raw(&out->body, "true");
    json_writer_key(&out->body, "items");
    json_writer_open(&out->body, '[');
    json_writer_open(&out->body, '{');
    channel_json_text(out, "type", "RichTextBlock");
    json_writer_key(&out->body, "inlines");
    json_writer_open(&out->body, '[');
    teams_run(out, title, 1);
    json_writer_close(&out->body, ']');
    json_writer_close(&out->body, '}');
    json_writer_close(&out->body, ']');
    json_writer_close(&out->body, '}');
}


/* --- the card ------------------------------------------------------------- */

static void
teams_body(channel_request_t *out, const delivery_t *delivery, const char *title)
{
    chat_fact_t facts[CHAT_FACTS_MAX];
    unsigned count = chat_facts(out, delivery, &teams_markup, facts);

    json_writer_key(&out->body, "body");
    json_writer_open(&out->body, '[');
    teams_headline(out, delivery, title);
    teams_lines(out, chat_body(out, delivery, &teams_markup, TEAMS_TEXT_MAX));
    teams_lines(out, chat_items(out, delivery, &teams_markup, "\n", TEAMS_ITEMS_MAX));

    for (unsigned i = 0; i < count; i++) {
        teams_line(out, facts[i].label, facts[i].value);
    }

    json_writer_close(&out->body, ']');
}


static void
teams_actions(channel_request_t *out, const delivery_t *delivery)
{
    chat_link_t links[CHAT_LINKS_MAX];
    unsigned count = chat_links(out, delivery, links);

    if (count == 0) {
        return;
    }

    json_writer_key(&out->body, "actions");
    json_writer_open(&out->body, '[');

    for (unsigned i = 0; i < count; i++) {
        json_writer_open(&out->body, '{');
        channel_json_text(out, "type", "Action.OpenUrl");
        channel_json_text(out, "title", links[i].label);
        channel_json_text(out, "url", links[i].url);
        json_writer_close(&out->body, '}');
    }

    json_writer_close(&out->body, ']');
}


static void
teams_card(channel_request_t *out, const delivery_t *delivery)
{
    const char *title = chat_headline(out, delivery, &teams_markup, TEAMS_TITLE_MAX);

    json_writer_open(&out->body, '{');
    channel_json_text(out, "$schema", "http://adaptivecards.io/schemas/adaptive-card.json");
    channel_json_text(out, "type", "AdaptiveCard");
    channel_json_text(out, "version", "1.2");
    channel_json_text(out, "fallbackText", title);
    json_writer_key(&out->body, "msteams");
    json_writer_raw(&out->body, "{\"width\":\"Full\"}");
    teams_body(out, delivery, title);
    teams_actions(out, delivery);
    json_writer_close(&out->body, '}');
}


static int
teams_request(channel_request_t *out, const delivery_t *delivery, char *error)
{
    out->url = delivery_setting(delivery, "url");

    if (out->url == NULL) {
        return channel_refuse(error, "the channel has no webhook URL");
    }

    json_writer_t *json = channel_json(out);

    json_writer_open(json, '{');
    channel_json_text(out, "type", "message");
    json_writer_key(json, "attachments");
    json_writer_open(json, '[');
    json_writer_open(json, '{');
    channel_json_text(out, "contentType", "application/vnd.microsoft.card.adaptive");
    json_writer_key(json, "contentUrl");
    json_writer_null(json);
    json_writer_key(json, "content");
    teams_card(out, delivery);
    json_writer_close(json, '}');
    json_writer_close(json, ']');
    json_writer_close(json, '}');
    return 0;
}


/*
 * A workflow answers 202, or 400 and more with {"error":{"code","message"}}.  A
 * connector answers 200 even if Teams did not take it, and says so in words.
 */
static channel_outcome_t
teams_judge(const http_result_t *answer, const delivery_t *delivery, channel_report_t *report)
{
    channel_outcome_t outcome = chat_judge(answer, report);

    (void) delivery;

    if (outcome == CHANNEL_SENT
        && strstr(report->detail, "Microsoft Teams endpoint returned HTTP error") != NULL)
    {
        return CHANNEL_FAILED;
    }

    return outcome;
}


const channel_t channel_teams = {
    .name = "teams",
    .request = teams_request,
    .judge = teams_judge,
};
