
/*
 * The road of a probe (check_http): the URL is read once, the name looked up,
 * the address judged, and exactly that connected to.  Redirects are not
 * followed: what is meant for one provider is not carried to another.
 */

#include "deliver_send.h"

#include "clock.h"
#include "crash_point.h"
#include "guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DELIVER_SEND_WAIT_MAX_S 86400 /* whatever a provider wishes; the hub waits less */
#define DELIVER_SEND_TIMEOUT_MS 60000 /* the caller cuts off before */


/* --- the end -------------------------------------------------------------- */

void
deliver_send_drop(deliver_send_t *send)
{
    if (send->query != NULL) {
        resolve_cancel(send->query);
        send->query = NULL;
    }

    if (send->exchange != NULL) {
        http_cancel(send->exchange, NULL);
        send->exchange = NULL;
    }

    if (send->mail != NULL) {
        smtp_send_cancel(send->mail);
        send->mail = NULL;
    }

    deliver_send_release(send);
}


void
deliver_send_release(deliver_send_t *send)
{
    if (send->has_request) {
        channel_request_deinit(&send->request);
        bs_url_free(&send->url);
        send->has_request = 0;
    }
}


/* Strangers had their hands in it: one line of UTF-8 without our secrets. */
static void
deliver_send_tidy(const deliver_send_t *send, char *text, size_t max)
{
    char clean[3 * BS_WIRE_DETAIL_BYTES_MAX + 1];

    clean[utf8_clean(text, strnlen(text, max), clean)] = '\0';
    clean[utf8_cut(clean, max, UTF8_BYTES)] = '\0';

    for (char *p = clean; *p != '\0'; p++) {
        *p = ((unsigned char) *p < 0x20 || *p == 0x7f) ? ' ' : *p;
    }

    if (send->delivery != NULL) {
        delivery_redact(send->delivery, clean);
    }

    strcpy(text, clean);
}


void
deliver_send_end(deliver_send_t *send, bs_wire_outcome_kind_t outcome, const char *words)
{
    channel_report_t *report = &send->report;

    if (words != NULL) {
        snprintf(report->detail, sizeof(report->detail), "%s", words);
    }

    deliver_send_tidy(send, report->detail, BS_WIRE_DETAIL_BYTES_MAX);
    deliver_send_tidy(send, report->provider_ref, BS_WIRE_PROVIDER_REF_BYTES_MAX);
    send->duration_ms = (send->began_ms != 0) ? clock_ms() - send->began_ms : 0;
    send->outcome = (uint8_t) outcome;
    deliver_send_drop(send);
}


static void
deliver_send_finish(deliver_send_t *send, bs_wire_outcome_kind_t outcome, const char *words)
{
    deliver_send_end(send, outcome, words);
    send->done(send);
}


/* Once the request is on its way, nobody knows what the provider has of it. */
static int
deliver_send_is_unsure(const http_result_t *result)
{
    if (result->error == HTTP_ERROR_NONE) {
        return result->status == 504;
    }

    return result->phase >= HTTP_PHASE_FIRST_BYTE && result->error != HTTP_ERROR_SETTINGS
           && result->error != HTTP_ERROR_BLOCKED && result->error != HTTP_ERROR_AGENT;
}


/* What a mail server says may be anything; deliver_send_end() sees to that. */
static void
deliver_send_explain_mail(deliver_send_t *send, const char *words)
{
    char clean[3 * SMTP_WORDS_MAX + 1];
    unsigned left_out = send->request.mail.left_out;
    char more[64] = "";

    if (left_out > 0) {
        snprintf(more, sizeof(more), "; %u of its addresses cannot be written to", left_out);
    }

    clean[utf8_clean(words, strnlen(words, SMTP_WORDS_MAX), clean)] = '\0';
    snprintf(send->report.detail, sizeof(send->report.detail), "%.*s%s",
             (int) utf8_cut(clean, BS_WIRE_DETAIL_BYTES_MAX - strlen(more), UTF8_BYTES), clean,
             more);
}


