
/*
 * Short messages and phone calls by Twilio.
 *
 * Settings: to *, from * (a number, for messages also a name or the id of a messaging
 * service), account_sid *, auth_token *, api_url (https://api.twilio.com); all but `to`
 * may be the installation's.
 *
 * Twilio has no key that would tell a repeated request: what was accepted without our
 * hearing of it is sent twice.  A call says its text twice.
 */

#include "channels.h"
#include "pager.h"

#include <stdio.h>
#include <string.h>

#define TWILIO_SERVICE_SID_LEN 34
#define TWILIO_SMS_TITLE_BYTES_MAX 240 /* a message has 1600 at most, and costs by 160 */
#define TWILIO_SMS_TEXT_BYTES_MAX 320
#define TWILIO_SMS_URL_BYTES_MAX 500
#define TWILIO_SAID_MAX 500 /* of title and text, each */
#define TWILIO_TWIML_MAX 4000
#define TWILIO_CODE_MAX 16

static const char twiml_begin[] = "<Response><Pause length=\"1\"/><Say loop=\"2\">";
static const char twiml_end[] = "</Say></Response>";


/* A comment, or the cause; behind the title of an end it would sound like news. */
static const char *
twilio_text(channel_request_t *out, const delivery_t *delivery)
{
    const char *comment = delivery_said(delivery, "comment");

    if (comment != NULL) {
        return pager_line(out, comment);
    }

    return (pager_alarms(delivery) || !pager_has_end(delivery))
               ? pager_line(out, delivery_said(delivery, "text"))
               : "";
}


static const char *
twilio_url(const delivery_t *delivery, const char *name)
{
    const char *url = delivery_said(delivery, name);

    return (url != NULL && strlen(url) <= TWILIO_SMS_URL_BYTES_MAX) ? url : NULL;
}


static const char *
twilio_sms_words(channel_request_t *out, const delivery_t *delivery)
{
    const char *title =
        channel_cut(out, pager_title(out, delivery), TWILIO_SMS_TITLE_BYTES_MAX, UTF8_BYTES);
    const char *text =
        channel_cut(out, twilio_text(out, delivery), TWILIO_SMS_TEXT_BYTES_MAX, UTF8_BYTES);
    const char *acknowledge_url = twilio_url(delivery, "acknowledge_url");
    const char *url = twilio_url(delivery, "url");

    if (acknowledge_url != NULL) {
        url = channel_format(out, "Acknowledge: %s", acknowledge_url);
    }

    return channel_format(out, "%s%s%s%s%s", title, (text[0] != '\0') ? "\n" : "", text,
                          (url != NULL) ? "\n" : "", (url != NULL) ? url : "");
}


/* --- what is said --------------------------------------------------------- */

/* U+FFFE and U+FFFF are valid UTF-8, but not XML. */
static int
twilio_is_no_xml(const char *text, size_t len)
{
    return len == 3 && memcmp(text, "\xef\xbf", 2) == 0 && (unsigned char) text[2] >= 0xbe;
}


/* The text as XML has it, until there is no more room for a whole character. */
static void
twilio_say(json_writer_t *twiml, const char *text)
{
    static const char special[] = "&<>\"'";
    static const char *const escaped[] = {"&amp;", "&lt;", "&gt;", "&quot;", "&apos;"};
    size_t len = strlen(text);

    for (size_t i = 0; i < len && !twiml->overflow;) {
        size_t used = utf8_sequence(text + i, len - i);
        const char *place = strchr(special, text[i]);

        if (place != NULL) {
            const char *other = escaped[place - special];

            json_writer_put(twiml, other, strlen(other));

        } else if (twilio_is_no_xml(text + i, used)) {
            json_writer_put(twiml, " ", 1);

        } else {
            json_writer_put(twiml, text + i, used);
        }

        i += used;
    }
}


