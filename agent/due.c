
/* The timer is set to the first moment; whatever is due with it goes in the same turn. */

#include "due.h"

#include "clock.h"

#include <stdlib.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define DUE_SIZE_MIN 64
/* Starting a probe takes up to 100 us: more at once and sockets would wait noticeably. */
#define DUE_TURN_MAX 32

struct due {
    uv_poll_t poll;
    int fd;
    int64_t armed_us; /* 0: not set */
    size_t count;
    size_t size;
    due_node_t **heap; /* heap[0] is unused */
};


/* --- the heap ------------------------------------------------------------- */

static void
due_put(due_t *due, due_node_t *node, size_t place)
{
    due->heap[place] = node;
    node->place = place;
}


static void
due_rise(due_t *due, due_node_t *node, size_t place)
{
    while (place > 1 && due->heap[place / 2]->at_us > node->at_us) {
        due_put(due, due->heap[place / 2], place);
        place /= 2;
    }

    due_put(due, node, place);
}


static void
due_sink(due_t *due, due_node_t *node, size_t place)
{
    size_t child;

    while ((child = 2 * place) <= due->count) {
        if (child < due->count && due->heap[child + 1]->at_us < due->heap[child]->at_us) {
            child++;
        }

        if (due->heap[child]->at_us >= node->at_us) {
            break;
        }

        due_put(due, due->heap[child], place);
        place = child;
    }

    due_put(due, node, place);
}


static void
due_take(due_t *due, due_node_t *node)
{
    size_t place = node->place;
    due_node_t *last = due->heap[due->count--];

    node->place = 0;

    if (last == node) {
        return;
    }

    if (place > 1 && due->heap[place / 2]->at_us > last->at_us) {
        due_rise(due, last, place);
    } else {
        due_sink(due, last, place);
    }
}


static int
due_reserve(due_t *due)
{
    if (due->count + 1 < due->size) {
        return 0;
    }

    if (due->count >= DUE_MAX) {
        return -1;
    }

    size_t size = (due->size == 0) ? DUE_SIZE_MIN : 2 * due->size;
    due_node_t **heap = realloc(due->heap, size * sizeof(due_node_t *));

    if (heap == NULL) {
        return -1;
    }

    due->heap = heap;
    due->size = size;
    return 0;
}


/* --- the timer ------------------------------------------------------------ */

/* A moment that has passed is no trouble: the descriptor is readable at once then. */
static void
due_arm(due_t *due)
{
    int64_t at_us = (due->count > 0) ? due->heap[1]->at_us : 0;

    if (due->count > 0 && at_us < 1) {
        at_us = 1; /* 0 would stop it */
    }

    if (at_us == due->armed_us) {
        return;
    }

    struct itimerspec when = {
        .it_value = {(time_t) (at_us / 1000000), (long) (at_us % 1000000 * 1000)},
    };

    timerfd_settime(due->fd, TFD_TIMER_ABSTIME, &when, NULL);
    due->armed_us = at_us;
}


static void
due_on_poll(uv_poll_t *poll, int status, int events)
{
    due_t *due = poll->data;
    uint64_t expirations;
    int64_t now_us = clock_us();

    (void) status;
    (void) events;

    /* that it is not readable any more only means that it was set anew meanwhile */
    if (read(due->fd, &expirations, sizeof(expirations)) > 0) {
        due->armed_us = 0;
    }

    for (unsigned i = 0; i < DUE_TURN_MAX && due->count > 0; i++) {
        due_node_t *node = due->heap[1];

        if (node->at_us > now_us) {
            break;
        }

        due_take(due, node);
        node->on_due(node);
    }

    due_arm(due);
}


int
due_add(due_t *due, due_node_t *node, int64_t at_us)
{
    due_remove(due, node);

    if (due_reserve(due) != 0) {
        return -1;
    }

    node->at_us = at_us;
    due->count++;
    due_rise(due, node, due->count);
    due_arm(due);
    return 0;
}


void
due_remove(due_t *due, due_node_t *node)
{
    if (node->place != 0) {
        due_take(due, node);
        due_arm(due);
    }
}


due_t *
due_create(uv_loop_t *loop)
{
    due_t *due = calloc(1, sizeof(*due));

    if (due == NULL) {
        return NULL;
    }

    due->fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);

    if (due->fd < 0 || uv_poll_init(loop, &due->poll, due->fd) != 0) {
        if (due->fd >= 0) {
            close(due->fd);
        }

        free(due);
        return NULL;
    }

    due->poll.data = due;
    uv_poll_start(&due->poll, UV_READABLE, due_on_poll);
    return due;
}


static void
due_on_closed(uv_handle_t *handle)
{
    due_t *due = handle->data;

    close(due->fd);
    free(due->heap);
    free(due);
}


void
due_destroy(due_t *due)
{
    uv_close((uv_handle_t *) &due->poll, due_on_closed);
}
