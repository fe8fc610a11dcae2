
/*
 * Postgres: without a password it is up when it asks for one or lets us in,
 * with one when we are logged in and it is ready for a query.  Whatever keeps
 * it from that (starting up, too many clients) it says itself, as an error.
 */

#include "check_kinds.h"

#include "check_stream.h"
#include "pgwire.h"
#include "scram_work.h"

#include <stdio.h>
#include <string.h>

#define CHECK_POSTGRES_PORT 5432
#define CHECK_POSTGRES_USER "postgres"
#define CHECK_POSTGRES_OUT_MAX 4096
#define CHECK_POSTGRES_MESSAGES_MAX 1000
#define CHECK_POSTGRES_MECHANISM "SCRAM-SHA-256"

/* The codes of its authentication messages. */
enum {
    CHECK_POSTGRES_LET_IN = 0,
    CHECK_POSTGRES_WANTS_TEXT = 3,
    CHECK_POSTGRES_WANTS_MD5 = 5,
    CHECK_POSTGRES_WANTS_SASL = 10,
    CHECK_POSTGRES_SASL_GOES_ON = 11,
    CHECK_POSTGRES_SASL_IS_OVER = 12,
};

typedef enum {
    CHECK_POSTGRES_NO_SCRAM,
    CHECK_POSTGRES_SCRAM_FIRST, /* we have spoken */
    CHECK_POSTGRES_SCRAM_WORK,  /* hashing */
    CHECK_POSTGRES_SCRAM_FINAL, /* we have shown that we know the password */
    CHECK_POSTGRES_SCRAM_DONE,  /* and so has the server */
} check_postgres_scram_t;

typedef struct {
    check_stream_t stream;
    unsigned messages;
    int asked; /* for the password, in whatever form: that happens once */
    int let_in;
    int leaving;
    check_postgres_scram_t step;
    scram_t scram;
    scram_work_t *work;
    char out[CHECK_POSTGRES_OUT_MAX];
} check_postgres_t;


/* --- small words ---------------------------------------------------------- */

static const char *
check_postgres_user(const spec_t *spec)
{
    return (spec->username != NULL && spec->username[0] != '\0') ? spec->username
                                                                 : CHECK_POSTGRES_USER;
}


static int
check_postgres_has_password(const spec_t *spec)
{
    return spec->password != NULL && spec->password[0] != '\0';
}


static void
check_postgres_fail(check_postgres_t *check, const char *words)
{
    char detail[CHECK_DETAIL_MAX];

    snprintf(detail, sizeof(detail), "%s: %s", check->stream.base.target, words);
    check_fail(&check->stream.base, BS_REASON_ASSERTION_FAILED, "body", detail);
}


static void
check_postgres_say(check_postgres_t *check, size_t len)
{
    if (len == 0) {
        check_fail(&check->stream.base, BS_REASON_NOT_RUN, "start",
                   "the user, password or database is too long");
        return;
    }

    check_stream_send(&check->stream, check->out, len);
}


static void
check_postgres_say_password(check_postgres_t *check, const char *password)
{
    check_postgres_say(
        check, pgwire_put(check->out, sizeof(check->out), 'p', password, strlen(password) + 1));
}


/* --- the login ------------------------------------------------------------ */

static void
check_postgres_send_text(check_postgres_t *check)
{
    if (stream_tls(check->stream.stream) == NULL) {
        check_postgres_fail(check, "it wants the password in clear text, which goes over TLS only");
        return;
    }

    check_postgres_say_password(check, check->stream.base.spec->password);
}


static void
check_postgres_send_md5(check_postgres_t *check, const pgwire_message_t *message)
{
    const spec_t *spec = check->stream.base.spec;
    char answer[PGWIRE_MD5_MAX];

    if (message->len != 8) {
        check_stream_nonsense(&check->stream, "it asks for MD5 without a salt");
        return;
    }

    if (pgwire_md5(check_postgres_user(spec), spec->password, message->body + 4, answer) != 0) {
        check_fail(&check->stream.base, BS_REASON_NOT_RUN, "body", "this agent has no MD5");
        return;
    }

    check_postgres_say_password(check, answer);
}


