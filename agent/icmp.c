
/*
 * Packets are found again by their sequence number, which counts up for all
 * pings of a family; cookie and address then say whether it is really ours.
 *
 * Errors from the way (unreachable, time exceeded) come by the socket's error
 * queue, with the packet that caused them.  The kernel also makes the next call
 * on the socket fail with such an error, whoever's packet it was about: so a
 * failed call is tried again once the queue is empty.
 */

#include "icmp.h"

#include "clock.h"

#include <errno.h>
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define ICMP_BUCKETS 1024 /* a power of two */
#define ICMP_READ_MAX 256 /* packets in one turn of the loop */
#define ICMP_LATE_MS 1000 /* a packet is lost when others came back and this one not for so long */
#define ICMP_RECEIVE_BUFFER 262144
#define ICMP_HEADER_BYTES 8
#define ICMP_COOKIE_BYTES 16
#define ICMP_PACKET_BYTES 64 /* as ping's */
#define ICMP_IP_HEADER_MAX 60
#define ICMP_CLOCK_SLACK_US 1000

typedef struct icmp_packet icmp_packet_t;

struct icmp_packet {
    icmp_ping_t *ping;
    uint16_t sequence;
    int open; /* neither answered nor refused */
    int64_t sent_us;
    int64_t sent_wall_us;
    LIST_ENTRY(icmp_packet) link;
};

typedef struct {
    icmp_t *icmp;
    int family; /* 4 or 6 */
    int fd;     /* -1: not open */
    int raw;
    uint16_t id; /* raw only: else the kernel's */
    uint16_t sequence;
    uv_poll_t poll;
    LIST_HEAD(, icmp_packet) buckets[ICMP_BUCKETS];
} icmp_socket_t;

struct icmp {
    uv_loop_t *loop;
    unsigned handles; /* to be closed before it is freed */
    icmp_socket_t sockets[2];
};

struct icmp_ping {
    icmp_socket_t *sock;
    bs_addr_t address;
    uint8_t cookie[ICMP_COOKIE_BYTES];
    unsigned packets_count;
    unsigned refused;
    int64_t spacing_ms;
    int64_t longest_us;
    icmp_done_cb done;
    void *data;
    uv_timer_t timer;
    icmp_result_t result;
    icmp_packet_t packets[ICMP_PACKETS_MAX];
};

/* One received packet, or error with the packet that it is about. */
typedef struct {
    struct sockaddr_storage peer;
    struct msghdr header;
    struct iovec part;
    uint8_t bytes[ICMP_IP_HEADER_MAX + 2 * ICMP_PACKET_BYTES];
    union {
        struct cmsghdr align;
        char bytes[512];
    } control;
} icmp_message_t;


/* --- the ping ------------------------------------------------------------- */

static void
icmp_finish(icmp_ping_t *ping)
{
    icmp_done_cb done = ping->done;

    uv_timer_stop(&ping->timer);
    ping->done = NULL;

    if (done != NULL) {
        done(ping->data);
    }
}


static void
icmp_on_late(uv_timer_t *timer)
{
    icmp_finish(timer->data);
}


/* After each answer, error and packet: what is the ping waiting for now? */
static void
icmp_look(icmp_ping_t *ping)
{
    if (ping->result.sent < ping->packets_count) {
        return;
    }

    if (ping->result.received + ping->refused >= ping->packets_count) {
        uv_timer_start(&ping->timer, icmp_on_late, 0, 0);
        return;
    }

    if (ping->result.received > 0 && !uv_is_active((uv_handle_t *) &ping->timer)) {
        int64_t late_ms = 2 * ping->longest_us / 1000;

        late_ms = (late_ms < ICMP_LATE_MS) ? ICMP_LATE_MS : late_ms;
        uv_timer_start(&ping->timer, icmp_on_late, (uint64_t) late_ms, 0);
    }
}


static void
icmp_refuse(icmp_packet_t *packet, int os_error)
{
    icmp_ping_t *ping = packet->ping;

    if (!packet->open) {
        return;
    }

    packet->open = 0;
    ping->refused++;
    ping->result.os_error = os_error;
    icmp_look(ping);
}


