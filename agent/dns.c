
/*
 * c-ares tells which sockets it wants watched; a timer runs its retries while
 * there are questions.
 *
 * When a server answers SERVFAIL or REFUSED, c-ares asks the next one, which
 * is right, but older ones report in the end that nobody could be reached,
 * which is not.  So then the question is asked once more through a second
 * channel that hands over whatever is answered.
 */

#include "dns.h"

#include "clock.h"
#include "log.h"

#include <ares.h>
#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/stat.h>

#define DNS_TIMEOUT_MS 1500 /* of the first try; c-ares doubles it */
#define DNS_TRIES 3
#define DNS_TICK_MS 500
#define DNS_TTL_MAX_S 300
#define DNS_SYSTEM_CHECK_MS 5000
#define DNS_SYSTEM_FILE "/etc/resolv.conf"

typedef struct dns_socket dns_socket_t;

struct dns_socket {
    uv_poll_t poll;
    dns_t *dns;
    ares_socket_t fd;
    int events;
    LIST_ENTRY(dns_socket) link;
};

struct dns {
    uv_loop_t *loop;
    dns_t *second; /* NULL in the second one itself */
    int flags;
    ares_channel channel;
    int has_channel;
    char *servers;
    uv_timer_t tick;
    unsigned unanswered;
    struct timespec system_mtime;
    int64_t system_checked_ms;
    LIST_HEAD(, dns_socket) sockets;
};

typedef struct {
    dns_t *dns;
    dns_done_cb done;
    void *data;
    int family;
    char host[];
} dns_question_t;


static void dns_on_tick(uv_timer_t *timer);


static void
dns_arm(dns_t *dns)
{
    struct timeval limit = {.tv_usec = DNS_TICK_MS * 1000};
    struct timeval wait;

    if (dns->unanswered == 0) {
        uv_timer_stop(&dns->tick);
        return;
    }

    struct timeval *next = ares_timeout(dns->channel, &limit, &wait);
    uint64_t ms = (uint64_t) next->tv_sec * 1000 + (uint64_t) next->tv_usec / 1000 + 1;

    uv_timer_start(&dns->tick, dns_on_tick, ms, 0);
}