static void
deliver_send_finish_mail(deliver_send_t *send, const smtp_result_t *result, const char *words)
{
    static const bs_wire_outcome_kind_t outcomes[] = {
        [SMTP_ACCEPTED] = BS_WIRE_SENT,
        [SMTP_FAILED] = BS_WIRE_FAILED,
        [SMTP_REFUSED] = BS_WIRE_REFUSED,
        [SMTP_UNKNOWN] = BS_WIRE_UNSURE,
    };

    send->is_mail = 1;
    send->http_status = result->code;
    deliver_send_explain_mail(send, words);
    snprintf(send->report.provider_ref, sizeof(send->report.provider_ref), "%.*s",
             BS_WIRE_PROVIDER_REF_BYTES_MAX, send->request.mail.id);
    deliver_send_finish(send, outcomes[result->verdict], NULL);
}


/* One that was decided already only waits for the goodbye. */
static void
deliver_send_cut_off_mail(deliver_send_t *send, const char *words)
{
    smtp_send_t *mail = send->mail;
    smtp_result_t result = smtp_send_result(mail);

    send->mail = NULL;
    deliver_send_finish_mail(send, &result, (result.words[0] != '\0') ? result.words : words);
    smtp_send_cancel(mail);
}


/*
 * The provider has said yes or no, and then its answer broke off.  Whoever sends again
 * for that sends every message of such a provider again until it is too old.
 */
static int
deliver_send_was_answered(const http_result_t *result)
{
    return result->error != HTTP_ERROR_NONE && result->error != HTTP_ERROR_SETTINGS
           && result->phase >= HTTP_PHASE_FIRST_BYTE && result->status >= 200;
}


/* What was heard of the answer, as if it were whole. */
static channel_outcome_t
deliver_send_judge(deliver_send_t *send, const http_result_t *result)
{
    http_result_t answer = *result;

    send->answer[send->answer_len] = '\0';
    answer.error = HTTP_ERROR_NONE;
    answer.body = send->answer;
    answer.body_len = send->answer_len;
    send->http_status = answer.status;

    channel_outcome_t outcome = channel_judge(&answer, &send->report);

    return (send->channel->judge != NULL)
               ? send->channel->judge(&answer, send->delivery, &send->report)
               : outcome;
}


static void
deliver_send_finish_answered(deliver_send_t *send, const http_result_t *result)
{
    static const bs_wire_outcome_kind_t outcomes[] = {
        [CHANNEL_SENT] = BS_WIRE_SENT,
        [CHANNEL_FAILED] = BS_WIRE_UNSURE, /* what it would have said of that is not known */
        [CHANNEL_REFUSED] = BS_WIRE_REFUSED,
    };
    channel_outcome_t outcome = deliver_send_judge(send, result);

    if (outcome == CHANNEL_SENT) {
        snprintf(send->report.detail, sizeof(send->report.detail),
                 "HTTP %d, but the rest of the answer did not come", result->status);
    }

    deliver_send_finish(send, outcomes[outcome], NULL);
}


void
deliver_send_cut_off(deliver_send_t *send, const char *words)
{
    if (send->mail != NULL) {
        deliver_send_cut_off_mail(send, words);
        return;
    }

    http_exchange_t *exchange = send->exchange;
    http_result_t result = {.phase = HTTP_PHASE_CONNECT, .error = HTTP_ERROR_TIMEOUT};

    if (exchange != NULL) {
        send->exchange = NULL;
        http_cancel(exchange, &result);
        result.error = HTTP_ERROR_TIMEOUT;
    }

    if (deliver_send_was_answered(&result)) {
        deliver_send_finish_answered(send, &result);
        return;
    }

    deliver_send_finish(send, deliver_send_is_unsure(&result) ? BS_WIRE_UNSURE : BS_WIRE_FAILED,
                        words);
}


/* --- the answer ----------------------------------------------------------- */

