
/* The result of one probe, for people and for programs. */

#ifndef SHOW_H
#define SHOW_H

#include "probe.h"

#include <stdio.h>

typedef enum {
    SHOW_PLAIN,
    SHOW_COLOUR /* a terminal that understands ECMA-48 colours, and UTF-8 */
} show_style_t;

/* What this stream can show; NO_COLOR (no-color.org) is respected. */
show_style_t show_style_of(FILE *out);

void show_text(FILE *out, show_style_t style, const char *url, const probe_result_t *result);

/* One JSON object, one line. */
void show_json(FILE *out, const char *url, const probe_result_t *result);

#endif
