
/*
 * When a server answers SERVFAIL or REFUSED, c-ares asks the next one, which
 * is right, but older ones report in the end that nobody could be reached,
 * which is not.  So then the question is asked once more through a second
 * channel that hands over whatever is answered.
 */

#include "dns.h"

#include "clock.h"
#include "dns_channel.h"
#include "log.h"

#include <netdb.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define DNS_TIMEOUT_MS 1500 /* of the first try; c-ares doubles it */
#define DNS_TRIES 3
#define DNS_PORT 53
#define DNS_TTL_MAX_S 300
#define DNS_SYSTEM_CHECK_MS 5000
#define DNS_SYSTEM_FILE "/etc/resolv.conf"

struct dns {
    uv_loop_t *loop;
    dns_t *second; /* NULL in the second one itself */
    int flags;
    dns_channel_t *channel; /* NULL: it could not be begun anew */
    dns_channel_t *old;     /* asks servers of before, until it has its answers */
    char *servers;
    struct timespec system_mtime;
    int64_t system_checked_ms;
};

typedef struct {
    dns_t *dns;
    dns_channel_t *channel;
    dns_done_cb done;
    void *data;
    int family;
    char host[];
} dns_question_t;


static int
dns_open(dns_t *dns)
{
    dns_channel_options_t options = {dns->servers, dns->flags, DNS_TIMEOUT_MS, DNS_TRIES};

    dns->channel = dns_channel_create(dns->loop, &options);
    return (dns->channel != NULL) ? 0 : -1;
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


/* Questions on the wire keep their channel: with silent servers there are always some. */
static void
dns_reopen(dns_t *dns)
{
    dns->old = dns->channel;
    dns->channel = NULL;

    if (dns_open(dns) != 0) {
        log_error("dns", "the resolver cannot be started again");
    }
}


static void
dns_drop_old(dns_t *dns)
{
    if (dns->old != NULL && dns_channel_is_idle(dns->old)) {
        dns_channel_destroy(dns->old);
        dns->old = NULL;
    }
}


/* c-ares reads the system's servers once; when they change it is begun anew. */
void
dns_follow_system(dns_t *dns)
{
    dns_drop_old(dns);
    dns_drop_old(dns->second);

    if (dns->servers != NULL || dns->old != NULL || dns->second->old != NULL) {
        return;
    }

    if (dns_system_changed(dns)) {
        log_info("dns", "%s has changed: using its servers", DNS_SYSTEM_FILE);

    } else if (dns->channel != NULL && dns->second->channel != NULL) {
        return;
    }

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

    dns_channel_answered(question->channel);

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

    if (question == NULL || dns->channel == NULL) {
        dns_answer_t answer = {.reason = BS_REASON_AGENT_DNS_DOWN};

        free(question);
        done(data, &answer);
        return;
    }

    question->dns = dns;
    question->channel = dns->channel;
    question->done = done;
    question->data = data;
    question->family = family;
    strcpy(question->host, host);

    memset(&hints, 0, sizeof(hints));
    hints.ai_family = (family == 6) ? AF_INET6 : AF_INET;
    hints.ai_socktype = SOCK_STREAM;
    hints.ai_flags = ARES_AI_NOSORT;

    dns_channel_asked(dns->channel);
    ares_getaddrinfo(dns_channel_ares(dns->channel), host, NULL, &hints, dns_on_answer, question);
    dns_channel_arm(dns->channel);
}


unsigned
dns_servers(const dns_t *dns, bs_addr_t *addresses, uint16_t *ports, unsigned max)
{
    struct ares_addr_port_node *servers = NULL;
    unsigned count = 0;

    if (dns->channel == NULL
        || ares_get_servers_ports(dns_channel_ares(dns->channel), &servers) != ARES_SUCCESS)
    {
        return 0;
    }

    for (const struct ares_addr_port_node *p = servers; p != NULL && count < max; p = p->next) {
        memset(&addresses[count], 0, sizeof(addresses[count]));
        addresses[count].family = (p->family == AF_INET) ? 4 : 6;
        memcpy(addresses[count].bytes, &p->addr, (p->family == AF_INET) ? 4 : 16);
        ports[count++] = (p->udp_port != 0) ? (uint16_t) p->udp_port : DNS_PORT;
    }

    ares_free_data(servers);
    return count;
}


void
dns_destroy(dns_t *dns)
{
    if (dns->second != NULL) {
        dns_destroy(dns->second);
    }

    if (dns->old != NULL) {
        dns_channel_destroy(dns->old);
    }

    if (dns->channel != NULL) {
        dns_channel_destroy(dns->channel);
    }

    free(dns->servers);
    free(dns);
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

    if (dns_open(dns) != 0) {
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