/* The kernel's time of arrival, unless the world's clock was set meanwhile. */
static int64_t
icmp_round_trip(const icmp_packet_t *packet, int64_t arrived_wall_us)
{
    int64_t elapsed_us = clock_us() - packet->sent_us;
    int64_t rtt_us = arrived_wall_us - packet->sent_wall_us;

    if (arrived_wall_us == 0 || rtt_us < 0 || rtt_us > elapsed_us + ICMP_CLOCK_SLACK_US) {
        rtt_us = elapsed_us;
    }

    return (rtt_us > INT32_MAX) ? INT32_MAX : rtt_us;
}


static void
icmp_answer(icmp_packet_t *packet, int64_t arrived_wall_us)
{
    icmp_ping_t *ping = packet->ping;
    ptrdiff_t index = packet - ping->packets;

    if (!packet->open) {
        ping->result.duplicates += (ping->result.rtt_us[index] >= 0);
        return;
    }

    int64_t rtt_us = icmp_round_trip(packet, arrived_wall_us);

    packet->open = 0;
    ping->result.rtt_us[index] = (int32_t) rtt_us;
    ping->result.received++;

    if (rtt_us > ping->longest_us) {
        ping->longest_us = rtt_us;
    }

    icmp_look(ping);
}


/* --- receiving ------------------------------------------------------------ */

static bs_addr_t
icmp_peer(const struct sockaddr_storage *peer)
{
    bs_addr_t address = {0};

    if (peer->ss_family == AF_INET) {
        address.family = 4;
        memcpy(address.bytes, &((const struct sockaddr_in *) (const void *) peer)->sin_addr, 4);

    } else if (peer->ss_family == AF_INET6) {
        address.family = 6;
        memcpy(address.bytes, &((const struct sockaddr_in6 *) (const void *) peer)->sin6_addr, 16);
    }

    return address;
}


/*
 * `echo` begins with the ICMP header.  A router may quote no more than that of
 * a packet; the cookie of an answer must be there.
 */
static icmp_packet_t *
icmp_find(icmp_socket_t *sock, const uint8_t *echo, size_t len, const bs_addr_t *peer, int quoted)
{
    icmp_packet_t *packet;

    if (len < ICMP_HEADER_BYTES) {
        return NULL;
    }

    uint16_t id = (uint16_t) (echo[4] << 8 | echo[5]);
    uint16_t sequence = (uint16_t) (echo[6] << 8 | echo[7]);
    int has_cookie = len >= ICMP_HEADER_BYTES + ICMP_COOKIE_BYTES;

    if ((sock->raw && id != sock->id) || (!has_cookie && !quoted)) {
        return NULL;
    }

    LIST_FOREACH(packet, &sock->buckets[sequence & (ICMP_BUCKETS - 1)], link)
    {
        if (packet->sequence == sequence && bs_addr_equal(&packet->ping->address, peer)
            && (!has_cookie
                || memcmp(echo + ICMP_HEADER_BYTES, packet->ping->cookie, ICMP_COOKIE_BYTES) == 0))
        {
            return packet;
        }
    }

    return NULL;
}


static int
icmp_receive(icmp_socket_t *sock, icmp_message_t *message, int flags)
{
    message->part = (struct iovec){message->bytes, sizeof(message->bytes)};
    message->header = (struct msghdr){
        .msg_name = &message->peer,
        .msg_namelen = sizeof(message->peer),
        .msg_iov = &message->part,
        .msg_iovlen = 1,
        .msg_control = &message->control,
        .msg_controllen = sizeof(message->control),
    };
    memset(&message->peer, 0, sizeof(message->peer));

    return (int) recvmsg(sock->fd, &message->header, flags | MSG_DONTWAIT);
}


static const void *
icmp_control(icmp_message_t *message, int level, int type)
{
    struct cmsghdr *cmsg = CMSG_FIRSTHDR(&message->header);

    for (; cmsg != NULL; cmsg = CMSG_NXTHDR(&message->header, cmsg)) {
        if (cmsg->cmsg_level == level && cmsg->cmsg_type == type) {
            return CMSG_DATA(cmsg);
        }
    }

    return NULL;
}


