
/*
 * What the files of the e-mail channel share: a message as people read it, and
 * how it is written down.  Texts live as long as the request and are valid UTF-8
 * without control characters; only those called texts have line feeds.
 */

#ifndef CHANNEL_EMAIL_H
#define CHANNEL_EMAIL_H

#include "channel.h"

#define EMAIL_FACTS_MAX 32
#define EMAIL_ITEMS_MAX 20
#define EMAIL_BUTTONS_MAX 2
#define EMAIL_FIGURES_MAX 4
#define EMAIL_SECTIONS_MAX 4
#define EMAIL_NOTICES_MAX 8
#define EMAIL_ROWS_MAX 36 /* of all sections */

typedef enum { EMAIL_GREY, EMAIL_BLUE, EMAIL_GREEN, EMAIL_ORANGE, EMAIL_RED } email_color_t;

typedef struct {
    const char *label; /* "": one more of the same */
    const char *value;
    const char *url; /* NULL: none */
} email_fact_t;

typedef struct {
    const char *title;
    const char *text;  /* a line */
    const char *url;   /* NULL: none */
    const char *value; /* of a section's: what it is about, in a word; "": nothing */
} email_item_t;

/* One number, large. */
typedef struct {
    const char *label;
    const char *value;
    const char *note; /* a line */
} email_figure_t;

typedef struct {
    const char *title;
    unsigned items_count;
    email_item_t items[EMAIL_ITEMS_MAX];
    const char *more; /* NULL: all are there */
} email_section_t;

typedef struct {
    email_color_t color; /* of the state, which `word` says too */
    const char *word;
    const char *title;
    const char *text;
    const char *comment; /* a text; NULL: none */
    const char *author;
    const char *instructions; /* a text; NULL: none */
    unsigned facts_count;
    email_fact_t facts[EMAIL_FACTS_MAX];
    unsigned items_count;
    email_item_t items[EMAIL_ITEMS_MAX];
    const char *more; /* "and 3 more", of items; NULL: all are there */
    /* Of reports. */
    unsigned figures_count;
    email_figure_t figures[EMAIL_FIGURES_MAX];
    unsigned sections_count;
    email_section_t sections[EMAIL_SECTIONS_MAX];
    unsigned notices_count;
    const char *notices[EMAIL_NOTICES_MAX]; /* lines */
    unsigned buttons_count;
    email_fact_t buttons[EMAIL_BUTTONS_MAX]; /* `value` is not used */
    const char *team;                        /* NULL: none */
} email_content_t;

void email_content(channel_request_t *out, const delivery_t *delivery, email_content_t *content);

/* The number of the incident; NULL: it is about none. */
const char *email_incident(channel_request_t *out, const delivery_t *delivery);

/* Both write the body of one part of the message. */
void email_text(channel_request_t *out, const email_content_t *content);
void email_html(channel_request_t *out, const email_content_t *content);

/*
 * The headers, down to that of the content.  `from` is as in the settings, `to` are the
 * addresses that mail goes to.  Returns the Message-ID without its brackets.
 */
const char *email_head(channel_request_t *out, const delivery_t *delivery, const char *from);

/* The address in "Name <address>" or "address"; NULL if it is none. */
const char *email_address(channel_request_t *out, const char *from);

/* --- quoted-printable (RFC 2045, section 6.7) ------------------------------ */

typedef struct {
    json_writer_t *out;
    unsigned column;
    char held; /* a blank that may turn out to be the last of its line */
} email_writer_t;

email_writer_t email_write_begin(channel_request_t *out);
/* "\n" ends a line. */
void email_write(email_writer_t *writer, const char *text);
/* The same with what means something in HTML escaped; line feeds become breaks. */
void email_write_escaped(email_writer_t *writer, const char *text);
void email_write_end(email_writer_t *writer);

#endif
