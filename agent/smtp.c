
/*
 * One step for each thing that is said; smtp_take() leads from a reply to the
 * next.  The message goes out in pieces of a buffer, with its dots doubled.
 */

#include "smtp.h"

#include "base64.h"

#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define SMTP_LINE_BYTES_MAX 2000 /* of a reply; RFC 5321 has 512 */
#define SMTP_LINES_MAX 100
#define SMTP_PLAIN_BYTES_MAX (2 * SMTP_LOGIN_BYTES_MAX + 2)
#define SMTP_BYTE_BYTES_MAX 4 /* what one byte of a message may become */

typedef enum {
    SMTP_STEP_GREETING,
    SMTP_STEP_EHLO,
    SMTP_STEP_HELO,
    SMTP_STEP_STARTTLS,
    SMTP_STEP_AUTH_PLAIN,
    SMTP_STEP_AUTH_LOGIN,
    SMTP_STEP_AUTH_USERNAME,
    SMTP_STEP_AUTH_PASSWORD,
    SMTP_STEP_MAIL,
    SMTP_STEP_RCPT,
    SMTP_STEP_DATA,
    SMTP_STEP_MESSAGE, /* it goes out */
    SMTP_STEP_END,     /* all of it went out */
    SMTP_STEP_QUIT
} smtp_step_t;

enum { SMTP_OFFERS_STARTTLS = 1, SMTP_OFFERS_PLAIN = 2, SMTP_OFFERS_LOGIN = 4 };


int
smtp_is_address(const char *text)
{
    const char *at = strchr(text, '@');

    if (at == NULL || at == text || at[1] == '\0' || strchr(at + 1, '@') != NULL
        || strlen(text) > SMTP_ADDRESS_BYTES_MAX)
    {
        return 0;
    }

    for (const char *p = text; *p != '\0'; p++) {
        if (*p <= 0x20 || *p >= 0x7f || strchr("<>()[]\\,;:\"", *p) != NULL) {
            return 0;
        }
    }

    return 1;
}


/* --- what we say ---------------------------------------------------------- */

static smtp_next_t smtp_say(smtp_t *smtp, smtp_step_t step, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
static smtp_next_t smtp_end(smtp_t *smtp, smtp_verdict_t verdict, const char *format, ...)
    __attribute__((format(printf, 3, 4)));


static smtp_next_t
smtp_say(smtp_t *smtp, smtp_step_t step, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);

    int len = vsnprintf(smtp->out, sizeof(smtp->out) - 2, format, arguments);

    va_end(arguments);

    if (len < 0 || (size_t) len >= sizeof(smtp->out) - 2) {
        return smtp_end(smtp, SMTP_REFUSED, "The mail server's settings are too long");
    }

    memcpy(smtp->out + len, "\r\n", 2);
    smtp->out_len = (size_t) len + 2;
    smtp->step = (int) step;
    return SMTP_SAY;
}


/* What was decided stays; with whom there is nothing more to talk about, we part politely. */
static smtp_next_t
smtp_end(smtp_t *smtp, smtp_verdict_t verdict, const char *format, ...)
{
    va_list arguments;

    if (smtp->verdict != SMTP_UNDECIDED) {
        return SMTP_OVER;
    }

    va_start(arguments, format);
    vsnprintf(smtp->words, sizeof(smtp->words), format, arguments);
    va_end(arguments);
    smtp->verdict = verdict;
    smtp->code = smtp->reply_code;

    if (smtp->reply_code == 421 || smtp->step == SMTP_STEP_MESSAGE) {
        return SMTP_OVER;
    }

    return smtp_say(smtp, SMTP_STEP_QUIT, "QUIT");
}


/* After an answer without sense.  Of a message that has gone out it tells nothing. */
static smtp_verdict_t
smtp_despair(const smtp_t *smtp)
{
    return smtp->committed ? SMTP_UNKNOWN : SMTP_FAILED;
}


