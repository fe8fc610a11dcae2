
#include "chat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define CHAT_AND_MORE_MAX 32
#define CHAT_ITEM_SIGNS_MAX 12   /* around an item's two texts */
#define CHAT_INSTRUCTIONS_PART 3 /* of a body, at most a third */


/* --- how it is meant ------------------------------------------------------ */

static int
chat_said_is(const delivery_t *delivery, const char *name, const char *word)
{
    const char *said = delivery_said(delivery, name);

    return said != NULL && strcmp(said, word) == 0;
}


static int
chat_is_of_incident(const delivery_t *delivery)
{
    const delivery_value_t *id = delivery_member(delivery->message, "incident_id");

    return id != NULL && id->type != DELIVERY_NULL;
}


int
chat_is_quiet(const delivery_t *delivery)
{
    return delivery_is(delivery, "acknowledged") || delivery_is(delivery, "comment");
}


chat_tone_t
chat_tone(const delivery_t *delivery)
{
    if (chat_said_is(delivery, "severity", "critical")) {
        return CHAT_BAD;
    }

    if (chat_said_is(delivery, "severity", "warning")) {
        return CHAT_WARNING;
    }

    return delivery_is(delivery, "resolved") ? CHAT_GOOD : CHAT_NEUTRAL;
}


unsigned
chat_color(const delivery_t *delivery)
{
    static const unsigned colors[] = {0x667085, 0x12874b, 0xdc8b06, 0xd92d20};

    return colors[chat_tone(delivery)];
}


const char *
chat_dot(const delivery_t *delivery)
{
    static const char *const dots[] = {
        "", "\xf0\x9f\x9f\xa2 ", /* green */
        "\xf0\x9f\x9f\xa0 ",     /* orange */
        "\xf0\x9f\x94\xb4 ",     /* red */
    };

    return dots[chat_tone(delivery)];
}


/* --- texts ---------------------------------------------------------------- */

const char *
chat_headline(channel_request_t *request, const delivery_t *delivery, const chat_markup_t *markup,
              size_t max)
{
    const char *title = delivery_said(delivery, "title");

    return chat_text_line(request, markup, (title != NULL) ? title : "An alert without a title",
                          max);
}


const char *
chat_body(channel_request_t *request, const delivery_t *delivery, const chat_markup_t *markup,
          size_t max)
{
    const char *text = delivery_said(delivery, "comment");
    const char *instructions = delivery_said(delivery, "instructions");
    const char *label = "";

    if (text == NULL) {
        text = delivery_said(delivery, "text");
    }

    if (instructions != NULL) {
        instructions = chat_text_lines(request, markup, instructions, max / CHAT_INSTRUCTIONS_PART);
        label = channel_format(request, "Instructions: %s", instructions);
        max -= utf8_count(label, markup->unit) + 2;
    }

    return chat_text_join(
        request, chat_text_lines(request, markup, (text != NULL) ? text : "", max), "\n\n", label);
}


/* --- lists of names ------------------------------------------------------- */

/* "and 12 more" behind a list that shows so many of all. */
static void
chat_and_more(channel_request_t *request, chat_text_list_t *list, const char *between, int64_t all,
              int64_t shown)
{
    if (all > shown) {
        chat_text_list_add(list, between,
                           channel_format(request, "and %" PRId64 " more", all - shown));
    }
}


/*
 * A name as a link, but plain if behind the link there would not be room for the
 * plain names that follow.
 */
static const char *
chat_name(channel_request_t *request, const delivery_value_t *monitor, const chat_markup_t *markup,
          size_t room)
{
    const char *name = delivery_text(monitor, "name");
    const char *url = delivery_text(monitor, "url");

    name = (name != NULL) ? name : (url != NULL) ? url : "";

    const char *linked = chat_text_linked(request, markup, name, CHAT_NAME_MAX, url);

    return (utf8_count(linked, markup->unit) <= room)
               ? linked
               : chat_text_line(request, markup, name, CHAT_NAME_MAX);
}


