
/* One pass over the schedule, a slice at a time. */

#include "offline_cover.h"

#include "bs_slot.h"
#include "clock.h"

#define OFFLINE_COVER_TURN 2000 /* monitors looked at in one turn of the loop */
#define OFFLINE_COVER_ROOM_US 50000


static int
offline_cover_is_ours(const offline_cover_t *cover, uint32_t monitor)
{
    uint64_t owner = share_owner(&cover->was, monitor);

    return !share_has(&cover->now, owner) && share_owner(&cover->now, monitor) == cover->self;
}


/* Returns -1 when there is no room. */
static int
offline_cover_monitor(offline_cover_t *cover, const schedule_entry_t *entry)
{
    const offline_options_t *options = cover->options;
    int64_t now_ms = clock_wall_ms();
    int64_t life_ms = bs_slot_expires(0, entry->interval_ms);
    int64_t after_ms = now_ms - life_ms - 1;

    offline_slot_t slot = {
        .monitor = entry->monitor,
        .spec = schedule_spec(cover->schedule, entry),
        .spec_len = entry->spec_len,
    };

    if (after_ms < cover->from_ms) {
        after_ms = cover->from_ms;
    }

    slot.slot_ms = bs_slot_next(after_ms, entry->interval_ms, entry->phase_ms);

    for (; slot.slot_ms <= cover->to_ms; slot.slot_ms += entry->interval_ms) {
        if (options->room(options->data) == 0) {
            return -1; /* what was taken of it will be recognised the next time */
        }

        slot.expires_ms = slot.slot_ms + life_ms;
        options->on_slot(options->data, &slot);
    }

    return 0;
}


static void
offline_cover_step(due_node_t *node)
{
    offline_cover_t *cover = node->data;

    for (unsigned i = 0; i < OFFLINE_COVER_TURN; i++, cover->next++) {
        if (cover->next >= cover->schedule->count) {
            offline_cover_end(cover);
            return;
        }

        const schedule_entry_t *entry = &cover->schedule->entries[cover->next];

        if (offline_cover_is_ours(cover, entry->monitor)
            && offline_cover_monitor(cover, entry) != 0) {
            due_add(cover->due, &cover->node, clock_us() + OFFLINE_COVER_ROOM_US);
            return;
        }
    }

    due_add(cover->due, &cover->node, 0);
}


void
offline_cover_begin(offline_cover_t *cover, const schedule_t *schedule, const share_t *was,
                    const share_t *now, int64_t from_ms, int64_t to_ms)
{
    cover->schedule = schedule;
    cover->next = 0;
    cover->was = *was;
    cover->now = *now;
    cover->from_ms = from_ms;
    cover->to_ms = to_ms;
    cover->node.data = cover;
    cover->node.on_due = offline_cover_step;
    due_add(cover->due, &cover->node, 0);
}


void
offline_cover_end(offline_cover_t *cover)
{
    due_remove(cover->due, &cover->node);
    cover->schedule = NULL;
}


void
offline_cover_follow(offline_cover_t *cover, const schedule_t *schedule)
{
    if (schedule == NULL) {
        offline_cover_end(cover);

    } else if (cover->schedule != NULL) {
        cover->schedule = schedule;
        cover->next = 0;
    }
}
