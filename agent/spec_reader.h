
/* Between spec.c, which walks the map, and spec_fields.c, which reads its values. */

#ifndef SPEC_READER_H
#define SPEC_READER_H

#include "bs_cursor.h"
#include "spec.h"

typedef struct {
    bs_cursor_t cursor;
    spec_t *spec;
    char *out; /* where the next string goes */
    int has_url;
    int has_type;
} spec_reader_t;

typedef struct {
    const char *key;
    int (*read)(spec_reader_t *r); /* 0 or -1 */
    const char *error;
} spec_field_t;

/* NULL for a key that this agent does not know. */
const spec_field_t *spec_field_find(const char *key, size_t len);

#endif
