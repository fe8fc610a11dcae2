
/* A judged address and a port as the kernel wants them. */

#ifndef SOCKADDR_H
#define SOCKADDR_H

#include "bs_addr.h"

#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

/* Returns the length. */
static inline socklen_t
sockaddr_fill(struct sockaddr_storage *out, const bs_addr_t *address, uint16_t port)
{
    memset(out, 0, sizeof(*out));

    if (address->family == 6) {
        struct sockaddr_in6 *in6 = (struct sockaddr_in6 *) (void *) out;

        in6->sin6_family = AF_INET6;
        in6->sin6_port = htons(port);
        memcpy(&in6->sin6_addr, address->bytes, 16);
        return sizeof(*in6);
    }

    struct sockaddr_in *in = (struct sockaddr_in *) (void *) out;

    in->sin_family = AF_INET;
    in->sin_port = htons(port);
    memcpy(&in->sin_addr, address->bytes, 4);
    return sizeof(*in);
}

#endif