/* Says what the server said, and lets its code decide. */
static smtp_next_t
smtp_end_by_reply(smtp_t *smtp, const char *what)
{
    int code = smtp->reply_code;

    if (code < 400 || code > 599) {
        return smtp_end(smtp, smtp_despair(smtp), "The mail server's answer makes no sense: %d %s",
                        code, smtp->reply);
    }

    return smtp_end(smtp, (code < 500) ? SMTP_FAILED : SMTP_REFUSED, "%s: %d %s", what, code,
                    smtp->reply);
}


/* A secret in base64; what does not fit in makes a line too long to be said. */
static smtp_next_t
smtp_say_secret(smtp_t *smtp, smtp_step_t step, const char *before, const char *secret, size_t len)
{
    char text[BASE64_SIZE(SMTP_PLAIN_BYTES_MAX)];

    base64_encode(secret, len, text);

    smtp_next_t next = smtp_say(smtp, step, "%s%s", before, text);

    explicit_bzero(text, sizeof(text));
    return next;
}


static smtp_next_t
smtp_log_in(smtp_t *smtp)
{
    const smtp_mail_t *mail = smtp->mail;
    const char *password = (mail->password != NULL) ? mail->password : "";
    size_t username_len = strlen(mail->username);
    size_t password_len = strlen(password);
    char plain[SMTP_PLAIN_BYTES_MAX];

    if (username_len > SMTP_LOGIN_BYTES_MAX || password_len > SMTP_LOGIN_BYTES_MAX) {
        return smtp_end(smtp, SMTP_REFUSED,
                        "The mail server's username or password is longer than this agent sends");
    }

    if (smtp->offers & SMTP_OFFERS_PLAIN) {
        plain[0] = '\0';
        memcpy(plain + 1, mail->username, username_len + 1);
        memcpy(plain + 2 + username_len, password, password_len);

        smtp_next_t next = smtp_say_secret(smtp, SMTP_STEP_AUTH_PLAIN, "AUTH PLAIN ", plain,
                                           2 + username_len + password_len);

        explicit_bzero(plain, sizeof(plain));
        return next;
    }

    if (smtp->offers & SMTP_OFFERS_LOGIN) {
        return smtp_say(smtp, SMTP_STEP_AUTH_LOGIN, "AUTH LOGIN");
    }

    return smtp_end(smtp, SMTP_REFUSED,
                    "A username is set, but the mail server offers no login by PLAIN or LOGIN%s",
                    (mail->security == SMTP_CLEAR) ? " without TLS" : "");
}


/* --- capabilities --------------------------------------------------------- */

