
/* A match either lies within one piece, or begins in the tail of what came before. */

#include "keyword.h"

#include <stdlib.h>
#include <string.h>


int
keyword_init(keyword_t *keyword, const char *word, size_t len)
{
    memset(keyword, 0, sizeof(*keyword));

    if (word == NULL) {
        return 0;
    }

    if (len > KEYWORD_BYTES_MAX) {
        return -1;
    }

    keyword->word = word;
    keyword->len = len;
    keyword->found = (len == 0);
    keyword->tail = (len > 1) ? malloc(2 * (len - 1)) : NULL;

    return (len > 1 && keyword->tail == NULL) ? -1 : 0;
}


void
keyword_deinit(keyword_t *keyword)
{
    free(keyword->tail);
    keyword->tail = NULL;
    keyword->tail_len = 0;
}


static void
keyword_keep_tail(keyword_t *keyword, const char *data, size_t len)
{
    size_t keep = keyword->len - 1;

    if (len >= keep) {
        memcpy(keyword->tail, data + len - keep, keep);
        keyword->tail_len = keep;
        return;
    }

    size_t old = (keyword->tail_len + len > keep) ? keep - len : keyword->tail_len;

    memmove(keyword->tail, keyword->tail + keyword->tail_len - old, old);
    memcpy(keyword->tail + old, data, len);
    keyword->tail_len = old + len;
}


int
keyword_feed(keyword_t *keyword, const char *data, size_t len)
{
    if (keyword->word == NULL || keyword->found || len == 0) {
        return keyword->found;
    }

    if (memmem(data, len, keyword->word, keyword->len) != NULL) {
        keyword->found = 1;
        return 1;
    }

    if (keyword->len == 1) {
        return 0;
    }

    /* The join: all of the tail and at most as many bytes of this piece. */
    size_t head = (len < keyword->len - 1) ? len : keyword->len - 1;

    memcpy(keyword->tail + keyword->tail_len, data, head);

    if (memmem(keyword->tail, keyword->tail_len + head, keyword->word, keyword->len) != NULL) {
        keyword->found = 1;
        return 1;
    }

    keyword_keep_tail(keyword, data, len);
    return 0;
}