static const char *
chat_monitors(channel_request_t *request, const delivery_t *delivery, const chat_markup_t *markup,
              int64_t *all)
{
    unsigned count;
    const delivery_value_t *monitors = delivery_items(delivery->message, "monitors", &count);
    unsigned shown = (count > CHAT_MONITORS_MAX) ? CHAT_MONITORS_MAX : count;
    chat_text_list_t list;

    chat_text_list_init(&list);
    *all = delivery_number(delivery->message, "monitors_count", count);
    *all = (*all < count) ? count : *all;

    for (unsigned i = 0; i < shown; i++) {
        size_t others = chat_text_list_count(&list, markup) + (shown - i - 1) * (CHAT_NAME_MAX + 2)
                        + CHAT_AND_MORE_MAX;
        size_t room = (others < markup->value_max) ? markup->value_max - others : 0;

        chat_text_list_add(&list, ", ", chat_name(request, &monitors[i], markup, room));
    }

    chat_and_more(request, &list, " ", *all, shown);
    return chat_text_list_end(request, &list);
}


static const char *
chat_regions(channel_request_t *request, const delivery_t *delivery, const chat_markup_t *markup,
             unsigned *count)
{
    const delivery_value_t *regions = delivery_items(delivery->message, "regions", count);
    unsigned shown = (*count > CHAT_REGIONS_MAX) ? CHAT_REGIONS_MAX : *count;
    chat_text_list_t list;

    chat_text_list_init(&list);

    for (unsigned i = 0; i < shown; i++) {
        const char *name = (regions[i].type == DELIVERY_TEXT) ? regions[i].is.text : "";

        chat_text_list_add(&list, ", ", chat_text_line(request, markup, name, CHAT_REGION_MAX));
    }

    chat_and_more(request, &list, " ", *count, shown);
    return chat_text_list_end(request, &list);
}


/* --- facts ---------------------------------------------------------------- */

typedef struct {
    channel_request_t *request;
    const delivery_t *delivery;
    const chat_markup_t *markup;
    chat_fact_t *facts;
    unsigned count;
} chat_fact_list_t;


/* Nothing is said about what is not known. */
static void
chat_add(chat_fact_list_t *list, const char *label, const char *value)
{
    if (value != NULL && value[0] != '\0' && list->count < CHAT_FACTS_MAX) {
        list->facts[list->count++] = (chat_fact_t){label, value};
    }
}


static void
chat_add_said(chat_fact_list_t *list, const char *label, const char *name)
{
    const char *said = delivery_said(list->delivery, name);

    if (said != NULL) {
        chat_add(list, label, chat_text_line(list->request, list->markup, said, CHAT_NAME_MAX));
    }
}


static void
chat_add_state(chat_fact_list_t *list)
{
    const char *who = delivery_said(list->delivery, "acknowledged_by");

    if (chat_said_is(list->delivery, "state", "resolved")) {
        chat_add(list, "State", "Resolved");

    } else if (chat_said_is(list->delivery, "state", "started")) {
        chat_add(list, "State", "Ongoing");

    } else if (chat_said_is(list->delivery, "state", "acknowledged")) {
        who = (who != NULL) ? chat_text_line(list->request, list->markup, who, CHAT_NAME_MAX) : "";
        chat_add(list, "State", chat_text_join(list->request, "Acknowledged", " by ", who));
    }
}


static void
chat_add_time(chat_fact_list_t *list)
{
    int over = chat_said_is(list->delivery, "state", "resolved");
    time_t seconds = (time_t) (delivery_number(list->delivery->message, "started_ms", 0) / 1000);
    char utc[32];
    struct tm parts;

    if (seconds > 0 && gmtime_r(&seconds, &parts) != NULL
        && strftime(utc, sizeof(utc), "%Y-%m-%d %H:%M UTC", &parts) > 0)
    {
        chat_add(list, over ? "Started" : "Since",
                 (list->markup->time != NULL) ? list->markup->time(list->request, seconds, utc)
                                              : channel_format(list->request, "%s", utc));
    }

    if (over) {
        chat_add_said(list, "Duration", "duration_text");
    }
}


unsigned
chat_facts(channel_request_t *request, const delivery_t *delivery, const chat_markup_t *markup,
           chat_fact_t facts[CHAT_FACTS_MAX])
{
    chat_fact_list_t list = {request, delivery, markup, facts, 0};

    if (chat_is_of_incident(delivery)) {
        int64_t monitors;
        unsigned regions;
        const char *names = chat_monitors(request, delivery, markup, &monitors);

        chat_add_state(&list);
        chat_add(&list, (monitors == 1) ? "Monitor" : "Monitors", names);
        names = chat_regions(request, delivery, markup, &regions);
        chat_add(&list, (regions == 1) ? "Region" : "Regions", names);
        chat_add_time(&list);
    }

    chat_add_said(&list, "Team", "team");
    return list.count;
}


