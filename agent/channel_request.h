
/*
 * One request to a provider while it is built.  Everything is bounded; what
 * does not fit, and a lack of memory, is remembered (`failed`) and told by
 * channel_request_end(), so nobody in between needs to look.
 *
 * Texts that the functions return live as long as the request.  They take and
 * give valid UTF-8, as deliveries have it.
 */

#ifndef CHANNEL_REQUEST_H
#define CHANNEL_REQUEST_H

#include "http_header.h"
#include "json_writer.h"
#include "smtp.h"
#include "utf8.h"

#include <stddef.h>
#include <stdint.h>

#define CHANNEL_BODY_BYTES_MAX (1u << 18)
#define CHANNEL_TEXT_BYTES_MAX (1u << 19) /* of all texts but the body */
#define CHANNEL_HEADERS_MAX 64

struct delivery_value;
typedef struct channel_block channel_block_t;

/* What goes by SMTP: the body is the message. */
typedef struct {
    const char *url;      /* "https://host:port/": where the server is; NULL: it is HTTP */
    const char *id;       /* the Message-ID, without its brackets */
    unsigned left_out;    /* addresses that mail cannot be sent to */
    smtp_mail_t envelope; /* without its name and message */
} channel_mail_t;

typedef struct {
    const char *method; /* "POST" unless a kind says otherwise */
    const char *url;
    http_header_t headers[CHANNEL_HEADERS_MAX];
    size_t headers_count;
    json_writer_t body; /* text as well */
    int has_body;
    const char *username; /* NULL: no Basic authorization */
    const char *password;
    int verify; /* 1 unless a kind says otherwise */
    const char *ca_pem;
    channel_mail_t mail;
    channel_block_t *blocks;
    size_t text_bytes;
    int failed;
} channel_request_t;

/* 0, or -1 without memory; deinit is right in any case. */
int channel_request_init(channel_request_t *request);
void channel_request_deinit(channel_request_t *request);

/* 0 if everything fitted in, else -1 with *error a literal. */
int channel_request_end(const channel_request_t *request, const char **error);

/* --- texts ---------------------------------------------------------------- */

/* NULL never: "" after a failure. */
const char *channel_format(channel_request_t *request, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/*
 * The text itself, or its beginning with "…" at the end, at most `max` of the
 * units long.  NULL is "".
 */
const char *channel_cut(channel_request_t *request, const char *text, size_t max, utf8_unit_t unit);

/* The text with each of `from` replaced by the text of the same place in `to`. */
const char *channel_replace(channel_request_t *request, const char *text, const char *from,
                            const char *const *to);

/* All but A-Z a-z 0-9 - . _ ~ as %XX: a part of a path or a query. */
const char *channel_percent(channel_request_t *request, const char *text);

/* What a JSON string holds of the text, without the quotes. */
const char *channel_json_escape(channel_request_t *request, const char *text);

/* What XML and HTML hold of it, in an element or an attribute. */
const char *channel_xml_escape(channel_request_t *request, const char *text);

/* --- the request ---------------------------------------------------------- */

/* `name` is borrowed.  Control characters become spaces. */
void channel_header(channel_request_t *request, const char *name, const char *value);

/* "Authorization: <scheme> <token>" */
void channel_authorize(channel_request_t *request, const char *scheme, const char *token);

/* Sets Content-Type: application/json; what is written becomes the body (json_writer.h). */
json_writer_t *channel_json(channel_request_t *request);
/* A value as it came, or a member of the open object with it; the last leaves out what is NULL. */
void channel_json_value(channel_request_t *request, const struct delivery_value *value);
void channel_json_member_if(channel_request_t *request, const struct delivery_value *member);

/* A member of the open object; the second leaves it out if the text is NULL or empty. */
void channel_json_text(channel_request_t *request, const char *key, const char *text);
void channel_json_text_if(channel_request_t *request, const char *key, const char *text);
void channel_json_cut(channel_request_t *request, const char *key, const char *text, size_t max,
                      utf8_unit_t unit);

/* Appends to the body as it is.  The Content-Type is the caller's to say. */
void channel_body(channel_request_t *request, const char *text);

/* Appends a field; the first one sets application/x-www-form-urlencoded. */
void channel_form(channel_request_t *request, const char *name, const char *value);

#endif
