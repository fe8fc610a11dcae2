
/* Base64 as in RFC 4648, section 4.  Pure. */

#ifndef BASE64_H
#define BASE64_H

#include <stddef.h>

/* What `len` bytes become, with the terminating zero. */
#define BASE64_SIZE(len) (((len) + 2) / 3 * 4 + 1)

/* Writes BASE64_SIZE(len) bytes; returns the length without the zero. */
size_t base64_encode(const void *data, size_t len, char *out);

#endif
