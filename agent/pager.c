
/* Texts are put together in one buffer, so their parts are cut to fit into it. */

#include "pager.h"

#include "channel_answer.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PAGER_TEXT_BYTES_MAX (1u << 16)
#define PAGER_PART_BYTES_MAX 10000 /* of text, comment, instructions */
#define PAGER_LINE_BYTES_MAX 500
#define PAGER_TITLE_BYTES_MAX 4000
#define PAGER_URL_BYTES_MAX 2048
#define PAGER_LIST_MAX 20 /* monitors, items, regions */

/* --- what it is about ----------------------------------------------------- */

typedef struct {
    const char *event;
    pager_step_t step;
    int alarms;
    int has_end;
} pager_event_t;

/* All others are like the first. */
static const pager_event_t events[] = {
    {"started", PAGER_OPEN, 1, 1},       {"acknowledged", PAGER_ACKNOWLEDGE, 0, 1},
    {"resolved", PAGER_CLOSE, 0, 1},     {"comment", PAGER_NOTE, 0, 1},
    {"undeliverable", PAGER_OPEN, 1, 0}, {"digest", PAGER_OPEN, 0, 0},
    {"test", PAGER_OPEN, 0, 0},          {"cancel", PAGER_CLOSE, 0, 1},
    {"on_call", PAGER_OPEN, 0, 0},
};

/* Kinds of incidents that are no emergency; the hub's core.alert_severity() knows the same. */
static const char *const critical_kinds[] = {"failure", "mass", "heartbeat", "manual"};


static const pager_event_t *
pager_event(const delivery_t *delivery)
{
    for (size_t i = 0; i < sizeof(events) / sizeof(events[0]); i++) {
        if (delivery_is(delivery, events[i].event)) {
            return &events[i];
        }
    }

    return &events[0];
}


pager_step_t
pager_step(const delivery_t *delivery)
{
    return pager_event(delivery)->step;
}


int
pager_alarms(const delivery_t *delivery)
{
    if (delivery_is(delivery, "digest")) {
        return strcmp(pager_severity(delivery), "info") != 0;
    }

    return pager_event(delivery)->alarms;
}


int
pager_has_end(const delivery_t *delivery)
{
    return pager_event(delivery)->has_end;
}


const char *
pager_key(const delivery_t *delivery)
{
    const char *key = delivery_said(delivery, "dedup_key");

    return (key != NULL) ? key : delivery->key;
}


const char *
pager_severity(const delivery_t *delivery)
{
    static const char *const words[] = {"critical", "warning", "info"};
    const char *kind = delivery_said(delivery, "kind");
    const char *said = delivery_said(delivery, "severity");

    if (pager_has_end(delivery) && kind != NULL) {
        for (size_t i = 0; i < sizeof(critical_kinds) / sizeof(critical_kinds[0]); i++) {
            if (strcmp(kind, critical_kinds[i]) == 0) {
                return "critical";
            }
        }

        return "warning";
    }

    for (size_t i = 0; said != NULL && i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(said, words[i]) == 0) {
            return words[i];
        }
    }

    return "critical";
}


/* --- text ----------------------------------------------------------------- */

/* Carriage returns go, other control characters become spaces; line feeds stay if `lines`. */
static void
pager_add_clean(json_writer_t *to, const char *text, size_t max, int lines)
{
    size_t len = utf8_cut(text, max, UTF8_BYTES);

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char) text[i];
        int control = c < 0x20 || c == 0x7f;

        if (c == '\r' && lines) {
            continue;
        }

        json_writer_put(to, (control && !(c == '\n' && lines)) ? " " : &text[i], 1);
    }

    if (text[len] != '\0') {
        json_writer_put(to, "\xe2\x80\xa6", 3);
    }
}


static void
pager_add(json_writer_t *to, const char *literal)
{
    json_writer_put(to, literal, strlen(literal));
}


static void
pager_begin_line(json_writer_t *to)
{
    if (to->len > 0) {
        pager_add(to, "\n");
    }
}


