
/*
 * A socket for each question, closed with the answer: what comes late belongs
 * to nobody.  A control that cannot even be asked (no route, no descriptor) is
 * silent; control_tick() notes it when its time is over.
 */

#include "control.h"

#include "clock.h"
#include "log.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/icmp6.h>
#include <netinet/ip_icmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define CONTROL_DNS_PORT 53
#define CONTROL_DNS_BYTES 17
#define CONTROL_PACKET_MAX 512
#define CONTROL_RCODE_SERVFAIL 2


/* --- addresses ------------------------------------------------------------ */

static socklen_t
control_fill_address(struct sockaddr_storage *storage, const bs_addr_t *address, uint16_t port,
                     unsigned scope)
{
    struct sockaddr_in *v4 = (struct sockaddr_in *) storage;
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *) storage;

    memset(storage, 0, sizeof(*storage));

    if (address->family == 4) {
        v4->sin_family = AF_INET;
        v4->sin_port = htons(port);
        memcpy(&v4->sin_addr, address->bytes, 4);
        return sizeof(*v4);
    }

    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(port);
    v6->sin6_scope_id = scope;
    memcpy(&v6->sin6_addr, address->bytes, 16);
    return sizeof(*v6);
}


/* A datagram socket binds to addresses of this host only, and connects only where a route leads. */
static int
control_try(const bs_addr_t *address, int (*call)(int, const struct sockaddr *, socklen_t))
{
    struct sockaddr_storage storage;
    socklen_t len = control_fill_address(&storage, address, 0, 0);
    int fd = socket(storage.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);

    if (fd < 0) {
        return -errno;
    }

    int error = (call(fd, (struct sockaddr *) &storage, len) == 0) ? 0 : -errno;

    close(fd);
    return error;
}


health_reach_t
control_reach(const bs_addr_t *address)
{
    health_reach_t reach = health_reach(address);

    return (reach != HEALTH_HERE && control_try(address, bind) == 0) ? HEALTH_HERE : reach;
}


int
control_has_route(const bs_addr_t *address)
{
    int error = control_try(address, connect);

    return error != -ENETUNREACH && error != -EHOSTUNREACH && error != -EADDRNOTAVAIL
           && error != -EAFNOSUPPORT;
}


/* --- what to ask ---------------------------------------------------------- */

void
control_set(control_t *control, control_kind_t kind, const bs_addr_t *address, uint16_t port,
            const char *what)
{
    char text[BS_ADDR_TEXT_MAX];

    bs_addr_format(address, text);
    control->kind = kind;
    control->address = *address;
    control->port = port;
    control->state.reach = control_reach(address);
    snprintf(control->label, sizeof(control->label), "%s %s%s", what, text,
             (kind == CONTROL_PING) ? " (ping)" : "");
}


/* ADDRESS, ADDRESS:PORT or [ADDRESS]:PORT. */
static int
control_parse_place(const char *text, bs_addr_t *address, uint16_t *port)
{
    const char *end = (*text == '[') ? strchr(text, ']') : strrchr(text, ':');
    int bracket = (*text == '[');
    char *rest;

    if (bs_addr_parse(text, strlen(text), address) == 0) {
        return 0;
    }

    if (end == NULL || bs_addr_parse(text + bracket, (size_t) (end - text - bracket), address) != 0)
    {
        return -1;
    }

    end += bracket;

    if (*end == '\0' && bracket) {
        return 0;
    }

    if (*end != ':' || end[1] < '0' || end[1] > '9') {
        return -1;
    }

    unsigned long number = strtoul(end + 1, &rest, 10);

    *port = (uint16_t) number;
    return (*rest == '\0' && number >= 1 && number <= 65535) ? 0 : -1;
}