static const char *
twilio_twiml(channel_request_t *out, const delivery_t *delivery)
{
    char room[TWILIO_TWIML_MAX];
    json_writer_t twiml;
    const char *text = twilio_text(out, delivery);

    json_writer_init(&twiml, room, sizeof(room) - strlen(twiml_end));
    json_writer_put(&twiml, twiml_begin, strlen(twiml_begin));
    twilio_say(&twiml, PAGER_SENDER ": ");
    twilio_say(&twiml,
               channel_cut(out, pager_title(out, delivery), TWILIO_SAID_MAX, UTF8_CHARACTERS));

    if (text[0] != '\0') {
        twilio_say(&twiml, ". ");
        twilio_say(&twiml, channel_cut(out, text, TWILIO_SAID_MAX, UTF8_CHARACTERS));
    }

    return channel_format(out, "%.*s%s", (int) twiml.len, room, twiml_end);
}


/* --- requests ------------------------------------------------------------- */

/* All but what is sent.  0, or -1. */
static int
twilio_begin(channel_request_t *out, const delivery_t *delivery, const char *resource, char *error)
{
    const char *sid = delivery_setting(delivery, "account_sid");
    const char *to = delivery_setting(delivery, "to");

    out->password = delivery_setting(delivery, "auth_token");
    out->username = sid;

    if (sid == NULL || out->password == NULL) {
        return channel_refuse(error, "no Twilio account is set up: %s is missing",
                              (sid == NULL) ? "account_sid" : "auth_token");
    }

    if (to == NULL) {
        return channel_refuse(error, "the channel has no phone number");
    }

    out->url =
        channel_format(out, "%s/%s/%s.json",
                       pager_url(out, delivery, "https://api.twilio.com", "/2010-04-01/Accounts"),
                       channel_percent(out, sid), resource);
    channel_form(out, "To", to);
    return 0;
}


static int
twilio_no_sender(char *error)
{
    return channel_refuse(error, "no number is set up to send from: \"from\" is missing");
}


static int
twilio_sms_request(channel_request_t *out, const delivery_t *delivery, char *error)
{
    const char *from = delivery_setting(delivery, "from");

    if (twilio_begin(out, delivery, "Messages", error) != 0) {
        return -1;
    }

    if (from == NULL) {
        return twilio_no_sender(error);
    }

    int service = strncmp(from, "MG", 2) == 0 && strlen(from) == TWILIO_SERVICE_SID_LEN;

    channel_form(out, service ? "MessagingServiceSid" : "From", from);
    channel_form(out, "Body", twilio_sms_words(out, delivery));
    return 0;
}


static int
twilio_voice_request(channel_request_t *out, const delivery_t *delivery, char *error)
{
    const char *from = delivery_setting(delivery, "from");

    if (twilio_begin(out, delivery, "Calls", error) != 0) {
        return -1;
    }

    if (from == NULL) {
        return twilio_no_sender(error);
    }

    channel_form(out, "From", from);
    channel_form(out, "Twiml", twilio_twiml(out, delivery));
    return 0;
}


/* Errors have a code, which Twilio's pages tell all about, and a sentence. */
static channel_outcome_t
twilio_judge(const http_result_t *answer, const delivery_t *delivery, channel_report_t *report)
{
    channel_outcome_t outcome = pager_judge(answer, "sid", report);
    char code[TWILIO_CODE_MAX];
    char message[PAGER_ANSWER_BYTES_MAX];

    (void) delivery;
    pager_answer(answer, "code", code, sizeof(code));
    pager_answer(answer, "message", message, sizeof(message));

    if (outcome != CHANNEL_SENT && code[0] != '\0' && message[0] != '\0') {
        snprintf(report->detail, sizeof(report->detail), "HTTP %d, Twilio's error %s: %s",
                 answer->status, code, message);
    }

    return outcome;
}


const channel_t channel_twilio_sms = {
    .name = "twilio_sms",
    .request = twilio_sms_request,
    .judge = twilio_judge,
};

const channel_t channel_twilio_voice = {
    .name = "twilio_voice",
    .request = twilio_voice_request,
    .judge = twilio_judge,
};
