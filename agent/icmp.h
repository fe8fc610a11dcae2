
/*
 * Echo requests over ICMP and ICMPv6 on the event loop.
 *
 * One socket a family serves all pings: a raw socket sees every ICMP packet of
 * the machine, so one for each ping would cost the square of their number.  It
 * is opened by the first ping: unprivileged if the kernel lets this account
 * (net.ipv4.ping_group_range), else raw, which needs CAP_NET_RAW.
 *
 * An answer counts if it comes from the address that was asked, carries the
 * ping's random cookie and answers a packet that has had no answer yet.
 */

#ifndef ICMP_H
#define ICMP_H

#include "bs_addr.h"

#include <uv.h>

#define ICMP_PACKETS_MAX 10

typedef struct icmp icmp_t;
typedef struct icmp_ping icmp_ping_t;

typedef struct {
    unsigned sent;
    unsigned received;
    unsigned duplicates;
    int os_error; /* the last that sending met or that came back from the way; 0: none */
    int32_t rtt_us[ICMP_PACKETS_MAX]; /* -1: no answer */
} icmp_result_t;

typedef void (*icmp_done_cb)(void *data);

/* Opens no socket yet.  NULL when out of memory. */
icmp_t *icmp_create(uv_loop_t *loop);
/* All pings must be cancelled; the loop must run once more. */
void icmp_destroy(icmp_t *icmp);

/*
 * Sends `packets` echo requests, one each `spacing_ms`, the first at once.
 * done runs once, from the loop, never inside this call: when all are answered
 * or refused, or some are and the others are late.  Without any answer it waits for
 * ever: the deadline is the caller's.  The ping lives until icmp_cancel().
 * NULL with *error an errno: EPERM or EACCES if neither kind of socket is allowed.
 */
icmp_ping_t *icmp_start(icmp_t *icmp, const bs_addr_t *address, unsigned packets,
                        int64_t spacing_ms, icmp_done_cb done, void *data, int *error);

const icmp_result_t *icmp_result(const icmp_ping_t *ping);
void icmp_cancel(icmp_ping_t *ping);

#endif
