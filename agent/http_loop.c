
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

#include "tls_share.h"

#include <errno.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <unistd.h>

#define HTTP_LOOP_EVENTS 64 /* of one turn; the rest is there in the next */


static void
http_loop_act(http_loop_t *loop, curl_socket_t fd, int flags)
{
    int running;

    if (loop->shares_tls) {
        tls_share_begin();
    }

    curl_multi_socket_action(loop->multi, fd, flags, &running);
    tls_attach_end();

    if (loop->shares_tls) {
        tls_share_end();
    }
}


static void
http_loop_on_events(uv_poll_t *poll, int status, int events)
{
    http_loop_t *loop = poll->data;
    struct epoll_event ready[HTTP_LOOP_EVENTS];
    int count = epoll_wait(loop->epoll, ready, HTTP_LOOP_EVENTS, 0);

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

        http_loop_act(loop, ready[i].data.fd, flags);
    }

    http_collect(loop->http, loop->multi);
}


static void
http_loop_on_timer(uv_timer_t *timer)
{
    http_loop_t *loop = timer->data;

    http_loop_act(loop, CURL_SOCKET_TIMEOUT, 0);
    http_collect(loop->http, loop->multi);
}


/* Never -1 to libcurl: it would fail all transfers, now and for ever. */
static void
http_loop_fail(http_loop_t *loop, CURL *easy, int error)
{
    http_exchange_t *x = NULL;

    curl_easy_getinfo(easy, CURLINFO_PRIVATE, (char **) &x);

    if (x != NULL) { /* else it is libcurl's own, busy with the end of a connection */
        http_break(x, error);
        uv_timer_start(&loop->timer, http_loop_on_timer, 0, 0);
    }
}


/* Only while there are sockets to wait for the loop has a reason to go on. */
static void
http_loop_count(http_loop_t *loop, int change)
{
    loop->sockets += change;

    if (loop->sockets > 0) {
        uv_ref((uv_handle_t *) &loop->poll);
    } else {
        uv_unref((uv_handle_t *) &loop->poll);
    }
}


static int
http_loop_on_curl_socket(CURL *easy, curl_socket_t fd, int what, void *data, void *is_known)
{
    http_loop_t *loop = data;
    struct epoll_event wanted = {.data.fd = fd};

    if (what == CURL_POLL_REMOVE) {
        if (is_known != NULL) {
            epoll_ctl(loop->epoll, EPOLL_CTL_DEL, fd, &wanted);
            curl_multi_assign(loop->multi, fd, NULL);
            http_loop_count(loop, -1);
        }

        return 0;
    }

    wanted.events =
        ((what & CURL_POLL_IN) ? EPOLLIN : 0U) | ((what & CURL_POLL_OUT) ? EPOLLOUT : 0U);

    if (epoll_ctl(loop->epoll, is_known != NULL ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, fd, &wanted) != 0)
    {
        http_loop_fail(loop, easy, errno);

    } else if (is_known == NULL) {
        curl_multi_assign(loop->multi, fd, loop);
        http_loop_count(loop, 1);
    }

    return 0;
}


static int
http_loop_on_curl_timer(CURLM *multi, long timeout_ms, void *data)
{
    http_loop_t *loop = data;

    (void) multi;

    if (timeout_ms < 0) {
        uv_timer_stop(&loop->timer);
        return 0;
    }

    /* 0 means "soon": libuv calls back from its next turn, never from here */
    uv_update_time(loop->http->loop);
    uv_timer_start(&loop->timer, http_loop_on_timer, (uint64_t) timeout_ms, 0);
    return 0;
}


int
http_loop_open(http_loop_t *loop, http_t *http, int shares_tls)
{
    loop->http = http;
    loop->shares_tls = shares_tls;
    loop->epoll = epoll_create1(EPOLL_CLOEXEC);
    loop->multi = curl_multi_init();

    if (loop->epoll < 0 || loop->multi == NULL
        || uv_poll_init(http->loop, &loop->poll, loop->epoll) != 0)
    {
        if (loop->epoll >= 0) {
            close(loop->epoll);
        }

        curl_multi_cleanup(loop->multi);
        return -1;
    }

    uv_timer_init(http->loop, &loop->timer);
    loop->poll.data = loop;
    loop->timer.data = loop;
    uv_poll_start(&loop->poll, UV_READABLE, http_loop_on_events);
    http_loop_count(loop, 0);

    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETFUNCTION, http_loop_on_curl_socket);
    curl_multi_setopt(loop->multi, CURLMOPT_SOCKETDATA, loop);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERFUNCTION, http_loop_on_curl_timer);
    curl_multi_setopt(loop->multi, CURLMOPT_TIMERDATA, loop);
    return 0;
}


static void
http_loop_on_timer_closed(uv_handle_t *handle)
{
    http_loop_t *loop = handle->data;

    http_on_loop_handle_closed(loop->http);
}


static void
http_loop_on_poll_closed(uv_handle_t *handle)
{
    http_loop_t *loop = handle->data;

    close(loop->epoll);
    http_on_loop_handle_closed(loop->http);
}


void
http_loop_close(http_loop_t *loop)
{
    curl_multi_cleanup(loop->multi);
    uv_close((uv_handle_t *) &loop->poll, http_loop_on_poll_closed);
    uv_close((uv_handle_t *) &loop->timer, http_loop_on_timer_closed);
}
