
/* Walks SPEC's map; spec_fields.c reads the values. */

#include "spec.h"

#include "bs_wire.h"
#include "spec_reader.h"

#include <stdlib.h>
#include <string.h>

#define SPEC_VALUES_MAX 1000


/* Keys that are not in the table are skipped: the hub may be newer. */
static int
spec_read_pair(spec_reader_t *r, const char **error)
{
    const char *key;
    size_t len;

    if (bs_cursor_str(&r->cursor, &key, &len) != 0) {
        *error = "a key";
        return -1;
    }

    const spec_field_t *field = spec_field_find(key, len);

    if (field != NULL) {
        *error = field->error;
        return field->read(r);
    }

    *error = "an unknown key's value";
    return bs_cursor_skip(&r->cursor, BS_WIRE_DEPTH_MAX, SPEC_VALUES_MAX);
}


void
spec_init(spec_t *spec)
{
    static char get[] = "GET";

    memset(spec, 0, sizeof(*spec));
    spec->method = get;
    spec->timeout_ms = 15000;
    spec->redirects = 1;
    spec->cookies = 1;
    spec->verify = 1;
    spec->packets = 3;
    spec->loss_max = 100;
}


/* The arrays stand behind the struct, the strings behind the arrays. */
typedef struct {
    spec_t spec;
    http_header_t headers[SPEC_HEADERS_MAX];
    spec_assertion_t assertions[SPEC_ASSERTIONS_MAX];
    char *answers[SPEC_ANSWERS_MAX];
    spec_range_t expected[SPEC_EXPECTED_MAX];
    char strings[];
} spec_block_t;


static spec_t *
spec_allocate(size_t len, spec_reader_t *r)
{
    spec_block_t *block = malloc(sizeof(*block) + len + 1);

    if (block == NULL) {
        return NULL;
    }

    spec_init(&block->spec);
    block->spec.headers = block->headers;
    block->spec.assertions = block->assertions;
    block->spec.answers = block->answers;
    block->spec.expected = block->expected;
    r->out = block->strings;
    r->spec = &block->spec;
    return &block->spec;
}


static int
spec_complete(const spec_reader_t *r, const char **error)
{
    const spec_t *spec = r->spec;
    int wants_keyword = spec->type == SPEC_KEYWORD || spec->type == SPEC_KEYWORD_ABSENCE;

    if (!r->has_type || !r->has_url) {
        *error = r->has_type ? "url: is missing" : "type: is missing";
        return -1;
    }

    if (wants_keyword && spec->keyword == NULL) {
        *error = "keyword: is missing";
        return -1;
    }

    if ((spec->certificate == NULL) != (spec->key == NULL)) {
        *error = "certificate: it and its key belong together";
        return -1;
    }

    return 0;
}


spec_t *
spec_decode(const void *data, size_t len, const char **error)
{
    spec_reader_t r = {.cursor = {data, (const uint8_t *) data + len}};
    uint32_t count;

    *error = "not a map";

    if (bs_wire_bounded(data, len, BS_WIRE_DEPTH_MAX, SPEC_VALUES_MAX) != 0
        || bs_cursor_map(&r.cursor, &count) != 0)
    {
        return NULL;
    }

    spec_t *spec = spec_allocate(len, &r);

    if (spec == NULL) {
        *error = "out of memory";
        return NULL;
    }

    for (uint32_t i = 0; i < count; i++) {
        if (spec_read_pair(&r, error) != 0) {
            free(spec);
            return NULL;
        }
    }

    if (spec_complete(&r, error) != 0) {
        free(spec);
        return NULL;
    }

    return spec;
}
