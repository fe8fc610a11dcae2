
/* What was reported to a database that is no more is reported again: all of it, once. */

#include "../../agent/report_database.h"
#include "../../agent/spool.h"

#include "tap.h"

#include <stdlib.h>
#include <unistd.h>

#define RECORDS_MAX 64
#define FIRST_DATABASE 4711
#define OTHER_DATABASE 4712

typedef struct {
    char folder[64];
    char path[128];
    uv_loop_t loop;
    spool_t *spool;
    uint64_t durable;
} world_t;

static void
on_durable(void *data, uint64_t sequence)
{
    world_t *world = data;

    world->durable = (sequence > world->durable) ? sequence : world->durable;
}

static spool_t *
open_spool(world_t *world)
{
    char error[SPOOL_ERROR_MAX] = "";
    spool_options_t options = {.directory = world->path,
                               .limit_bytes = 1 << 20,
                               .keep_ms = 600000,
                               .segment_bytes = 64, /* some records each */
                               .segment_ms = 600000,
                               .on_durable = on_durable,
                               .data = world};
    spool_t *spool = spool_open(&world->loop, &options, error);

    ok(spool != NULL, "a spool is opened");
    return spool;
}

static void
close_spool(world_t *world, spool_t *spool)
{
    spool_close(spool);
    uv_run(&world->loop, UV_RUN_NOWAIT);
}

/* "0", "1" ... up to one before `end`, durable two at a time. */
static void
append(world_t *world, unsigned first, unsigned end)
{
    for (unsigned i = first; i < end; i++) {
        char text[16];
        int len = snprintf(text, sizeof(text), "record %u.", i);
        uint64_t sequence = spool_append(world->spool, text, (size_t) len);

        if (i % 2 == 0 && i + 1 < end) {
            continue;
        }

        spool_flush(world->spool);

        while (world->durable < sequence) {
            uv_run(&world->loop, UV_RUN_ONCE);
        }
    }
}

/* Reports up to `most` records; how many were there.  `times`: how often each has come. */
static unsigned
report(spool_t *spool, unsigned most, unsigned times[RECORDS_MAX])
{
    unsigned total = 0;

    for (;;) {
        spool_want_t want = {.records_max = most - total < 5 ? most - total : 5,
                             .backlog_max = 5,
                             .bytes_max = 4096};
        spool_batch_t batch;
        msgpack_sbuffer out;

        msgpack_sbuffer_init(&out);

        unsigned records = want.records_max > 0 ? spool_read(spool, &want, &out, &batch) : 0;

        if (records > 0) {
            msgpack_sbuffer_write(&out, "", 1);
        }

        for (const char *at = out.data; records > 0 && (at = strstr(at, "record ")) != NULL; at++) {
            times[strtoul(at + strlen("record "), NULL, 10) % RECORDS_MAX]++;
        }

        if (records > 0) {
            spool_commit(spool, &batch);
        }

        msgpack_sbuffer_destroy(&out);
        total += records;

        if (records == 0) {
            return total;
        }
    }
}

static int
all_are(const unsigned times[RECORDS_MAX], unsigned count, unsigned expected)
{
    int same = 1;

    for (unsigned i = 0; i < count; i++) {
        same &= times[i] == expected;
    }

    return same;
}

static void
all_again(world_t *world)
{
    unsigned times[RECORDS_MAX] = {0};

    append(world, 0, 12);
    is_int((long long) spool_repeat(world->spool), 0, "what was never reported is not repeated");
    is_int((long long) spool_waiting(world->spool), 12, "it waits as before");
    is_int(report(world->spool, 100, times), 12, "all is reported");
    ok(all_are(times, 12, 1), "once each");
    is_int((long long) spool_waiting(world->spool), 0, "nothing is left");

    is_int((long long) spool_repeat(world->spool), 12, "all is to be reported again");
    is_int((long long) spool_waiting(world->spool), 12, "and waits");
    is_int((long long) spool_repeat(world->spool), 0, "asked twice it is the same");
    is_int((long long) spool_waiting(world->spool), 12, "and no more waits");
    is_int(report(world->spool, 100, times), 12, "it is reported again");
    ok(all_are(times, 12, 2), "once each, of closed segments too");
}