static void
check_postgres_begin_scram(check_postgres_t *check, const pgwire_message_t *message)
{
    char nonce[SCRAM_NONCE_MAX];

    if (!pgwire_lists(message->body + 4, message->len - 4, CHECK_POSTGRES_MECHANISM)) {
        check_postgres_fail(check, "it knows no " CHECK_POSTGRES_MECHANISM);
        return;
    }

    if (scram_nonce(nonce) != 0) {
        check_fail(&check->stream.base, BS_REASON_AGENT_OVERLOADED, "body", "no random numbers");
        return;
    }

    /* the name is the one of the startup message; this one is not looked at */
    scram_begin(&check->scram, "", nonce);
    check->step = CHECK_POSTGRES_SCRAM_FIRST;
    check_postgres_say(check, pgwire_sasl(check->out, sizeof(check->out), CHECK_POSTGRES_MECHANISM,
                                          check->scram.first));
}


static void
check_postgres_on_derived(void *data, const scram_t *scram)
{
    check_postgres_t *check = data;

    check->work = NULL;

    if (scram == NULL) {
        check_fail(&check->stream.base, BS_REASON_AGENT_OVERLOADED, "body",
                   "the password could not be hashed");
        return;
    }

    check->scram = *scram;
    check->step = CHECK_POSTGRES_SCRAM_FINAL;
    check_postgres_say(check, pgwire_put(check->out, sizeof(check->out), 'p', check->scram.final,
                                         strlen(check->scram.final)));
}


static void
check_postgres_go_on_scram(check_postgres_t *check, const pgwire_message_t *message)
{
    const check_t *base = &check->stream.base;
    const char *error;

    if (check->step != CHECK_POSTGRES_SCRAM_FIRST
        || scram_take_first(&check->scram, message->body + 4, message->len - 4, &error) != 0)
    {
        check_stream_nonsense(&check->stream, (check->step == CHECK_POSTGRES_SCRAM_FIRST)
                                                  ? error
                                                  : "its login goes another way than it said");
        return;
    }

    check->step = CHECK_POSTGRES_SCRAM_WORK;
    check->work = scram_work_start(base->env->scram, &check->scram, base->spec->password,
                                   check_postgres_on_derived, check);

    if (check->work == NULL) {
        check_fail(&check->stream.base, BS_REASON_AGENT_OVERLOADED, "body",
                   "too many passwords wait to be hashed");
    }
}


static void
check_postgres_end_scram(check_postgres_t *check, const pgwire_message_t *message)
{
    if (check->step != CHECK_POSTGRES_SCRAM_FINAL
        || scram_verify(&check->scram, message->body + 4, message->len - 4) != 0)
    {
        check_stream_nonsense(&check->stream, "it does not know the password itself");
        return;
    }

    check->step = CHECK_POSTGRES_SCRAM_DONE;
}


static void
check_postgres_on_let_in(check_postgres_t *check)
{
    if (check->step != CHECK_POSTGRES_NO_SCRAM && check->step != CHECK_POSTGRES_SCRAM_DONE) {
        check_stream_nonsense(&check->stream, "it does not know the password itself");
        return;
    }

    check->let_in = 1;
}


static void
check_postgres_be_asked(check_postgres_t *check, int32_t code, const pgwire_message_t *message)
{
    if (code < 0 || check->asked) {
        check_stream_nonsense(&check->stream, "that is not an answer of Postgres");
        return;
    }

    check->asked = 1;

    switch (code) {
    case CHECK_POSTGRES_WANTS_TEXT:
        check_postgres_send_text(check);
        return;
    case CHECK_POSTGRES_WANTS_MD5:
        check_postgres_send_md5(check, message);
        return;
    case CHECK_POSTGRES_WANTS_SASL:
        check_postgres_begin_scram(check, message);
        return;
    default:
        check_postgres_fail(check, "it wants a login of a kind that this agent does not know");
    }
}


static void
check_postgres_authenticate(check_postgres_t *check, const pgwire_message_t *message)
{
    int32_t code = pgwire_int(message);

    if (code == CHECK_POSTGRES_LET_IN) {
        check_postgres_on_let_in(check);
        return;
    }

    if (code > 0 && !check_postgres_has_password(check->stream.base.spec)) {
        check_stream_good(&check->stream);
        return;
    }

    switch (code) {
    case CHECK_POSTGRES_SASL_GOES_ON:
        check_postgres_go_on_scram(check, message);
        return;
    case CHECK_POSTGRES_SASL_IS_OVER:
        check_postgres_end_scram(check, message);
        return;
    default:
        check_postgres_be_asked(check, code, message);
    }
}


