
/*
 * Redis: PING is answered with PONG.  Whatever keeps it from serving (loading,
 * a lost master, a missing password) it says itself, as an error.
 */

#include "check_kinds.h"

#include "check_stream.h"
#include "resp.h"

#include <string.h>

#define CHECK_REDIS_PORT 6379
#define CHECK_REDIS_REQUEST_MAX 4096

typedef struct {
    check_stream_t stream;
    unsigned greetings; /* replies "+OK" that come before the "+PONG" */
    size_t request_len;
    char request[CHECK_REDIS_REQUEST_MAX];
} check_redis_t;


/* --- what is asked -------------------------------------------------------- */

static int
check_redis_append(check_redis_t *check, const char *const *words, int count)
{
    check->request_len =
        resp_append(check->request, sizeof(check->request), check->request_len, words, count);
    return (check->request_len > 0) ? 0 : -1;
}


static int
check_redis_append_auth(check_redis_t *check, const spec_t *spec)
{
    int named = spec->username != NULL && spec->username[0] != '\0';
    const char *const with_name[] = {"AUTH", spec->username, spec->password};
    const char *const without[] = {"AUTH", spec->password};

    if (spec->password == NULL || spec->password[0] == '\0') {
        return 0;
    }

    check->greetings++;
    return named ? check_redis_append(check, with_name, 3) : check_redis_append(check, without, 2);
}


static int
check_redis_append_select(check_redis_t *check, const spec_t *spec)
{
    const char *const words[] = {"SELECT", spec->database};

    if (spec->database == NULL || spec->database[0] == '\0') {
        return 0;
    }

    check->greetings++;
    return check_redis_append(check, words, 2);
}


/* All at once: the replies come in the same order. */
static void
check_redis_begin(check_stream_t *stream)
{
    static const char *const ping[] = {"PING"};
    check_redis_t *check = (check_redis_t *) stream;
    const spec_t *spec = stream->base.spec;

    check->greetings = 0;
    check->request_len = 0;

    if (check_redis_append_auth(check, spec) != 0 || check_redis_append_select(check, spec) != 0
        || check_redis_append(check, ping, 1) != 0)
    {
        check_fail(&stream->base, BS_REASON_NOT_RUN, "start", "the credentials are too long");
        return;
    }

    check_stream_send(stream, check->request, check->request_len);
}


/* --- what is answered ----------------------------------------------------- */

/* 1: the connection has served its purpose. */
static int
check_redis_take(check_redis_t *check, resp_kind_t kind, const char *text, size_t len)
{
    const char *wanted = (check->greetings > 0) ? "OK" : "PONG";

    if (kind == RESP_ERROR) {
        check_stream_refused(&check->stream, text, len);
        return 1;
    }

    if (kind != RESP_STATUS || len != strlen(wanted) || memcmp(text, wanted, len) != 0) {
        check_stream_nonsense(&check->stream, "that is not an answer of Redis");
        return 1;
    }

    if (check->greetings > 0) {
        check->greetings--;
        return 0;
    }

    check_stream_good(&check->stream);
    return 1;
}


static void
check_redis_received(check_stream_t *stream)
{
    check_redis_t *check = (check_redis_t *) stream;

    for (;;) {
        size_t len;
        size_t used;
        const char *text;
        size_t text_len = 0;
        const char *data = stream_peek(stream->stream, &len);
        resp_kind_t kind = resp_read(data, len, &used, &text, &text_len);

        if (kind == RESP_MORE || check_redis_take(check, kind, text, text_len)) {
            return;
        }

        stream_skip(stream->stream, used);
    }
}


/* --- the kind ------------------------------------------------------------- */

static spec_tls_mode_t
check_redis_tls_mode(const spec_t *spec)
{
    return (spec->tls == SPEC_TLS_DIRECT) ? SPEC_TLS_DIRECT : SPEC_TLS_NONE;
}


static uint16_t
check_redis_port(const spec_t *spec)
{
    (void) spec;
    return CHECK_REDIS_PORT;
}


static void
check_redis_start(check_t *base)
{
    static const check_stream_ops_t ops = {
        .tls_mode = check_redis_tls_mode,
        .default_port = check_redis_port,
        .begin = check_redis_begin,
        .received = check_redis_received,
    };

    check_stream_start((check_stream_t *) base, &ops);
}


const check_kind_t check_redis_kind = {
    .size = sizeof(check_redis_t),
    .start = check_redis_start,
    .on_deadline = check_stream_on_deadline,
    .close = check_stream_close,
};
