
/*
 * The assertions of one check: collects what they look at while the answer
 * comes in, and judges when it is whole.
 */

#ifndef ASSERT_RUN_H
#define ASSERT_RUN_H

#include "assert_pool.h"
#include "facts.h"

typedef struct assert_run assert_run_t;

typedef void (*assert_run_cb)(void *data);

/* `spec` is borrowed.  NULL: no memory. */
assert_run_t *assert_run_create(assert_pool_t *pool, const spec_t *spec);
/* Is there one about the body? */
int assert_run_wants_body(const assert_run_t *run);
/* Nothing is called any more. */
void assert_run_destroy(assert_run_t *run);

/* Another answer begins (after a redirect). */
void assert_run_restart(assert_run_t *run);
void assert_run_add_header(assert_run_t *run, const char *name, size_t name_len, const char *value,
                           size_t value_len);
void assert_run_add_body(assert_run_t *run, const char *piece, size_t len);

/*
 * 1: it is decided; 0: done will be called, from the loop, when it is.  `cut`:
 * the body is longer than what was added.
 */
int assert_run_judge(assert_run_t *run, int cut, assert_run_cb done, void *data);

/* The check's deadline is over before it was decided: so it is decided now. */
void assert_run_give_up(assert_run_t *run);

/* Once it is decided: NONE if all hold, else `detail` says what does not. */
bs_reason_t assert_run_reason(const assert_run_t *run);
const char *assert_run_detail(const assert_run_t *run);

#endif
