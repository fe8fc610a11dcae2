
/*
 * Takes the monitor's own secrets out of what a target sent back: many targets
 * echo what they were asked, and evidence is shown to more people than settings.
 */

#ifndef REDACT_H
#define REDACT_H

#include "check.h"
#include "spec.h"

/* Overwrites every secret of `spec` in the facts with '*'. */
void redact_facts(const spec_t *spec, check_facts_t *facts);

/* The same in one text, which may have been cut at its end. */
void redact_text(const spec_t *spec, char *text, size_t len);

/* The URL without a name and password in it, for a log. */
void redact_url(const char *url, char *out, size_t size);

#endif
