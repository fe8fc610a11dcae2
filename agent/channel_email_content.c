
/* A message as its reader wants it: what, how bad, since when, and what can be done. */

#include "channel_email.h"

#include "chat.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* In bytes, so that whatever they are written with fits in a request. */
#define EMAIL_TITLE_MAX 600
#define EMAIL_TEXT_MAX 3000
#define EMAIL_COMMENT_MAX 6000
#define EMAIL_NAME_MAX 240
#define EMAIL_ITEM_MAX 320
#define EMAIL_ROW_MAX 200 /* of a section */
#define EMAIL_FIGURE_MAX 80

static const chat_markup_t email_markup = {.special = "", .unit = UTF8_BYTES};

typedef struct {
    const char *event;
    const char *word;
    email_color_t color; /* EMAIL_RED: as bad as the message says */
} email_event_t;

static const email_event_t events[] = {
    {"started", "New incident", EMAIL_RED},
    {"reopened", "Reopened", EMAIL_RED},
    {"reminder", "Still ongoing", EMAIL_RED},
    {"escalated", "Escalated", EMAIL_RED},
    {"digest", "Digest", EMAIL_RED},
    {"undeliverable", "Not delivered", EMAIL_RED},
    {"acknowledged", "Acknowledged", EMAIL_BLUE},
    {"resolved", "Resolved", EMAIL_GREEN},
    {"comment", "Comment", EMAIL_GREY},
    {"on_call", "On call", EMAIL_BLUE},
    {"test", "Test", EMAIL_GREY},
    {"report", "Report", EMAIL_BLUE},
};


static const char *
email_line(channel_request_t *out, const char *text, size_t max)
{
    return chat_text_line(out, &email_markup, (text != NULL) ? text : "", max);
}


/* NULL if nothing is said. */
static const char *
email_said_line(channel_request_t *out, const delivery_t *delivery, const char *name)
{
    const char *said = delivery_said(delivery, name);

    return (said != NULL) ? email_line(out, said, EMAIL_NAME_MAX) : NULL;
}


static const char *
email_said_lines(channel_request_t *out, const delivery_t *delivery, const char *name, size_t max)
{
    const char *said = delivery_said(delivery, name);

    return (said != NULL) ? chat_text_lines(out, &email_markup, said, max) : NULL;
}


const char *
email_incident(channel_request_t *out, const delivery_t *delivery)
{
    const delivery_value_t *id = delivery_member(delivery->message, "incident_id");

    if (id != NULL && id->type == DELIVERY_NUMBER) {
        return channel_format(out, "%" PRId64, id->is.number);
    }

    return email_said_line(out, delivery, "incident_id");
}


/* --- the state ------------------------------------------------------------ */

static void
email_state(const delivery_t *delivery, email_content_t *content)
{
    static const email_color_t tones[] = {EMAIL_GREY, EMAIL_GREEN, EMAIL_ORANGE, EMAIL_RED};

    content->word = "Alert";
    content->color = tones[chat_tone(delivery)];

    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (delivery_is(delivery, events[i].event)) {
            content->word = events[i].word;
            content->color = (events[i].color == EMAIL_RED) ? content->color : events[i].color;
        }
    }

    if (delivery_is(delivery, "started") && content->color == EMAIL_ORANGE) {
        content->word = "Warning";
    }
}


/* --- facts ---------------------------------------------------------------- */

static void
email_fact(email_content_t *content, const char *label, const char *value, const char *url)
{
    if (value != NULL && value[0] != '\0' && content->facts_count < EMAIL_FACTS_MAX) {
        content->facts[content->facts_count++] = (email_fact_t){label, value, url};
    }
}


/* "2026-11-22T16:02:00.123Z" as people read it. */
static const char *
email_time(channel_request_t *out, const char *iso)
{
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    unsigned year;
    unsigned month;
    unsigned day;
    unsigned hour;
    unsigned minute;

    if (iso == NULL || sscanf(iso, "%4u-%2u-%2uT%2u:%2u", &year, &month, &day, &hour, &minute) != 5
        || month < 1 || month > 12 || iso[strlen(iso) - 1] != 'Z')
    {
        return (iso != NULL) ? email_line(out, iso, EMAIL_NAME_MAX) : NULL;
    }

    return channel_format(out, "%u %.3s %u, %02u:%02u UTC", day, months + 3 * (month - 1), year,
                          hour, minute);
}


