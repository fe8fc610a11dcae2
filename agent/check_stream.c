
/*
 * Phases: connecting until the socket is writable, TLS for the handshake, the
 * first byte from the moment an answer is expected.  With several ports, or
 * with words before STARTTLS, the pieces add up.
 */

#include "check_stream.h"

#include "clock.h"
#include "reason.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>


/* --- the end -------------------------------------------------------------- */

static const char *
check_stream_phase(const check_stream_t *check)
{
    static const char *const names[HTTP_PHASE_COUNT] = {"connect", "tls", "first_byte", "headers",
                                                        "body"};

    return names[check->phase];
}


/* In the words that HTTP has for the same. */
static void
check_stream_end(check_stream_t *check, http_error_t error, int os_error, const char *words)
{
    http_result_t result = {
        .error = error,
        .phase = check->phase,
        .os_error = os_error,
        .words = words,
        .idle_us = clock_us() - check->last_byte_us,
    };

    reason_from_http(&result, check->base.target, check->base.spec->timeout_ms, check->base.facts);
}


static void
check_stream_fail(check_stream_t *check, http_error_t error, int os_error, const char *words)
{
    check_stream_end(check, error, os_error, words);
    check_finish(&check->base);
}


void
check_stream_nonsense(check_stream_t *check, const char *words)
{
    char detail[CHECK_DETAIL_MAX];

    snprintf(detail, sizeof(detail), "%s: %s", check->base.target, words);
    check_fail(&check->base, BS_REASON_PROTOCOL_ERROR, check_stream_phase(check), detail);
}


void
check_stream_refused(check_stream_t *check, const char *words, size_t len)
{
    char detail[CHECK_DETAIL_MAX];

    snprintf(detail, sizeof(detail), "%s said: %.*s", check->base.target,
             (len < sizeof(detail)) ? (int) len : (int) sizeof(detail), words);
    check_fail(&check->base, BS_REASON_ASSERTION_FAILED, check_stream_phase(check), detail);
}


void
check_stream_on_deadline(check_t *base)
{
    check_stream_end((check_stream_t *) base, HTTP_ERROR_TIMEOUT, 0, "");
}


void
check_stream_close(check_t *base)
{
    check_stream_t *check = (check_stream_t *) base;

    stream_close(check->stream);
    check->stream = NULL;
}


/* --- phases --------------------------------------------------------------- */

static void
check_stream_enter(check_stream_t *check, http_phase_t phase)
{
    check->phase = phase;
    check->since_us = clock_us();
}


void
check_stream_await(check_stream_t *check)
{
    if (check->awaits_answer) {
        return;
    }

    check->awaits_answer = 1;
    check_stream_enter(check, HTTP_PHASE_FIRST_BYTE);
}


void
check_stream_send(check_stream_t *check, const void *data, size_t len)
{
    check_stream_await(check);
    stream_send(check->stream, data, len);
}


/* A phase is over: the time since it was entered is one more piece of it. */
static void
check_stream_count(check_stream_t *check, int32_t *sum)
{
    check_add_phase(sum, clock_us() - check->since_us);
}


/* --- TLS ------------------------------------------------------------------ */

static void
check_stream_secure(check_stream_t *check)
{
    const spec_t *spec = check->base.spec;
    const char *words;
    tls_request_t request = {
        .host = check->endpoint.host,
        .ca_file = check->base.env->ca_file,
        .ca_pem = spec->ca,
        .certificate_pem = spec->certificate,
        .key_pem = spec->key,
        .verify = spec->verify,
        .min_version = spec->tls_min,
        .certificate = &check->base.facts->certificate,
        .chain = check->chain,
    };

    memset(request.certificate, 0, sizeof(*request.certificate));
    check_stream_enter(check, HTTP_PHASE_TLS);

    if (stream_secure(check->stream, check->base.env->tls, &request, &words) != 0) {
        int settings = strncmp(words, "the monitor's ", 14) == 0;

        check_stream_fail(check, settings ? HTTP_ERROR_SETTINGS : HTTP_ERROR_AGENT, 0, words);
    }
}


static void
check_stream_talk(check_stream_t *check)
{
    size_t len;
    size_t used;
    size_t out_len;
    const char *out;
    const char *data = stream_peek(check->stream, &len);

    switch (starttls_feed(&check->starttls, data, len, &used, &out, &out_len)) {
    case STARTTLS_SEND:
        stream_skip(check->stream, used);
        stream_send(check->stream, out, out_len);
        return;
    case STARTTLS_GO:
        stream_skip(check->stream, used);
        check->in_dialogue = 0;

        if (used < len) {
            check_stream_nonsense(check, "it goes on in the clear where TLS should begin");
            return;
        }

        check_stream_secure(check);
        return;
    case STARTTLS_REFUSED:
        check_stream_refused(check, data, used);
        return;
    case STARTTLS_NONSENSE:
        check_stream_nonsense(check, "that is not the protocol in which TLS was to be asked for");
        return;
    default:
        stream_skip(check->stream, used);
    }
}


static void
check_stream_begin_dialogue(check_stream_t *check)
{
    size_t len;
    const char *first = starttls_begin(&check->starttls, check->tls_mode, &len);

    check->in_dialogue = 1;
    check_stream_await(check);

    if (first != NULL) {
        stream_send(check->stream, first, len);
    }
}


/* --- what the stream tells ------------------------------------------------ */