static int
smtp_has_word(const char *text, size_t len, const char *word)
{
    size_t word_len = strlen(word);

    for (size_t i = 0; i + word_len <= len; i++) {
        if ((i == 0 || text[i - 1] == ' ' || text[i - 1] == '=')
            && (i + word_len == len || text[i + word_len] == ' ')
            && strncasecmp(text + i, word, word_len) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static void
smtp_note_offer(smtp_t *smtp, const char *text, size_t len)
{
    if (len == 8 && strncasecmp(text, "STARTTLS", 8) == 0) {
        smtp->offers |= SMTP_OFFERS_STARTTLS;
    }

    /* some old servers say "AUTH=LOGIN" */
    if (len > 5 && strncasecmp(text, "AUTH", 4) == 0 && (text[4] == ' ' || text[4] == '=')) {
        smtp->offers |= smtp_has_word(text + 5, len - 5, "PLAIN") ? SMTP_OFFERS_PLAIN : 0;
        smtp->offers |= smtp_has_word(text + 5, len - 5, "LOGIN") ? SMTP_OFFERS_LOGIN : 0;
    }
}


/* --- recipients ----------------------------------------------------------- */

static smtp_next_t
smtp_next_recipient(smtp_t *smtp)
{
    const smtp_mail_t *mail = smtp->mail;

    if (smtp->recipient < mail->to_count) {
        return smtp_say(smtp, SMTP_STEP_RCPT, "RCPT TO:<%s>", mail->to[smtp->recipient]);
    }

    if (smtp->accepted > 0) {
        return smtp_say(smtp, SMTP_STEP_DATA, "DATA");
    }

    return smtp_end(smtp, smtp->again ? SMTP_FAILED : SMTP_REFUSED,
                    "The mail server refused %s: %s",
                    (mail->to_count == 1) ? "the recipient" : "all recipients", smtp->refused);
}


/* Of a code that nobody knows the first digit counts. */
static int
smtp_is_yes(int code)
{
    return code >= 200 && code <= 299;
}


static smtp_next_t
smtp_take_recipient(smtp_t *smtp)
{
    const char *address = smtp->mail->to[smtp->recipient++];
    int code = smtp->reply_code;

    if (smtp_is_yes(code)) {
        smtp->accepted++;
        return smtp_next_recipient(smtp);
    }

    if (code == 421) {
        return smtp_end_by_reply(smtp, "The mail server ended the conversation");
    }

    size_t room = sizeof(smtp->refused) - smtp->refused_len;
    int len = snprintf(smtp->refused + smtp->refused_len, room, "%s%s (%d %s)",
                       (smtp->refused_len > 0) ? ", " : "", address, code, smtp->reply);

    smtp->refused_len += (len < 0) ? 0 : ((size_t) len < room) ? (size_t) len : room - 1;
    smtp->again |= code < 500;
    return smtp_next_recipient(smtp);
}


/* --- the message ---------------------------------------------------------- */

/* A byte as it goes out: a line ends with CR LF, none with less; a dot at its start is doubled. */
static size_t
smtp_put_byte(smtp_t *smtp, char byte, char next, char *out)
{
    size_t len = 0;

    if (byte == '\r' && next != '\n') {
        return 0;
    }

    if (byte == '\n' && smtp->last != '\r') {
        out[len++] = '\r';
    }

    if (byte == '.' && smtp->last == '\n') {
        out[len++] = '.';
    }

    out[len++] = byte;
    smtp->last = byte;
    return len;
}


static smtp_next_t
smtp_next_piece(smtp_t *smtp)
{
    const smtp_mail_t *mail = smtp->mail;

    smtp->step = SMTP_STEP_MESSAGE;
    smtp->out_len = 0;

    while (smtp->position < mail->message_len
           && smtp->out_len + SMTP_BYTE_BYTES_MAX <= sizeof(smtp->out))
    {
        char byte = mail->message[smtp->position++];
        char next = (smtp->position < mail->message_len) ? mail->message[smtp->position] : '\0';

        smtp->out_len += smtp_put_byte(smtp, byte, next, smtp->out + smtp->out_len);
    }

    if (smtp->out_len > 0) {
        return SMTP_SAY;
    }

    smtp->committed = 1;
    return smtp_say(smtp, SMTP_STEP_END, "%s.", (smtp->last == '\n') ? "" : "\r\n");
}


static smtp_next_t
smtp_accept(smtp_t *smtp)
{
    if (smtp->accepted == smtp->mail->to_count) {
        return smtp_end(smtp, SMTP_ACCEPTED, "SMTP %d: %s", smtp->reply_code, smtp->reply);
    }

    return smtp_end(smtp, SMTP_ACCEPTED, "SMTP %d for %u of %u recipients, but not for %s",
                    smtp->reply_code, smtp->accepted, smtp->mail->to_count, smtp->refused);
}


/* --- what they say -------------------------------------------------------- */

static smtp_next_t
smtp_begin_mail(smtp_t *smtp)
{
    return smtp_say(smtp, SMTP_STEP_MAIL, "MAIL FROM:<%s>", smtp->mail->from);
}


static smtp_next_t
smtp_say_hello(smtp_t *smtp)
{
    smtp->offers = 0;
    return smtp_say(smtp, SMTP_STEP_EHLO, "EHLO %s", smtp->mail->name);
}


static smtp_next_t
smtp_take_hello(smtp_t *smtp)
{
    const smtp_mail_t *mail = smtp->mail;

    if (smtp->reply_code >= 500 && mail->security != SMTP_STARTTLS && mail->username == NULL) {
        return smtp_say(smtp, SMTP_STEP_HELO, "HELO %s", mail->name); /* a server of old */
    }

    if (smtp->reply_code != 250) {
        return smtp_end_by_reply(smtp, "The mail server refused our greeting");
    }

    if (mail->security == SMTP_STARTTLS && !smtp->secured) {
        return (smtp->offers & SMTP_OFFERS_STARTTLS)
                   ? smtp_say(smtp, SMTP_STEP_STARTTLS, "STARTTLS")
                   : smtp_end(smtp, SMTP_REFUSED,
                              "The mail server offers no STARTTLS, which its settings ask for");
    }

    return (mail->username != NULL) ? smtp_log_in(smtp) : smtp_begin_mail(smtp);
}


static smtp_next_t
smtp_take_login(smtp_t *smtp)
{
    const smtp_mail_t *mail = smtp->mail;
    const char *password = (mail->password != NULL) ? mail->password : "";

    if (smtp->reply_code == 334 && smtp->step == SMTP_STEP_AUTH_LOGIN) {
        return smtp_say_secret(smtp, SMTP_STEP_AUTH_USERNAME, "", mail->username,
                               strlen(mail->username));
    }

    if (smtp->reply_code == 334 && smtp->step == SMTP_STEP_AUTH_USERNAME) {
        return smtp_say_secret(smtp, SMTP_STEP_AUTH_PASSWORD, "", password, strlen(password));
    }

    if (smtp->reply_code == 235) {
        return smtp_begin_mail(smtp);
    }

    return smtp_end_by_reply(smtp, "The mail server refused the username or the password");
}


static smtp_next_t
smtp_take(smtp_t *smtp)
{
    int code = smtp->reply_code;

    switch ((smtp_step_t) smtp->step) {
    case SMTP_STEP_GREETING:
        return (code == 220)
                   ? smtp_say_hello(smtp)
                   : smtp_end_by_reply(smtp, "The mail server does not talk to this agent");
    case SMTP_STEP_EHLO:
        return smtp_take_hello(smtp);
    case SMTP_STEP_HELO:
        return smtp_is_yes(code) ? smtp_begin_mail(smtp)
                                 : smtp_end_by_reply(smtp, "The mail server refused our greeting");
    case SMTP_STEP_STARTTLS:
        return (code == 220) ? SMTP_SECURE
                             : smtp_end_by_reply(smtp, "The mail server does not begin TLS");
    case SMTP_STEP_AUTH_PLAIN:
    case SMTP_STEP_AUTH_LOGIN:
    case SMTP_STEP_AUTH_USERNAME:
    case SMTP_STEP_AUTH_PASSWORD:
        return smtp_take_login(smtp);
    case SMTP_STEP_MAIL:
        return smtp_is_yes(code) ? smtp_next_recipient(smtp)
                                 : smtp_end_by_reply(smtp, "The mail server refused the sender");
    case SMTP_STEP_RCPT:
        return smtp_take_recipient(smtp);
    case SMTP_STEP_DATA:
        return (code == 354) ? smtp_next_piece(smtp)
                             : smtp_end_by_reply(smtp, "The mail server takes no message");
    case SMTP_STEP_END:
        return smtp_is_yes(code) ? smtp_accept(smtp)
                                 : smtp_end_by_reply(smtp, "The mail server refused the message");
    case SMTP_STEP_MESSAGE:
        return smtp_end_by_reply(smtp, "The mail server broke the message off");
    default:
        return SMTP_OVER;
    }
}


/* --- replies -------------------------------------------------------------- */

static smtp_next_t
smtp_end_nonsense(smtp_t *smtp, const char *line, size_t len)
{
    smtp->reply_code = 421; /* there is no point in a QUIT */

    smtp_next_t next = smtp_end(smtp, smtp_despair(smtp), "What answers is no mail server: %.*s",
                                (int) ((len < 100) ? len : 100), line);

    smtp->code = 0;
    return next;
}


static void
smtp_keep_text(smtp_t *smtp, const char *text, size_t len)
{
    size_t room = sizeof(smtp->reply) - smtp->reply_len;
    int put = snprintf(smtp->reply + smtp->reply_len, room, "%s%.*s",
                       (smtp->reply_len > 0) ? " " : "", (int) len, text);

    smtp->reply_len += (put < 0) ? 0 : ((size_t) put < room) ? (size_t) put : room - 1;
}


/* "250-SIZE 1000" goes on, "250 HELP" is the end. */
static smtp_next_t
smtp_take_line(smtp_t *smtp, const char *line, size_t len)
{
    if (len < 3 || !isdigit((unsigned char) line[0]) || !isdigit((unsigned char) line[1])
        || !isdigit((unsigned char) line[2]) || (len > 3 && line[3] != ' ' && line[3] != '-')
        || ++smtp->lines > SMTP_LINES_MAX)
    {
        return smtp_end_nonsense(smtp, line, len);
    }

    smtp->reply_code = 100 * (line[0] - '0') + 10 * (line[1] - '0') + line[2] - '0';

    if (len > 4) {
        smtp_keep_text(smtp, line + 4, len - 4);

        if (smtp->step == SMTP_STEP_EHLO && smtp->lines > 1) {
            smtp_note_offer(smtp, line + 4, len - 4);
        }
    }

    if (len > 3 && line[3] == '-') {
        return SMTP_WAIT;
    }

    smtp_next_t next = smtp_take(smtp);

    smtp->lines = 0;
    smtp->reply_len = 0;
    smtp->reply[0] = '\0';
    return next;
}


smtp_next_t
smtp_feed(smtp_t *smtp, const char *data, size_t len, size_t *used)
{
    *used = 0;

    for (;;) {
        const char *line = data + *used;
        const char *end = memchr(line, '\n', len - *used);

        if (end == NULL) {
            return (len - *used > SMTP_LINE_BYTES_MAX) ? smtp_end_nonsense(smtp, line, len - *used)
                                                       : SMTP_WAIT;
        }

        size_t line_len = (size_t) (end - line);

        *used += line_len + 1;

        while (line_len > 0 && isspace((unsigned char) line[line_len - 1])) {
            line_len--;
        }

        smtp_next_t next = smtp_take_line(smtp, line, line_len);

        if (next == SMTP_SECURE && *used < len) { /* said in the clear, it would count as secured */
            return smtp_end_nonsense(smtp, data + *used, len - *used);
        }

        if (next != SMTP_WAIT) {
            return next;
        }
    }
}


smtp_next_t
smtp_said(smtp_t *smtp)
{
    switch ((smtp_step_t) smtp->step) {
    case SMTP_STEP_MESSAGE:
        return smtp_next_piece(smtp);
    case SMTP_STEP_QUIT:
        return SMTP_OVER;
    default:
        return SMTP_WAIT;
    }
}


int
smtp_is_in_message(const smtp_t *smtp)
{
    return smtp->step == SMTP_STEP_MESSAGE;
}


smtp_next_t
smtp_secured(smtp_t *smtp)
{
    smtp->secured = 1;
    return smtp_say_hello(smtp);
}


void
smtp_begin(smtp_t *smtp, const smtp_mail_t *mail)
{
    memset(smtp, 0, sizeof(*smtp));
    smtp->mail = mail;
    smtp->step = SMTP_STEP_GREETING;
    smtp->secured = mail->security == SMTP_TLS;
    smtp->last = '\n';
}
