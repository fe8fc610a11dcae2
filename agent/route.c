
/* The kernel looks a route up when a UDP socket is connected, and sends nothing. */

#include "route.h"

#include "sockaddr.h"

#include <errno.h>
#include <unistd.h>

#define ROUTE_PORT 9 /* any */


int
route_try(const bs_addr_t *address)
{
    struct sockaddr_storage to;
    socklen_t len = sockaddr_fill(&to, address, ROUTE_PORT);
    int fd = socket(to.ss_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int os_error = 0;

    if (fd < 0) {
        return errno;
    }

    if (connect(fd, (struct sockaddr *) (void *) &to, len) != 0) {
        os_error = errno;
    }

    close(fd);
    return os_error;
}


int
route_is_missing(int os_error)
{
    return os_error == ENETUNREACH || os_error == EHOSTUNREACH || os_error == EADDRNOTAVAIL
           || os_error == EAFNOSUPPORT;
}
