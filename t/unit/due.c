
/* Moments to come in their order and never early; how late things began. */

#include "../../agent/clock.h"
#include "../../agent/due.h"
#include "../../agent/lateness.h"

#include "tap.h"

#include <stdlib.h>

#define NODES 300

static due_t *due;
static int64_t last_us;
static int early;
static int disorder;
static int called;
static due_node_t victim;

static void
on_due(due_node_t *node)
{
    called++;
    early += clock_us() < node->at_us;
    disorder += node->at_us < last_us;
    last_us = node->at_us;
}

static void
on_again(due_node_t *node)
{
    called++;

    if (called < 5) {
        due_add(due, node, clock_us() + 500);
        due_remove(due, &victim);
    }
}

static void
run(uv_loop_t *loop, int wanted)
{
    int64_t until = clock_ms() + 10000;

    while (called < wanted && clock_ms() < until) {
        uv_run(loop, UV_RUN_ONCE);
    }
}

static void
moments(void)
{
    static due_node_t nodes[NODES];
    uv_loop_t loop;
    int64_t begun = clock_us();

    uv_loop_init(&loop);
    due = due_create(&loop);
    srand(7);

    for (int i = 0; i < NODES; i++) {
        nodes[i].on_due = on_due;
        due_add(due, &nodes[i], begun + 1000 + rand() % 50000);
    }

    for (int i = 0; i < NODES; i += 3) {
        due_remove(due, &nodes[i]);
    }

    due_remove(due, &nodes[0]);
    due_add(due, &nodes[1], begun + 60000);
    run(&loop, NODES - NODES / 3);
    is_int(called, NODES - NODES / 3, "all that were not removed are called, once");
    is_int(early, 0, "none before its moment");
    is_int(disorder, 0, "in the order of time");
    ok(nodes[1].place == 0 && last_us == begun + 60000, "one that was moved at its new moment");

    called = 0;
    last_us = 0;
    nodes[0].on_due = on_again;
    victim.on_due = on_due;
    due_add(due, &victim, clock_us() + 3600000000);
    due_add(due, &nodes[0], 0);
    run(&loop, 5);
    is_int(called, 5, "a moment that has passed comes at once, and may come again");
    is_int((long long) victim.place, 0, "others may be removed meanwhile");

    due_destroy(due);
    uv_run(&loop, UV_RUN_DEFAULT);
    is_int(uv_loop_close(&loop), 0, "nothing is left");
}

static void
histogram(void)
{
    lateness_t late = {0};
    int wide = 0;

    is_int(lateness_permille(&late, 990), 0, "nothing was late");

    for (int64_t us = 1; us < 10000000; us = us * 3 / 2 + 1) {
        lateness_t one = {0};

        lateness_add(&one, us);
        lateness_add(&one, 1000000000);
        wide += lateness_permille(&one, 500) < us || lateness_permille(&one, 500) > us + us / 4;
    }

    is_int(wide, 0, "a value is told to a quarter");

    for (int i = 0; i < 990; i++) {
        lateness_add(&late, 100);
    }

    for (int i = 0; i < 10; i++) {
        lateness_add(&late, 5000);
    }

    lateness_add(&late, -5);
    ok(lateness_permille(&late, 500) >= 100 && lateness_permille(&late, 500) < 125, "half");
    ok(lateness_permille(&late, 990) < 125, "99 of 100");
    is_int(lateness_permille(&late, 999), 5000, "the last of them");
    is_int(late.max_us, 5000, "and the most");
}

int
main(void)
{
    moments();
    histogram();

    return done();
}
