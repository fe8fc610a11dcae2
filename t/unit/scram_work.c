
/* Hashing in threads: few at a time, the shortest first, never too many. */

#include "scram_work.h"
#include "tap.h"

#include <string.h>

#define LONG_ROUNDS 300000

typedef struct {
    int ended;
    int failed;
    int order[SCRAM_WORK_WAITING_MAX + 8];
} seen_t;

typedef struct {
    seen_t *seen;
    int number;
} job_t;


static void
on_done(void *data, const scram_t *scram)
{
    job_t *job = data;

    job->seen->failed += scram == NULL;
    job->seen->order[job->seen->ended++] = job->number;
}


static scram_t
of_rounds(int rounds)
{
    scram_t scram;

    scram_begin(&scram, "", "nonce");
    memcpy(scram.salt, "salt", 4);
    scram.salt_len = 4;
    scram.rounds = rounds;
    return scram;
}


static int
position(const seen_t *seen, int number)
{
    int i = 0;

    while (i < seen->ended && seen->order[i] != number) {
        i++;
    }

    return i;
}


static void
shortest_first(uv_loop_t *loop)
{
    scram_queue_t *queue = scram_queue_create(loop);
    seen_t seen = {0};
    job_t jobs[6];
    const int rounds[6] = {LONG_ROUNDS, LONG_ROUNDS, LONG_ROUNDS, 3, 2, 1};
    scram_work_t *works[6];

    for (int i = 0; i < 6; i++) {
        scram_t scram = of_rounds(rounds[i]);

        jobs[i] = (job_t){&seen, i};
        works[i] = scram_work_start(queue, &scram, "password", on_done, &jobs[i]);
        ok(works[i] != NULL, "taken");
    }

    is_int(seen.ended, 0, "nothing is called at once");
    scram_work_cancel(works[4]);
    uv_run(loop, UV_RUN_DEFAULT);
    is_int(seen.ended, 5, "all but the cancelled one end");
    is_int(seen.failed, 0, "well");

    /* Of two that run together either may end first. */
    ok(position(&seen, 5) < position(&seen, 2), "a long one waits for the shortest");
    ok(position(&seen, 3) < position(&seen, 2), "and for short ones that came later");
    scram_queue_destroy(queue);
}


static void
too_many(uv_loop_t *loop)
{
    static scram_work_t *works[SCRAM_WORK_RUNNING_MAX + SCRAM_WORK_WAITING_MAX];
    scram_queue_t *queue = scram_queue_create(loop);
    scram_t scram = of_rounds(LONG_ROUNDS);
    seen_t seen = {0};
    job_t job = {&seen, 0};
    int taken = 0;

    for (int i = 0; i < SCRAM_WORK_RUNNING_MAX + SCRAM_WORK_WAITING_MAX; i++) {
        works[i] = scram_work_start(queue, &scram, "password", on_done, &job);
        taken += works[i] != NULL;
    }

    is_int(taken, SCRAM_WORK_RUNNING_MAX + SCRAM_WORK_WAITING_MAX, "so many are taken");
    ok(scram_work_start(queue, &scram, "password", on_done, &job) == NULL, "one more is not");

    for (int i = 0; i < SCRAM_WORK_RUNNING_MAX + SCRAM_WORK_WAITING_MAX; i++) {
        scram_work_cancel(works[i]);
    }

    scram_queue_destroy(queue); /* two still run */
    uv_run(loop, UV_RUN_DEFAULT);
    is_int(seen.ended, 0, "who has cancelled hears nothing");
}


int
main(void)
{
    uv_loop_t loop;

    uv_loop_init(&loop);
    shortest_first(&loop);
    too_many(&loop);
    is_int(uv_loop_close(&loop), 0, "nothing is left");
    return done();
}
