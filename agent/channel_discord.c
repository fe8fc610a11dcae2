
/*
 * Discord: a webhook, whose URL is the secret `url`; it may have ?thread_id=.
 *
 * One embed, whose limits are 256 characters of title, 4096 of description, 1024
 * of a field and 6000 in all.  Nobody is ever mentioned.  Discord knows no key by
 * which it would tell a repeated message of a webhook.
 */

#include "channels.h"

#include "channel_answer.h"
#include "chat.h"

#include <inttypes.h>
#include <string.h>

#define DISCORD_TITLE_MAX 256
#define DISCORD_TEXT_MAX 1200  /* of the description */
#define DISCORD_ITEMS_MAX 2880 /* with two line feeds the rest of it */
#define DISCORD_FIELD_MAX 1024
#define DISCORD_INLINE_MAX 60
#define DISCORD_SUPPRESS_NOTIFICATIONS 4096

static const char *const discord_escaped[] = {
    "\\\\", "\\`", "\\*", "\\_", "\\~", "\\|", "\\[", "\\]", "\\<", "\\>", "\\#", "\\@",
};


static const char *
discord_time(channel_request_t *request, int64_t seconds, const char *utc)
{
    (void) utc;
    return channel_format(request, "<t:%" PRId64 ":f>", seconds);
}


static const chat_markup_t discord_markup = {
    .special = "\\`*_~|[]<>#@",
    .escaped = discord_escaped,
    .unit = UTF8_UNITS,
    .value_max = DISCORD_FIELD_MAX,
    .link = chat_text_markdown_link,
    .time = discord_time,
};


static const char *
discord_description(channel_request_t *out, const delivery_t *delivery)
{
    const char *text = chat_body(out, delivery, &discord_markup, DISCORD_TEXT_MAX);
    const char *items = chat_items(out, delivery, &discord_markup, "\n", DISCORD_ITEMS_MAX);

    return chat_text_join(out, text, "\n\n", items);
}


static void
discord_field(channel_request_t *out, const char *name, const char *value, int is_inline)
{
    json_writer_open(&out->body, '{');
    channel_json_text(out, "name", name);
    channel_json_text(out, "value", value);
    json_writer_key(&out->body, "inline");
    json_writer_raw(&out->body, is_inline ? "true" : "false");
    json_writer_close(&out->body, '}');
}


/* The title is the first of the links, too: if there is no room for both, this is the other one. */
static const char *
discord_links(channel_request_t *out, const delivery_t *delivery)
{
    chat_link_t links[CHAT_LINKS_MAX];
    unsigned count = chat_links(out, delivery, links);
    const char *text = chat_links_text(out, delivery, &discord_markup, " \xc2\xb7 ");

    if (utf8_count(text, UTF8_UNITS) <= DISCORD_FIELD_MAX) {
        return text;
    }

    return chat_text_markdown_link(out, links[count - 1].label, links[count - 1].url);
}


static void
discord_fields(channel_request_t *out, const delivery_t *delivery)
{
    chat_fact_t facts[CHAT_FACTS_MAX];
    unsigned count = chat_facts(out, delivery, &discord_markup, facts);
    const char *links = discord_links(out, delivery);

    json_writer_key(&out->body, "fields");
    json_writer_open(&out->body, '[');

    for (unsigned i = 0; i < count; i++) {
        discord_field(out, facts[i].label, facts[i].value,
                      utf8_count(facts[i].value, UTF8_UNITS) <= DISCORD_INLINE_MAX);
    }

    if (links[0] != '\0') {
        discord_field(out, "Links", links, 0);
    }

    json_writer_close(&out->body, ']');
}


static void
discord_embed(channel_request_t *out, const delivery_t *delivery)
{
    json_writer_open(&out->body, '{');
    channel_json_text(out, "title",
                      chat_headline(out, delivery, &discord_markup, DISCORD_TITLE_MAX));
    channel_json_text_if(out, "url", chat_text_url(out, delivery_said(delivery, "url")));
    channel_json_text_if(out, "description", discord_description(out, delivery));
    json_writer_key(&out->body, "color");
    json_writer_int(&out->body, chat_color(delivery));
    discord_fields(out, delivery);
    json_writer_close(&out->body, '}');
}


static int
discord_request(channel_request_t *out, const delivery_t *delivery, char *error)
{
    const char *url = delivery_setting(delivery, "url");

    if (url == NULL) {
        return channel_refuse(error, "the channel has no webhook URL");
    }

    /* without that a message that is not saved is no error */
    out->url = channel_format(out, "%s%swait=true", url, (strchr(url, '?') != NULL) ? "&" : "?");

    json_writer_t *json = channel_json(out);

    json_writer_open(json, '{');
    json_writer_key(json, "allowed_mentions");
    json_writer_raw(json, "{\"parse\":[]}");

    if (chat_is_quiet(delivery)) {
        json_writer_key(json, "flags");
        json_writer_int(json, DISCORD_SUPPRESS_NOTIFICATIONS);
    }

    json_writer_key(json, "embeds");
    json_writer_open(json, '[');
    discord_embed(out, delivery);
    json_writer_close(json, ']');
    json_writer_close(json, '}');
    return 0;
}


/* Of 429 both the header and {"retry_after": seconds} tell how long to wait. */
static channel_outcome_t
discord_judge(const http_result_t *answer, const delivery_t *delivery, channel_report_t *report)
{
    channel_outcome_t outcome = chat_judge(answer, report);
    channel_answer_t *said = channel_answer_read(answer);
    const char *id = channel_answer_text(said, "id");

    (void) delivery;

    if (outcome == CHANNEL_SENT && id != NULL) {
        chat_reference(report, id);
    }

    if (answer->status == 429 && report->retry_after_s == 0) {
        report->retry_after_s = channel_answer_wait(said, "retry_after", 1);
    }

    channel_answer_free(said);
    return outcome;
}


const channel_t channel_discord = {
    .name = "discord",
    .request = discord_request,
    .judge = discord_judge,
};
