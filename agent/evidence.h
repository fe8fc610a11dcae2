
/* What is kept with a result that is not up, as JSON text. */

#ifndef EVIDENCE_H
#define EVIDENCE_H

#include "facts.h"
#include "json_writer.h"

/*
 * Writes at most `size` bytes and returns how many.  `first` are the facts of
 * an attempt that was repeated, or NULL.  The facts must be redacted already.
 */
size_t
evidence_write(char *text, size_t size, const check_facts_t *facts, const check_facts_t *first);

/* {"dns":us|null,...}, and {"subject":...} or null: also for `check --json`. */
void evidence_write_phases(json_writer_t *json, const check_phases_t *phases);
void evidence_write_certificate(json_writer_t *json, const check_certificate_t *certificate);
void evidence_write_redirects(json_writer_t *json, const check_facts_t *facts);

#endif
