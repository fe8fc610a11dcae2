
/* Postgres' messages: whole, in pieces, and broken ones. */

#include "../../agent/pgwire.h"

#include "tap.h"

#define BYTES(text) text, sizeof(text) - 1


static void
reading(void)
{
    static const char whole[] = "R\0\0\0\x08\0\0\0\x0a"
                                "Z\0\0\0\x05I";
    pgwire_message_t message;
    size_t used = 0;

    for (size_t len = 0; len < 9; len++) {
        is_int(pgwire_read(whole, len, &message, &used), 0, "a piece of a message");
    }

    is_int(pgwire_read(whole, sizeof(whole) - 1, &message, &used), 1, "a whole one");
    is_int(used, 9, "and no more of it");
    is_int(message.type, 'R', "its type");
    is_int(pgwire_int(&message), 10, "its number");
    is_int(pgwire_read(BYTES("S\0\0\0\x04"), &message, &used), 1, "an empty one");
    is_int(message.len, 0, "is empty");
    is_int(pgwire_int(&message), -1, "and has no number");

    is_int(pgwire_read(BYTES("H"), &message, &used), -1, "another protocol");
    is_int(pgwire_read(BYTES("\0"), &message, &used), -1, "a zero");
    is_int(pgwire_read(BYTES("R\0\0\0\x03"), &message, &used), -1, "too short a length");
    is_int(pgwire_read(BYTES("R\0\0\xff\xff"), &message, &used), -1, "too long");
    is_int(pgwire_read(BYTES("R\xff\xff\xff\xff"), &message, &used), -1, "negative");
}


static void
error_is(const char *body, size_t len, const char *wanted)
{
    char words[64];
    pgwire_message_t message = {'E', body, len};

    pgwire_error(&message, words, sizeof(words));
    is_str(words, wanted, wanted);
}


static void
errors(void)
{
    error_is(BYTES("SFATAL\0VFATAL\0C57P03\0Mthe database system is starting up\0\0"),
             "FATAL: the database system is starting up (57P03)");
    error_is(BYTES("Mwords alone\0\0"), ": words alone ()");
    error_is(BYTES("SFATAL\0Mno end"), "an error without a message");
    error_is(BYTES(""), "an error without a message");
    error_is(BYTES("\0Mafter the end\0"), "an error without a message");
    error_is(
        BYTES(
            "SFATAL\0C1\0Mxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\0\0"),
        "FATAL: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx");
}


static void
writing(void)
{
    static const char startup[] = "\0\0\0\x3a\0\x03\0\0user\0me\0database\0db\0application_name\0"
                                  "betterstack\0";
    char out[128];
    size_t len = pgwire_startup(out, sizeof(out), "me", "db");

    is_int(len, out[3], "a startup message says its own length");
    is_int(len, sizeof(startup), "and is that long");
    ok(memcmp(out + 4, startup + 4, len - 4) == 0, "its words");

    for (size_t size = 8; size < len; size++) {
        is_int(pgwire_startup(out, size, "me", "db"), 0, "too small for it");
    }

    is_int(pgwire_put(out, sizeof(out), 'p', "secret", 7), 12, "a password");
    ok(memcmp(out, "p\0\0\0\x0bsecret", 12) == 0, "its bytes");
    is_int(pgwire_put(out, 11, 'p', "secret", 7), 0, "too small for it");
    is_int(pgwire_put(out, 4, 'X', NULL, 0), 0, "nor for this");
    is_int(pgwire_put(out, 5, 'X', NULL, 0), 5, "good-bye");

    is_int(pgwire_sasl(out, sizeof(out), "NAME", "abc"), 17, "SASL");
    ok(memcmp(out,
              "p\0\0\0\x10NAME\0\0\0\0\x03"
              "abc",
              17)
           == 0,
       "its bytes");
}


static void
others(void)
{
    char answer[PGWIRE_MD5_MAX];

    is_int(pgwire_md5("user", "password", "salt", answer), 0, "MD5");
    is_str(answer, "md58e998aaa66bd302e5592df3642c16f78", "as Postgres wants it");
    ok(pgwire_lists(BYTES("SCRAM-SHA-256-PLUS\0SCRAM-SHA-256\0\0"), "SCRAM-SHA-256"), "listed");
    ok(!pgwire_lists(BYTES("SCRAM-SHA-256-PLUS\0\0"), "SCRAM-SHA-256"), "not listed");
    ok(!pgwire_lists(BYTES("SCRAM-SHA-256"), "SCRAM-SHA-256"), "without an end");
    ok(!pgwire_lists(BYTES(""), "SCRAM-SHA-256"), "nothing");
}


int
main(void)
{
    reading();
    errors();
    writing();
    others();
    return done();
}