static void
email_monitors(channel_request_t *out, const delivery_t *delivery, email_content_t *content)
{
    unsigned count;
    const delivery_value_t *monitors = delivery_items(delivery->message, "monitors", &count);
    int64_t all = delivery_number(delivery->message, "monitors_count", count);
    unsigned shown = (count > EMAIL_ITEMS_MAX) ? EMAIL_ITEMS_MAX : count;

    for (unsigned i = 0; i < shown; i++) {
        const char *name = delivery_text(&monitors[i], "name");
        const char *url = delivery_text(&monitors[i], "url");

        email_fact(content,
                   (i > 0)     ? ""
                   : (all > 1) ? "Monitors"
                               : "Monitor",
                   email_line(out, (name != NULL) ? name : url, EMAIL_NAME_MAX),
                   chat_text_url(out, url));
    }

    if (all > shown && shown > 0) {
        email_fact(content, "", channel_format(out, "and %" PRId64 " more", all - shown), NULL);
    }
}


static void
email_regions(channel_request_t *out, const delivery_t *delivery, email_content_t *content)
{
    unsigned count;
    const delivery_value_t *regions = delivery_items(delivery->message, "regions", &count);
    unsigned shown = (count > CHAT_REGIONS_MAX) ? CHAT_REGIONS_MAX : count;
    chat_text_list_t list;

    chat_text_list_init(&list);

    for (unsigned i = 0; i < shown; i++) {
        const char *name = (regions[i].type == DELIVERY_TEXT) ? regions[i].is.text : "";

        chat_text_list_add(&list, ", ", email_line(out, name, CHAT_REGION_MAX));
    }

    if (count > shown) {
        chat_text_list_add(&list, " ", channel_format(out, "and %u more", count - shown));
    }

    email_fact(content, (count == 1) ? "Region" : "Regions", chat_text_list_end(out, &list), NULL);
}


static void
email_facts(channel_request_t *out, const delivery_t *delivery, email_content_t *content)
{
    const char *resolved_at = delivery_said(delivery, "resolved_at");
    const char *acknowledged_at = email_time(out, delivery_said(delivery, "acknowledged_at"));
    const char *by = email_said_line(out, delivery, "acknowledged_by");
    int waits = delivery_is(delivery, "reminder") || delivery_is(delivery, "escalated");

    if (email_incident(out, delivery) == NULL) {
        return;
    }

    if (chat_is_quiet(delivery) || delivery_is(delivery, "resolved")) { /* no news any more */
        email_fact(content, "Cause", content->text, NULL);
        content->text = NULL;
    }

    if (resolved_at != NULL || waits) {
        email_fact(content, (resolved_at != NULL) ? "Duration" : "Ongoing for",
                   email_said_line(out, delivery, "duration_text"), NULL);
    }

    email_monitors(out, delivery, content);
    email_regions(out, delivery, content);
    email_fact(content, "Started", email_time(out, delivery_said(delivery, "started_at")), NULL);

    if (by != NULL || acknowledged_at != NULL) {
        const char *join = (by != NULL && acknowledged_at != NULL) ? ", " : "";

        email_fact(content, "Acknowledged",
                   channel_format(out, "%s%s%s", (by != NULL) ? by : "", join,
                                  (acknowledged_at != NULL) ? acknowledged_at : ""),
                   NULL);
    }

    email_fact(content, "Resolved", email_time(out, resolved_at), NULL);
}


/* --- the rest ------------------------------------------------------------- */

static void
email_items(channel_request_t *out, const delivery_t *delivery, email_content_t *content)
{
    unsigned count;
    const delivery_value_t *items = delivery_items(delivery->message, "items", &count);

    for (unsigned i = 0; i < count && i < EMAIL_ITEMS_MAX; i++) {
        content->items[content->items_count++] = (email_item_t){
            .title = email_line(out, delivery_text(&items[i], "title"), EMAIL_ITEM_MAX),
            .text = email_line(out, delivery_text(&items[i], "text"), EMAIL_ITEM_MAX),
            .url = chat_text_url(out, delivery_text(&items[i], "url")),
        };
    }

    if (count > EMAIL_ITEMS_MAX) {
        content->more = channel_format(out, "and %u more", count - EMAIL_ITEMS_MAX);
    }
}


/* --- reports -------------------------------------------------------------- */