int
control_parse(control_t *control, const char *word, const char **error)
{
    static const struct {
        const char *scheme;
        control_kind_t kind;
        uint16_t port; /* 0: must be given */
        const char *what;
    } kinds[] = {
        {"dns:", CONTROL_DNS, CONTROL_DNS_PORT, "name server"},
        {"tcp:", CONTROL_TCP, 0, "host"},
        {"http://", CONTROL_TCP, 80, "host"},
        {"https://", CONTROL_TCP, 443, "host"},
    };

    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        size_t len = strlen(kinds[i].scheme);
        uint16_t port = kinds[i].port;
        bs_addr_t address;

        if (strncmp(word, kinds[i].scheme, len) != 0) {
            continue;
        }

        if (control_parse_place(word + len, &address, &port) != 0 || port == 0) {
            *error = "needs an address (no name) and, for tcp:, a port";
            return -1;
        }

        control_set(control, kinds[i].kind, &address, port, kinds[i].what);

        if (control->state.reach == HEALTH_NEAR) {
            control->state.reach = HEALTH_FAR; /* whoever names it knows what it proves */
        }

        return 0;
    }

    *error = "is none of dns:ADDRESS, tcp:ADDRESS:PORT, https://ADDRESS, gateway, hub, resolvers";
    return -1;
}


/* --- sockets -------------------------------------------------------------- */

static int
control_socket(const control_t *control)
{
    int v4 = control->address.family == 4;
    int family = v4 ? AF_INET : AF_INET6;
    int flags = SOCK_NONBLOCK | SOCK_CLOEXEC;
    int icmp = v4 ? IPPROTO_ICMP : IPPROTO_ICMPV6;

    if (control->kind == CONTROL_TCP) {
        return socket(family, SOCK_STREAM | flags, 0);
    }

    if (control->kind == CONTROL_DNS) {
        return socket(family, SOCK_DGRAM | flags, 0);
    }

    int fd = socket(family, SOCK_DGRAM | flags, icmp); /* for everybody, where it is allowed */

    return (fd >= 0) ? fd : socket(family, SOCK_RAW | flags, icmp);
}


static void
control_on_closed(uv_handle_t *handle)
{
    free(handle);
}


void
control_stop(control_t *control)
{
    control->asking = 0;

    if (control->poll != NULL) {
        uv_close((uv_handle_t *) control->poll, control_on_closed);
        close(control->fd);
        control->poll = NULL;
    }
}


/* --- packets -------------------------------------------------------------- */

/* Which name servers serve the root: every one that works knows. */
static size_t
control_write_question(const control_t *control, uint8_t *packet)
{
    static const uint8_t rest[CONTROL_DNS_BYTES - 2] = {0x01, 0, 0, 1, 0, 0, 0, 0,
                                                        0,    0, 0, 0, 2, 0, 1};

    packet[0] = (uint8_t) (control->id >> 8);
    packet[1] = (uint8_t) control->id;
    memcpy(packet + 2, rest, sizeof(rest));
    return CONTROL_DNS_BYTES;
}


/* The kernel puts in the identifier of a datagram socket, and both sums of IPv6. */
static size_t
control_write_echo(const control_t *control, uint8_t *packet)
{
    uint32_t sum = 0;

    memset(packet, 0, 8);
    packet[0] = (control->address.family == 4) ? ICMP_ECHO : ICMP6_ECHO_REQUEST;
    packet[6] = (uint8_t) (control->id >> 8);
    packet[7] = (uint8_t) control->id;

    for (int i = 0; i < 8; i += 2) {
        sum += (uint32_t) (packet[i] << 8 | packet[i + 1]);
    }

    sum = ~((sum & 0xffff) + (sum >> 16));
    packet[2] = (uint8_t) (sum >> 8);
    packet[3] = (uint8_t) sum;
    return 8;
}


static void
control_send(const control_t *control)
{
    uint8_t packet[CONTROL_PACKET_MAX];
    size_t len = (control->kind == CONTROL_DNS) ? control_write_question(control, packet)
                                                : control_write_echo(control, packet);

    /* what cannot be sent is not answered */
    (void) !send(control->fd, packet, len, MSG_NOSIGNAL);
}


static int
control_is_my_answer(const control_t *control, const uint8_t *packet, size_t len)
{
    return len >= 12 && packet[0] == control->id >> 8 && packet[1] == (control->id & 0xff)
           && (packet[2] & 0x80) != 0;
}


static int
control_is_my_echo(const control_t *control, const uint8_t *packet, size_t len)
{
    uint8_t reply = (control->address.family == 4) ? ICMP_ECHOREPLY : ICMP6_ECHO_REPLY;

    /* a raw IPv4 socket hands over the IP header, too */
    if (control->address.family == 4 && len > 0 && packet[0] >> 4 == 4) {
        size_t header = (size_t) (packet[0] & 0x0f) * 4;

        if (header > len) {
            return 0;
        }

        packet += header;
        len -= header;
    }

    return len >= 8 && packet[0] == reply && packet[6] == control->id >> 8
           && packet[7] == (control->id & 0xff);
}


