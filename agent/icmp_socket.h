
/* One ICMP or ICMPv6 socket: what goes out and comes in as echo packets, in plain terms. */

#ifndef ICMP_SOCKET_H
#define ICMP_SOCKET_H

#include "bs_addr.h"

#define ICMP_COOKIE_BYTES 16

typedef struct {
    int family; /* 4 or 6 */
    int fd;     /* -1: not open */
    int raw;
    uint16_t id; /* raw only: else the kernel's */
} icmp_socket_t;

typedef struct {
    bs_addr_t peer; /* who answered; of an error, who was asked */
    uint16_t sequence;
    int has_cookie; /* a router may quote no more than a packet's header */
    uint8_t cookie[ICMP_COOKIE_BYTES];
    int64_t arrived_wall_us; /* the kernel's word; 0: none */
    int os_error;            /* of an error */
} icmp_event_t;

/* Unprivileged if possible, else raw.  0, or an errno. */
int icmp_socket_open(icmp_socket_t *sock);

/* 0, or an errno, which may be about an earlier packet. */
int icmp_socket_send(const icmp_socket_t *sock, const bs_addr_t *to, uint16_t sequence,
                     const uint8_t cookie[ICMP_COOKIE_BYTES]);

/* 1: an event; 0: something that is none of ours; -1 with errno set. */
int icmp_socket_read(const icmp_socket_t *sock, icmp_event_t *event);
int icmp_socket_read_error(const icmp_socket_t *sock, icmp_event_t *event);

#endif
