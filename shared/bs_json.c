
/*
 * A recursive descent over one cursor; the depth is bounded, and every
 * function returns 1 with the cursor behind what it recognized, or 0.
 */

#include "bs_json.h"

#include <stdint.h>
#include <string.h>

typedef struct {
    const unsigned char *at;
    const unsigned char *end;
} text_t;

static int value(text_t *text, unsigned depth);

static void
blanks(text_t *text)
{
    while (text->at < text->end
           && (*text->at == ' ' || *text->at == '\t' || *text->at == '\n' || *text->at == '\r'))
    {
        text->at++;
    }
}

static int
take(text_t *text, unsigned char c)
{
    if (text->at == text->end || *text->at != c) {
        return 0;
    }

    text->at++;

    return 1;
}

static int
word(text_t *text, const char *letters)
{
    size_t len = strlen(letters);

    if ((size_t) (text->end - text->at) < len || memcmp(text->at, letters, len) != 0) {
        return 0;
    }

    text->at += len;

    return 1;
}

static size_t
digits(text_t *text)
{
    const unsigned char *from = text->at;

    while (text->at < text->end && *text->at >= '0' && *text->at <= '9') {
        text->at++;
    }

    return (size_t) (text->at - from);
}

/* At most two digits of exponent: jsonb writes numbers out in full. */
static int
exponent(text_t *text)
{
    size_t count;

    if (!take(text, 'e') && !take(text, 'E')) {
        return 1;
    }

    if (!take(text, '+')) {
        (void) take(text, '-');
    }

    count = digits(text);

    return count > 0 && count <= 2;
}

static int
number(text_t *text)
{
    const unsigned char *from = text->at;

    (void) take(text, '-');

    if (!take(text, '0') && digits(text) == 0) {
        return 0;
    }

    if (take(text, '.') && digits(text) == 0) {
        return 0;
    }

    return exponent(text) && text->at - from <= BS_JSON_NUMBER_BYTES_MAX;
}

/* Four hexadecimal digits; 0 for anything else, as \u0000 is not wanted either. */
static unsigned
code_unit(text_t *text)
{
    unsigned unit = 0;

    for (int i = 0; i < 4; i++) {
        unsigned char c = text->at < text->end ? *text->at++ : 0;

        if (c >= '0' && c <= '9') {
            unit = unit << 4 | (c - (unsigned) '0');
        } else if ((c | 0x20) >= 'a' && (c | 0x20) <= 'f') {
            unit = unit << 4 | ((c | 0x20U) - (unsigned) 'a' + 10U);
        } else {
            return 0;
        }
    }

    return unit;
}

static int
escape(text_t *text)
{
    unsigned unit;

    if (text->at == text->end) {
        return 0;
    }

    if (*text->at != 'u') {
        return memchr("\"\\/bfnrt", *text->at++, 8) != NULL;
    }

    text->at++;
    unit = code_unit(text);

    if (unit >= 0xd800 && unit < 0xdc00) {
        unit = word(text, "\\u") ? code_unit(text) : 0;
        return unit >= 0xdc00 && unit < 0xe000;
    }

    return unit != 0 && !(unit >= 0xdc00 && unit < 0xe000);
}

static int
string(text_t *text)
{
    if (!take(text, '"')) {
        return 0;
    }

    while (text->at < text->end) {
        unsigned char c = *text->at++;

        if (c == '"') {
            return 1;
        }

        if (c < 0x20 || (c == '\\' && !escape(text))) {
            return 0;
        }
    }

    return 0;
}

static int
member(text_t *text, unsigned depth)
{
    blanks(text);

    if (!string(text)) {
        return 0;
    }

    blanks(text);

    return take(text, ':') && value(text, depth);
}

/* Between the brackets: members of an object, or elements. */
static int
inside(text_t *text, unsigned char close, unsigned depth)
{
    if (depth == BS_JSON_DEPTH_MAX) {
        return 0;
    }

    blanks(text);

    if (take(text, close)) {
        return 1;
    }

    do {
        if (!(close == '}' ? member(text, depth + 1) : value(text, depth + 1))) {
            return 0;
        }

        blanks(text);

    } while (take(text, ','));

    return take(text, close);
}

static int
value(text_t *text, unsigned depth)
{
    blanks(text);

    if (text->at == text->end) {
        return 0;
    }

    switch (*text->at) {
    case '{':
        text->at++;
        return inside(text, '}', depth);
    case '[':
        text->at++;
        return inside(text, ']', depth);
    case '"':
        return string(text);
    case 't':
        return word(text, "true");
    case 'f':
        return word(text, "false");
    case 'n':
        return word(text, "null");
    default:
        return number(text);
    }
}

int
bs_json_is_object(const char *data, size_t len)
{
    text_t text = {(const unsigned char *) data, (const unsigned char *) data + len};

    blanks(&text);

    if (text.at == text.end || *text.at != '{' || !value(&text, 0)) {
        return 0;
    }

    blanks(&text);

    return text.at == text.end;
}