/* --- answers -------------------------------------------------------------- */

static void
control_answered(control_t *control, int serves)
{
    int64_t now_us = clock_us();

    control_stop(control);

    if (control->state.answered_us == 0) {
        log_debug("health", "%s answers: from now on its silence counts", control->label);
    }

    control->state.answered_us = now_us;
    control->state.silent_us = 0;
    control->state.mute_us = 0;

    if (serves) {
        control->state.served_us = now_us;
        control->state.serves = 1;
    }

    control->on_answer(control->data, control);
}


/* Reads what came; an answer that is not ours is nobody's. */
static void
control_read(control_t *control)
{
    uint8_t packet[CONTROL_PACKET_MAX];
    ssize_t got = recv(control->fd, packet, sizeof(packet), 0);

    if (got < 0) {
        /* nobody listens there, but somebody says so; as a name server it is of no use */
        if (errno == ECONNREFUSED) {
            control_answered(control, 0);
        }

        return;
    }

    if (control->kind == CONTROL_PING && control_is_my_echo(control, packet, (size_t) got)) {
        control_answered(control, 0);

    } else if (control->kind == CONTROL_DNS && control_is_my_answer(control, packet, (size_t) got))
    {
        /* one that never did anything else may have this question forbidden */
        int fails = (packet[3] & 0x0f) == CONTROL_RCODE_SERVFAIL && control->state.serves;

        control_answered(control, !fails);
    }
}


static void
control_on_connected(control_t *control)
{
    int error = 0;
    socklen_t len = sizeof(error);

    getsockopt(control->fd, SOL_SOCKET, SO_ERROR, &error, &len);

    if (error == 0 || error == ECONNREFUSED || error == ECONNRESET) {
        control_answered(control, 0);
        return;
    }

    uv_poll_stop(control->poll); /* unreachable: silent until its time is over */
}


static void
control_on_poll(uv_poll_t *poll, int status, int events)
{
    control_t *control = poll->data;

    (void) events;

    if (control->kind == CONTROL_TCP) {
        control_on_connected(control);
        return;
    }

    if (status < 0) {
        uv_poll_start(poll, UV_READABLE, control_on_poll); /* libuv has stopped it */
    }

    control_read(control);
}


static int
control_open(control_t *control)
{
    struct sockaddr_storage storage;
    socklen_t len =
        control_fill_address(&storage, &control->address, control->port, control->scope);
    int fd = control_socket(control);

    if (fd < 0) {
        return -1;
    }

    if (connect(fd, (struct sockaddr *) &storage, len) != 0 && errno != EINPROGRESS
        && errno != ECONNREFUSED)
    {
        close(fd);
        return -1;
    }

    control->poll = malloc(sizeof(*control->poll));

    if (control->poll == NULL || uv_poll_init(control->loop, control->poll, fd) != 0) {
        free(control->poll);
        control->poll = NULL;
        close(fd);
        return -1;
    }

    control->fd = fd;
    control->poll->data = control;
    return 0;
}


void
control_ask(control_t *control, int64_t now_us)
{
    control->asking = 1;
    control->asked_us = now_us;
    control->deadline_us = now_us + CONTROL_DEADLINE_MS * 1000;
    control->sent_again = 0;
    control->id++;

    if (control->address.family == 0 || control_open(control) != 0) {
        return;
    }

    uv_unref((uv_handle_t *) control->poll);
    uv_poll_start(control->poll, (control->kind == CONTROL_TCP) ? UV_WRITABLE : UV_READABLE,
                  control_on_poll);

    if (control->kind != CONTROL_TCP) {
        control_send(control);
    }
}


void
control_tick(control_t *control, int64_t now_us)
{
    if (!control->asking) {
        return;
    }

    if (now_us >= control->deadline_us) {
        control->state.silent_us = control->asked_us;

        if (control->state.mute_us == 0) {
            control->state.mute_us = control->asked_us;
        }

        control_stop(control);
        return;
    }

    if (!control->sent_again && control->poll != NULL && control->kind != CONTROL_TCP
        && now_us >= control->deadline_us - (CONTROL_DEADLINE_MS - CONTROL_AGAIN_MS) * 1000)
    {
        control->sent_again = 1;
        control_send(control);
    }
}
