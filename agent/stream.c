
/*
 * A socket, watched by uv_poll: level-triggered, so whatever is left for later
 * announces itself again.  A step that finds nothing to do costs nothing.
 */

#include "stream.h"

#include "sockaddr.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <stdlib.h>
#include <unistd.h>

typedef enum {
    STREAM_CONNECTING,
    STREAM_SHAKING_HANDS,
    STREAM_OPEN,
    STREAM_ENDED,
} stream_state_t;

struct stream {
    uv_poll_t poll;
    int fd;
    int watched; /* UV_READABLE and UV_WRITABLE, as told to libuv */
    int closed;
    int os_error; /* of a connect() that failed at once */
    int send_failed;
    int tls_wants_write;
    stream_state_t state;
    const stream_events_t *events;
    void *data;
    tls_session_t *tls;
    const char *out;
    size_t out_len;
    size_t in_len;
    char in[STREAM_BUFFER_BYTES];
};


/* --- watching ------------------------------------------------------------- */

static void stream_on_event(uv_poll_t *poll, int status, int events);


static void
stream_end(stream_t *stream, stream_end_t end, int os_error, const char *words)
{
    stream->state = STREAM_ENDED;
    uv_poll_stop(&stream->poll);
    stream->events->ended(stream->data, end, os_error, words);
}


/* Waits for what can go on. */
static void
stream_watch(stream_t *stream)
{
    int events = 0;

    if (stream->closed || stream->state == STREAM_ENDED) {
        return;
    }

    if (stream->state == STREAM_CONNECTING || stream->out_len > 0 || stream->tls_wants_write) {
        events |= UV_WRITABLE;
    }

    if (stream->state != STREAM_CONNECTING && stream->in_len < sizeof(stream->in)) {
        events |= UV_READABLE;
    }

    if (stream->state == STREAM_SHAKING_HANDS && !stream->tls_wants_write) {
        events = UV_READABLE;
    }

    if (events == stream->watched) {
        return;
    }

    stream->watched = events;

    int error = (events == 0) ? uv_poll_stop(&stream->poll)
                              : uv_poll_start(&stream->poll, events, stream_on_event);

    if (error != 0) {
        stream->watched = 0; /* never seen for a valid socket; the check's deadline ends it */
    }
}


/* --- sending and receiving ------------------------------------------------ */

static tls_status_t
stream_plain_status(void)
{
    if (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR) {
        return TLS_WANT_READ;
    }

    return (errno == ECONNRESET || errno == EPIPE) ? TLS_RESET : TLS_CLOSED;
}


static tls_status_t
stream_write_some(stream_t *stream, size_t *put)
{
    if (stream->tls != NULL) {
        return tls_session_write(stream->tls, stream->out, stream->out_len, put);
    }

    ssize_t wrote = send(stream->fd, stream->out, stream->out_len, MSG_NOSIGNAL);

    *put = (wrote > 0) ? (size_t) wrote : 0;
    return (wrote >= 0) ? TLS_OK : stream_plain_status();
}


static void
stream_write(stream_t *stream)
{
    size_t put = 0;

    if (stream->out_len == 0) {
        return;
    }

    tls_status_t status = stream_write_some(stream, &put);

    stream->tls_wants_write = status == TLS_WANT_WRITE;

    if (status == TLS_WANT_READ || status == TLS_WANT_WRITE) {
        return;
    }

    if (status != TLS_OK) {
        /* what the other side said before it hung up is worth reading first */
        stream->send_failed = 1;
        stream->out_len = 0;
        return;
    }

    stream->out += put;
    stream->out_len -= put;

    if (stream->out_len == 0) {
        stream->events->sent(stream->data);
    }
}


static tls_status_t
stream_read_some(stream_t *stream, size_t *got)
{
    char *free_from = stream->in + stream->in_len;
    size_t room = sizeof(stream->in) - stream->in_len;

    if (stream->tls != NULL) {
        return tls_session_read(stream->tls, free_from, room, got);
    }

    ssize_t count = recv(stream->fd, free_from, room, 0);

    *got = (count > 0) ? (size_t) count : 0;

    if (count == 0) {
        return TLS_CLOSED;
    }

    return (count > 0) ? TLS_OK : stream_plain_status();
}


static void
stream_read_failed(stream_t *stream, tls_status_t status)
{
    switch (status) {
    case TLS_WANT_READ:
    case TLS_WANT_WRITE:
        stream->tls_wants_write = status == TLS_WANT_WRITE;

        if (stream->send_failed) {
            stream_end(stream, STREAM_RESET, 0, "");
        }

        return;
    case TLS_RESET:
        stream_end(stream, STREAM_RESET, 0, "");
        return;
    case TLS_CLOSED:
        /* the write has taken the socket's error with it */
        stream_end(stream, stream->send_failed ? STREAM_RESET : STREAM_CLOSED, 0, "");
        return;
    default:
        stream_end(stream, STREAM_TLS_FAILED, 0, tls_session_words(stream->tls));
    }
}


