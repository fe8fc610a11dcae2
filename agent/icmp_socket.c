
/*
 * All differences between the two families and the two kinds of sockets end
 * here.
 */

#include "icmp_socket.h"

#include <errno.h>
#include <time.h> /* the next needs it, and does not say so */

#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#define ICMP_RECEIVE_BUFFER 262144
#define ICMP_HEADER_BYTES 8
#define ICMP_PACKET_BYTES 64 /* as ping's */
#define ICMP_IP_HEADER_MAX 60

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


static int
icmp_receive(const icmp_socket_t *sock, icmp_message_t *message, int flags)
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


/* `echo` begins with the ICMP header. */
static int
icmp_take_echo(const icmp_socket_t *sock, const uint8_t *echo, size_t len, icmp_event_t *event)
{
    if (len < ICMP_HEADER_BYTES) {
        return 0;
    }

    if (sock->raw && (echo[4] << 8 | echo[5]) != sock->id) {
        return 0;
    }

    event->sequence = (uint16_t) (echo[6] << 8 | echo[7]);
    event->has_cookie = len >= ICMP_HEADER_BYTES + ICMP_COOKIE_BYTES;

    if (event->has_cookie) {
        memcpy(event->cookie, echo + ICMP_HEADER_BYTES, ICMP_COOKIE_BYTES);
    }

    return 1;
}


int
icmp_socket_read(const icmp_socket_t *sock, icmp_event_t *event)
{
    uint8_t reply = (sock->family == 4) ? ICMP_ECHOREPLY : ICMPV6_ECHO_REPLY;
    icmp_message_t message;
    int received = icmp_receive(sock, &message, 0);

    if (received < 0) {
        return -1;
    }

    const struct timespec *arrived = icmp_control(&message, SOL_SOCKET, SCM_TIMESTAMPNS);
    const uint8_t *echo = message.bytes;
    size_t len = (size_t) received;

    if (sock->raw && sock->family == 4) { /* only there the IP header is included */
        size_t skip = (len > 0) ? (size_t) (echo[0] & 15) * 4 : 0;

        skip = (skip < len) ? skip : len;
        echo += skip;
        len -= skip;
    }

    *event = (icmp_event_t){.peer = icmp_peer(&message.peer)};

    if (arrived != NULL) {
        event->arrived_wall_us = (int64_t) arrived->tv_sec * 1000000 + arrived->tv_nsec / 1000;
    }

    return len > 0 && echo[0] == reply && icmp_take_echo(sock, echo, len, event)
           && event->has_cookie;
}


int
icmp_socket_read_error(const icmp_socket_t *sock, icmp_event_t *event)
{
    icmp_message_t message;
    int len = icmp_receive(sock, &message, MSG_ERRQUEUE);

    if (len < 0) {
        return -1;
    }

    const struct sock_extended_err *error =
        (sock->family == 4) ? icmp_control(&message, IPPROTO_IP, IP_RECVERR)
                            : icmp_control(&message, IPPROTO_IPV6, IPV6_RECVERR);

    *event = (icmp_event_t){.peer = icmp_peer(&message.peer)};

    if (error == NULL || error->ee_origin == SO_EE_ORIGIN_LOCAL) {
        return 0;
    }

    event->os_error = (int) error->ee_errno;
    return icmp_take_echo(sock, message.bytes, (size_t) len, event);
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


int
icmp_socket_send(const icmp_socket_t *sock, const bs_addr_t *to, uint16_t sequence,
                 const uint8_t cookie[ICMP_COOKIE_BYTES])
{
    struct sockaddr_storage address;
    socklen_t address_len = icmp_sockaddr(to, &address);
    uint8_t bytes[ICMP_PACKET_BYTES] = {0};

    bytes[0] = (sock->family == 4) ? ICMP_ECHO : ICMPV6_ECHO_REQUEST;
    icmp_write_u16(bytes + 4, sock->id);
    icmp_write_u16(bytes + 6, sequence);
    memcpy(bytes + ICMP_HEADER_BYTES, cookie, ICMP_COOKIE_BYTES);

    if (sock->family == 4) { /* ICMPv6's covers the addresses: the kernel writes it */
        icmp_write_u16(bytes + 2, icmp_checksum(bytes, sizeof(bytes)));
    }

    ssize_t sent = sendto(sock->fd, bytes, sizeof(bytes), MSG_DONTWAIT,
                          (struct sockaddr *) &address, address_len);

    return (sent >= 0) ? 0 : errno;
}


/* --- opening -------------------------------------------------------------- */

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


int
icmp_socket_open(icmp_socket_t *sock)
{
    int domain = (sock->family == 4) ? AF_INET : AF_INET6;
    int protocol = (sock->family == 4) ? (int) IPPROTO_ICMP : (int) IPPROTO_ICMPV6;

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

    if (getrandom(&sock->id, sizeof(sock->id), 0) != sizeof(sock->id)) {
        close(sock->fd);
        sock->fd = -1;
        return ENOMEM;
    }

    return 0;
}
