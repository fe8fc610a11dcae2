
/*
 * libcurl's multi interface driven by libuv.  libcurl tells which sockets and
 * which moment it waits for; after every turn the finished transfers are
 * collected.
 *
 * The sockets are in an epoll of their own, which libuv watches as one: a
 * uv_poll_t each would take three times the system calls, for connections that
 * live for one exchange.  An event may be stale when it is delivered, its
 * number belonging to a new socket by then: libcurl looks before it believes.
 */

#include "http_curl.h"

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <unistd.h>

#define HTTP_LOOP_EVENTS 64 /* of one turn; the rest is there in the next */


static void
http_loop_on_events(uv_poll_t *poll, int status, int events)
{
    http_t *http = poll->data;
    struct epoll_event ready[HTTP_LOOP_EVENTS];
    int count = epoll_wait(http->epoll, ready, HTTP_LOOP_EVENTS, 0);
    int running;

    (void) status;
    (void) events;

    for (int i = 0; i < count; i++) {
        uint32_t seen = ready[i].events;
        int flags = 0;

        /* reading and writing find the true error; CURL_CSELECT_ERR would hide it behind its own */
        if (seen & (EPOLLERR | EPOLLHUP)) {
            flags = CURL_CSELECT_IN | CURL_CSELECT_OUT;
        }

        if (seen & EPOLLIN) {
            flags |= CURL_CSELECT_IN;
        }

        if (seen & EPOLLOUT) {
            flags |= CURL_CSELECT_OUT;
        }

        curl_multi_socket_action(http->multi, ready[i].data.fd, flags, &running);
    }

    http_collect(http);
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


/* Only while there are sockets to wait for the loop has a reason to go on. */
static void
http_loop_count(http_t *http, int change)
{
    http->sockets += change;

    if (http->sockets > 0) {
        uv_ref((uv_handle_t *) &http->poll);
    } else {
        uv_unref((uv_handle_t *) &http->poll);
    }
}


static int
http_loop_on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *is_known)
{
    http_t *http = data;
    struct epoll_event wanted = {.data.fd = fd};

    if (what == CURL_POLL_REMOVE) {
        if (is_known != NULL) {
            epoll_ctl(http->epoll, EPOLL_CTL_DEL, fd, &wanted);
            curl_multi_assign(http->multi, fd, NULL);
            http_loop_count(http, -1);
        }

        return 0;
    }

    wanted.events = ((what & CURL_POLL_IN) ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) ? EPOLLOUT : 0U);

    if (epoll_ctl(http->epoll, is_known != NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &wanted) != 0) {
        http_loop_fail(http, easy, errno);

    } else if (is_known == NULL) {
        curl_multi_assign(http->multi, fd, http);
        http_loop_count(http, 1);
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


int
http_loop_attach(http_t *http)
{
    http->epoll = epoll_create1(EPOLL_CLOEXEC);

    if (http->epoll < 0) {
        return -1;
    }

    if (uv_poll_init(http->loop, &http->poll, http->epoll) != 0) {
        close(http->epoll);
        return -1;
    }

    uv_timer_init(http->loop, &http->timer);
    http->poll.data = http;
    http->timer.data = http;
    uv_poll_start(&http->poll, UV_READABLE, http_loop_on_events);
    http_loop_count(http, 0);

    curl_multi_setopt(http->multi, CURLMOPT_SOCKETFUNCTION, http_loop_on_curl_socket);
    curl_multi_setopt(http->multi, CURLMOPT_SOCKETDATA, http);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERFUNCTION, http_loop_on_curl_timer);
    curl_multi_setopt(http->multi, CURLMOPT_TIMERDATA, http);
    return 0;
}


static void
http_loop_on_closed(uv_handle_t *handle)
{
    http_t *http = handle->data;

    if (--http->handles_open == 0) {
        close(http->epoll);
        http_free(http);
    }
}


void
http_loop_close(http_t *http)
{
    http->handles_open = 2;
    uv_close((uv_handle_t *) &http->poll, http_loop_on_closed);
    uv_close((uv_handle_t *) &http->timer, http_loop_on_closed);
}
