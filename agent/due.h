
/*
 * Moments to come, kept to a fraction of a millisecond: a heap over one
 * timerfd, because the loop's own timers count whole milliseconds and may fire
 * early.  Nothing is called before its moment.
 */

#ifndef DUE_H
#define DUE_H

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define DUE_MAX 1048576 /* moments waiting at the same time */

typedef struct due due_t;
typedef struct due_node due_node_t;

/* Part of whatever waits; all zero before its first due_add(). */
struct due_node {
    int64_t at_us;
    size_t place; /* in the heap, from 1; 0: not in it */
    void (*on_due)(due_node_t *node);
    void *data;
};

/* NULL: no memory, or no descriptor. */
due_t *due_create(uv_loop_t *loop);
/* Nothing may wait any more. */
void due_destroy(due_t *due);

/*
 * At this moment of clock_us(), or with the loop's next turn if it has passed,
 * on_due is called, once.  A node that waits already is moved.  In on_due
 * nodes may be added, removed and freed, its own too.  0, or -1 when there is
 * no room.
 */
int due_add(due_t *due, due_node_t *node, int64_t at_us);
/* A node that does not wait is none the worse for it. */
void due_remove(due_t *due, due_node_t *node);

#endif
