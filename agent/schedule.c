
/* A binary heap with the earliest slot on top; each monitor is in it once. */

#include "schedule.h"

#include "bs_cursor.h"
#include "bs_slot.h"
#include "bs_wire.h"

#include <stdlib.h>
#include <string.h>

#define SCHEDULE_DAY_MS 86400000
#define SCHEDULE_VALUES_MAX ((size_t) SCHEDULE_MONITORS_MAX * 64)
#define SCHEDULE_SPEC_VALUES_MAX 1000


/* The slug becomes part of Redis keys and of file names. */
static int
schedule_read_region(bs_cursor_t *cursor, schedule_t *schedule)
{
    const char *data;
    size_t len;

    if (bs_cursor_str(cursor, &data, &len) != 0 || len == 0 || len > SCHEDULE_REGION_MAX) {
        return -1;
    }

    for (size_t i = 0; i < len; i++) {
        int good = (data[i] >= 'a' && data[i] <= 'z') || (data[i] >= '0' && data[i] <= '9')
                   || data[i] == '-' || data[i] == '_';

        if (!good) {
            return -1;
        }
    }

    memcpy(schedule->region, data, len);
    schedule->region[len] = '\0';
    return 0;
}


static int
schedule_read_entry(bs_cursor_t *cursor, const uint8_t *bytes, schedule_entry_t *entry)
{
    uint32_t size;
    int64_t monitor;
    int64_t interval_ms;
    int64_t phase_ms;

    if (bs_cursor_array(cursor, &size) != 0 || size < 4
        || bs_cursor_int(cursor, &monitor, 1, UINT32_MAX) != 0
        || bs_cursor_int(cursor, &interval_ms, 1, SCHEDULE_DAY_MS) != 0
        || bs_cursor_int(cursor, &phase_ms, 0, interval_ms - 1) != 0)
    {
        return -1;
    }

    entry->monitor = (uint32_t) monitor;
    entry->interval_ms = (uint32_t) interval_ms;
    entry->phase_ms = (uint32_t) phase_ms;
    entry->spec_at = (uint32_t) (cursor->at - bytes);

    if (bs_cursor_skip(cursor, BS_WIRE_DEPTH_MAX, SCHEDULE_SPEC_VALUES_MAX) != 0) {
        return -1;
    }

    entry->spec_len = (uint32_t) (cursor->at - bytes) - entry->spec_at;

    for (uint32_t i = 4; i < size; i++) {
        if (bs_cursor_skip(cursor, BS_WIRE_DEPTH_MAX, SCHEDULE_SPEC_VALUES_MAX) != 0) {
            return -1;
        }
    }

    return 0;
}


static int
schedule_read_monitors(bs_cursor_t *cursor, schedule_t *schedule)
{
    uint32_t count;

    if (bs_cursor_array(cursor, &count) != 0 || count > SCHEDULE_MONITORS_MAX) {
        return -1;
    }

    free(schedule->entries);
    schedule->count = 0;
    schedule->entries = calloc((size_t) count + 1, sizeof(schedule_entry_t));

    if (schedule->entries == NULL) {
        return -1;
    }

    for (uint32_t i = 0; i < count; i++) {
        if (schedule_read_entry(cursor, schedule->bytes, &schedule->entries[i]) != 0) {
            return -1;
        }
    }

    schedule->count = count;
    return 0;
}


static int
schedule_key_is(const char *key, size_t len, const char *name)
{
    return strlen(name) == len && memcmp(key, name, len) == 0;
}


static int
schedule_read_pair(bs_cursor_t *cursor, schedule_t *schedule, const char **error)
{
    const char *key;
    size_t len;

    *error = "a key";

    if (bs_cursor_str(cursor, &key, &len) != 0) {
        return -1;
    }

    if (schedule_key_is(key, len, "v")) {
        int64_t version;

        *error = "v: another version than 1";
        return bs_cursor_int(cursor, &version, BS_WIRE_VERSION, BS_WIRE_VERSION);
    }

    if (schedule_key_is(key, len, "region")) {
        *error = "region";
        return schedule_read_region(cursor, schedule);
    }

    if (schedule_key_is(key, len, "monitors")) {
        *error = "monitors";
        return schedule_read_monitors(cursor, schedule);
    }

    *error = "an unknown key's value";
    return bs_cursor_skip(cursor, BS_WIRE_DEPTH_MAX, SCHEDULE_VALUES_MAX);
}


