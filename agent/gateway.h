
/* The default gateways of this host, from the kernel's route tables in /proc. */

#ifndef GATEWAY_H
#define GATEWAY_H

#include "bs_addr.h"

#define GATEWAY_MAX 4

typedef struct {
    bs_addr_t address;
    unsigned scope; /* the interface, for a link-local address */
} gateway_t;

/* How many there are; without /proc none. */
unsigned gateway_read(gateway_t gateways[GATEWAY_MAX]);

/* A line of /proc/net/route or ipv6_route: 1 if it is of a default gateway.  Pure. */
int gateway_parse_v4(const char *line, bs_addr_t *address);
int gateway_parse_v6(const char *line, bs_addr_t *address, char interface[32]);

#endif
