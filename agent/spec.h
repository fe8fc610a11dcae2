
/*
 * What a monitor wants to have checked, decoded from SPEC (shared/bs_wire.h)
 * into one allocation.  Nothing in it can smuggle anything into a request:
 * names and values with control characters are refused here.
 */

#ifndef SPEC_H
#define SPEC_H

#include "http.h"

#include <stddef.h>
#include <stdint.h>

#define SPEC_HEADERS_MAX 64
#define SPEC_EXPECTED_MAX 100
#define SPEC_TIMEOUT_MAX_MS 60000

typedef enum {
    SPEC_STATUS,
    SPEC_EXPECTED_STATUS_CODE,
    SPEC_KEYWORD,
    SPEC_KEYWORD_ABSENCE,
    SPEC_TYPE_COUNT
} spec_type_t;

typedef struct {
    spec_type_t type;
    char *url;
    int64_t timeout_ms;
    char *method; /* upper case */
    size_t headers_count;
    http_header_t *headers;
    char *body; /* NULL: none */
    size_t body_len;
    char *username;
    char *password;
    size_t expected_count;
    uint16_t *expected;
    char *keyword;
    size_t keyword_len;
    int redirects;
    int verify;
    int ip; /* 0, 4, 6 */
} spec_t;

/* NULL with *error a literal that names the field.  One free() releases all. */
spec_t *spec_decode(const void *data, size_t len, const char **error);

/* The same promise for values that do not come from the wire. */
int spec_header_ok(const char *name, const char *value);
int spec_method_ok(const char *method);

#endif
