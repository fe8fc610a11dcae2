
#include "resp.h"

#include <stdio.h>
#include <string.h>


static resp_kind_t
resp_kind(char first)
{
    switch (first) {
    case '+':
        return RESP_STATUS;
    case '-':
        return RESP_ERROR;
    case ':':
    case '$':
    case '*':
        return RESP_OTHER;
    default:
        return RESP_NONSENSE;
    }
}


resp_kind_t
resp_read(const char *data, size_t len, size_t *used, const char **text, size_t *text_len)
{
    resp_kind_t kind = (len > 0) ? resp_kind(data[0]) : RESP_MORE;
    const char *end = (len > 0) ? memchr(data, '\n', len) : NULL;

    if (kind == RESP_MORE || kind == RESP_NONSENSE) {
        return kind;
    }

    if (end == NULL) {
        return (len > RESP_LINE_MAX) ? RESP_NONSENSE : RESP_MORE;
    }

    if (end == data || end[-1] != '\r') {
        return RESP_NONSENSE;
    }

    *used = (size_t) (end + 1 - data);
    *text = data + 1;
    *text_len = *used - 3;
    return kind;
}


size_t
resp_append(char *out, size_t size, size_t len, const char *const *words, int count)
{
    int wrote = snprintf(out + len, size - len, "*%d\r\n", count);

    for (int i = 0; i < count && wrote >= 0 && len + (size_t) wrote < size; i++) {
        len += (size_t) wrote;
        wrote = snprintf(out + len, size - len, "$%zu\r\n%s\r\n", strlen(words[i]), words[i]);
    }

    return (wrote >= 0 && len + (size_t) wrote < size) ? len + (size_t) wrote : 0;
}