static int
deliver_send_on_body(void *data, const char *piece, size_t len)
{
    deliver_send_t *send = data;
    size_t room = CHANNEL_ANSWER_BYTES_MAX - send->answer_len;

    memcpy(send->answer + send->answer_len, piece, (len < room) ? len : room);
    send->answer_len += (len < room) ? len : room;
    return len > room;
}


static void
deliver_send_on_answer(void *data, const http_result_t *result)
{
    deliver_send_t *send = data;
    channel_outcome_t outcome;

    crash_point("after_send");
    send->exchange = NULL;

    if (deliver_send_was_answered(result)) {
        deliver_send_finish_answered(send, result);
        return;
    }

    outcome = (result->error == HTTP_ERROR_NONE) ? deliver_send_judge(send, result)
                                                 : channel_judge(result, &send->report);
    deliver_send_finish(send,
                        (outcome == CHANNEL_FAILED && deliver_send_is_unsure(result))
                            ? BS_WIRE_UNSURE
                            : (bs_wire_outcome_kind_t) outcome,
                        NULL);
}


static void
deliver_send_on_mailed(void *data, const smtp_result_t *result)
{
    deliver_send_t *send = data;

    crash_point("after_send");
    send->mail = NULL;
    deliver_send_finish_mail(send, result, result->words);
}


/* --- the way there -------------------------------------------------------- */

/* Who says hello: this machine, if its name is one that others may know. */
static const char *
deliver_send_own_name(deliver_send_t *send)
{
    char name[BS_URL_HOST_MAX + 1] = "";

    if (gethostname(name, sizeof(name) - 1) != 0 || strchr(name, '.') == NULL
        || strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")
               != strlen(name))
    {
        return "[127.0.0.1]";
    }

    return channel_format(&send->request, "%s", name);
}


static void
deliver_send_mail(deliver_send_t *send, const bs_addr_t *address)
{
    smtp_mail_t *mail = &send->request.mail.envelope;
    const char *error;

    mail->name = deliver_send_own_name(send);
    mail->message = send->request.body.data;
    mail->message_len = send->request.body.len;
    send->mail = smtp_send_start(send->env, send->url.host, address, send->url.port, mail,
                                 deliver_send_on_mailed, send, &error);

    if (send->mail == NULL) {
        deliver_send_finish(send, BS_WIRE_FAILED, error);
    }
}


/* The first that is allowed, another one at the next attempt; NULL if there is none. */
static const bs_addr_t *
deliver_send_choose(const deliver_send_t *send, const bs_addr_t *addresses, unsigned count)
{
    for (unsigned i = 0; i < count; i++) {
        const bs_addr_t *address = &addresses[(i + send->delivery->attempt) % count];

        if (guard_judge(send->env->guard, address) == BS_ADDR_PUBLIC) {
            return address;
        }
    }

    return NULL;
}


static void
deliver_send_connect(deliver_send_t *send, const bs_addr_t *addresses, unsigned count)
{
    const channel_request_t *request = &send->request;
    const bs_addr_t *address = deliver_send_choose(send, addresses, count);
    char words[2 * BS_ADDR_TEXT_MAX + 200];

    if (address == NULL) {
        char text[BS_ADDR_TEXT_MAX];

        bs_addr_format(&addresses[0], text);
        snprintf(words, sizeof(words),
                 "%s is not a public address: this agent connects to it only if its agent.conf "
                 "has \"allow = %s\"",
                 text, text);
        deliver_send_finish(send, BS_WIRE_REFUSED, words);
        return;
    }

    crash_point("before_send");

    if (request->mail.url != NULL) {
        deliver_send_mail(send, address);
        return;
    }

    http_request_t http = {
        .url = send->url.text,
        .method = request->method,
        .headers = request->headers,
        .headers_count = request->headers_count,
        .body = request->has_body ? request->body.data : NULL,
        .body_len = request->has_body ? request->body.len : 0,
        .username = (request->username != NULL) ? request->username : send->url.username,
        .password = (request->username != NULL) ? request->password : send->url.password,
        .timeout_ms = DELIVER_SEND_TIMEOUT_MS,
        .on_body = deliver_send_on_body,
        .ca_file = send->env->ca_file,
        .ca_pem = request->ca_pem,
        .address = *address,
        .port = send->url.port,
        .verify = request->verify,
        .skip_redirect_body = 1,
    };

    send->exchange = http_start(send->env->http, &http, deliver_send_on_answer, send);

    if (send->exchange == NULL) {
        deliver_send_finish(send, BS_WIRE_FAILED, "The agent is out of memory");
    }
}