/* --- digests -------------------------------------------------------------- */

/* `url` may be NULL. */
static const char *
chat_item(channel_request_t *request, const delivery_value_t *item, const chat_markup_t *markup,
          const char *url)
{
    const char *title = delivery_text(item, "title");
    const char *text = delivery_text(item, "text");

    title = chat_text_linked(request, markup, (title != NULL) ? title : "", CHAT_ITEM_MAX, url);
    text = chat_text_line(request, markup, (text != NULL) ? text : "", CHAT_ITEM_MAX);
    return channel_format(request, "\xe2\x80\xa2 %s",
                          chat_text_join(request, title, " \xe2\x80\x93 ", text));
}


const char *
chat_items(channel_request_t *request, const delivery_t *delivery, const chat_markup_t *markup,
           const char *between, size_t max)
{
    unsigned count;
    const delivery_value_t *items = delivery_items(delivery->message, "items", &count);
    const size_t bare = 2 * CHAT_ITEM_MAX + CHAT_ITEM_SIGNS_MAX;
    size_t shown = (max - CHAT_AND_MORE_MAX) / bare;
    chat_text_list_t list;

    chat_text_list_init(&list);
    shown = (shown > CHAT_ITEMS_MAX) ? CHAT_ITEMS_MAX : shown;
    shown = (shown > count) ? count : shown;

    for (size_t i = 0; i < shown; i++) {
        size_t room =
            max - chat_text_list_count(&list, markup) - (shown - i - 1) * bare - CHAT_AND_MORE_MAX;
        const char *item = chat_item(request, &items[i], markup, delivery_text(&items[i], "url"));

        if (utf8_count(item, markup->unit) > room) {
            item = chat_item(request, &items[i], markup, NULL);
        }

        chat_text_list_add(&list, between, item);
    }

    chat_and_more(request, &list, between, count, (int64_t) shown);
    return chat_text_list_end(request, &list);
}


/* --- links ---------------------------------------------------------------- */

unsigned
chat_links(channel_request_t *request, const delivery_t *delivery,
           chat_link_t links[CHAT_LINKS_MAX])
{
    const char *open = chat_text_url(request, delivery_said(delivery, "url"));
    const char *acknowledge = chat_text_url(request, delivery_said(delivery, "acknowledge_url"));
    unsigned count = 0;

    if (open != NULL) {
        links[count++] = (chat_link_t){
            chat_is_of_incident(delivery) ? "Open incident" : "Open BetterStack",
            open,
        };
    }

    if (acknowledge != NULL) {
        links[count++] = (chat_link_t){"Acknowledge", acknowledge};
    }

    return count;
}


const char *
chat_links_text(channel_request_t *request, const delivery_t *delivery, const chat_markup_t *markup,
                const char *between)
{
    chat_link_t links[CHAT_LINKS_MAX];
    unsigned count = chat_links(request, delivery, links);
    const char *text = "";

    for (unsigned i = 0; i < count; i++) {
        text = chat_text_join(request, text, between,
                              markup->link(request, links[i].label, links[i].url));
    }

    return text;
}


/* --- answers -------------------------------------------------------------- */

channel_outcome_t
chat_judge(const http_result_t *answer, channel_report_t *report)
{
    channel_outcome_t outcome = channel_judge(answer, report);

    if (outcome == CHANNEL_SENT && answer->body_len > 0
        && answer->body[strspn(answer->body, " \t\r\n")] == '<')
    {
        snprintf(report->detail, sizeof(report->detail),
                 "HTTP %d with a web page: this is not where the chat takes messages",
                 answer->status);
        return CHANNEL_FAILED;
    }

    return outcome;
}


void
chat_reference(channel_report_t *report, const char *reference)
{
    snprintf(report->provider_ref, sizeof(report->provider_ref), "%.*s",
             (int) utf8_cut(reference, BS_WIRE_PROVIDER_REF_BYTES_MAX, UTF8_BYTES), reference);
}


const char *
chat_base_url(channel_request_t *request, const char *url)
{
    size_t len = strlen(url);

    while (len > 0 && url[len - 1] == '/') {
        len--;
    }

    return channel_format(request, "%.*s", (int) len, url);
}
