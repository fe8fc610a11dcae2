
/*
 * libcurl's multi interface driven by libuv.  libcurl tells which sockets and
 * which moment it waits for; after every turn the finished transfers are
 * collected.
 */

#include "http_curl.h"

#include <errno.h>
#include <stdlib.h>

typedef struct {
    uv_poll_t poll;
    curl_socket_t fd;
    http_t *http;
    int events;
} http_socket_t;


static void
http_loop_on_poll(uv_poll_t *poll, int status, int events)
{
    http_socket_t *sock = poll->data;
    http_t *http = sock->http;
    int flags = 0;
    int running;

    if (status < 0) {
        /* reading and writing find the true error; CURL_CSELECT_ERR would hide it behind its own */
        flags = CURL_CSELECT_IN | CURL_CSELECT_OUT;

        /* libuv has stopped watching; libcurl may not be through with the socket yet */
        uv_poll_start(poll, sock->events, http_loop_on_poll);
    }

    if (events & UV_READABLE) {
        flags |= CURL_CSELECT_IN;
    }

    if (events & UV_WRITABLE) {
        flags |= CURL_CSELECT_OUT;
    }

    curl_multi_socket_action(http->multi, sock->fd, flags, &running);
    http_collect(http);
}


static void
http_loop_on_socket_closed(uv_handle_t *handle)
{
    free(handle->data);
}


static http_socket_t *
http_loop_watch_socket(http_t *http, curl_socket_t fd)
{
    http_socket_t *sock = calloc(1, sizeof(*sock));

    if (sock == NULL) {
        return NULL;
    }

    if (uv_poll_init_socket(http->loop, &sock->poll, fd) != 0) {
        free(sock);
        return NULL;
    }

    sock->poll.data = sock;
    sock->fd = fd;
    sock->http = http;
    curl_multi_assign(http->multi, fd, sock);
    return sock;
}


static void
http_loop_on_timer(uv_timer_t *timer)
{
    http_t *http = timer->data;
    int running;

    curl_multi_socket_action(http->multi, CURL_SOCKET_TIMEOUT, 0, &running);
    http_collect(http);
}


/* Never -1 to libcurl: it would fail all transfers, now and for ever. */
static void
http_loop_fail(http_t *http, CURL *easy, int error)
{
    http_exchange_t *x = NULL;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **) &x);
    http_break(x, error);
    uv_timer_start(&http->timer, http_loop_on_timer, 0, 0);
}


static int
http_loop_on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *socket_data)
{
    http_t *http = data;
    http_socket_t *sock = socket_data;

    if (what == CURL_POLL_REMOVE) {
        if (sock != NULL) {
            curl_multi_assign(http->multi, fd, NULL);
            uv_close((uv_handle_t *) &sock->poll, http_loop_on_socket_closed);
        }

        return 0;
    }

    if (sock == NULL) {
        sock = http_loop_watch_socket(http, fd);

        if (sock == NULL) {
            http_loop_fail(http, easy, ENOMEM);
            return 0;
        }
    }

    sock->events =
        ((what & CURL_POLL_IN) ? UV_READABLE : 0) | ((what & CURL_POLL_OUT) ? UV_WRITABLE : 0);

    int error = uv_poll_start(&sock->poll, sock->events, http_loop_on_poll);

    if (error != 0) {
        http_loop_fail(http, easy, -error);
    }

    return 0;
}


static int
http_loop_on_curl_timer(CURLM *multi, long timeout_ms, void *data)
{
    http_t *http = data;

    (void) multi;

    if (timeout_ms < 0) {
        uv_timer_stop(&http->timer);
        return 0;
    }

    /* 0 means "soon": libuv calls back from its next turn, never from here */
    uv_update_time(http->loop);
    uv_timer_start(&http->timer, http_loop_on_timer, (uint64_t) timeout_ms, 0);
    return 0;
}


void
http_loop_attach(http_t *http)
{
    uv_timer_init(http->loop, &http->timer);
    http->timer.data = http;

    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, http_loop_on_curl_socket);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, http_loop_on_curl_timer);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
}
