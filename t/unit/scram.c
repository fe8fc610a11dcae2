
/* SCRAM-SHA-256: the example of RFC 7677, and servers that cheat. */

#include "../../agent/scram.h"

#include "tap.h"

#define NONCE "rOprNGfwEbeRWgbNEkqO"
#define BOTH NONCE "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0"
#define SALT "W22ZaJ0SNY7soEsUEjb6gQ=="
#define PROOF "dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="
#define SIGNATURE "6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="


static void
example(void)
{
    static const char first[] = "r=" BOTH ",s=" SALT ",i=4096";
    scram_t scram;
    const char *error;

    scram_begin(&scram, "user", NONCE);
    is_str(scram.first, "n,,n=user,r=" NONCE, "the first message");
    is_int(scram_take_first(&scram, first, sizeof(first) - 1, &error), 0, "the server's");
    is_int(scram.rounds, 4096, "its rounds");
    is_int(scram_derive(&scram, "pencil"), 0, "hashing");
    is_str(scram.final, "c=biws,r=" BOTH ",p=" PROOF, "the final message");
    is_int(scram_verify(&scram, "v=" SIGNATURE, 46), 0, "the server knows the password");
    is_int(scram_verify(&scram, "v=" SIGNATURE ",x=y", 50), 0, "with an extension");
    is_int(scram_verify(&scram, "v=" PROOF, 46), -1, "or it does not");
    is_int(scram_verify(&scram, "v=" SIGNATURE, 45), -1, "cut short");
    is_int(scram_verify(&scram, "v=", 2), -1, "empty");
    is_int(scram_verify(&scram, "e=invalid-proof", 15), -1, "an error");
    is_int(scram_derive(&scram, "other"), 0, "another password");
    ok(strcmp(scram.final, "c=biws,r=" BOTH ",p=" PROOF) != 0, "has another proof");
}


static void
firsts(void)
{
    static const struct {
        const char *text;
        int result;
        const char *name;
    } rows[] = {
        {"r=" BOTH ",s=" SALT ",i=4096", 0, "good"},
        {"r=" BOTH ",s=" SALT ",i=4096,x=extension", 0, "an extension behind it"},
        {"r=" BOTH ",s=" SALT ",i=600000", 0, "many rounds"},
        {"r=" BOTH ",s=" SALT ",i=600001", -1, "too many"},
        {"r=" BOTH ",s=" SALT ",i=99999999999999999999", -1, "far too many"},
        {"r=" BOTH ",s=" SALT ",i=0", -1, "none"},
        {"r=" BOTH ",s=" SALT ",i=-1", -1, "less than none"},
        {"r=" BOTH ",s=" SALT ",i=", -1, "no number"},
        {"r=" BOTH ",s=" SALT, -1, "no rounds"},
        {"r=" BOTH ",s=,i=4096", -1, "no salt"},
        {"r=" BOTH ",s=?!?!,i=4096", -1, "salt that is no base64"},
        {"r=" BOTH ",s=abc,i=4096", -1, "salt cut short"},
        {"r=" BOTH ",i=4096", -1, "salt left out"},
        {"r=" NONCE ",s=" SALT ",i=4096", -1, "our nonce alone"},
        {"r=somebody else's,s=" SALT ",i=4096", -1, "another's nonce"},
        {"m=ext,r=" BOTH ",s=" SALT ",i=4096", -1, "an extension that must be understood"},
        {"", -1, "nothing"},
        {"r", -1, "one letter"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        scram_t scram;
        const char *error = NULL;

        scram_begin(&scram, "", NONCE);
        is_int(scram_take_first(&scram, rows[i].text, strlen(rows[i].text), &error), rows[i].result,
               rows[i].name);
    }
}


static void
long_ones(void)
{
    char text[SCRAM_TEXT_MAX + 1];
    scram_t scram;
    const char *error;

    memset(text, 'x', sizeof(text));
    scram_begin(&scram, "", NONCE);
    is_int(scram_take_first(&scram, text, sizeof(text), &error), -1, "too long a message");
    memcpy(text, "r=" NONCE, strlen("r=" NONCE));
    is_int(scram_take_first(&scram, text, SCRAM_TEXT_MAX - 1, &error), -1, "too long a nonce");
}


static void
nonces(void)
{
    char one[SCRAM_NONCE_MAX];
    char other[SCRAM_NONCE_MAX];

    is_int(scram_nonce(one), 0, "a nonce");
    is_int(scram_nonce(other), 0, "and another");
    is_int(strlen(one), 24, "of 18 bytes");
    ok(strcmp(one, other) != 0, "not the same");
    ok(strpbrk(one, ",\"") == NULL, "without a comma");
}


int
main(void)
{
    example();
    firsts();
    long_ones();
    nonces();
    return done();
}
