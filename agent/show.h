
/* The result of one probe, for people and for programs, on standard output. */

#ifndef SHOW_H
#define SHOW_H

#include "probe.h"

void show_text(const char *url, const probe_result_t *result);

/* One JSON object, one line. */
void show_json(const char *url, const probe_result_t *result);

#endif