static void
dns_on_tick(uv_timer_t *timer)
{
    dns_t *dns = timer->data;

    ares_process_fd(dns->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    dns_arm(dns);
}


static void
dns_on_poll(uv_poll_t *poll, int status, int events)
{
    dns_socket_t *sock = poll->data;
    dns_t *dns = sock->dns;
    int readable = status < 0 || (events & UV_READABLE);
    int writable = status < 0 || (events & UV_WRITABLE);

    if (status < 0) {
        uv_poll_start(poll, sock->events, dns_on_poll);
    }

    ares_process_fd(dns->channel, readable ? sock->fd : ARES_SOCKET_BAD,
                    writable ? sock->fd : ARES_SOCKET_BAD);
    dns_arm(dns);
}


static void
dns_on_socket_closed(uv_handle_t *handle)
{
    free(handle->data);
}


static dns_socket_t *
dns_socket_find(dns_t *dns, ares_socket_t fd)
{
    dns_socket_t *sock;

    LIST_FOREACH(sock, &dns->sockets, link)
    {
        if (sock->fd == fd) {
            return sock;
        }
    }

    sock = calloc(1, sizeof(*sock));

    if (sock == NULL) {
        return NULL;
    }

    if (uv_poll_init_socket(dns->loop, &sock->poll, fd) != 0) {
        free(sock);
        return NULL;
    }

    sock->poll.data = sock;
    sock->dns = dns;
    sock->fd = fd;
    LIST_INSERT_HEAD(&dns->sockets, sock, link);
    return sock;
}


static void
dns_on_socket_state(void *data, ares_socket_t fd, int readable, int writable)
{
    dns_socket_t *sock = dns_socket_find(data, fd);

    if (sock == NULL) {
        return; /* the question will time out */
    }

    if (!readable && !writable) {
        LIST_REMOVE(sock, link);
        uv_close((uv_handle_t *) &sock->poll, dns_on_socket_closed);
        return;
    }

    sock->events = (readable ? UV_READABLE : 0) | (writable ? UV_WRITABLE : 0);
    uv_poll_start(&sock->poll, sock->events, dns_on_poll);
}


static int
dns_open(dns_t *dns)
{
    struct ares_options options;
    char lookups[] = "fb"; /* the hosts file, then servers */
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_LOOKUPS
               | ARES_OPT_SOCK_STATE_CB;

    memset(&options, 0, sizeof(options));
    options.flags = dns->flags;
    options.timeout = DNS_TIMEOUT_MS;
    options.tries = DNS_TRIES;
    options.lookups = lookups;
    options.sock_state_cb = dns_on_socket_state;
    options.sock_state_cb_data = dns;

#ifdef ARES_OPT_QUERY_CACHE
    mask |= ARES_OPT_QUERY_CACHE; /* ours is the cache; c-ares must ask */
    options.qcache_max_ttl = 0;
#endif

    if (ares_init_options(&dns->channel, &options, mask) != ARES_SUCCESS) {
        return -1;
    }

    dns->has_channel = 1;

    if (dns->servers != NULL
        && ares_set_servers_ports_csv(dns->channel, dns->servers) != ARES_SUCCESS) {
        return -1;
    }

    return 0;
}


static int
dns_system_changed(dns_t *dns)
{
    struct stat st;
    int64_t now = clock_ms();
    int first = dns->system_checked_ms == 0;

    if (!first && now - dns->system_checked_ms < DNS_SYSTEM_CHECK_MS) {
        return 0;
    }

    dns->system_checked_ms = now;

    if (stat(DNS_SYSTEM_FILE, &st) != 0
        || (st.st_mtim.tv_sec == dns->system_mtime.tv_sec
            && st.st_mtim.tv_nsec == dns->system_mtime.tv_nsec))
    {
        return 0;
    }

    dns->system_mtime = st.st_mtim;
    return !first;
}


static void
dns_reopen(dns_t *dns)
{
    if (dns->has_channel) {
        ares_destroy(dns->channel);
        dns->has_channel = 0;
    }

    if (dns_open(dns) != 0) {
        log_error("dns", "the resolver cannot be started again");
    }
}


/* c-ares reads the system's servers once; when they change it is begun anew. */
void
dns_follow_system(dns_t *dns)
{
    if (dns->servers != NULL || dns->unanswered > 0 || dns->second->unanswered > 0
        || !dns_system_changed(dns))
    {
        return;
    }

    log_info("dns", "%s has changed: using its servers", DNS_SYSTEM_FILE);
    dns_reopen(dns);
    dns_reopen(dns->second);
}


static bs_reason_t
dns_reason(int status)
{
    switch (status) {
    case ARES_SUCCESS:
        return BS_REASON_NONE;
    case ARES_ENOTFOUND:
    case ARES_EBADNAME:
        return BS_REASON_DNS_NXDOMAIN;
    case ARES_ENODATA:
        return BS_REASON_DNS_NO_ADDRESS;
    case ARES_EREFUSED:
        return BS_REASON_DNS_REFUSED;
    case ARES_ETIMEOUT:
        return BS_REASON_DNS_TIMEOUT;
    case ARES_ECONNREFUSED: /* nobody listens where our own resolver should be */
    case ARES_ENOTINITIALIZED:
        return BS_REASON_AGENT_DNS_DOWN;
    case ARES_ENOMEM:
        return BS_REASON_AGENT_OVERLOADED;
    default:
        return BS_REASON_DNS_SERVFAIL;
    }
}


static int
dns_copy_address(const struct ares_addrinfo_node *node, bs_addr_t *addr)
{
    if (node->ai_family == AF_INET) {
        addr->family = 4;
        memcpy(addr->bytes, &((struct sockaddr_in *) (void *) node->ai_addr)->sin_addr, 4);
        return 0;
    }

    if (node->ai_family == AF_INET6) {
        addr->family = 6;
        memcpy(addr->bytes, &((struct sockaddr_in6 *) (void *) node->ai_addr)->sin6_addr, 16);
        return 0;
    }

    return -1;
}


static void
dns_copy(dns_answer_t *answer, const struct ares_addrinfo *info)
{
    const struct ares_addrinfo_node *node = info->nodes;

    answer->ttl_s = DNS_TTL_MAX_S;

    for (; node != NULL && answer->count < DNS_ADDRESSES_MAX; node = node->ai_next) {
        if (dns_copy_address(node, &answer->addresses[answer->count]) != 0) {
            continue;
        }

        answer->count++;

        if (node->ai_ttl < answer->ttl_s) {
            answer->ttl_s = node->ai_ttl;
        }
    }
}


static void
dns_on_answer(void *data, int status, int timeouts, struct ares_addrinfo *info)
{
    dns_question_t *question = data;
    dns_t *dns = question->dns;
    dns_answer_t answer;

    (void) timeouts;

    dns->unanswered--;

    if (status == ARES_ECONNREFUSED && dns->second != NULL) {
        dns_ask(dns->second, question->host, question->family, question->done, question->data);
        free(question);
        return;
    }

    memset(&answer, 0, sizeof(answer));
    answer.reason = dns_reason(status);

    if (info != NULL) {
        dns_copy(&answer, info);
        ares_freeaddrinfo(info);
    }

    if (answer.reason == BS_REASON_NONE && answer.count == 0) {
        answer.reason = BS_REASON_DNS_NO_ADDRESS;
    }

    if (status != ARES_EDESTRUCTION) {
        question->done(question->data, &answer);
    }

    free(question);
}


void
dns_ask(dns_t *dns, const char *host, int family, dns_done_cb done, void *data)
{
    struct ares_addrinfo_hints hints;
    dns_question_t *question = malloc(sizeof(*question) + strlen(host) + 1);

    if (question == NULL || !dns->has_channel) {
        dns_answer_t answer = {.reason = BS_REASON_AGENT_DNS_DOWN};

        free(question);
        done(data, &answer);
        return;
    }

    question->dns = dns;
    question->done = done;
    question->data = data;
    question->family = family;
    strcpy(question->host, host);

    memset(&hints, 0, sizeof(hints));
    hints.ai_family = (family == 6) ? AF_INET6 : AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NOSORT;

    dns->unanswered++;
    ares_getaddrinfo(dns->channel, host, NULL, &hints, dns_on_answer, question);
    dns_arm(dns);
}


static void
dns_on_closed(uv_handle_t *handle)
{
    dns_t *dns = handle->data;

    free(dns->servers);
    free(dns);
}


void
dns_destroy(dns_t *dns)
{
    if (dns->second != NULL) {
        dns_destroy(dns->second);
    }

    if (dns->has_channel) {
        ares_destroy(dns->channel);
    }

    ares_library_cleanup();
    uv_close((uv_handle_t *) &dns->tick, dns_on_closed);
}


static dns_t *
dns_create_channel(uv_loop_t *loop, const char *servers, int flags)
{
    dns_t *dns = calloc(1, sizeof(*dns));

    if (dns == NULL) {
        return NULL;
    }

    dns->loop = loop;
    dns->flags = flags;
    dns->servers = (servers != NULL) ? strdup(servers) : NULL;
    uv_timer_init(loop, &dns->tick);
    dns->tick.data = dns;

    if (ares_library_init(ARES_LIB_INIT_ALL) != ARES_SUCCESS || dns_open(dns) != 0) {
        dns_destroy(dns);
        return NULL;
    }

    return dns;
}


dns_t *
dns_create(uv_loop_t *loop, const char *servers)
{
    dns_t *dns = dns_create_channel(loop, servers, ARES_FLAG_NOSEARCH);

    if (dns == NULL) {
        return NULL;
    }

    dns->second = dns_create_channel(loop, servers, ARES_FLAG_NOSEARCH | ARES_FLAG_NOCHECKRESP);

    if (dns->second == NULL) {
        dns_destroy(dns);
        return NULL;
    }

    return dns;
}
