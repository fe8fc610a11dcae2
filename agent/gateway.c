
/* IPv4 addresses stand there as numbers of the machine's byte order, IPv6 ones as bytes. */

#include "gateway.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

#define GATEWAY_LINES_MAX 1000 /* of a table; routers have many, and defaults stand first */
#define GATEWAY_LINE_MAX 256
#define GATEWAY_FLAG 2 /* RTF_GATEWAY */


int
gateway_parse_v4(const char *line, bs_addr_t *address)
{
    unsigned destination;
    unsigned gateway;
    unsigned flags;
    unsigned mask;

    if (sscanf(line, "%*31s %8x %8x %4x %*u %*u %*u %8x", &destination, &gateway, &flags, &mask)
            != 4
        || destination != 0 || mask != 0 || (flags & GATEWAY_FLAG) == 0 || gateway == 0)
    {
        return 0;
    }

    memset(address, 0, sizeof(*address));
    address->family = 4;
    memcpy(address->bytes, &gateway, 4);
    return 1;
}


int
gateway_parse_v6(const char *line, bs_addr_t *address, char interface[32])
{
    char destination[33];
    char gateway[33];
    unsigned bits;
    unsigned flags;

    if (sscanf(line, "%32s %2x %*32s %*2x %32s %*x %*x %*x %x %31s", destination, &bits, gateway,
               &flags, interface)
            != 5
        || bits != 0 || (flags & GATEWAY_FLAG) == 0 || strspn(destination, "0") != 32
        || strlen(gateway) != 32)
    {
        return 0;
    }

    memset(address, 0, sizeof(*address));
    address->family = 6;

    for (int i = 0; i < 16; i++) {
        unsigned byte;

        if (sscanf(gateway + 2 * i, "%2x", &byte) != 1) {
            return 0;
        }

        address->bytes[i] = (uint8_t) byte;
    }

    return 1;
}


static unsigned
gateway_add(gateway_t *gateways, unsigned count, const bs_addr_t *address, unsigned scope)
{
    for (unsigned i = 0; i < count; i++) {
        if (bs_addr_equal(&gateways[i].address, address)) {
            return count;
        }
    }

    gateways[count] = (gateway_t){*address, scope};
    return count + 1;
}


unsigned
gateway_read(gateway_t gateways[GATEWAY_MAX])
{
    static const char *const paths[] = {"/proc/net/route", "/proc/net/ipv6_route"};
    char line[GATEWAY_LINE_MAX];
    char interface[32];
    unsigned count = 0;

    for (int v6 = 0; v6 < 2; v6++) {
        FILE *file = fopen(paths[v6], "re");
        unsigned lines = 0;
        bs_addr_t address;

        while (file != NULL && count < GATEWAY_MAX && lines++ < GATEWAY_LINES_MAX
               && fgets(line, sizeof(line), file) != NULL)
        {
            if (!v6 && gateway_parse_v4(line, &address)) {
                count = gateway_add(gateways, count, &address, 0);

            } else if (v6 && gateway_parse_v6(line, &address, interface)) {
                count = gateway_add(gateways, count, &address, if_nametoindex(interface));
            }
        }

        if (file != NULL) {
            fclose(file);
        }
    }

    return count;
}
