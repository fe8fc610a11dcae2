
/* How many probes may begin, and when. */

#include "../../agent/admit.h"

#include "tap.h"

/* Begins as many as it may in this time; each turn of the loop takes 1 ms. */
static int
run(admit_t *admit, admit_load_t *load, int milliseconds, int64_t busy_us)
{
    int begun = 0;

    for (int i = 0; i < milliseconds; i++) {
        load->now_us += 1000;
        load->turn++;

        while (admit_take(admit, load)) {
            begun++;
            load->ended++;
            load->busy_us += busy_us;
        }
    }

    return begun;
}


int
main(void)
{
    admit_t admit;
    admit_load_t load = {.now_us = 1000000};
    int begun = 0;

    admit_init(&admit, load.now_us);
    ok(admit_is_open(&admit, &load), "an idle loop is open");

    while (admit_take(&admit, &load)) {
        begun++;
    }

    is_int(begun, ADMIT_TURN_MAX, "one turn begins only so many");
    run(&admit, &load, 3000, 100);
    begun = run(&admit, &load, 1000, 100);
    ok(begun > 5500 && begun < 7500, "at 0.1 ms each, about 6,500 a second");
    run(&admit, &load, 5000, 2500);
    begun = run(&admit, &load, 1000, 2500);
    ok(begun > 200 && begun < 320, "at 2.5 ms each, about 260");

    load.busy = ADMIT_BUSY_MAX + 1;
    ok(!admit_is_open(&admit, &load), "a busy loop takes in nothing");
    begun = run(&admit, &load, 1000, 2500);
    is_int(begun, 1000000 / ADMIT_TRICKLE_US, "but a trickle begins all the same");
    load.busy = 0;
    load.stall_us = ADMIT_STALL_MAX_US + 1;
    load.now_us += 1000;
    ok(!admit_is_open(&admit, &load), "nor does one that stood still");
    load.now_us += ADMIT_TRICKLE_US;
    ok(admit_is_open(&admit, &load), "but the trickle");
    load.stall_us = 0;
    ok(run(&admit, &load, 5, 2500) > 0, "and then it goes on");
    return done();
}
