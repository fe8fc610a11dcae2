
/*
 * Looks for a keyword in a body that arrives in pieces, keeping no more of it
 * than one byte less than the keyword is long.
 */

#ifndef KEYWORD_H
#define KEYWORD_H

#include <stddef.h>

#define KEYWORD_BYTES_MAX 4096

typedef struct {
    const char *word; /* borrowed; NULL looks for nothing */
    size_t len;
    int found;
    size_t tail_len;
    char *tail; /* the last len - 1 bytes seen, twice that long while joining */
} keyword_t;

/* 0, or -1 out of memory or the word is too long. */
int keyword_init(keyword_t *keyword, const char *word, size_t len);
void keyword_deinit(keyword_t *keyword);

/* Returns `found`. */
int keyword_feed(keyword_t *keyword, const char *data, size_t len);

#endif
