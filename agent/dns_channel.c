
/*
 * c-ares tells which sockets it wants watched; a timer runs its retries while
 * there are questions.
 */

#include "dns_channel.h"

#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

#define DNS_TICK_MS 500

typedef struct dns_socket dns_socket_t;

struct dns_socket {
    uv_poll_t poll;
    dns_channel_t *channel;
    ares_socket_t fd;
    int events;
    LIST_ENTRY(dns_socket) link;
};

struct dns_channel {
    uv_loop_t *loop;
    ares_channel ares;
    int has_ares;
    uv_timer_t tick;
    unsigned unanswered;
    LIST_HEAD(, dns_socket) sockets;
};


static void dns_channel_on_tick(uv_timer_t *timer);


void
dns_channel_arm(dns_channel_t *channel)
{
    struct timeval limit = {.tv_usec = DNS_TICK_MS * 1000};
    struct timeval wait;

    if (channel->unanswered == 0) {
        uv_timer_stop(&channel->tick);
        return;
    }

    struct timeval *next = ares_timeout(channel->ares, &limit, &wait);
    uint64_t ms = (uint64_t) next->tv_sec * 1000 + (uint64_t) next->tv_usec / 1000 + 1;

    uv_timer_start(&channel->tick, dns_channel_on_tick, ms, 0);
}


static void
dns_channel_on_tick(uv_timer_t *timer)
{
    dns_channel_t *channel = timer->data;

    ares_process_fd(channel->ares, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    dns_channel_arm(channel);
}


static void
dns_channel_on_poll(uv_poll_t *poll, int status, int events)
{
    dns_socket_t *sock = poll->data;
    dns_channel_t *channel = sock->channel;
    int readable = status < 0 || (events & UV_READABLE);
    int writable = status < 0 || (events & UV_WRITABLE);

    if (status < 0) {
        uv_poll_start(poll, sock->events, dns_channel_on_poll);
    }

    ares_process_fd(channel->ares, readable ? sock->fd : ARES_SOCKET_BAD,
                    writable ? sock->fd : ARES_SOCKET_BAD);
    dns_channel_arm(channel);
}


static void
dns_channel_on_socket_closed(uv_handle_t *handle)
{
    free(handle->data);
}


static dns_socket_t *
dns_channel_find(dns_channel_t *channel, ares_socket_t fd)
{
    dns_socket_t *sock;

    LIST_FOREACH(sock, &channel->sockets, link)
    {
        if (sock->fd == fd) {
            return sock;
        }
    }

    sock = calloc(1, sizeof(*sock));

    if (sock == NULL) {
        return NULL;
    }

    if (uv_poll_init_socket(channel->loop, &sock->poll, fd) != 0) {
        free(sock);
        return NULL;
    }

    sock->poll.data = sock;
    sock->channel = channel;
    sock->fd = fd;
    LIST_INSERT_HEAD(&channel->sockets, sock, link);
    return sock;
}


static void
dns_channel_on_socket(void *data, ares_socket_t fd, int readable, int writable)
{
    dns_socket_t *sock = dns_channel_find(data, fd);

    if (sock == NULL) {
        return; /* the question will time out */
    }

    if (!readable && !writable) {
        LIST_REMOVE(sock, link);
        uv_close((uv_handle_t *) &sock->poll, dns_channel_on_socket_closed);
        return;
    }

    sock->events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
    uv_poll_start(&sock->poll, sock->events, dns_channel_on_poll);
}


static int
dns_channel_open(dns_channel_t *channel, const dns_channel_options_t *options)
{
    struct ares_options ares;
    char lookups[] = "fb"; /* the hosts file, then servers */
    struct in_addr replaced = {htonl(INADDR_LOOPBACK)};
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS
               | ARES_OPT_SOCK_STATE_CB;

    memset(&ares, 0, sizeof(ares));
    ares.flags = options->flags;
    ares.timeout = options->timeout_ms;
    ares.tries = options->tries;
    ares.lookups = lookups;
    ares.sock_state_cb = dns_channel_on_socket;
    ares.sock_state_cb_data = channel;

    if (options->servers != NULL) { /* with all of these it does not read the system's files */
        mask |= ARES_OPT_SERVERS | ARES_OPT_DOMAINS | ARES_OPT_NDOTS | ARES_OPT_SORTLIST;
        ares.servers = &replaced;
        ares.nservers = 1;
        ares.ndots = 1;
    }

#ifdef ARES_OPT_QUERY_CACHE
    mask |= ARES_OPT_QUERY_CACHE; /* ours is the cache; c-ares must ask */
    ares.qcache_max_ttl = 0;
#endif

    if (ares_init_options(&channel->ares, &ares, mask) != ARES_SUCCESS) {
        return -1;
    }

    channel->has_ares = 1;
    return (options->servers == NULL
            || ares_set_servers_ports_csv(channel->ares, options->servers) == ARES_SUCCESS)
               ? 0
               : -1;
}


static void
dns_channel_on_closed(uv_handle_t *handle)
{
    free(handle->data);
}


void
dns_channel_destroy(dns_channel_t *channel)
{
    if (channel->has_ares) {
        ares_destroy(channel->ares);
    }

    ares_library_cleanup();
    uv_close((uv_handle_t *) &channel->tick, dns_channel_on_closed);
}


dns_channel_t *
dns_channel_create(uv_loop_t *loop, const dns_channel_options_t *options)
{
    dns_channel_t *channel = calloc(1, sizeof(*channel));

    if (channel == NULL) {
        return NULL;
    }

    channel->loop = loop;
    uv_timer_init(loop, &channel->tick);
    channel->tick.data = channel;

    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS
        || dns_channel_open(channel, options) != 0) {
        dns_channel_destroy(channel);
        return NULL;
    }

    return channel;
}


ares_channel
dns_channel_ares(const dns_channel_t *channel)
{
    return channel->ares;
}


void
dns_channel_asked(dns_channel_t *channel)
{
    channel->unanswered++;
}


void
dns_channel_answered(dns_channel_t *channel)
{
    channel->unanswered--;
}


int
dns_channel_is_idle(const dns_channel_t *channel)
{
    return channel->unanswered == 0;
}
