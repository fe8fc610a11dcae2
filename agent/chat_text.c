
/* Three steps: clean, find out how much of it fits when escaped, escape that. */

#include "chat_text.h"

#include <string.h>
#include <strings.h>

#define CHAT_ELLIPSIS "\xe2\x80\xa6"

/* clang-format off */
#define SP4 " ", " ", " ", " "

static const char chat_text_controls[] =
    "\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a\x0b\x0c\x0d\x0e\x0f\x10"
    "\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f";
static const char *const chat_text_spaces[] = {SP4, SP4, SP4, SP4, SP4, SP4, SP4, SP4};

/* The same without the line feed; a carriage return vanishes. */
static const char chat_text_most_controls[] =
    "\x0d\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0b\x0c\x0e\x0f\x10"
    "\x11\x12\x13\x14\x15\x16\x17\x18\x19\x1a\x1b\x1c\x1d\x1e\x1f\x7f";
static const char *const chat_text_most_spaces[] = {
    "", " ", " ", SP4, SP4, SP4, SP4, SP4, SP4, SP4,
};

const char *const chat_text_html[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;"};
/* clang-format on */

const chat_markup_t chat_text_plain = {
    .special = "",
    .unit = UTF8_CHARACTERS,
    .value_max = 1000,
};


/* What stands for the byte in the markup, or NULL if it stays. */
static const char *
chat_text_escape(const chat_markup_t *markup, char byte)
{
    const char *place = strchr(markup->special, byte);

    return (place != NULL && byte != '\0') ? markup->escaped[place - markup->special] : NULL;
}


/* How many bytes of the text are at most `max` units when they are escaped. */
static size_t
chat_text_fitting(const chat_markup_t *markup, const char *text, size_t max)
{
    size_t at = 0;

    while (text[at] != '\0') {
        size_t len = 1;

        while (((unsigned char) text[at + len] & 0xc0) == 0x80) {
            len++;
        }

        char one[8] = "";
        const char *escaped = chat_text_escape(markup, text[at]);

        memcpy(one, text + at, (len < sizeof(one)) ? len : sizeof(one) - 1);

        size_t weight = utf8_count((escaped != NULL) ? escaped : one, markup->unit);

        if (weight > max) {
            break;
        }

        max -= weight;
        at += len;
    }

    return at;
}


static const char *
chat_text_fit(channel_request_t *request, const chat_markup_t *markup, const char *text, size_t max)
{
    const char *end = "";

    if (text[chat_text_fitting(markup, text, max)] != '\0') {
        size_t mark = utf8_count(CHAT_ELLIPSIS, markup->unit);

        if (max < mark) {
            return "";
        }

        text = channel_format(request, "%.*s", (int) chat_text_fitting(markup, text, max - mark),
                              text);
        end = CHAT_ELLIPSIS;
    }

    text = channel_replace(request, text, markup->special, markup->escaped);
    return (end[0] != '\0') ? channel_format(request, "%s%s", text, end) : text;
}


/*
 * Of a long text no more is cleaned than could be of use, so that a message takes
 * little memory however long its texts are.
 */
const char *
chat_text_line(channel_request_t *request, const chat_markup_t *markup, const char *text,
               size_t max)
{
    text = channel_cut(request, text, max + 1, markup->unit);
    text = channel_replace(request, text, chat_text_controls, chat_text_spaces);
    return chat_text_fit(request, markup, text, max);
}


const char *
chat_text_lines(channel_request_t *request, const chat_markup_t *markup, const char *text,
                size_t max)
{
    text = channel_cut(request, text, max + 1, markup->unit);
    text = channel_replace(request, text, chat_text_most_controls, chat_text_most_spaces);
    return chat_text_fit(request, markup, text, max);
}


const char *
chat_text_url(channel_request_t *request, const char *url)
{
    static const char from[] = " \"'()*<>\\^`{|}\x7f";
    static const char *const to[] = {"%20", "%22", "%27", "%28", "%29", "%2A", "%3C", "%3E",
                                     "%5C", "%5E", "%60", "%7B", "%7C", "%7D", "%7F"};

    if (url == NULL || (strncasecmp(url, "https://", 8) != 0 && strncasecmp(url, "http://", 7) != 0)
        || strlen(url) > CHAT_TEXT_URL_BYTES_MAX || strpbrk(url, chat_text_controls) != NULL)
    {
        return NULL;
    }

    url = channel_replace(request, url, from, to);

    size_t len = strlen(url);

    /* HTML writes five bytes for each of these */
    for (const char *p = strchr(url, '&'); p != NULL; p = strchr(p + 1, '&')) {
        len += strlen("&amp;") - 1;
    }

    return (len <= CHAT_TEXT_URL_BYTES_MAX) ? url : NULL;
}


const char *
chat_text_linked(channel_request_t *request, const chat_markup_t *markup, const char *text,
                 size_t max, const char *url)
{
    text = chat_text_line(request, markup, text, max);
    url = (markup->link != NULL && text[0] != '\0') ? chat_text_url(request, url) : NULL;
    return (url != NULL) ? markup->link(request, text, url) : text;
}


const char *
chat_text_join(channel_request_t *request, const char *text, const char *between, const char *other)
{
    if (text[0] == '\0' || other[0] == '\0') {
        return (text[0] == '\0') ? other : text;
    }

    return channel_format(request, "%s%s%s", text, between, other);
}


void
chat_text_list_init(chat_text_list_t *list)
{
    json_writer_init(&list->text, list->room, sizeof(list->room) - 1);
}


void
chat_text_list_add(chat_text_list_t *list, const char *between, const char *text)
{
    if (text[0] == '\0') {
        return;
    }

    if (list->text.len > 0) {
        json_writer_put(&list->text, between, strlen(between));
    }

    json_writer_put(&list->text, text, strlen(text));
}


size_t
chat_text_list_count(chat_text_list_t *list, const chat_markup_t *markup)
{
    list->room[list->text.len] = '\0';
    return utf8_count(list->room, markup->unit);
}


const char *
chat_text_list_end(channel_request_t *request, chat_text_list_t *list)
{
    request->failed |= list->text.overflow;
    return channel_format(request, "%.*s", (int) list->text.len, list->room);
}


const char *
chat_text_html_link(channel_request_t *request, const char *text, const char *url)
{
    url = channel_replace(request, url, CHAT_TEXT_HTML_SPECIAL, chat_text_html);
    return channel_format(request, "<a href=\"%s\">%s</a>", url, text);
}


const char *
chat_text_markdown_link(channel_request_t *request, const char *text, const char *url)
{
    return channel_format(request, "[%s](%s)", text, url);
}
