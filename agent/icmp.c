
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
#include "icmp_socket.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>
#include <sys/random.h>
#include <unistd.h>

#define ICMP_BUCKETS 1024 /* a power of two */
#define ICMP_READ_MAX 256 /* packets in one turn of the loop */
#define ICMP_LATE_MS 1000 /* a packet is lost when others came back and this one not for so long */
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
    icmp_socket_t sock;
    uint16_t sequence;
    uv_poll_t poll;
    LIST_HEAD(, icmp_packet) buckets[ICMP_BUCKETS];
} icmp_family_t;

struct icmp {
    uv_loop_t *loop;
    unsigned handles; /* to be closed before it is freed */
    icmp_family_t families[2];
};

struct icmp_ping {
    icmp_family_t *family;
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

static icmp_packet_t *
icmp_find(icmp_family_t *family, const icmp_event_t *event)
{
    icmp_packet_t *packet;

    LIST_FOREACH(packet, &family->buckets[event->sequence & (ICMP_BUCKETS - 1)], link)
    {
        const icmp_ping_t *ping = packet->ping;

        if (packet->sequence == event->sequence && bs_addr_equal(&ping->address, &event->peer)
            && (!event->has_cookie || memcmp(event->cookie, ping->cookie, ICMP_COOKIE_BYTES) == 0))
        {
            return packet;
        }
    }

    return NULL;
}


static void
icmp_read_errors(icmp_family_t *family)
{
    icmp_event_t event;
    int read;

    for (int i = 0; i < ICMP_READ_MAX; i++) {
        read = icmp_socket_read_error(&family->sock, &event);

        if (read < 0) {
            return;
        }

        icmp_packet_t *packet = (read == 1) ? icmp_find(family, &event) : NULL;

        if (packet != NULL) {
            icmp_refuse(packet, event.os_error);
        }
    }
}


static void
icmp_on_poll(uv_poll_t *poll, int status, int events)
{
    icmp_family_t *family = poll->data;
    icmp_event_t event;

    (void) events;

    if (status < 0) { /* there are errors to read; libuv has stopped looking */
        uv_poll_start(poll, UV_READABLE, icmp_on_poll);
    }

    icmp_read_errors(family);

    for (int i = 0; i < ICMP_READ_MAX; i++) {
        int read = icmp_socket_read(&family->sock, &event);

        if (read < 0 && (errno == EAGAIN || errno == EINTR)) {
            return;
        }

        if (read < 0) {
            icmp_read_errors(family);
            continue;
        }

        icmp_packet_t *packet = (read == 1) ? icmp_find(family, &event) : NULL;

        if (packet != NULL) {
            icmp_answer(packet, event.arrived_wall_us);
        }
    }
}


/* --- sending -------------------------------------------------------------- */

/* 0 or an errno. */
static int
icmp_transmit(icmp_family_t *family, icmp_packet_t *packet)
{
    const icmp_ping_t *ping = packet->ping;
    struct timespec wall;
    int error = 0;

    for (int attempt = 0; attempt < 2; attempt++) {
        clock_gettime(CLOCK_REALTIME, &wall);
        packet->sent_us = clock_us();
        packet->sent_wall_us = (int64_t) wall.tv_sec * 1000000 + wall.tv_nsec / 1000;
        error = icmp_socket_send(&family->sock, &ping->address, packet->sequence, ping->cookie);

        if (error == 0) {
            return 0;
        }

        icmp_read_errors(family); /* it may have been about another packet */
    }

    return error;
}


static void icmp_on_spacing(uv_timer_t *timer);


static void
icmp_send(icmp_ping_t *ping)
{
    icmp_family_t *family = ping->family;
    icmp_packet_t *packet = &ping->packets[ping->result.sent++];

    packet->ping = ping;
    packet->sequence = family->sequence++;
    packet->open = 1;
    LIST_INSERT_HEAD(&family->buckets[packet->sequence & (ICMP_BUCKETS - 1)], packet, link);

    int error = icmp_transmit(family, packet);

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

/* 0 or an errno. */
static int
icmp_open(icmp_family_t *family)
{
    if (family->sock.fd >= 0) {
        return 0;
    }

    int error = icmp_socket_open(&family->sock);

    if (error != 0) {
        return error;
    }

    if (getrandom(&family->sequence, sizeof(family->sequence), 0) != sizeof(family->sequence)
        || uv_poll_init(family->icmp->loop, &family->poll, family->sock.fd) != 0)
    {
        close(family->sock.fd);
        family->sock.fd = -1;
        return ENOMEM;
    }

    family->poll.data = family;
    family->icmp->handles++;
    uv_poll_start(&family->poll, UV_READABLE, icmp_on_poll);
    uv_unref((uv_handle_t *) &family->poll); /* waiting for strangers is no work */
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
        icmp->families[i].icmp = icmp;
        icmp->families[i].sock.family = (i == 0) ? 4 : 6;
        icmp->families[i].sock.fd = -1;
    }

    return icmp;
}


static void
icmp_on_socket_closed(uv_handle_t *handle)
{
    icmp_family_t *family = handle->data;
    icmp_t *icmp = family->icmp;

    close(family->sock.fd);

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
        if (icmp->families[i].sock.fd >= 0) {
            uv_close((uv_handle_t *) &icmp->families[i].poll, icmp_on_socket_closed);
        }
    }
}


icmp_ping_t *
icmp_start(icmp_t *icmp, const bs_addr_t *address, unsigned packets, int64_t spacing_ms,
           icmp_done_cb done, void *data, int *error)
{
    icmp_family_t *family = &icmp->families[address->family == 6];
    icmp_ping_t *ping;

    *error = icmp_open(family);

    if (*error != 0) {
        return NULL;
    }

    ping = calloc(1, sizeof(*ping));

    if (ping == NULL || getrandom(ping->cookie, sizeof(ping->cookie), 0) != ICMP_COOKIE_BYTES) {
        free(ping);
        *error = ENOMEM;
        return NULL;
    }

    ping->family = family;
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