static void
check_stream_on_connected(void *data)
{
    check_stream_t *check = data;

    check_stream_count(check, &check->base.facts->phases.connect_us);
    check->last_byte_us = clock_us();

    switch (check->tls_mode) {
    case SPEC_TLS_NONE:
        check->ops->begin(check);
        return;
    case SPEC_TLS_DIRECT:
        check_stream_secure(check);
        return;
    default:
        check_stream_begin_dialogue(check);
    }
}


static void
check_stream_on_secured(void *data)
{
    check_stream_t *check = data;

    check_facts_t *facts = check->base.facts;
    const char *version;
    const char *cipher;

    check_stream_count(check, &facts->phases.tls_us);
    check->last_byte_us = clock_us();
    tls_session_describe(stream_tls(check->stream), &version, &cipher);
    snprintf(facts->tls_version, sizeof(facts->tls_version), "%s", version);
    check->ops->begin(check);
}


static void
check_stream_on_received(void *data)
{
    check_stream_t *check = data;
    size_t len;

    check->last_byte_us = clock_us();

    if (check->awaits_answer) {
        check->awaits_answer = 0;
        check_stream_count(check, &check->base.facts->phases.first_byte_us);
        check->phase = HTTP_PHASE_BODY;
    }

    if (check->in_dialogue) {
        check_stream_talk(check);

    } else if (check->ops->received != NULL) {
        check->ops->received(check);

    } else {
        stream_peek(check->stream, &len);
        stream_skip(check->stream, len);
    }

    if (check->base.ended) {
        return;
    }

    stream_peek(check->stream, &len);

    if (len == STREAM_BUFFER_BYTES) {
        check_stream_nonsense(check, "its answer is too long for this protocol");
    }
}


static void
check_stream_on_sent(void *data)
{
    check_stream_t *check = data;
    size_t len;

    if (check->in_dialogue) {
        stream_peek(check->stream, &len);

        if (len > 0) {
            check_stream_talk(check); /* it did not wait to be asked */
        }

        return;
    }

    if (check->ops->sent != NULL) {
        check->ops->sent(check);
    }
}


static void
check_stream_on_ended(void *data, stream_end_t end, int os_error, const char *words)
{
    check_stream_t *check = data;

    switch (end) {
    case STREAM_CONNECT_FAILED:
        check_stream_fail(check, HTTP_ERROR_CONNECT, os_error, words);
        return;
    case STREAM_TLS_FAILED:
        check_stream_fail(check, HTTP_ERROR_TLS, 0, words);
        return;
    case STREAM_DISTRUSTED:
        check_stream_fail(check, HTTP_ERROR_CERTIFICATE, 0, words);
        return;
    case STREAM_RESET:
        check_stream_fail(check, HTTP_ERROR_RESET, ECONNRESET, words);
        return;
    default:
        break;
    }

    if (!check->in_dialogue && check->ops->closed != NULL && check->ops->closed(check)) {
        return;
    }

    check_stream_fail(check, check->awaits_answer ? HTTP_ERROR_EMPTY : HTTP_ERROR_PARTIAL, 0, "");
}


/* --- ports ---------------------------------------------------------------- */

static const stream_events_t check_stream_events = {
    .connected = check_stream_on_connected,
    .secured = check_stream_on_secured,
    .received = check_stream_on_received,
    .sent = check_stream_on_sent,
    .ended = check_stream_on_ended,
};


static void
check_stream_on_resolved(check_t *base, const bs_addr_t *address)
{
    check_stream_t *check = (check_stream_t *) base;
    int os_error;

    if (address == NULL) {
        check_finish(base);
        return;
    }

    check->address = *address;
    check->in_dialogue = 0;
    check->awaits_answer = 0;
    check->last_byte_us = clock_us();
    check_stream_enter(check, HTTP_PHASE_CONNECT);
    check->stream = stream_open(base->env->loop, &check->address, base->port, &check_stream_events,
                                check, &os_error);

    if (check->stream == NULL) {
        check_stream_fail(check, HTTP_ERROR_AGENT, os_error, "");
    }
}


static void
check_stream_next_port(check_stream_t *check)
{
    const char *host = check->endpoint.host;

    if (check->port_index > 0) {
        /* the name is not asked for again: all ports are of one and the same host */
        bs_addr_format(&check->address, check->address_text);
        host = check->address_text;
    }

    check_resolve(&check->base, host, check->endpoint.ports[check->port_index],
                  check_stream_on_resolved);
}


void
check_stream_good(check_stream_t *check)
{
    check_stream_close(&check->base);

    if (++check->port_index == check->endpoint.ports_count) {
        check_finish(&check->base);
        return;
    }

    check_keep_certificate(&check->base);
    check_stream_next_port(check);
}


void
check_stream_start(check_stream_t *check, const check_stream_ops_t *ops)
{
    const spec_t *spec = check->base.spec;
    const char *error;

    check->ops = ops;
    check->tls_mode = ops->tls_mode(spec);

    if (check->tls_mode == SPEC_TLS_STARTTLS || check->tls_mode == SPEC_TLS_DEFAULT) {
        check_fail(&check->base, BS_REASON_NOT_RUN, "start", "STARTTLS of which protocol?");
        return;
    }

    if (endpoint_read(spec, ops->default_port(spec), &check->endpoint, &error) != 0) {
        check_fail(&check->base, BS_REASON_NOT_RUN, "start", error);
        return;
    }

    check_stream_next_port(check);
}
