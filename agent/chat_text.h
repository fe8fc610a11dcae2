
/*
 * Texts of strangers inside the markup of a chat: escaped, on lines of their
 * own where that matters, and never longer than the provider takes, its escapes
 * counted.  What is returned lives as long as the request.
 */

#ifndef CHAT_TEXT_H
#define CHAT_TEXT_H

#include "channel_request.h"

#define CHAT_TEXT_URL_BYTES_MAX 800

typedef struct {
    /* The bytes (ASCII) that mean something in this markup, and what stands for each. */
    const char *special;
    const char *const *escaped;
    utf8_unit_t unit; /* how the provider counts */
    size_t value_max; /* of a text with links that stands beside its label */
    /* Both are in the markup already; NULL: it has no links, the text stands alone. */
    const char *(*link)(channel_request_t *request, const char *text, const char *url);
    /* A moment as its reader's clock shows it, `utc` where it cannot; NULL: just `utc`. */
    const char *(*time)(channel_request_t *request, int64_t seconds, const char *utc);
} chat_markup_t;

/* At most `max` units, "…" at the end of what is cut.  Control characters become spaces. */
const char *chat_text_line(channel_request_t *request, const chat_markup_t *markup,
                           const char *text, size_t max);
/* The same with line breaks kept, as "\n". */
const char *chat_text_lines(channel_request_t *request, const chat_markup_t *markup,
                            const char *text, size_t max);

/*
 * An http(s) URL without any byte that ends or begins something in one of our
 * markups; NULL if it is none, or too long.
 */
const char *chat_text_url(channel_request_t *request, const char *url);

/* chat_text_line(), as a link where `url` is one and the markup has links. */
const char *chat_text_linked(channel_request_t *request, const chat_markup_t *markup,
                             const char *text, size_t max, const char *url);

/* The two texts with `between` if neither is empty. */
const char *chat_text_join(channel_request_t *request, const char *text, const char *between,
                           const char *other);

/* A text that grows, without a copy of all of it for each part. */
#define CHAT_TEXT_LIST_BYTES_MAX 49152

typedef struct {
    json_writer_t text;
    char room[CHAT_TEXT_LIST_BYTES_MAX];
} chat_text_list_t;

void chat_text_list_init(chat_text_list_t *list);
/* `between` stands before it unless it is the first; nothing is added for "". */
void chat_text_list_add(chat_text_list_t *list, const char *between, const char *text);
/* So far, in units. */
size_t chat_text_list_count(chat_text_list_t *list, const chat_markup_t *markup);
const char *chat_text_list_end(channel_request_t *request, chat_text_list_t *list);

/* &, <, >, " and ' as HTML has them. */
#define CHAT_TEXT_HTML_SPECIAL "&<>\"'"
extern const char *const chat_text_html[];
const char *chat_text_html_link(channel_request_t *request, const char *text, const char *url);

/* Markdown as Discord and Mattermost read it. */
const char *chat_text_markdown_link(channel_request_t *request, const char *text, const char *url);

/* No markup at all. */
extern const chat_markup_t chat_text_plain;

#endif
