
/* UTF-8 as in RFC 3629.  Pure. */

#ifndef UTF8_H
#define UTF8_H

#include <stddef.h>

#define UTF8_REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */

/* How the limit of somebody else is counted. */
typedef enum {
    UTF8_CHARACTERS, /* code points */
    UTF8_UNITS,      /* of UTF-16, as JavaScript and Java count */
    UTF8_BYTES
} utf8_unit_t;

/* The length of the well-formed sequence at the start, or 0; len is at least 1. */
size_t utf8_sequence(const char *data, size_t len);

/*
 * The bytes with all that is not UTF-8, and zero bytes, replaced; returns the
 * length.  `out` may be NULL, else it holds that much.
 */
size_t utf8_clean(const char *data, size_t len, char *out);

/* How many of them a valid text has. */
size_t utf8_count(const char *text, utf8_unit_t unit);

/* How many bytes of a valid text, ending between two characters, are at most `max` of them. */
size_t utf8_cut(const char *text, size_t max, utf8_unit_t unit);

#endif
