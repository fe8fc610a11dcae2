
/*
 * One attempt of an HTTP(S) check: resolve, judge the address, connect to
 * exactly that, follow redirects by the same road, until the answer is whole
 * or the deadline is over.
 *
 * done runs once, from the loop, never inside check_http_start().
 */

#ifndef CHECK_HTTP_H
#define CHECK_HTTP_H

#include "check.h"
#include "spec.h"

typedef struct check_http check_http_t;

typedef void (*check_http_done_cb)(void *data);

/*
 * `env`, `spec` and `facts` are borrowed until done; facts are complete then.
 * attempt 2 asks the DNS anew and takes the next address.  NULL: no memory.
 */
check_http_t *check_http_start(const check_env_t *env, const spec_t *spec, int attempt,
                               check_facts_t *facts, check_http_done_cb done, void *data);

/* Nothing is called any more. */
void check_http_cancel(check_http_t *check);

#endif