static int
schedule_read(schedule_t *schedule, size_t len, const char **error)
{
    bs_cursor_t cursor = {schedule->bytes, schedule->bytes + len};
    uint32_t count;

    *error = "not a map";

    if (bs_cursor_map(&cursor, &count) != 0) {
        return -1;
    }

    for (uint32_t i = 0; i < count; i++) {
        if (schedule_read_pair(&cursor, schedule, error) != 0) {
            return -1;
        }
    }

    if (cursor.at != cursor.end) {
        *error = "more than one value";
        return -1;
    }

    if (schedule->region[0] == '\0' || schedule->entries == NULL) {
        *error = "region or monitors: is missing";
        return -1;
    }

    return 0;
}


schedule_t *
schedule_decode(const void *data, size_t len, const char **error)
{
    *error = "nothing, or too much";

    if (len == 0 || len > SCHEDULE_BYTES_MAX) {
        return NULL;
    }

    schedule_t *schedule = calloc(1, sizeof(*schedule));

    *error = "out of memory";

    if (schedule == NULL) {
        return NULL;
    }

    schedule->bytes = data;

    if (schedule_read(schedule, len, error) != 0) {
        schedule_destroy(schedule);
        return NULL;
    }

    return schedule;
}


void
schedule_destroy(schedule_t *schedule)
{
    free(schedule->entries);
    free(schedule);
}


const uint8_t *
schedule_spec(const schedule_t *schedule, const schedule_entry_t *entry)
{
    return schedule->bytes + entry->spec_at;
}


/* --- the walk ------------------------------------------------------------- */

static void
schedule_sink(schedule_walk_t *walk, size_t at)
{
    schedule_due_t moved = walk->heap[at];

    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= walk->count) {
            break;
        }

        if (child + 1 < walk->count && walk->heap[child + 1].slot_ms < walk->heap[child].slot_ms) {
            child++;
        }

        if (moved.slot_ms <= walk->heap[child].slot_ms) {
            break;
        }

        walk->heap[at] = walk->heap[child];
        at = child;
    }

    walk->heap[at] = moved;
}


int
schedule_walk_begin(schedule_walk_t *walk, const schedule_t *schedule, int64_t after_ms)
{
    walk->schedule = schedule;
    walk->count = schedule->count;
    walk->filled = 0;
    walk->unsorted = schedule->count / 2;
    walk->after_ms = after_ms;
    walk->heap = malloc((schedule->count + 1) * sizeof(schedule_due_t));

    if (walk->heap == NULL) {
        walk->count = 0;
        return -1;
    }

    return 0;
}


int
schedule_walk_build(schedule_walk_t *walk, size_t monitors)
{
    for (; walk->filled < walk->count; walk->filled++) {
        const schedule_entry_t *entry = &walk->schedule->entries[walk->filled];

        if (monitors-- == 0) {
            return 0;
        }

        walk->heap[walk->filled] = (schedule_due_t){
            .slot_ms = bs_slot_next(walk->after_ms, entry->interval_ms, entry->phase_ms),
            .index = (uint32_t) walk->filled,
        };
    }

    while (walk->unsorted > 0) {
        if (monitors-- == 0) {
            return 0;
        }

        schedule_sink(walk, --walk->unsorted);
    }

    return 1;
}


void
schedule_walk_end(schedule_walk_t *walk)
{
    free(walk->heap);
    walk->heap = NULL;
    walk->count = 0;
}


const schedule_due_t *
schedule_walk_peek(const schedule_walk_t *walk)
{
    int built = walk->filled == walk->count && walk->unsorted == 0;

    return (built && walk->count > 0) ? &walk->heap[0] : NULL;
}


void
schedule_walk_advance(schedule_walk_t *walk)
{
    const schedule_entry_t *entry = &walk->schedule->entries[walk->heap[0].index];

    walk->heap[0].slot_ms =
        bs_slot_next(walk->heap[0].slot_ms, entry->interval_ms, entry->phase_ms);
    schedule_sink(walk, 0);
}
