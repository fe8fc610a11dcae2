
/* From how an exchange ended to the reason people read.  Pure. */

#ifndef REASON_H
#define REASON_H

#include "facts.h"
#include "http.h"

/*
 * Sets facts->failure, facts->phase and facts->detail.  `target` is "192.0.2.1:80".
 * timeout_ms tells a target that went silent from one that drips.
 */
void reason_from_http(const http_result_t *result, const char *target, int64_t timeout_ms,
                      check_facts_t *facts);

/* The sentence of a reason for which there are no particulars. */
const char *reason_words(bs_reason_t reason);

#endif
