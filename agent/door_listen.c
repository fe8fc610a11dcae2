
/* Where the door listens. */

#include "door.h"

#include "bs_addr.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#define DOOR_BACKLOG 64


static int
door_listen_on(const struct sockaddr *address, socklen_t len, const char *shown, char *error)
{
    int one = 1;
    int zero = 0;
    int fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);

    if (fd >= 0) {
        setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof(one));

        if (address->sa_family == AF_INET6) {
            setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &zero, sizeof(zero));
        }
    }

    if (fd < 0 || bind(fd, address, len) != 0 || listen(fd, DOOR_BACKLOG) != 0) {
        snprintf(error, DOOR_ERROR_MAX, "%.300s: %s", shown, strerror(errno));

        if (fd >= 0) {
            close(fd);
        }

        return -1;
    }

    return fd;
}


int
door_listen(const char *address, char error[DOOR_ERROR_MAX])
{
    const char *colon = strrchr(address, ':');
    bs_addr_t addr = {.family = 4};
    char *end = NULL;
    long port = (colon != NULL) ? strtol(colon + 1, &end, 10) : 0;
    size_t len = (colon != NULL) ? (size_t) (colon - address) : 0;
    const char *host = address;

    if (len >= 2 && host[0] == '[' && host[len - 1] == ']') {
        host++;
        len -= 2;
    }

    if (colon == NULL || end == colon + 1 || *end != '\0' || port < 1 || port > 65535
        || (len > 0 && bs_addr_parse(host, len, &addr) != 0))
    {
        snprintf(error, DOOR_ERROR_MAX,
                 "\"%.300s\" is not an address and port such as 127.0.0.1:9115", address);
        return -1;
    }

    if (len == 0) {
        addr = (bs_addr_t){.family = 6}; /* everybody: both kinds of address */
    }

    struct sockaddr_in6 six = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t) port)};
    struct sockaddr_in four = {.sin_family = AF_INET, .sin_port = htons((uint16_t) port)};

    memcpy(&six.sin6_addr, addr.bytes, 16);
    memcpy(&four.sin_addr, addr.bytes, 4);
    int fd = (addr.family == 6)
                 ? door_listen_on((struct sockaddr *) &six, sizeof(six), address, error)
                 : door_listen_on((struct sockaddr *) &four, sizeof(four), address, error);

    /* there may be no IPv6 at all */
    if (fd < 0 && len == 0 && errno == EAFNOSUPPORT) {
        return door_listen_on((struct sockaddr *) &four, sizeof(four), address, error);
    }

    return fd;
}


int
door_listen_local(const char *path, char error[DOOR_ERROR_MAX])
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};

    if (strlen(path) >= sizeof(address.sun_path)) {
        snprintf(error, DOOR_ERROR_MAX, "%.300s: longer than a socket's name may be", path);
        return -1;
    }

    strcpy(address.sun_path, path);

    /* the state directory is locked by us: whoever made this is gone */
    unlink(path);

    mode_t before = umask(0177);
    int fd = door_listen_on((struct sockaddr *) &address, sizeof(address), path, error);

    umask(before);
    return fd;
}
