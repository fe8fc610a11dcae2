
/* Lengths, then strings with their terminating zero. */

#include "assert_wire.h"

#include <string.h>

typedef struct {
    uint16_t source;
    uint16_t comparison;
    uint32_t has_subject;
    uint64_t property_len;
    uint64_t value_len;
    uint64_t subject_len;
} assert_wire_item_t;


size_t
assert_wire_size(const spec_assertion_t *assertion, const char *subject, size_t len)
{
    return sizeof(assert_wire_item_t) + strlen(assertion->property) + strlen(assertion->value)
           + ((subject != NULL) ? len : 0) + 3;
}


static char *
assert_wire_put_text(char *out, const char *text, size_t len)
{
    memcpy(out, text, len);
    out[len] = '\0';
    return out + len + 1;
}


char *
assert_wire_put(char *out, const spec_assertion_t *assertion, const char *subject, size_t len)
{
    assert_wire_item_t item = {
        .source = (uint16_t) assertion->source,
        .comparison = (uint16_t) assertion->comparison,
        .has_subject = subject != NULL,
        .property_len = strlen(assertion->property),
        .value_len = strlen(assertion->value),
        .subject_len = (subject != NULL) ? len : 0,
    };

    memcpy(out, &item, sizeof(item));
    out = assert_wire_put_text(out + sizeof(item), assertion->property, item.property_len);
    out = assert_wire_put_text(out, assertion->value, item.value_len);
    return assert_wire_put_text(out, (subject != NULL) ? subject : "", item.subject_len);
}


/* NULL if it does not end with its zero before `end`. */
static const char *
assert_wire_get_text(const char *at, const char *end, uint64_t len, const char **text)
{
    if (at == NULL || (uint64_t) (end - at) <= len || at[len] != '\0') {
        return NULL;
    }

    *text = at;
    return at + len + 1;
}


const char *
assert_wire_get(const char *text, const char *end, spec_assertion_t *assertion,
                const char **subject, size_t *len)
{
    assert_wire_item_t item;

    if ((size_t) (end - text) < sizeof(item)) {
        return NULL;
    }

    memcpy(&item, text, sizeof(item));

    if (item.source >= SPEC_SOURCE_COUNT || item.comparison >= SPEC_OPERATOR_COUNT) {
        return NULL;
    }

    assertion->source = (spec_source_t) item.source;
    assertion->comparison = (spec_operator_t) item.comparison;
    text = assert_wire_get_text(text + sizeof(item), end, item.property_len, &assertion->property);
    text = assert_wire_get_text(text, end, item.value_len, &assertion->value);
    text = assert_wire_get_text(text, end, item.subject_len, subject);
    *subject = item.has_subject ? *subject : NULL;
    *len = item.subject_len;
    return text;
}
