
/* Everything happens when the socket says so, errors too: nobody is called back at once. */

#include "datagram.h"

#include "sockaddr.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#define DATAGRAM_ROUND_MAX 16 /* received before others have their turn */

struct datagram {
    uv_poll_t poll;
    uv_timer_t again;
    int fd;
    int closed;
    int handles;  /* that libuv has not given back yet */
    int os_error; /* of a connect() that failed */
    int to_send;
    unsigned sent;
    const void *bytes;
    size_t len;
    const datagram_events_t *events;
    void *data;
};

static void datagram_on_event(uv_poll_t *poll, int status, int events);


static void
datagram_watch(datagram_t *datagram)
{
    int events = UV_READABLE | (datagram->to_send ? UV_WRITABLE : 0);

    if (!datagram->closed) {
        uv_poll_start(&datagram->poll, events, datagram_on_event);
    }
}


static void
datagram_fail(datagram_t *datagram, int os_error)
{
    uv_poll_stop(&datagram->poll);
    uv_timer_stop(&datagram->again);
    datagram->events->failed(datagram->data, os_error);
}


static int
datagram_would_wait(int os_error)
{
    return os_error == EAGAIN || os_error == EWOULDBLOCK || os_error == EINTR;
}


/* 0: go on. */
static int
datagram_write(datagram_t *datagram)
{
    if (!datagram->to_send) {
        return 0;
    }

    if (datagram->os_error == 0
        && send(datagram->fd, datagram->bytes, datagram->len, MSG_NOSIGNAL) < 0) {
        if (datagram_would_wait(errno)) {
            return 0;
        }

        datagram->os_error = errno;
    }

    if (datagram->os_error != 0) {
        datagram_fail(datagram, datagram->os_error);
        return -1;
    }

    datagram->to_send = 0;
    datagram->sent++;
    return 0;
}


static void
datagram_read(datagram_t *datagram)
{
    char bytes[DATAGRAM_BYTES_MAX];

    for (int i = 0; i < DATAGRAM_ROUND_MAX && !datagram->closed; i++) {
        ssize_t count = recv(datagram->fd, bytes, sizeof(bytes), 0);

        if (count >= 0) {
            uv_timer_stop(&datagram->again);
            datagram->events->received(datagram->data, bytes, (size_t) count);
            continue;
        }

        if (!datagram_would_wait(errno)) {
            datagram_fail(datagram, errno);
        }

        return;
    }
}


static void
datagram_on_event(uv_poll_t *poll, int status, int events)
{
    datagram_t *datagram = poll->data;

    (void) status;
    (void) events;

    if (datagram_write(datagram) != 0) {
        return;
    }

    datagram_watch(datagram);
    datagram_read(datagram);
}


static void
datagram_on_again(uv_timer_t *timer)
{
    datagram_t *datagram = timer->data;

    datagram->to_send = 1;
    datagram_watch(datagram);
}


void
datagram_send(datagram_t *datagram, const void *bytes, size_t len, uint64_t again_ms)
{
    datagram->bytes = bytes;
    datagram->len = len;
    datagram->to_send = 1;
    uv_timer_start(&datagram->again, datagram_on_again, again_ms, 0);
    datagram_watch(datagram);
}


unsigned
datagram_sent(const datagram_t *datagram)
{
    return datagram->sent;
}


static void
datagram_on_closed(uv_handle_t *handle)
{
    datagram_t *datagram = handle->data;

    if (--datagram->handles == 0) {
        free(datagram);
    }
}


void
datagram_close(datagram_t *datagram)
{
    if (datagram == NULL || datagram->closed) {
        return;
    }

    datagram->closed = 1;
    uv_close((uv_handle_t *) &datagram->poll, datagram_on_closed);
    uv_close((uv_handle_t *) &datagram->again, datagram_on_closed);
    close(datagram->fd);
}


datagram_t *
datagram_open(uv_loop_t *loop, const bs_addr_t *address, uint16_t port,
              const datagram_events_t *events, void *data, int *os_error)
{
    datagram_t *datagram = calloc(1, sizeof(*datagram));
    struct sockaddr_storage to;
    socklen_t len = sockaddr_fill(&to, address, port);

    *os_error = ENOMEM;

    if (datagram == NULL) {
        return NULL;
    }

    datagram->fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    int error = (datagram->fd < 0) ? -errno : uv_poll_init(loop, &datagram->poll, datagram->fd);

    if (error != 0) {
        *os_error = -error;

        if (datagram->fd >= 0) {
            close(datagram->fd);
        }

        free(datagram);
        return NULL;
    }

    if (connect(datagram->fd, (struct sockaddr *) (void *) &to, len) != 0) {
        datagram->os_error = errno;
    }

    uv_timer_init(loop, &datagram->again);
    datagram->poll.data = datagram;
    datagram->again.data = datagram;
    datagram->handles = 2;
    datagram->events = events;
    datagram->data = data;
    return datagram;
}