/* As much as one buffer holds; what TLS has already taken from the socket is not left there. */
static void
stream_read(stream_t *stream)
{
    do {
        size_t got = 0;

        if (stream->in_len == sizeof(stream->in)) {
            return;
        }

        tls_status_t status = stream_read_some(stream, &got);

        if (status != TLS_OK) {
            stream_read_failed(stream, status);
            return;
        }

        stream->in_len += got;
        stream->events->received(stream->data);
    } while (!stream->closed && stream->state == STREAM_OPEN && stream->tls != NULL
             && tls_session_pending(stream->tls));
}


/* --- connecting and TLS --------------------------------------------------- */

static void
stream_finish_connect(stream_t *stream)
{
    int error = stream->os_error;
    socklen_t len = sizeof(error);

    if (error == 0 && getsockopt(stream->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0) {
        error = errno;
    }

    if (error != 0) {
        stream_end(stream, STREAM_CONNECT_FAILED, error, "");
        return;
    }

    stream->state = STREAM_OPEN;
    stream->events->connected(stream->data);
}


static void
stream_shake_hands(stream_t *stream)
{
    tls_status_t status = tls_session_handshake(stream->tls);

    stream->tls_wants_write = status == TLS_WANT_WRITE;

    switch (status) {
    case TLS_OK:
        stream->state = STREAM_OPEN;
        stream->events->secured(stream->data);
        return;
    case TLS_WANT_READ:
    case TLS_WANT_WRITE:
        return;
    case TLS_RESET:
        stream_end(stream, STREAM_RESET, 0, "");
        return;
    case TLS_CLOSED:
        stream_end(stream, STREAM_TLS_FAILED, 0, "the connection was closed");
        return;
    case TLS_DISTRUST:
        stream_end(stream, STREAM_DISTRUSTED, 0, "");
        return;
    default:
        stream_end(stream, STREAM_TLS_FAILED, 0, tls_session_words(stream->tls));
    }
}


static void
stream_on_event(uv_poll_t *poll, int status, int events)
{
    stream_t *stream = poll->data;

    (void) events;

    if (status < 0) {
        stream->watched = 0; /* libuv has stopped watching; the socket itself tells why */
    }

    switch (stream->state) {
    case STREAM_CONNECTING:
        stream_finish_connect(stream);
        break;
    case STREAM_SHAKING_HANDS:
        stream_shake_hands(stream);
        break;
    case STREAM_OPEN:
        stream_write(stream);

        if (!stream->closed && stream->state == STREAM_OPEN) {
            stream_read(stream);
        }

        break;
    default:
        break;
    }

    stream_watch(stream);
}


/* --- interface ------------------------------------------------------------ */

/* -1: there is no socket. */
static int
stream_connect(stream_t *stream, const bs_addr_t *address, uint16_t port)
{
    struct sockaddr_storage to;
    socklen_t len = sockaddr_fill(&to, address, port);
    int on = 1;

    stream->fd = socket(to.ss_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

    if (stream->fd < 0) {
        return -1;
    }

    setsockopt(stream->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));

    /* a socket that could not even try is writable too: its event tells */
    if (connect(stream->fd, (struct sockaddr *) (void *) &to, len) != 0 && errno != EINPROGRESS) {
        stream->os_error = errno;
    }

    return 0;
}


static void
stream_on_closed(uv_handle_t *handle)
{
    free(handle->data);
}


stream_t *
stream_open(uv_loop_t *loop, const bs_addr_t *address, uint16_t port, const stream_events_t *events,
            void *data, int *os_error)
{
    stream_t *stream = malloc(sizeof(*stream));

    *os_error = ENOMEM;

    if (stream == NULL) {
        return NULL;
    }

    memset(stream, 0, offsetof(stream_t, in));
    stream->events = events;
    stream->data = data;

    if (stream_connect(stream, address, port) != 0) {
        *os_error = errno;
        free(stream);
        return NULL;
    }

    int error = uv_poll_init(loop, &stream->poll, stream->fd);

    if (error != 0) {
        *os_error = -error;
        close(stream->fd);
        free(stream);
        return NULL;
    }

    stream->poll.data = stream;
    stream_watch(stream);
    return stream;
}


void
stream_close(stream_t *stream)
{
    if (stream == NULL || stream->closed) {
        return;
    }

    stream->closed = 1;
    tls_session_free(stream->tls);
    stream->tls = NULL;
    uv_close((uv_handle_t *) &stream->poll, stream_on_closed);
    close(stream->fd);
}


int
stream_secure(stream_t *stream, tls_client_t *client, const tls_request_t *request,
              const char **words)
{
    stream->tls = tls_session_create(client, stream->fd, request, words);

    if (stream->tls == NULL) {
        return -1;
    }

    /* the socket is writable, so the first step follows from the loop */
    stream->state = STREAM_SHAKING_HANDS;
    stream->tls_wants_write = 1;
    stream_watch(stream);
    return 0;
}


const tls_session_t *
stream_tls(const stream_t *stream)
{
    return stream->tls;
}


void
stream_send(stream_t *stream, const void *data, size_t len)
{
    stream->out = data;
    stream->out_len = len;
    stream_watch(stream);
}


const char *
stream_peek(const stream_t *stream, size_t *len)
{
    *len = stream->in_len;
    return stream->in;
}


void
stream_skip(stream_t *stream, size_t len)
{
    stream->in_len -= len;
    memmove(stream->in, stream->in + len, stream->in_len);
    stream_watch(stream);
}
