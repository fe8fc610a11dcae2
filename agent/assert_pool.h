
/*
 * The judges of one agent: at most two processes of its own binary, started
 * when there is something to judge and ended when there has been nothing for a
 * while.  Questions wait in a queue for the next free one.  A judge that dies of
 * a question is replaced; if it was not the question's fault, that is asked
 * once more.
 *
 * Also the one budget of memory for bodies that are kept for assertions.
 */

#ifndef ASSERT_POOL_H
#define ASSERT_POOL_H

#include "assertion.h"

#include <uv.h>

#define ASSERT_POOL_BYTES_MAX (64u << 20)

typedef struct assert_pool assert_pool_t;
typedef struct assert_task assert_task_t;

/* The bodies and the texts of assert_wire.h; of malloc(), may be NULL if the length is 0. */
typedef struct {
    unsigned count; /* of assertions */
    int cut;
    char *text;
    size_t text_len;
    char *body;
    size_t body_len;
    size_t reserved; /* bytes of the budget that are given back with the body */
} assert_question_t;

/*
 * `index` is the first assertion that does not hold; if all do, it is their
 * count and the answer's outcome ASSERTION_HOLDS.  Runs once, from the loop, never
 * inside assert_pool_ask().
 */
typedef void (*assert_pool_cb)(void *data, unsigned index, const assertion_answer_t *answer);

/* NULL: no memory. */
assert_pool_t *assert_pool_create(uv_loop_t *loop);
/* NULL is none.  All tasks must be over or cancelled.  The loop must run once more. */
void assert_pool_destroy(assert_pool_t *pool);

/* What the question owns is the pool's from now on, in any case.  NULL: too much waits. */
assert_task_t *assert_pool_ask(assert_pool_t *pool, const assert_question_t *take_question,
                               assert_pool_cb done, void *data);

/* done is not called any more. */
void assert_pool_cancel(assert_task_t *task);

/* Which of its assertions keeps a judge; -1: none has begun yet, or not long enough to blame it. */
int assert_pool_progress(const assert_task_t *task);

/* 0, or -1: then nothing was reserved. */
int assert_pool_reserve(assert_pool_t *pool, size_t bytes);
void assert_pool_release(assert_pool_t *pool, size_t bytes);

#endif