static void
icmp_take_answer(icmp_socket_t *sock, icmp_message_t *message, size_t len)
{
    const uint8_t *echo = message->bytes;
    uint8_t reply = (sock->family == 4) ? ICMP_ECHOREPLY : ICMPV6_ECHO_REPLY;
    const struct timespec *arrived = icmp_control(message, SOL_SOCKET, SCM_TIMESTAMPNS);
    bs_addr_t peer = icmp_peer(&message->peer);

    if (sock->raw && sock->family == 4) { /* only there the IP header is included */
        size_t skip = (len > 0) ? (size_t) (echo[0] & 15) * 4 : 0;

        skip = (skip < len) ? skip : len;
        echo += skip;
        len -= skip;
    }

    if (len == 0 || echo[0] != reply) {
        return;
    }

    icmp_packet_t *packet = icmp_find(sock, echo, len, &peer, 0);

    if (packet != NULL) {
        icmp_answer(packet, (arrived != NULL)
                                ? (int64_t) arrived->tv_sec * 1000000 + arrived->tv_nsec / 1000
                                : 0);
    }
}


static void
icmp_read_errors(icmp_socket_t *sock)
{
    icmp_message_t message;

    for (int i = 0; i < ICMP_READ_MAX; i++) {
        int len = icmp_receive(sock, &message, MSG_ERRQUEUE);

        if (len < 0) {
            return;
        }

        const struct sock_extended_err *error =
            (sock->family == 4) ? icmp_control(&message, IPPROTO_IP, IP_RECVERR)
                                : icmp_control(&message, IPPROTO_IPV6, IPV6_RECVERR);
        bs_addr_t asked = icmp_peer(&message.peer);
        icmp_packet_t *packet = icmp_find(sock, message.bytes, (size_t) len, &asked, 1);

        if (error != NULL && packet != NULL && error->ee_origin != SO_EE_ORIGIN_LOCAL) {
            icmp_refuse(packet, (int) error->ee_errno);
        }
    }
}


static void
icmp_on_poll(uv_poll_t *poll, int status, int events)
{
    icmp_socket_t *sock = poll->data;
    icmp_message_t message;

    (void) events;

    if (status < 0) { /* there are errors to read; libuv has stopped looking */
        uv_poll_start(poll, UV_READABLE, icmp_on_poll);
    }

    icmp_read_errors(sock);

    for (int i = 0; i < ICMP_READ_MAX; i++) {
        int len = icmp_receive(sock, &message, 0);

        if (len < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }

        if (len < 0) {
            icmp_read_errors(sock);
        } else {
            icmp_take_answer(sock, &message, (size_t) len);
        }
    }
}


/* --- sending -------------------------------------------------------------- */

static uint16_t
icmp_checksum(const uint8_t *bytes, size_t len)
{
    uint32_t sum = 0;

    for (size_t i = 0; i + 1 < len; i += 2) {
        sum += (uint32_t) (bytes[i] << 8 | bytes[i + 1]);
    }

    while (sum > 0xffff) {
        sum = (sum & 0xffff) + (sum >> 16);
    }

    return (uint16_t) ~sum;
}


static void
icmp_write_u16(uint8_t *to, uint16_t value)
{
    to[0] = (uint8_t) (value >> 8);
    to[1] = (uint8_t) value;
}


static void
icmp_write_packet(const icmp_socket_t *sock, const icmp_packet_t *packet,
                  uint8_t bytes[ICMP_PACKET_BYTES])
{
    memset(bytes, 0, ICMP_PACKET_BYTES);
    bytes[0] = (sock->family == 4) ? ICMP_ECHO : ICMPV6_ECHO_REQUEST;
    icmp_write_u16(bytes + 4, sock->id);
    icmp_write_u16(bytes + 6, packet->sequence);
    memcpy(bytes + ICMP_HEADER_BYTES, packet->ping->cookie, ICMP_COOKIE_BYTES);

    if (sock->family == 4) { /* ICMPv6's covers the addresses: the kernel writes it */
        icmp_write_u16(bytes + 2, icmp_checksum(bytes, ICMP_PACKET_BYTES));
    }
}


