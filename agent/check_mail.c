
/*
 * SMTP, IMAP and POP3: greeting, TLS as the settings say, login if there is a
 * username, and one command that changes nothing.  Several ports one after the other.
 */

#include "check_kinds.h"

#include "endpoint.h"
#include "http.h"
#include "json_writer.h"
#include "reason.h"

#include <stdio.h>
#include <string.h>

#define CHECK_MAIL_URL_MAX (BS_URL_HOST_MAX + 32)

typedef struct {
    const char *name;
    const char *scheme;
    const char *scheme_tls;
    uint16_t port;
    uint16_t port_tls;
    const char *command;       /* allowed to those who are logged in */
    const char *command_first; /* and to everybody */
} check_mail_protocol_t;

typedef struct {
    check_t base;
    const check_mail_protocol_t *protocol;
    endpoint_t endpoint;
    unsigned port_index;
    int tls;      /* from the first byte on, at this port */
    int starttls; /* after the greeting */
    http_exchange_t *exchange;
    char url[CHECK_MAIL_URL_MAX];
} check_mail_t;

static const check_mail_protocol_t protocols[] = {
    {"SMTP", "smtp", "smtps", 25, 465, "NOOP", "NOOP"},
    {"IMAP", "imap", "imaps", 143, 993, "NOOP", "NOOP"},
    {"POP3", "pop3", "pop3s", 110, 995, "NOOP", "QUIT"},
};

static void check_mail_next(check_mail_t *check);


static void
check_mail_close(check_t *base)
{
    check_mail_t *check = (check_mail_t *) base;

    if (check->exchange != NULL) {
        http_cancel(check->exchange, NULL);
        check->exchange = NULL;
    }
}


/* --- the answer ----------------------------------------------------------- */

static void
check_mail_write(check_facts_t *facts, const http_result_t *result)
{
    json_writer_t json;

    if (result->status == 0) {
        return;
    }

    json_writer_init(&json, facts->measured, sizeof(facts->measured) - 1);
    json_writer_open(&json, '{');
    json_writer_key(&json, "reply_code");
    json_writer_int(&json, result->status);
    json_writer_close(&json, '}');
    facts->measured[json.len] = '\0';
}


/* What exchanges of HTTP do not know. */
static void
check_mail_explain(check_mail_t *check, const http_result_t *result)
{
    check_facts_t *facts = check->base.facts;
    const char *reply = (result->reply != NULL) ? result->reply : "";

    switch (result->error) {
    case HTTP_ERROR_REPLY:
        facts->failure = BS_REASON_ASSERTION_FAILED;
        snprintf(facts->detail, sizeof(facts->detail),
                 (check->starttls && result->tls_version == NULL)
                     ? "%s does not begin TLS when asked: %.120s"
                     : "%s refused: %.120s",
                 check->base.target, reply);
        return;
    case HTTP_ERROR_PROTOCOL:
        snprintf(facts->detail, sizeof(facts->detail), "what %s says is not proper %s: %.100s",
                 check->base.target, check->protocol->name, reply);
        return;
    default:
        return;
    }
}


static void
check_mail_note(check_mail_t *check, const http_result_t *result)
{
    check_facts_t *facts = check->base.facts;

    check_add_phase(&facts->phases.connect_us, result->phases.connect_us);
    check_add_phase(&facts->phases.tls_us, result->phases.tls_us);
    check_add_phase(&facts->phases.first_byte_us, result->phases.first_byte_us);
    snprintf(facts->tls_version, sizeof(facts->tls_version), "%s",
             (result->tls_version != NULL) ? result->tls_version : "");

    if (result->reply != NULL) {
        facts->body_len = 0;
        facts_add_body(facts, result->reply, strlen(result->reply));
    }

    check_mail_write(facts, result);
    reason_from_http(result, check->base.target, check->base.spec->timeout_ms, facts);
    check_mail_explain(check, result);
}


static void
check_mail_on_deadline(check_t *base)
{
    check_mail_t *check = (check_mail_t *) base;
    http_exchange_t *exchange = check->exchange;
    http_result_t result;

    check->exchange = NULL;
    http_cancel(exchange, &result);
    check_mail_note(check, &result);
}


static void
check_mail_on_done(void *data, const http_result_t *result)
{
    check_mail_t *check = data;

    check->exchange = NULL;
    check_mail_note(check, result);

    if (check->base.facts->failure == BS_REASON_NONE
        && ++check->port_index < check->endpoint.ports_count)
    {
        check_keep_certificate(&check->base);
        check_mail_next(check);
        return;
    }

    check_finish(&check->base);
}


/* --- one port ------------------------------------------------------------- */

static void
check_mail_on_resolved(check_t *base, const bs_addr_t *address)
{
    check_mail_t *check = (check_mail_t *) base;
    const spec_t *spec = base->spec;

    if (address == NULL) {
        check_finish(base);
        return;
    }

    memset(&base->facts->certificate, 0, sizeof(base->facts->certificate));

    http_request_t request = {
        .url = check->url,
        .timeout_ms = spec->timeout_ms,
        .ca_file = base->env->ca_file,
        .ca_pem = spec->ca,
        .certificate_pem = spec->certificate,
        .key_pem = spec->key,
        .address = *address,
        .port = base->port,
        .verify = spec->verify,
        .tls_min = spec->tls_min,
        .certificate = &base->facts->certificate,
        .username = spec->username,
        .password = spec->password,
        .starttls = check->starttls,
        .mail_command =
            (spec->username != NULL) ? check->protocol->command : check->protocol->command_first,
    };

    check->exchange = http_start(base->env->http, &request, check_mail_on_done, check);

    if (check->exchange == NULL) {
        check_fail(base, BS_REASON_AGENT_OVERLOADED, "connect", "out of memory");
    }
}


static void
check_mail_next(check_mail_t *check)
{
    const check_mail_protocol_t *protocol = check->protocol;
    const char *host = check->endpoint.host;
    uint16_t port = check->endpoint.ports[check->port_index];
    spec_tls_mode_t tls = check->base.spec->tls;

    check->tls = tls == SPEC_TLS_DIRECT || (tls == SPEC_TLS_DEFAULT && port == protocol->port_tls);
    check->starttls = tls == SPEC_TLS_STARTTLS;
    snprintf(check->url, sizeof(check->url),
             (strchr(host, ':') != NULL) ? "%s://[%s]:%u/" : "%s://%s:%u/",
             check->tls ? protocol->scheme_tls : protocol->scheme, host, port);
    check_resolve(&check->base, host, port, check_mail_on_resolved);
}


static void
check_mail_start(check_t *base)
{
    check_mail_t *check = (check_mail_t *) base;
    const spec_t *spec = base->spec;
    const char *error;

    check->protocol = &protocols[spec->type - SPEC_SMTP];

    uint16_t port =
        (spec->tls == SPEC_TLS_DIRECT) ? check->protocol->port_tls : check->protocol->port;

    if (endpoint_read(spec, port, &check->endpoint, &error) != 0) {
        check_fail(base, BS_REASON_NOT_RUN, "start", error);
        return;
    }

    check_mail_next(check);
}


const check_kind_t check_mail_kind = {
    .size = sizeof(check_mail_t),
    .start = check_mail_start,
    .on_deadline = check_mail_on_deadline,
    .close = check_mail_close,
};