/* "Label: what is said", if it is. */
static void
pager_add_fact(json_writer_t *to, const char *label, const char *text, size_t max)
{
    if (text == NULL) {
        return;
    }

    pager_begin_line(to);
    pager_add_clean(to, label, PAGER_LINE_BYTES_MAX, 0);

    if (label[0] != '\0') {
        pager_add(to, ": ");
    }

    pager_add_clean(to, text, max, max > PAGER_LINE_BYTES_MAX);
}


static void
pager_add_regions(json_writer_t *to, const delivery_t *delivery)
{
    unsigned count;
    const delivery_value_t *regions = delivery_items(delivery->message, "regions", &count);

    for (unsigned i = 0; i < count && i < PAGER_LIST_MAX; i++) {
        if (regions[i].type == DELIVERY_TEXT) {
            if (i == 0) {
                pager_begin_line(to);
                pager_add(to, "Seen from: ");
            } else {
                pager_add(to, ", ");
            }

            pager_add_clean(to, regions[i].is.text, PAGER_LINE_BYTES_MAX, 0);
        }
    }
}


/* A list's elements, one a line: what `name` says of each, and `other` behind it. */
static void
pager_add_list(json_writer_t *to, const delivery_value_t *list, unsigned count, const char *name,
               const char *between, const char *other)
{
    for (unsigned i = 0; i < count && i < PAGER_LIST_MAX; i++) {
        const char *first = delivery_text(&list[i], name);
        const char *second = delivery_text(&list[i], other);

        if (first != NULL && first[0] != '\0') {
            pager_begin_line(to);
            pager_add(to, "- ");
            pager_add_clean(to, first, PAGER_LINE_BYTES_MAX, 0);

            if (second != NULL && second[0] != '\0') {
                pager_add(to, between);
                pager_add_clean(to, second, PAGER_LINE_BYTES_MAX, 0);
            }
        }
    }
}


/* One monitor is in the title. */
static void
pager_add_monitors(json_writer_t *to, const delivery_t *delivery)
{
    unsigned count;
    const delivery_value_t *monitors = delivery_items(delivery->message, "monitors", &count);
    int64_t all = delivery_number(delivery->message, "monitors_count", count);
    char words[64];

    if (count < 2 && all < 2) {
        return;
    }

    snprintf(words, sizeof(words), "%" PRId64 " monitors:", all);
    pager_begin_line(to);
    pager_add(to, words);
    pager_add_list(to, monitors, count, "name", " ", "url");
}


static void
pager_add_links(json_writer_t *to, const delivery_t *delivery)
{
    pager_add_fact(to, "Open", delivery_said(delivery, "url"), PAGER_URL_BYTES_MAX);
    pager_add_fact(to, "Acknowledge", delivery_said(delivery, "acknowledge_url"),
                   PAGER_URL_BYTES_MAX);
}


const char *
pager_text(channel_request_t *out, const delivery_t *delivery, int links)
{
    json_writer_t text;
    char *room = malloc(PAGER_TEXT_BYTES_MAX);
    const char *author = delivery_said(delivery, "author");
    const char *result = "";
    int after = pager_has_end(delivery) && !pager_alarms(delivery);
    unsigned count;
    const delivery_value_t *items = delivery_items(delivery->message, "items", &count);

    if (room == NULL) {
        out->failed = 1;
        return "";
    }

    json_writer_init(&text, room, PAGER_TEXT_BYTES_MAX);
    pager_add_fact(&text, (author != NULL) ? author : "Comment", delivery_said(delivery, "comment"),
                   PAGER_PART_BYTES_MAX);
    pager_add_fact(&text, after ? "Cause" : "", delivery_said(delivery, "text"),
                   PAGER_PART_BYTES_MAX);
    pager_add_fact(&text, "Instructions", delivery_said(delivery, "instructions"),
                   PAGER_PART_BYTES_MAX);
    pager_add_list(&text, items, count, "title", ": ", "text");
    pager_add_monitors(&text, delivery);
    pager_add_regions(&text, delivery);

    if (pager_has_end(delivery)) {
        pager_add_fact(&text, "Started", delivery_said(delivery, "started_at"), 100);
        pager_add_fact(&text, "Acknowledged by", delivery_said(delivery, "acknowledged_by"), 300);
        pager_add_fact(&text, "Resolved", delivery_said(delivery, "resolved_at"), 100);
    }

    pager_add_fact(&text, "Team", delivery_said(delivery, "team"), 300);

    if (links) {
        pager_add_links(&text, delivery);
    }

    if (text.overflow) {
        out->failed = 1;
    } else {
        result = channel_format(out, "%.*s", (int) text.len, room);
    }

    free(room);
    return result;
}