/* In the middle: some are reported again, some for the first time. */
static void
some_again(world_t *world)
{
    unsigned times[RECORDS_MAX] = {0};

    append(world, 12, 20);
    is_int(report(world->spool, 3, times), 3, "three of eight new ones are reported");
    is_int((long long) spool_repeat(world->spool), 15, "those and the earlier twelve are repeated");
    is_int((long long) spool_waiting(world->spool), 20, "with the five that nobody has seen");
    append(world, 20, 22);
    memset(times, 0, sizeof(times));
    is_int(report(world->spool, 100, times), 22, "with what came meanwhile");
    ok(all_are(times, 22, 1), "each is reported once");
    is_int((long long) spool_counts(world->spool).dropped, 0, "none is lost");
    is_int((long long) spool_counts(world->spool).corrupt, 0, "none is damaged");
}

/* Who is killed right afterwards finds it so, whatever the disk knew before. */
static void
after_a_crash(world_t *world)
{
    unsigned times[RECORDS_MAX] = {0};

    append(world, 22, 24); /* what is written is followed by what is reported */
    is_int(report(world->spool, 100, times), 2, "two more are reported");
    is_int((long long) spool_repeat(world->spool), 24, "all again, and the agent is killed");
    memset(times, 0, sizeof(times));

    spool_t *next = open_spool(world);

    is_int((long long) spool_waiting(next), 24, "the next life knows it");
    is_int(report(next, 100, times), 24, "and reports them");
    ok(all_are(times, 24, 1), "once each");
    close_spool(world, next);
}

static long long
number_in(const char *file)
{
    FILE *in = fopen(file, "r");
    long long number = -1;

    if (in != NULL) {
        if (fscanf(in, "%lld", &number) != 1) {
            number = -2;
        }

        fclose(in);
    }

    return number;
}

static void
databases(world_t *world)
{
    char file[160];
    report_database_t database;
    unsigned times[RECORDS_MAX] = {0};

    snprintf(file, sizeof(file), "%s/database", world->folder);
    report_database_open(&database, file);
    is_int((long long) database.number, 0, "no database is known at first");
    report(world->spool, 100, times);

    report_database_seen(&database, 0, world->spool);
    is_int(number_in(file), -1, "a hub that does not say changes nothing");
    report_database_seen(&database, FIRST_DATABASE, world->spool);
    is_int((long long) spool_waiting(world->spool), 0, "the first repeats nothing");
    is_int(number_in(file), FIRST_DATABASE, "and is kept");
    report_database_seen(&database, FIRST_DATABASE, world->spool);
    is_int((long long) spool_waiting(world->spool), 0, "nor does the same");

    report_database_open(&database, file);
    is_int((long long) database.number, FIRST_DATABASE, "the next life knows it");
    report_database_seen(&database, OTHER_DATABASE, world->spool);
    is_int((long long) spool_waiting(world->spool), 24, "another one is told all");
    is_int(number_in(file), OTHER_DATABASE, "and is kept");

    report(world->spool, 100, times);
    report_database_seen(&database, FIRST_DATABASE, world->spool);
    is_int((long long) spool_waiting(world->spool), 0, "with two by turns not at once again");
    is_int(number_in(file), OTHER_DATABASE, "and it is not forgotten that it is to be done");
    report_database_seen(&database, 0, world->spool);
    is_int((long long) spool_waiting(world->spool), 0, "nothing is said, nothing is done");

    database.changed_ms -= 3600000;
    report_database_seen(&database, FIRST_DATABASE, world->spool);
    is_int((long long) spool_waiting(world->spool), 24, "but later");

    FILE *out = fopen(file, "w");

    fprintf(out, "-5 or so\n");
    fclose(out);
    report_database_open(&database, file);
    is_int((long long) database.number, 0, "a damaged file tells nothing");
    unlink(file);
}

static void
clean(world_t *world)
{
    char command[160];

    spool_commit(world->spool, &(spool_batch_t){.pieces_count = 0});
    close_spool(world, world->spool);
    is_int(uv_loop_close(&world->loop), 0, "nothing is left in the loop");
    snprintf(command, sizeof(command), "rm -r '%s'", world->folder);
    is_int(system(command), 0, "nor in the folder");
}

int
main(void)
{
    world_t world = {.folder = "/tmp/bs-repeat-XXXXXX"};

    ok(mkdtemp(world.folder) != NULL, "a folder");
    snprintf(world.path, sizeof(world.path), "%s/spool", world.folder);
    uv_loop_init(&world.loop);
    world.spool = open_spool(&world);

    all_again(&world);
    some_again(&world);
    after_a_crash(&world);
    databases(&world);
    clean(&world);

    return done();
}
