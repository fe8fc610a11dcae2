
#include "utf8.h"

#include <stdint.h>
#include <string.h>


size_t
utf8_sequence(const char *data, size_t len)
{
    const unsigned char *p = (const unsigned char *) data;
    size_t need;

    if (p[0] < 0x80) {
        return 1;
    }

    if (p[0] >= 0xc2 && p[0] <= 0xdf) {
        need = 2;
    } else if (p[0] >= 0xe0 && p[0] <= 0xef) {
        need = 3;
    } else if (p[0] >= 0xf0 && p[0] <= 0xf4) {
        need = 4;
    } else {
        return 0;
    }

    if (len < need) {
        return 0;
    }

    for (size_t i = 1; i < need; i++) {
        if ((p[i] & 0xc0) != 0x80) {
            return 0;
        }
    }

    /* overlong forms, surrogates, beyond U+10FFFF */
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f)
        || (p[0] == 0xf0 && p[1] < 0x90) || (p[0] == 0xf4 && p[1] > 0x8f))
    {
        return 0;
    }

    return need;
}


size_t
utf8_clean(const char *data, size_t len, char *out)
{
    size_t total = 0;

    for (size_t i = 0; i < len;) {
        size_t used = (data[i] == '\0') ? 0 : utf8_sequence(data + i, len - i);
        const char *from = (used > 0) ? data + i : UTF8_REPLACEMENT;
        size_t size = (used > 0) ? used : strlen(UTF8_REPLACEMENT);

        if (out != NULL) {
            memcpy(out + total, from, size);
        }

        total += size;
        i += (used > 0) ? used : 1;
    }

    return total;
}


/* What the character that begins here counts for. */
static size_t
utf8_weight(unsigned char first, utf8_unit_t unit)
{
    size_t bytes = (first < 0xc0) ? 1 : (first < 0xe0) ? 2 : (first < 0xf0) ? 3 : 4;

    if (unit == UTF8_BYTES) {
        return bytes;
    }

    return (unit == UTF8_UNITS && bytes == 4) ? 2 : 1;
}


static size_t
utf8_walk(const char *text, size_t max, utf8_unit_t unit, size_t *count)
{
    size_t at = 0;

    *count = 0;

    while (text[at] != '\0') {
        size_t weight = utf8_weight((unsigned char) text[at], unit);

        if (weight > max - *count) {
            break;
        }

        *count += weight;
        at++;

        while (((unsigned char) text[at] & 0xc0) == 0x80) {
            at++;
        }
    }

    return at;
}


size_t
utf8_count(const char *text, utf8_unit_t unit)
{
    size_t count;

    utf8_walk(text, SIZE_MAX, unit, &count);
    return count;
}


size_t
utf8_cut(const char *text, size_t max, utf8_unit_t unit)
{
    size_t count;

    return utf8_walk(text, max, unit, &count);
}
