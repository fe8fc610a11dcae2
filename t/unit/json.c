
/* Texts that are JSON objects, and many that nearly are. */

#include "../../shared/bs_json.h"

#include "tap.h"

#include <stdlib.h>

#define FUZZ_ROUNDS 20000

static int
judge(const char *data, size_t len)
{
    char *copy = malloc(len ? len : 1);
    int verdict;

    if (copy == NULL) {
        abort();
    }

    memcpy(copy, data, len);
    verdict = bs_json_is_object(copy, len);
    free(copy);

    return verdict;
}

static const char *const good[] = {
    "{}",
    " {\t}\r\n",
    "{\"a\":1}",
    "{\"a\":{\"b\":[1,2.5,-0,1e10,1E-2,true,false,null,\"\"]} , \"a\":[]}",
    "{\"\\u00e9\\ud83d\\ude00\\n\\\"\\\\\\/\":\"\xc3\xa9\"}",
};

static const char *const bad[] = {
    "",
    "1",
    "[]",
    "null",
    "{",
    "}",
    "{\"a\"}",
    "{\"a\":}",
    "{\"a\":1,}",
    "{,}",
    "{a:1}",
    "{'a':1}",
    "{\"a\":1}{}",
    "{\"a\":1} x",
    "{\"a\":01}",
    "{\"a\":.5}",
    "{\"a\":1.}",
    "{\"a\":+1}",
    "{\"a\":1e}",
    "{\"a\":1e999999}",
    "{\"a\":123456789012345678901234567890123}",
    "{\"a\":NaN}",
    "{\"a\":tru}",
    "{\"a\":[1,]}",
    "{\"a\":[1}",
    "{\"a\":\"\\u0000\"}",
    "{\"a\":\"\\ud800\"}",
    "{\"a\":\"\\udc00\"}",
    "{\"a\":\"\\ud800\\u0041\"}",
    "{\"a\":\"\\x\"}",
    "{\"a\":\"\\u12g4\"}",
    "{\"a\":\"\n\"}",
    "{\"a\":\"",
    "{\"a\":\"\\",
    "{\"a\":\"\\u12",
};

static void
depth(void)
{
    char text[2 * BS_JSON_DEPTH_MAX + 16];
    size_t len;

    for (size_t levels = BS_JSON_DEPTH_MAX; levels <= BS_JSON_DEPTH_MAX + 1; levels++) {
        len = 0;
        text[len++] = '{';
        text[len++] = '"';
        text[len++] = '"';
        text[len++] = ':';
        memset(text + len, '[', levels - 1);
        len += levels - 1;
        memset(text + len, ']', levels - 1);
        len += levels - 1;
        text[len++] = '}';
        is_int(judge(text, len), levels == BS_JSON_DEPTH_MAX, "depth");
    }
}

static void
fuzz(void)
{
    unsigned state = 20261122;
    char text[128];

    for (int round = 0; round < FUZZ_ROUNDS; round++) {
        const char *seed = good[(unsigned) round % (sizeof(good) / sizeof(good[0]))];
        size_t len = strlen(seed);

        memcpy(text, seed, len);
        state = state * 1103515245 + 12345;
        text[(state >> 8) % len] = (char) (state >> 16);
        (void) judge(text, len - (state >> 24) % 3 % len);
    }

    ok(1, "survives mutations");
}

int
main(void)
{
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        is_int(judge(good[i], strlen(good[i])), 1, good[i][0] == '{' ? "an object" : "blanks");
    }

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        char words[64];

        snprintf(words, sizeof(words), "no object, number %zu", i);
        is_int(judge(bad[i], strlen(bad[i])), 0, words);
    }

    depth();
    fuzz();

    return done();
}