static void
email_figures(channel_request_t *out, const delivery_t *delivery, email_content_t *content)
{
    unsigned count;
    const delivery_value_t *figures = delivery_items(delivery->message, "figures", &count);

    for (unsigned i = 0; i < count && i < EMAIL_FIGURES_MAX; i++) {
        content->figures[content->figures_count++] = (email_figure_t){
            .label = email_line(out, delivery_text(&figures[i], "label"), EMAIL_FIGURE_MAX),
            .value = email_line(out, delivery_text(&figures[i], "value"), EMAIL_FIGURE_MAX),
            .note = email_line(out, delivery_text(&figures[i], "note"), EMAIL_FIGURE_MAX),
        };
    }
}


/* At most `room` rows; says how many there are. */
static unsigned
email_section(channel_request_t *out, const delivery_value_t *from, email_section_t *section,
              unsigned room)
{
    unsigned count;
    const delivery_value_t *items = delivery_items(from, "items", &count);
    const char *more = delivery_text(from, "more");

    section->title = email_line(out, delivery_text(from, "title"), EMAIL_NAME_MAX);
    section->more = (more != NULL) ? email_line(out, more, EMAIL_NAME_MAX) : NULL;

    for (unsigned i = 0; i < count && i < EMAIL_ITEMS_MAX && i < room; i++) {
        section->items[section->items_count++] = (email_item_t){
            .title = email_line(out, delivery_text(&items[i], "title"), EMAIL_ROW_MAX),
            .text = email_line(out, delivery_text(&items[i], "text"), EMAIL_ROW_MAX),
            .url = chat_text_url(out, delivery_text(&items[i], "url")),
            .value = email_line(out, delivery_text(&items[i], "value"), EMAIL_FIGURE_MAX),
        };
    }

    return section->items_count;
}


static void
email_report(channel_request_t *out, const delivery_t *delivery, email_content_t *content)
{
    unsigned count;
    unsigned room = EMAIL_ROWS_MAX;
    const char *word = email_said_line(out, delivery, "word");
    const delivery_value_t *sections = delivery_items(delivery->message, "sections", &count);

    content->word = (word != NULL) ? word : content->word;

    for (unsigned i = 0; i < count && i < EMAIL_SECTIONS_MAX; i++) {
        room -=
            email_section(out, &sections[i], &content->sections[content->sections_count++], room);
    }

    const delivery_value_t *notices = delivery_items(delivery->message, "notices", &count);

    for (unsigned i = 0; i < count && i < EMAIL_NOTICES_MAX; i++) {
        const char *notice = (notices[i].type == DELIVERY_TEXT) ? notices[i].is.text : "";

        content->notices[content->notices_count++] = email_line(out, notice, EMAIL_ITEM_MAX);
    }

    email_figures(out, delivery, content);
}


static void
email_buttons(channel_request_t *out, const delivery_t *delivery, email_content_t *content)
{
    const char *acknowledge = chat_text_url(out, delivery_said(delivery, "acknowledge_url"));
    const char *url = chat_text_url(out, delivery_said(delivery, "url"));
    const char *label = (email_incident(out, delivery) != NULL) ? "View incident"
                        : delivery_is(delivery, "digest")       ? "View incidents"
                        : delivery_is(delivery, "report")       ? "Open the report"
                                                                : "Open BetterStack";

    if (acknowledge != NULL) {
        content->buttons[content->buttons_count++] = (email_fact_t){"Acknowledge", "", acknowledge};
    }

    if (url != NULL) {
        content->buttons[content->buttons_count++] = (email_fact_t){label, "", url};
    }
}


void
email_content(channel_request_t *out, const delivery_t *delivery, email_content_t *content)
{
    const char *title = delivery_said(delivery, "title");

    memset(content, 0, sizeof(*content));
    email_state(delivery, content);
    content->title =
        email_line(out, (title != NULL) ? title : "An alert without a title", EMAIL_TITLE_MAX);
    content->text = email_said_lines(out, delivery, "text", EMAIL_TEXT_MAX);
    content->comment = email_said_lines(out, delivery, "comment", EMAIL_COMMENT_MAX);
    content->author = email_said_line(out, delivery, "author");
    content->instructions = email_said_lines(out, delivery, "instructions", EMAIL_COMMENT_MAX);
    content->team = email_said_line(out, delivery, "team");
    email_facts(out, delivery, content);
    email_items(out, delivery, content);

    if (delivery_is(delivery, "report")) {
        email_report(out, delivery, content);
    }

    email_buttons(out, delivery, content);
}
