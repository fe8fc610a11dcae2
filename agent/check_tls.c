
/* A certificate: the handshake alone, directly or after STARTTLS; expect.c looks at its end. */

#include "check_kinds.h"

#include "check_stream.h"
#include "json_writer.h"


typedef struct {
    check_stream_t stream;
    tls_chain_t chain;
    const char *version;
    const char *cipher;
} check_tls_t;


static void
check_tls_begin(check_stream_t *stream)
{
    check_tls_t *check = (check_tls_t *) stream;

    tls_session_describe(stream_tls(stream->stream), &check->version, &check->cipher);
    check_stream_good(stream);
}


static spec_tls_mode_t
check_tls_mode(const spec_t *spec)
{
    int plain = spec->tls == SPEC_TLS_DEFAULT || spec->tls == SPEC_TLS_NONE;

    return plain ? SPEC_TLS_DIRECT : spec->tls;
}


static uint16_t
check_tls_port(const spec_t *spec)
{
    uint16_t port = starttls_port(check_tls_mode(spec));

    return (port != 0) ? port : 443;
}


static void
check_tls_start(check_t *base)
{
    static const check_stream_ops_t ops = {
        .tls_mode = check_tls_mode,
        .default_port = check_tls_port,
        .begin = check_tls_begin,
    };
    check_tls_t *check = (check_tls_t *) base;

    check->stream.chain = &check->chain;
    check_stream_start(&check->stream, &ops);
}


static void
check_tls_write_chain(json_writer_t *json, const tls_chain_t *chain)
{
    json_writer_open(json, '[');

    for (unsigned i = 0; i < chain->count; i++) {
        json_writer_t mark = json_writer_mark(json);

        json_writer_open(json, '{');
        json_writer_key(json, "subject");
        json_writer_string(json, chain->certificates[i].subject);
        json_writer_key(json, "not_after");
        json_writer_time(json, chain->certificates[i].not_after);
        json_writer_close(json, '}');

        /* what closes the whole must still fit */
        if (json->overflow || json->size - json->len < 4) {
            json_writer_rewind(json, mark);
            break;
        }
    }

    json_writer_close(json, ']');
}


/* Also of a handshake that failed: then most of all one wants to see what was shown. */
static void
check_tls_measure(const check_tls_t *check, check_facts_t *facts)
{
    json_writer_t json;

    json_writer_init(&json, facts->measured, sizeof(facts->measured) - 1);
    json_writer_open(&json, '{');

    if (check->version != NULL) {
        json_writer_key(&json, "version");
        json_writer_string(&json, check->version);
        json_writer_key(&json, "cipher");
        json_writer_string(&json, check->cipher);
    }

    json_writer_key(&json, "chain");
    check_tls_write_chain(&json, &check->chain);
    json_writer_close(&json, '}');
    facts->measured[json.len] = '\0';
}


static void
check_tls_close(check_t *base)
{
    check_tls_t *check = (check_tls_t *) base;

    if (check->chain.count > 0) {
        check_tls_measure(check, base->facts);
    }

    check_stream_close(base);
}


const check_kind_t check_tls_kind = {
    .size = sizeof(check_tls_t),
    .start = check_tls_start,
    .on_deadline = check_stream_on_deadline,
    .close = check_tls_close,
};
