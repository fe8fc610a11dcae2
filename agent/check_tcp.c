
/*
 * A TCP port: it can be connected to, and if the monitor says so it is sent a
 * text, and what comes back holds another one.
 */

#include "check_kinds.h"

#include "check_stream.h"
#include "json_writer.h"
#include "keyword.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    check_stream_t stream;
    keyword_t keyword;
    int64_t seen; /* bytes of this port's answer */
    int32_t connected_us[SPEC_PORTS_MAX];
    unsigned connected_count;
} check_tcp_t;


static int
check_tcp_sends(const spec_t *spec)
{
    return spec->body != NULL && spec->body_len > 0;
}


static void
check_tcp_missing(check_tcp_t *check, const char *how)
{
    char detail[CHECK_DETAIL_MAX];

    snprintf(detail, sizeof(detail),
             "what is expected is not in the %" PRId64 " bytes that %s sent%s", check->seen,
             check->stream.base.target, how);
    check_fail(&check->stream.base, BS_REASON_KEYWORD_MISSING,
               (check->seen > 0) ? "body" : "first_byte", detail);
}


/* The sum of connect times so far, less those before. */
static void
check_tcp_note_connected(check_tcp_t *check)
{
    int32_t us = check->stream.base.facts->phases.connect_us;

    for (unsigned i = 0; i < check->connected_count; i++) {
        us -= check->connected_us[i];
    }

    check->connected_us[check->connected_count++] = us;
}


static void
check_tcp_begin(check_stream_t *stream)
{
    check_tcp_t *check = (check_tcp_t *) stream;
    const spec_t *spec = stream->base.spec;

    check_tcp_note_connected(check);
    check->seen = 0;
    check->keyword.found = 0;
    check->keyword.tail_len = 0;
    stream->base.facts->body_len = 0;

    if (check_tcp_sends(spec)) {
        check_stream_send(stream, spec->body, spec->body_len);

    } else if (spec->keyword != NULL) {
        check_stream_await(stream);

    } else {
        check_stream_good(stream);
    }
}


static void
check_tcp_sent(check_stream_t *stream)
{
    if (stream->base.spec->keyword == NULL) {
        check_stream_good(stream);
    }
}


static void
check_tcp_received(check_stream_t *stream)
{
    check_tcp_t *check = (check_tcp_t *) stream;
    size_t len;
    const char *data = stream_peek(stream->stream, &len);

    facts_add_body(stream->base.facts, data, len);
    check->seen += (int64_t) len;
    stream->base.facts->body_bytes = check->seen;

    int found = keyword_feed(&check->keyword, data, len);

    stream_skip(stream->stream, len);

    if (found) {
        stream->base.facts->keyword_found = 1;
        check_stream_good(stream);

    } else if (check->seen > stream->base.env->body_limit) {
        check_fail(&stream->base, BS_REASON_BODY_TOO_LARGE, "body",
                   "more came than is read, and what is expected was not in it");
    }
}


static int
check_tcp_closed(check_stream_t *stream)
{
    if (stream->base.spec->keyword == NULL) {
        return 0;
    }

    check_tcp_missing((check_tcp_t *) stream, " before it closed the connection");
    return 1;
}


static void
check_tcp_on_deadline(check_t *base)
{
    check_tcp_t *check = (check_tcp_t *) base;

    if (base->spec->keyword != NULL && check->seen > 0 && check->stream.phase == HTTP_PHASE_BODY) {
        check_tcp_missing(check, " in time");
        return;
    }

    check_stream_on_deadline(base);
}


static spec_tls_mode_t
check_tcp_tls_mode(const spec_t *spec)
{
    return (spec->tls == SPEC_TLS_DEFAULT) ? SPEC_TLS_NONE : spec->tls;
}


static uint16_t
check_tcp_port(const spec_t *spec)
{
    return starttls_port(check_tcp_tls_mode(spec));
}


static void
check_tcp_start(check_t *base)
{
    static const check_stream_ops_t ops = {
        .tls_mode = check_tcp_tls_mode,
        .default_port = check_tcp_port,
        .begin = check_tcp_begin,
        .received = check_tcp_received,
        .sent = check_tcp_sent,
        .closed = check_tcp_closed,
    };
    check_tcp_t *check = (check_tcp_t *) base;

    if (keyword_init(&check->keyword, base->spec->keyword, base->spec->keyword_len) != 0) {
        check_fail(base, BS_REASON_AGENT_OVERLOADED, "start", "out of memory");
        return;
    }

    check_stream_start(&check->stream, &ops);
}


/* Of several ports: how long connecting to each of them took. */
static void
check_tcp_measure(const check_tcp_t *check, check_facts_t *facts)
{
    json_writer_t json;

    json_writer_init(&json, facts->measured, sizeof(facts->measured) - 1);
    json_writer_open(&json, '{');
    json_writer_key(&json, "ports");
    json_writer_open(&json, '[');

    for (unsigned i = 0; i < check->connected_count; i++) {
        json_writer_open(&json, '{');
        json_writer_key(&json, "port");
        json_writer_int(&json, check->stream.endpoint.ports[i]);
        json_writer_key(&json, "connect");
        json_writer_int(&json, check->connected_us[i]);
        json_writer_close(&json, '}');
    }

    json_writer_close(&json, ']');
    json_writer_close(&json, '}');
    facts->measured[json.len] = '\0';
}


static void
check_tcp_close(check_t *base)
{
    check_tcp_t *check = (check_tcp_t *) base;

    if (check->stream.endpoint.ports_count > 1) {
        check_tcp_measure(check, base->facts);
    }

    keyword_deinit(&check->keyword);
    check_stream_close(base);
}


const check_kind_t check_tcp_kind = {
    .size = sizeof(check_tcp_t),
    .start = check_tcp_start,
    .on_deadline = check_tcp_on_deadline,
    .close = check_tcp_close,
};
