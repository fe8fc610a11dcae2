
/*
 * All text goes through here on its way into a mail: lines of at most 76 bytes
 * of printable ASCII, whatever it was.
 */

#include "channel_email.h"

#include <stdio.h>
#include <string.h>

#define EMAIL_LINE_BYTES_MAX 76


email_writer_t
email_write_begin(channel_request_t *out)
{
    out->has_body = 1;
    return (email_writer_t){.out = &out->body};
}


/* What must stay on one line, with room for the "=" that goes on. */
static void
email_write_token(email_writer_t *writer, const char *token, size_t len)
{
    if (writer->column + len > EMAIL_LINE_BYTES_MAX - 1) {
        json_writer_put(writer->out, "=\r\n", 3);
        writer->column = 0;
    }

    json_writer_put(writer->out, token, len);
    writer->column += (unsigned) len;
}


static void
email_write_coded(email_writer_t *writer, char byte)
{
    char token[4];

    snprintf(token, sizeof(token), "=%02X", (unsigned char) byte);
    email_write_token(writer, token, 3);
}


static void
email_write_held(email_writer_t *writer, int ends_line)
{
    char held = writer->held;

    writer->held = '\0';

    if (held != '\0' && ends_line) {
        email_write_coded(writer, held);
    } else if (held != '\0') {
        email_write_token(writer, &held, 1);
    }
}


static void
email_write_byte(email_writer_t *writer, char byte)
{
    email_write_held(writer, byte == '\n');

    if (byte == '\n') {
        json_writer_put(writer->out, "\r\n", 2);
        writer->column = 0;

    } else if (byte == ' ' || byte == '\t') {
        writer->held = byte;

    } else if (byte == '=' || byte < 0x20 || byte > 0x7e) {
        email_write_coded(writer, byte);

    } else {
        email_write_token(writer, &byte, 1);
    }
}


void
email_write(email_writer_t *writer, const char *text)
{
    for (; *text != '\0'; text++) {
        email_write_byte(writer, *text);
    }
}


void
email_write_escaped(email_writer_t *writer, const char *text)
{
    static const char special[] = "&<>\"'\n";
    static const char *const escaped[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&#39;", "<br>\n"};
    char before = '\n';

    for (; *text != '\0'; before = *text++) {
        const char *place = strchr(special, *text);

        if (place != NULL) {
            email_write(writer, escaped[place - special]);
        } else if (*text == ' ' && (before == ' ' || before == '\n')) {
            email_write(writer, "&nbsp;"); /* HTML would show one of them, or none */
        } else {
            email_write_byte(writer, *text);
        }
    }
}


void
email_write_end(email_writer_t *writer)
{
    email_write_byte(writer, '\n');
}
