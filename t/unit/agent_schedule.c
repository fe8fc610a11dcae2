
/* The schedule: decoded, and walked through in the order of time. */

#include "../../agent/schedule.h"
#include "../../shared/bs_slot.h"

#include "tap.h"

#include <msgpack.h>
#include <stdlib.h>

static void
str(msgpack_packer *pk, const char *text)
{
    msgpack_pack_str_with_body(pk, text, strlen(text));
}

static void
pack(msgpack_sbuffer *out, const char *region, int monitors)
{
    msgpack_packer pk;

    msgpack_packer_init(&pk, out, msgpack_sbuffer_write);
    msgpack_pack_map(&pk, 3);
    str(&pk, "v");
    msgpack_pack_int(&pk, 1);
    str(&pk, "region");
    str(&pk, region);
    str(&pk, "monitors");
    msgpack_pack_array(&pk, (size_t) monitors);

    for (int i = 0; i < monitors; i++) {
        msgpack_pack_array(&pk, 4);
        msgpack_pack_int(&pk, i + 1);
        msgpack_pack_int64(&pk, 1000 + 337 * i);
        msgpack_pack_int64(&pk, 7 * i);
        msgpack_pack_map(&pk, 1);
        str(&pk, "url");
        str(&pk, "http://a/");
    }
}

static void
decoding(void)
{
    const char *error = "";
    msgpack_sbuffer buffer;
    schedule_t *schedule;
    int taken = 0;

    msgpack_sbuffer_init(&buffer);
    pack(&buffer, "eu-1", 3);
    schedule = schedule_decode(buffer.data, buffer.size, &error);
    ok(schedule != NULL, error);
    is_str(schedule->region, "eu-1", "the region");
    is_int((long long) schedule->count, 3, "its monitors");
    is_int(schedule->entries[2].monitor, 3, "their numbers");
    is_int(schedule->entries[2].interval_ms, 1674, "intervals");
    is_int(schedule->entries[2].phase_ms, 14, "phases");
    ok(schedule->entries[2].spec_len == 15
           && schedule_spec(schedule, &schedule->entries[2])[0] == 0x81,
       "and SPECs");
    schedule_destroy(schedule);

    for (size_t len = 0; len < buffer.size; len++) {
        schedule = schedule_decode(buffer.data, len, &error);
        taken += schedule != NULL;
    }

    is_int(taken, 0, "cut anywhere it is refused");
    msgpack_sbuffer_clear(&buffer);
    pack(&buffer, "../etc", 0);
    ok(schedule_decode(buffer.data, buffer.size, &error) == NULL, "a region that is no slug");
    is_str(error, "region", "is told");
    msgpack_sbuffer_clear(&buffer);
    pack(&buffer, "", 0);
    ok(schedule_decode(buffer.data, buffer.size, &error) == NULL, "nor an empty one");
    ok(schedule_decode("\x80", 1, &error) == NULL, "nor none");
    msgpack_sbuffer_destroy(&buffer);
}

static void
walking(void)
{
    const char *error;
    msgpack_sbuffer buffer;
    schedule_walk_t walk;
    int64_t before[50];
    int wrong = 0;
    int slices;

    msgpack_sbuffer_init(&buffer);
    pack(&buffer, "eu-1", 50);

    schedule_t *schedule = schedule_decode(buffer.data, buffer.size, &error);
    int64_t last = 1000000;

    for (size_t i = 0; i < 50; i++) {
        const schedule_entry_t *entry = &schedule->entries[i];

        before[i] = bs_slot_next(last, entry->interval_ms, entry->phase_ms) - entry->interval_ms;
    }

    is_int(schedule_walk_begin(&walk, schedule, last), 0, "a walk begins");
    ok(schedule_walk_peek(&walk) == NULL, "and is nothing yet");

    for (slices = 1; !schedule_walk_build(&walk, 10); slices++) {
    }

    is_int(slices, 8, "it is built in slices");
    ok(schedule_walk_peek(&walk)->slot_ms > last, "strictly after its start");

    for (int i = 0; i < 20000; i++) {
        const schedule_due_t *due = schedule_walk_peek(&walk);
        const schedule_entry_t *entry = &schedule->entries[due->index];

        wrong += due->slot_ms < last || due->slot_ms - before[due->index] != entry->interval_ms;
        last = due->slot_ms;
        before[due->index] = due->slot_ms;
        schedule_walk_advance(&walk);
    }

    is_int(wrong, 0, "every slot of every monitor, in the order of time");
    schedule_walk_end(&walk);
    schedule_destroy(schedule);

    msgpack_sbuffer_clear(&buffer);
    pack(&buffer, "eu-1", 0);
    schedule = schedule_decode(buffer.data, buffer.size, &error);
    is_int(schedule_walk_begin(&walk, schedule, 0), 0, "without monitors");
    is_int(schedule_walk_build(&walk, 1), 1, "it is built at once");
    ok(schedule_walk_peek(&walk) == NULL, "nothing is due");
    schedule_walk_end(&walk);
    schedule_destroy(schedule);
    msgpack_sbuffer_destroy(&buffer);
}

int
main(void)
{
    decoding();
    walking();

    return done();
}
