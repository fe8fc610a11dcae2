
/* Names: what is kept, what is shared, and that a fresh look is one. */

#include "../../agent/resolve.h"

#include "tap.h"

#include <arpa/inet.h>
#include <stdlib.h>

#define PACKET_MAX 512
#define TURNS_MAX 100

/* A name server on the same loop: its nth answer is 192.0.2.n. */
typedef struct {
    uv_loop_t loop;
    uv_udp_t socket;
    int asked;
    int holds; /* answers are kept back */
    int held;
    int rcode;
    unsigned ttl_s;
    uint8_t packet[PACKET_MAX];
    size_t packet_len;
    struct sockaddr_in peer;
    resolve_t *resolve;
} world_t;

typedef struct {
    world_t *world;
    int done;
    int last; /* of its address; 0 after a failure */
    resolve_query_t *query;
} look_t;

static void
server_answer(world_t *world, int number)
{
    static const uint8_t record[12] = {0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4};
    uint8_t *p = world->packet;
    size_t len = world->packet_len;
    uint8_t type = p[len - 3];
    int answers = world->rcode == 0 && type == 1;

    p[2] = 0x81;
    p[3] = (uint8_t) (0x80 | world->rcode);
    p[7] = (uint8_t) answers;

    if (answers) {
        memcpy(p + len, record, sizeof(record));
        p[len + 9] = (uint8_t) world->ttl_s;
        memcpy(p + len + 12, "\xc0\x00\x02", 3);
        p[len + 15] = (uint8_t) number;
        len += 16;
    }

    uv_buf_t part = uv_buf_init((char *) p, (unsigned) len);

    uv_udp_try_send(&world->socket, &part, 1, (struct sockaddr *) &world->peer);
}

static void
server_on_alloc(uv_handle_t *handle, size_t size, uv_buf_t *part)
{
    static char bytes[PACKET_MAX];

    (void) handle;
    (void) size;
    *part = uv_buf_init(bytes, sizeof(bytes));
}

static void
server_on_packet(uv_udp_t *sock, ssize_t len, const uv_buf_t *part, const struct sockaddr *peer,
                 unsigned flags)
{
    world_t *world = sock->data;

    (void) flags;

    if (len <= 0 || peer == NULL || (size_t) len + 16 > PACKET_MAX) {
        return;
    }

    memcpy(world->packet, part->base, (size_t) len);
    world->packet_len = (size_t) len;
    memcpy(&world->peer, peer, sizeof(world->peer));
    world->asked++;

    if (world->holds) {
        world->held = 1;
        uv_stop(&world->loop);
    } else {
        server_answer(world, world->asked);
    }
}

static void
server_release(world_t *world)
{
    world->holds = 0;
    world->held = 0;
    server_answer(world, world->asked);
}

static void
look_on_done(void *data, const dns_answer_t *answer)
{
    look_t *look = data;

    uv_stop(&look->world->loop);
    look->done = 1;
    look->last = (answer->reason == BS_REASON_NONE) ? answer->addresses[0].bytes[3] : 0;
}

static void
look_start(world_t *world, look_t *look, const char *name, int fresh)
{
    *look = (look_t){.world = world};
    look->query = resolve_start(world->resolve, name, 4, fresh, look_on_done, look);
}

static void
turn_until(world_t *world, const int *condition)
{
    for (int i = 0; i < TURNS_MAX && !*condition; i++) {
        uv_run(&world->loop, UV_RUN_DEFAULT);
    }
}

static int
look(world_t *world, const char *name, int fresh)
{
    look_t one;

    look_start(world, &one, name, fresh);
    turn_until(world, &one.done);
    return one.last;
}

static void
world_open(world_t *world)
{
    struct sockaddr_in address;
    int len = sizeof(address);
    char servers[64];

    uv_loop_init(&world->loop);
    uv_udp_init(&world->loop, &world->socket);
    world->socket.data = world;
    world->ttl_s = 60;
    uv_ip4_addr("127.0.0.1", 0, &address);
    uv_udp_bind(&world->socket, (struct sockaddr *) &address, 0);
    uv_udp_getsockname(&world->socket, (struct sockaddr *) &address, &len);
    uv_udp_recv_start(&world->socket, server_on_alloc, server_on_packet);
    snprintf(servers, sizeof(servers), "127.0.0.1:%u", ntohs(address.sin_port));
    world->resolve = resolve_create(&world->loop, servers);
}

static void
world_close(world_t *world)
{
    resolve_destroy(world->resolve);
    uv_close((uv_handle_t *) &world->socket, NULL);
    uv_run(&world->loop, UV_RUN_DEFAULT);
    is_int(uv_loop_close(&world->loop), 0, "nothing is left in the loop");
}

static void
keeping(world_t *world)
{
    is_int(look(world, "a.test", 0), 1, "a name is asked for");
    is_int(look(world, "a.test", 0), 1, "its answer is kept");
    is_int(look(world, "A.test", 0) > 0, 1, "another spelling is another question");

    int asked = world->asked + 1;

    is_int(look(world, "a.test", 1), asked, "a fresh look asks again");

    is_int(look(world, "a.test", 0), asked, "and is what is kept then");
    is_int(world->asked, asked, "without a question");

    world->ttl_s = 0;
    look(world, "b.test", 0);
    is_int(look(world, "b.test", 0), asked + 2, "an answer that lives for no time is not kept");
    world->ttl_s = 60;

    world->rcode = 3;
    is_int(look(world, "c.test", 0), 0, "no such name");
    world->rcode = 0;
    is_int(look(world, "c.test", 0) > 0, 1, "which is not kept");
}

/* Whoever wants to see anew is not served by a question from before. */
static void
freshness(world_t *world)
{
    look_t early;
    look_t late;
    look_t joined;

    world->holds = 1;
    look_start(world, &early, "d.test", 0);
    turn_until(world, &world->held);

    int first = world->asked;

    look_start(world, &late, "d.test", 1);
    look_start(world, &joined, "d.test", 0);
    server_release(world);
    turn_until(world, &early.done);
    is_int(early.last, first, "the question on the wire is for who put it");
    is_int(joined.last, first, "and for who does not mind");
    is_int(late.done, 0, "not for who came later and wants a fresh one");
    turn_until(world, &late.done);
    is_int(late.last, first + 1, "who gets the answer to the next");

    look_start(world, &early, "d.test", 0);
    look_start(world, &late, "d.test", 1);
    turn_until(world, &late.done);
    is_int(early.last, first + 1, "in one turn: the kept one");
    is_int(late.last, first + 2, "and a fresh one");
}

static void
cancelling(world_t *world)
{
    look_t early;
    look_t late;

    world->holds = 1;
    look_start(world, &early, "e.test", 0);
    turn_until(world, &world->held);

    int asked = world->asked;

    look_start(world, &late, "e.test", 1);
    resolve_cancel(late.query);
    server_release(world);
    turn_until(world, &early.done);
    is_int(look(world, "e.test", 0), asked, "who has gone is not asked for");
    is_int(world->asked, asked, "no further question");
    is_int(late.done, 0, "nor answered");
}

int
main(void)
{
    static world_t world;

    world_open(&world);
    keeping(&world);
    freshness(&world);
    cancelling(&world);
    world_close(&world);
    return done();
}
