
/* As much of Redis' protocol as a few commands and their one-line replies need.  Pure. */

#ifndef RESP_H
#define RESP_H

#include <stddef.h>

#define RESP_LINE_MAX 4096

typedef enum {
    RESP_MORE, /* the line is not whole yet */
    RESP_STATUS,
    RESP_ERROR,
    RESP_OTHER, /* a number, a string, a list: nothing we have asked for */
    RESP_NONSENSE,
} resp_kind_t;

/* One reply: *used bytes; *text is what stands behind its first byte, without the end of line. */
resp_kind_t
resp_read(const char *data, size_t len, size_t *used, const char **text, size_t *text_len);

/* Appends a command of `count` words.  Returns the new length, or 0: it does not fit. */
size_t resp_append(char *out, size_t size, size_t len, const char *const *words, int count);

#endif