static void
deliver_send_on_resolved(void *data, const dns_answer_t *answer)
{
    deliver_send_t *send = data;
    char words[BS_URL_HOST_MAX + 64];

    send->query = NULL;

    if (answer->reason != BS_REASON_NONE) {
        snprintf(words, sizeof(words), "The name %s cannot be looked up", send->url.host);
        deliver_send_finish(send, BS_WIRE_FAILED, words);
        return;
    }

    deliver_send_connect(send, answer->addresses, answer->count);
}


int
deliver_send_prepare(deliver_send_t *send)
{
    char error[CHANNEL_ERROR_MAX] = "";
    const char *words = "The agent is out of memory";

    send->delivery->now_s = clock_wall_ms() / 1000;

    if (channel_request_init(&send->request) != 0) {
        deliver_send_end(send, BS_WIRE_FAILED, words);
        return -1;
    }

    if (send->channel->request(&send->request, send->delivery, error) != 0) {
        channel_request_deinit(&send->request);
        deliver_send_end(send, BS_WIRE_REFUSED, error);
        return -1;
    }

    const channel_request_t *request = &send->request;
    const char *url = (request->mail.url != NULL) ? request->mail.url : request->url;

    if (channel_request_end(request, &words) != 0
        || bs_url_parse(url, strlen(url), &send->url, &words) != 0)
    {
        channel_request_deinit(&send->request);
        deliver_send_end(send, BS_WIRE_REFUSED, words);
        return -1;
    }

    send->has_request = 1;
    return 0;
}


void
deliver_send_start(deliver_send_t *send)
{
    send->began_ms = clock_ms();

    if (send->url.is_address) {
        deliver_send_connect(send, &send->url.addr, 1);
        return;
    }

    send->query =
        resolve_start(send->env->resolve, send->url.host, 0, 0, deliver_send_on_resolved, send);

    if (send->query == NULL) {
        deliver_send_finish(send, BS_WIRE_FAILED, "The agent is out of memory");
    }
}


/* --- what is said of it --------------------------------------------------- */

void
deliver_send_recall(deliver_send_t *send, const deliver_journal_entry_t *entry)
{
    channel_report_t *report = &send->report;

    send->is_mail = entry->is_mail;
    send->http_status = entry->status;
    memcpy(report->provider_ref, entry->provider_ref, sizeof(report->provider_ref));
    snprintf(report->detail, sizeof(report->detail), "%s %d", entry->is_mail ? "SMTP" : "HTTP",
             entry->status);
    deliver_send_end(send, BS_WIRE_SENT, NULL); /* a file may hold anything */
}


bs_wire_outcome_t
deliver_send_outcome(const deliver_send_t *send, uint64_t id, unsigned attempt)
{
    const channel_report_t *said = &send->report;
    int again = send->outcome == BS_WIRE_FAILED || send->outcome == BS_WIRE_UNSURE;
    int64_t wait_s = again ? said->retry_after_s : 0;

    if (wait_s < 0 || wait_s > DELIVER_SEND_WAIT_MAX_S) {
        wait_s = (wait_s < 0) ? 0 : DELIVER_SEND_WAIT_MAX_S;
    }

    return (bs_wire_outcome_t){
        .delivery = id,
        .attempt = (uint16_t) attempt,
        .outcome = send->outcome,
        .http_status = (uint16_t) send->http_status,
        .retry_after_s = (uint32_t) wait_s,
        .duration_ms = (uint32_t) send->duration_ms,
        .detail = {said->detail, strlen(said->detail)},
        .provider_ref = {said->provider_ref, strlen(said->provider_ref)},
    };
}
