
/*
 * The headers.  A mail has the Message-ID of its delivery at every try, so a server
 * or a reader can tell a double.  All mails of an incident refer to the same mail,
 * which nobody has sent: by that they stand together.
 */

#include "channel_email.h"

#include "chat_text.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#define EMAIL_SUBJECT_MAX 200 /* characters */
#define EMAIL_NAME_MAX 60
#define EMAIL_ID_BYTES_MAX 200
#define EMAIL_WORD_BYTES_MAX 52 /* of an encoded word, so that a line has at most 76 with all */
#define EMAIL_SENDER "BetterStack"


static int
email_is_ascii(const char *text)
{
    for (; *text != '\0'; text++) {
        if (*text < 0x20 || *text > 0x7e) {
            return 0;
        }
    }

    return 1;
}


/* --- addresses ------------------------------------------------------------ */

const char *
email_address(channel_request_t *out, const char *from)
{
    const char *open = strrchr(from, '<');
    const char *address = from;

    if (open != NULL) {
        const char *close = strchr(open, '>');

        if (close == NULL || close[1] != '\0') {
            return NULL;
        }

        address = channel_format(out, "%.*s", (int) (close - open - 1), open + 1);
    }

    return smtp_is_address(address) ? address : NULL;
}


/* The name before the address, without quotes; ours if there is none. */
static const char *
email_sender(channel_request_t *out, const char *from)
{
    const char *open = strrchr(from, '<');
    size_t len = (open != NULL) ? (size_t) (open - from) : 0;

    while (len > 0 && strchr(" \"", from[len - 1]) != NULL) {
        len--;
    }

    while (len > 0 && strchr(" \"", *from) != NULL) {
        from++;
        len--;
    }

    return (len > 0) ? channel_format(out, "%.*s", (int) len, from) : EMAIL_SENDER;
}


/* --- values of headers ---------------------------------------------------- */

/*
 * RFC 2047: words of whole characters, all of their bytes coded that are not
 * letters or digits, each word on a line of its own.
 */
static void
email_put_encoded(channel_request_t *out, const char *text)
{
    while (*text != '\0') {
        size_t len = 0;
        size_t size = 0;

        channel_body(out, "=?utf-8?Q?");

        while (text[len] != '\0') {
            size_t character = utf8_sequence(text + len, strlen(text + len));
            size_t grows = isalnum((unsigned char) text[len]) ? 1 : 3 * character;

            if (size + grows > EMAIL_WORD_BYTES_MAX) {
                break;
            }

            size += grows;
            len += (character > 0) ? character : 1;
        }

        for (; len > 0; len--, text++) {
            char coded[4] = {*text, '\0'};

            if (!isalnum((unsigned char) *text)) {
                snprintf(coded, sizeof(coded), "=%02X", (unsigned char) *text);
            }

            channel_body(out, coded);
        }

        channel_body(out, (*text != '\0') ? "?=\r\n " : "?=");
    }
}


/* Text without line breaks, at most EMAIL_SUBJECT_MAX characters. */
static void
email_put_text(channel_request_t *out, const char *text)
{
    if (email_is_ascii(text) && strstr(text, "=?") == NULL) {
        channel_body(out, text);
    } else {
        email_put_encoded(out, text);
    }
}


/* A name before an address. */
static void
email_put_name(channel_request_t *out, const char *name)
{
    static const char *const escaped[] = {"\\\"", "\\\\"};

    if (!email_is_ascii(name) || strstr(name, "=?") != NULL) {
        email_put_encoded(out, name);
        return;
    }

    channel_body(out, "\"");
    channel_body(out, channel_replace(out, name, "\"\\", escaped));
    channel_body(out, "\"");
}


static void
email_put_date(channel_request_t *out, int64_t now_s)
{
    static const char days[] = "SunMonTueWedThuFriSat";
    static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
    time_t seconds = (time_t) now_s;
    struct tm tm = {.tm_mday = 1};

    gmtime_r(&seconds, &tm);
    channel_body(out, channel_format(out, "Date: %.3s, %d %.3s %d %02d:%02d:%02d +0000\r\n",
                                     days + 3 * tm.tm_wday, tm.tm_mday, months + 3 * tm.tm_mon,
                                     tm.tm_year + 1900, tm.tm_hour, tm.tm_min, tm.tm_sec));
}


/* --- identity ------------------------------------------------------------- */

/* A key as the left side of a Message-ID: other keys never become the same. */
static const char *
email_id(channel_request_t *out, const char *key, const char *domain)
{
    char left[3 * EMAIL_ID_BYTES_MAX + 1];
    size_t len = 0;

    for (size_t i = 0; i < EMAIL_ID_BYTES_MAX && key[i] != '\0'; i++) {
        if (isalnum((unsigned char) key[i]) || key[i] == '-') {
            left[len++] = key[i];
        } else {
            len += (size_t) snprintf(left + len, 4, "_%02X", (unsigned char) key[i]);
        }
    }

    left[len] = '\0';
    return channel_format(out, "%s@%s", left, domain);
}


/* What a mail is about stands in headers, too, for the rules of its reader. */
static void
email_put_incident(channel_request_t *out, const delivery_t *delivery, const char *domain)
{
    const char *incident = email_incident(out, delivery);
    const char *key = delivery_said(delivery, "dedup_key");
    const char *event = delivery_said(delivery, "event");

    if (event != NULL && strlen(event) <= 32 && email_is_ascii(event)) {
        channel_body(out, channel_format(out, "X-BetterStack-Event: %s\r\n", event));
    }

    if (incident == NULL || key == NULL || delivery_is(delivery, "digest")) {
        return;
    }

    if (strlen(incident) <= 32 && email_is_ascii(incident)) {
        channel_body(out, channel_format(out, "X-BetterStack-Incident: %s\r\n", incident));
    }

    const char *thread = email_id(out, key, domain);

    if (!delivery_is(delivery, "started")) {
        channel_body(out, channel_format(out, "In-Reply-To:\r\n <%s>\r\n", thread));
    }

    channel_body(out, channel_format(out, "References:\r\n <%s>\r\n", thread));
}


/* What it is about, on one line. */
static const char *
email_subject(channel_request_t *out, const delivery_t *delivery)
{
    const char *title = delivery_said(delivery, "title");

    return chat_text_line(out, &chat_text_plain,
                          (title != NULL) ? title : "An alert without a title", EMAIL_SUBJECT_MAX);
}


const char *
email_head(channel_request_t *out, const delivery_t *delivery, const char *from)
{
    const smtp_mail_t *mail = &out->mail.envelope;
    const char *domain = strchr(mail->from, '@') + 1;
    const char *id = email_id(out, delivery->key, domain);

    email_put_date(out, delivery->now_s);
    channel_body(out, "From: ");
    email_put_name(out,
                   chat_text_line(out, &chat_text_plain, email_sender(out, from), EMAIL_NAME_MAX));
    channel_body(out, channel_format(out, "\r\n <%s>\r\nTo: ", mail->from));

    for (unsigned i = 0; i < mail->to_count; i++) {
        channel_body(out, (i > 0) ? ",\r\n " : "");
        channel_body(out, mail->to[i]);
    }

    channel_body(out, "\r\nSubject: ");
    email_put_text(out, email_subject(out, delivery));
    channel_body(out, channel_format(out, "\r\nMessage-ID:\r\n <%s>\r\n", id));
    email_put_incident(out, delivery, domain);
    channel_body(out, "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n");

    if (delivery_flag(delivery->message, "critical", 0)) {
        channel_body(out, "Importance: high\r\n");
    }

    channel_body(out, "MIME-Version: 1.0\r\n");
    return id;
}