static socklen_t
icmp_sockaddr(const bs_addr_t *address, struct sockaddr_storage *to)
{
    memset(to, 0, sizeof(*to));

    if (address->family == 4) {
        to->ss_family = AF_INET;
        memcpy(&((struct sockaddr_in *) (void *) to)->sin_addr, address->bytes, 4);
        return sizeof(struct sockaddr_in);
    }

    to->ss_family = AF_INET6;
    memcpy(&((struct sockaddr_in6 *) (void *) to)->sin6_addr, address->bytes, 16);
    return sizeof(struct sockaddr_in6);
}


/* 0 or an errno. */
static int
icmp_transmit(icmp_socket_t *sock, icmp_packet_t *packet)
{
    struct sockaddr_storage to;
    socklen_t to_len = icmp_sockaddr(&packet->ping->address, &to);
    uint8_t bytes[ICMP_PACKET_BYTES];
    struct timespec wall;
    int error = 0;

    icmp_write_packet(sock, packet, bytes);

    for (int attempt = 0; attempt < 2; attempt++) {
        clock_gettime(CLOCK_REALTIME, &wall);
        packet->sent_us = clock_us();
        packet->sent_wall_us = (int64_t) wall.tv_sec * 1000000 + wall.tv_nsec / 1000;

        if (sendto(sock->fd, bytes, sizeof(bytes), MSG_DONTWAIT, (struct sockaddr *) &to, to_len)
            >= 0) {
            return 0;
        }

        error = errno;
        icmp_read_errors(sock); /* it may have been about another packet */
    }

    return error;
}


static void icmp_on_spacing(uv_timer_t *timer);


static void
icmp_send(icmp_ping_t *ping)
{
    icmp_socket_t *sock = ping->sock;
    icmp_packet_t *packet = &ping->packets[ping->result.sent++];

    packet->ping = ping;
    packet->sequence = sock->sequence++;
    packet->open = 1;
    LIST_INSERT_HEAD(&sock->buckets[packet->sequence & (ICMP_BUCKETS - 1)], packet, link);

    int error = icmp_transmit(sock, packet);

    if (ping->result.sent < ping->packets_count) {
        uv_timer_start(&ping->timer, icmp_on_spacing, (uint64_t) ping->spacing_ms, 0);
    }

    if (error != 0) {
        icmp_refuse(packet, error);
    } else {
        icmp_look(ping);
    }
}


static void
icmp_on_spacing(uv_timer_t *timer)
{
    icmp_send(timer->data);
}


/* --- sockets -------------------------------------------------------------- */

static void
icmp_set_options(const icmp_socket_t *sock)
{
    static const int on = 1;
    static const int receive_buffer = ICMP_RECEIVE_BUFFER;

    setsockopt(sock->fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof(on));
    setsockopt(sock->fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof(receive_buffer));

    if (sock->family == 4) {
        struct icmp_filter filter = {~(1u << ICMP_ECHOREPLY)};

        setsockopt(sock->fd, IPPROTO_IP, IP_RECVERR, &on, sizeof(on));

        if (sock->raw) {
            setsockopt(sock->fd, SOL_RAW, ICMP_FILTER, &filter, sizeof(filter));
        }

        return;
    }

    struct icmp6_filter filter;

    memset(&filter, 0xff, sizeof(filter)); /* a bit says: not this type */
    filter.data[ICMPV6_ECHO_REPLY >> 5] &= ~(1u << (ICMPV6_ECHO_REPLY & 31));
    setsockopt(sock->fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof(on));

    if (sock->raw) {
        setsockopt(sock->fd, IPPROTO_ICMPV6, ICMPV6_FILTER, &filter, sizeof(filter));
    }
}


