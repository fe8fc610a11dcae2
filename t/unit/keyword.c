
/* The keyword is found wherever it lies and however the body is cut. */

#include "../../agent/keyword.h"

#include "tap.h"

#include <stdlib.h>

/* Feeds `body` in pieces of `piece` bytes. */
static int
search(const char *word, size_t word_len, const char *body, size_t len, size_t piece)
{
    keyword_t keyword;
    int found;

    if (keyword_init(&keyword, word, word_len) != 0) {
        return -1;
    }

    for (size_t at = 0; at < len; at += piece) {
        keyword_feed(&keyword, body + at, (len - at < piece) ? len - at : piece);
    }

    found = keyword.found;
    keyword_deinit(&keyword);
    return found;
}

static void
every_cut(void)
{
    const char *body = "xxneedneedlexneedle";
    size_t len = strlen(body);

    for (size_t piece = 1; piece <= len; piece++) {
        is_int(search("needle", 6, body, len, piece), 1, "found in any pieces");
        is_int(search("needleneedle", 12, body, len, piece), 0, "not found where it is not");
        is_int(search("x", 1, body, len, piece), 1, "one byte");
        is_int(search(body, len, body, len, piece), 1, "the whole body");
    }
}

/* Against memmem on random text of a tiny alphabet, where near misses are common. */
static void
random_text(void)
{
    int wrong = 0;

    srand(7);

    for (int round = 0; round < 20000; round++) {
        char body[40];
        char word[8];
        size_t len = (size_t) (rand() % 40);
        size_t word_len = (size_t) (1 + rand() % 8);

        for (size_t i = 0; i < len; i++) {
            body[i] = (char) ('a' + rand() % 2);
        }

        for (size_t i = 0; i < word_len; i++) {
            word[i] = (char) ('a' + rand() % 2);
        }

        int want = memmem(body, len, word, word_len) != NULL;

        wrong += search(word, word_len, body, len, (size_t) (1 + rand() % 10)) != want;
    }

    is_int(wrong, 0, "as memmem on the whole");
}

static void
edges(void)
{
    char *word = calloc(1, KEYWORD_BYTES_MAX + 1);

    is_int(search(NULL, 0, "abc", 3, 1), 0, "no keyword");
    is_int(search("", 0, "abc", 3, 1), 1, "the empty one is everywhere");
    is_int(search("a", 1, "", 0, 1), 0, "an empty body");
    is_int(search("b\0c", 3, "ab\0cd", 5, 1), 1, "zero bytes are bytes");
    is_int(search(word, KEYWORD_BYTES_MAX + 1, "a", 1, 1), -1, "too long");
    is_int(search(word, KEYWORD_BYTES_MAX, word, KEYWORD_BYTES_MAX, 100), 1, "the longest");
    free(word);
}

int
main(void)
{
    every_cut();
    random_text();
    edges();

    return done();
}
