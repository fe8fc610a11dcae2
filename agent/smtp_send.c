
#include "smtp_send.h"

#include "stream.h"
#include "tls.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SMTP_SEND_WORDS_MAX 300

struct smtp_send {
    const check_env_t *env;
    const char *host;
    stream_t *stream;
    check_certificate_t certificate;
    smtp_t smtp;
    int saying; /* what was said last is still on its way */
    smtp_done_cb done;
    void *data;
};


smtp_result_t
smtp_send_result(const smtp_send_t *send)
{
    const smtp_t *smtp = &send->smtp;
    smtp_result_t result = {smtp->verdict, smtp->code, smtp->words};

    if (smtp->verdict == SMTP_UNDECIDED) {
        result.verdict = smtp->committed ? SMTP_UNKNOWN : SMTP_FAILED;
        result.words = "";
    }

    return result;
}


/* Frees it, then calls done. */
static void
smtp_send_finish(smtp_send_t *send, const char *words)
{
    smtp_result_t result = smtp_send_result(send);

    if (send->smtp.verdict == SMTP_UNDECIDED) {
        result.words = words;
    }

    stream_close(send->stream);
    send->done(send->data, &result);
    explicit_bzero(send->smtp.out, sizeof(send->smtp.out));
    free(send);
}


/* Returns whether it goes on. */
static int
smtp_send_step(smtp_send_t *send, smtp_next_t next)
{
    const char *words = NULL;

    switch (next) {
    case SMTP_SAY:
        send->saying = 1;
        stream_send(send->stream, send->smtp.out, send->smtp.out_len);
        return 1;
    case SMTP_OVER:
        smtp_send_finish(send, "");
        return 0;
    case SMTP_SECURE:
        break;
    default:
        return 1;
    }

    tls_request_t request = {
        .host = send->host,
        .ca_file = send->env->ca_file,
        .verify = 1,
        .certificate = &send->certificate,
    };

    if (stream_secure(send->stream, send->env->tls, &request, &words) != 0) {
        smtp_send_finish(send, words);
        return 0;
    }

    return 1;
}


/* A server that breaks a message off is heard while that goes out; else each speaks in turn. */
static void
smtp_send_read(smtp_send_t *send)
{
    for (;;) {
        size_t len;
        size_t used;
        const char *said = stream_peek(send->stream, &len);
        int is_turn = !send->saying || smtp_is_in_message(&send->smtp);

        if (len == 0 || !is_turn) {
            return;
        }

        smtp_next_t next = smtp_feed(&send->smtp, said, len, &used);

        stream_skip(send->stream, used);

        if (!smtp_send_step(send, next) || used == 0) {
            return;
        }
    }
}


static void
smtp_send_on_connected(void *data)
{
    smtp_send_t *send = data;

    if (send->smtp.mail->security == SMTP_TLS) {
        smtp_send_step(send, SMTP_SECURE);
    }
}


static void
smtp_send_on_secured(void *data)
{
    smtp_send_t *send = data;

    if (send->smtp.mail->security == SMTP_STARTTLS) {
        smtp_send_step(send, smtp_secured(&send->smtp));
    }
}


static void
smtp_send_on_received(void *data)
{
    smtp_send_read(data);
}


static void
smtp_send_on_sent(void *data)
{
    smtp_send_t *send = data;

    send->saying = 0;

    if (smtp_send_step(send, smtp_said(&send->smtp)) && !send->saying) {
        smtp_send_read(send);
    }
}


static void
smtp_send_on_ended(void *data, stream_end_t end, int os_error, const char *words)
{
    smtp_send_t *send = data;
    char text[SMTP_SEND_WORDS_MAX];

    switch (end) {
    case STREAM_CONNECT_FAILED:
        snprintf(text, sizeof(text), "The mail server cannot be connected to: %s",
                 strerror(os_error));
        break;
    case STREAM_TLS_FAILED:
        snprintf(text, sizeof(text), "TLS with the mail server failed: %s", words);
        break;
    case STREAM_DISTRUSTED:
        snprintf(text, sizeof(text), "The mail server's certificate is not trusted: %s",
                 (send->certificate.verify_error != 0) ? tls_words(send->certificate.verify_error)
                                                       : words);
        break;
    default:
        snprintf(text, sizeof(text), "The mail server hung up %s",
                 send->smtp.committed ? "without saying whether it has taken the message"
                                      : "before it had the message");
    }

    smtp_send_finish(send, text);
}


static const stream_events_t smtp_send_events = {
    .connected = smtp_send_on_connected,
    .secured = smtp_send_on_secured,
    .received = smtp_send_on_received,
    .sent = smtp_send_on_sent,
    .ended = smtp_send_on_ended,
};


smtp_send_t *
smtp_send_start(const check_env_t *env, const char *host, const bs_addr_t *address, uint16_t port,
                const smtp_mail_t *mail, smtp_done_cb done, void *data, const char **error)
{
    smtp_send_t *send = calloc(1, sizeof(*send));
    int os_error;

    *error = "The agent is out of memory";

    if (send == NULL) {
        return NULL;
    }

    send->env = env;
    send->host = host;
    send->done = done;
    send->data = data;
    smtp_begin(&send->smtp, mail);
    send->stream = stream_open(env->loop, address, port, &smtp_send_events, send, &os_error);

    if (send->stream == NULL) {
        *error = strerror(os_error);
        free(send);
        return NULL;
    }

    return send;
}


void
smtp_send_cancel(smtp_send_t *send)
{
    stream_close(send->stream);
    explicit_bzero(send->smtp.out, sizeof(send->smtp.out));
    free(send);
}