/* 0 or an errno. */
static int
icmp_open(icmp_socket_t *sock)
{
    int domain = (sock->family == 4) ? AF_INET : AF_INET6;
    int protocol = (sock->family == 4) ? (int) IPPROTO_ICMP : (int) IPPROTO_ICMPV6;

    if (sock->fd >= 0) {
        return 0;
    }

    sock->raw = 0;
    sock->fd = socket(domain, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);

    if (sock->fd < 0) {
        sock->raw = 1;
        sock->fd = socket(domain, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol);
    }

    if (sock->fd < 0) {
        return errno;
    }

    icmp_set_options(sock);

    if (getrandom(&sock->id, sizeof(sock->id), 0) != sizeof(sock->id)
        || getrandom(&sock->sequence, sizeof(sock->sequence), 0) != sizeof(sock->sequence)
        || uv_poll_init(sock->icmp->loop, &sock->poll, sock->fd) != 0)
    {
        close(sock->fd);
        sock->fd = -1;
        return ENOMEM;
    }

    sock->poll.data = sock;
    sock->icmp->handles++;
    uv_poll_start(&sock->poll, UV_READABLE, icmp_on_poll);
    uv_unref((uv_handle_t *) &sock->poll); /* waiting for strangers is no work */
    return 0;
}


/* --- the public face ------------------------------------------------------ */

icmp_t *
icmp_create(uv_loop_t *loop)
{
    icmp_t *icmp = calloc(1, sizeof(*icmp));

    if (icmp == NULL) {
        return NULL;
    }

    icmp->loop = loop;

    for (int i = 0; i < 2; i++) {
        icmp->sockets[i].icmp = icmp;
        icmp->sockets[i].family = (i == 0) ? 4 : 6;
        icmp->sockets[i].fd = -1;
    }

    return icmp;
}


static void
icmp_on_socket_closed(uv_handle_t *handle)
{
    icmp_socket_t *sock = handle->data;
    icmp_t *icmp = sock->icmp;

    close(sock->fd);

    if (--icmp->handles == 0) {
        free(icmp);
    }
}


void
icmp_destroy(icmp_t *icmp)
{
    if (icmp->handles == 0) {
        free(icmp);
        return;
    }

    for (int i = 0; i < 2; i++) {
        if (icmp->sockets[i].fd >= 0) {
            uv_close((uv_handle_t *) &icmp->sockets[i].poll, icmp_on_socket_closed);
        }
    }
}


icmp_ping_t *
icmp_start(icmp_t *icmp, const bs_addr_t *address, unsigned packets, int64_t spacing_ms,
           icmp_done_cb done, void *data, int *error)
{
    icmp_socket_t *sock = &icmp->sockets[address->family == 6];
    icmp_ping_t *ping;

    *error = icmp_open(sock);

    if (*error != 0) {
        return NULL;
    }

    ping = calloc(1, sizeof(*ping));

    if (ping == NULL || getrandom(ping->cookie, sizeof(ping->cookie), 0) != ICMP_COOKIE_BYTES) {
        free(ping);
        *error = ENOMEM;
        return NULL;
    }

    ping->sock = sock;
    ping->address = *address;
    ping->packets_count = (packets < ICMP_PACKETS_MAX) ? packets : ICMP_PACKETS_MAX;
    ping->spacing_ms = spacing_ms;
    ping->done = done;
    ping->data = data;

    for (int i = 0; i < ICMP_PACKETS_MAX; i++) {
        ping->result.rtt_us[i] = -1;
    }

    uv_timer_init(icmp->loop, &ping->timer);
    ping->timer.data = ping;
    icmp_send(ping);
    return ping;
}


const icmp_result_t *
icmp_result(const icmp_ping_t *ping)
{
    return &ping->result;
}


static void
icmp_on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}


void
icmp_cancel(icmp_ping_t *ping)
{
    for (unsigned i = 0; i < ping->result.sent; i++) {
        LIST_REMOVE(&ping->packets[i], link);
    }

    ping->done = NULL;
    uv_close((uv_handle_t *) &ping->timer, icmp_on_timer_closed);
}