/* --- what is answered ----------------------------------------------------- */

static void
check_postgres_leave(check_postgres_t *check)
{
    check->leaving = 1;
    stream_send(check->stream.stream, check->out,
                pgwire_put(check->out, sizeof(check->out), 'X', NULL, 0));
}


static void
check_postgres_take(check_postgres_t *check, const pgwire_message_t *message)
{
    char words[CHECK_DETAIL_MAX];

    if (++check->messages > CHECK_POSTGRES_MESSAGES_MAX) {
        check_stream_nonsense(&check->stream, "it talks without end");
        return;
    }

    switch (message->type) {
    case 'R':
        check_postgres_authenticate(check, message);
        return;
    case 'E':
        pgwire_error(message, words, sizeof(words));
        check_stream_refused(&check->stream, words, strlen(words));
        return;
    case 'Z':
        if (check->let_in) {
            check_postgres_leave(check);
        } else {
            check_stream_nonsense(&check->stream, "it is ready before anybody has logged in");
        }

        return;
    default: /* settings, a key, notices */
        return;
    }
}


static void
check_postgres_received(check_stream_t *stream)
{
    check_postgres_t *check = (check_postgres_t *) stream;

    while (!stream->base.ended && !check->leaving) {
        size_t len;
        size_t used;
        pgwire_message_t message;
        stream_t *connection = stream->stream;
        const char *data = stream_peek(connection, &len);
        int found = pgwire_read(data, len, &message, &used);

        if (found < 0) {
            check_stream_nonsense(stream, "that is not an answer of Postgres");
        }

        if (found <= 0) {
            return;
        }

        check_postgres_take(check, &message);

        if (stream->stream != connection) {
            return; /* over, or on to the next port */
        }

        stream_skip(connection, used);
    }
}


static void
check_postgres_sent(check_stream_t *stream)
{
    if (((check_postgres_t *) stream)->leaving) {
        check_stream_good(stream);
    }
}


/* --- the kind ------------------------------------------------------------- */

static void
check_postgres_begin(check_stream_t *stream)
{
    check_postgres_t *check = (check_postgres_t *) stream;
    const spec_t *spec = stream->base.spec;
    const char *user = check_postgres_user(spec);
    int named = spec->database != NULL && spec->database[0] != '\0';

    check->messages = 0;
    check->asked = 0;
    check->let_in = 0;
    check->leaving = 0;
    check->step = CHECK_POSTGRES_NO_SCRAM;
    check_postgres_say(
        check, pgwire_startup(check->out, sizeof(check->out), user, named ? spec->database : user));
}


/* "direct" is what Postgres' own clients do: ask first, on the same port. */
static spec_tls_mode_t
check_postgres_tls_mode(const spec_t *spec)
{
    int plain = spec->tls == SPEC_TLS_DEFAULT || spec->tls == SPEC_TLS_NONE;

    return plain ? SPEC_TLS_NONE : SPEC_TLS_STARTTLS_POSTGRES;
}


static uint16_t
check_postgres_port(const spec_t *spec)
{
    (void) spec;
    return CHECK_POSTGRES_PORT;
}


static void
check_postgres_start(check_t *base)
{
    static const check_stream_ops_t ops = {
        .tls_mode = check_postgres_tls_mode,
        .default_port = check_postgres_port,
        .begin = check_postgres_begin,
        .received = check_postgres_received,
        .sent = check_postgres_sent,
    };

    check_stream_start((check_stream_t *) base, &ops);
}


static void
check_postgres_on_deadline(check_t *base)
{
    check_postgres_t *check = (check_postgres_t *) base;

    if (check->work == NULL) {
        check_stream_on_deadline(base);
        return;
    }

    base->facts->failure = BS_REASON_AGENT_OVERLOADED;
    base->facts->phase = "body";
    snprintf(base->facts->detail, sizeof(base->facts->detail),
             "hashing the password took the agent too long");
}


static void
check_postgres_close(check_t *base)
{
    check_postgres_t *check = (check_postgres_t *) base;

    scram_work_cancel(check->work);
    check->work = NULL;
    check_stream_close(base);
}


const check_kind_t check_postgres_kind = {
    .size = sizeof(check_postgres_t),
    .start = check_postgres_start,
    .on_deadline = check_postgres_on_deadline,
    .close = check_postgres_close,
};