const char *
pager_line(channel_request_t *out, const char *text)
{
    char room[PAGER_TITLE_BYTES_MAX + 4];
    json_writer_t line;

    if (text == NULL) {
        return "";
    }

    json_writer_init(&line, room, sizeof(room));
    pager_add_clean(&line, text, PAGER_TITLE_BYTES_MAX, 0);
    return channel_format(out, "%.*s", (int) line.len, room);
}


const char *
pager_title(channel_request_t *out, const delivery_t *delivery)
{
    const char *title = pager_line(out, delivery_said(delivery, "title"));

    return (title[strspn(title, " ")] != '\0') ? title : "Alert of " PAGER_SENDER;
}


/* --- settings ------------------------------------------------------------- */

const char *
pager_url(channel_request_t *out, const delivery_t *delivery, const char *otherwise,
          const char *path)
{
    const char *base = delivery_setting(delivery, "api_url");
    size_t path_len = strlen(path);

    if (base == NULL) {
        base = otherwise;
    }

    size_t len = strlen(base);

    while (len > 0 && base[len - 1] == '/') {
        len--;
    }

    /* Some give the path as well, or the beginning of it. */
    for (size_t n = path_len; n > 0; n--) {
        if ((path[n] == '/' || path[n] == '\0') && len >= n && memcmp(base + len - n, path, n) == 0)
        {
            return channel_format(out, "%.*s%s", (int) len, base, path + n);
        }
    }

    return channel_format(out, "%.*s%s", (int) len, base, path);
}


void
pager_authorize(channel_request_t *out, const delivery_t *delivery)
{
    const char *token = delivery_setting(delivery, "token");
    const char *password = delivery_setting(delivery, "password");

    if (token != NULL) {
        channel_authorize(out, "Bearer", token);
        return;
    }

    out->username = delivery_setting(delivery, "username");
    out->password = (password != NULL) ? password : "";
}


/* --- answers -------------------------------------------------------------- */

void
pager_answer(const http_result_t *answer, const char *member, char *out, size_t size)
{
    channel_answer_t *said = channel_answer_read(answer);
    const char *text = channel_answer_text(said, member);
    double number = channel_answer_number(said, member, -1);

    out[0] = '\0';

    if (number >= 0) {
        snprintf(out, size, "%.0f", number);

    } else if (text != NULL) {
        size_t len = utf8_cut(text, size - 1, UTF8_BYTES);

        for (size_t i = 0; i < len; i++) {
            unsigned char c = (unsigned char) text[i];

            out[i] = (c < 0x20 || c == 0x7f) ? ' ' : text[i];
        }

        out[len] = '\0';
    }

    channel_answer_free(said);
}


static int
pager_is_page(const http_result_t *answer)
{
    for (size_t i = 0; i < answer->body_len; i++) {
        if (strchr(" \t\r\n", answer->body[i]) == NULL) {
            return answer->body[i] == '<';
        }
    }

    return 0;
}


channel_outcome_t
pager_judge(const http_result_t *answer, const char *member, channel_report_t *report)
{
    channel_outcome_t outcome = channel_judge(answer, report);

    if (outcome != CHANNEL_SENT) {
        return outcome;
    }

    if (pager_is_page(answer)) {
        return CHANNEL_FAILED;
    }

    pager_answer(answer, member, report->provider_ref, sizeof(report->provider_ref));
    return CHANNEL_SENT;
}
