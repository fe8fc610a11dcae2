
/* Each job is one allocation: its place in time, its entry, its bytes. */

#include "hold.h"

#include "bs_wire.h"
#include "clock.h"
#include "jobs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

typedef struct hold_item hold_item_t;

struct hold_item {
    due_node_t node;
    hold_t *hold;
    TAILQ_ENTRY(hold_item) link;
    int64_t slot_ms;
    char id[JOBS_ID_MAX];
    size_t len;
    uint8_t job[];
};

struct hold {
    due_t *due;
    void (*on_job)(void *data, const char *id, const void *job, size_t len);
    void *data;
    TAILQ_HEAD(, hold_item) items;
    unsigned count;
    int64_t newest_ms;
    lateness_t lateness;
};


/* A slot may be any number; what is early was let go for another reason, and is not late. */
static void
hold_note(hold_t *hold, int64_t slot_ms)
{
    int64_t now_us = clock_wall_us();

    lateness_add(&hold->lateness, (slot_ms <= now_us / 1000) ? now_us - slot_ms * 1000 : 0);
}


static void
hold_remove(hold_item_t *item)
{
    due_remove(item->hold->due, &item->node);
    TAILQ_REMOVE(&item->hold->items, item, link);
    item->hold->count--;
}


static void
hold_on_due(due_node_t *node)
{
    hold_item_t *item = node->data;
    hold_t *hold = item->hold;

    hold_remove(item);
    hold_note(hold, item->slot_ms);
    hold->on_job(hold->data, item->id, item->job, item->len);
    free(item);
}


/* Returns -1 if it cannot wait here. */
static int
hold_keep(hold_t *hold, const char *id, const void *job, size_t len, int64_t slot_ms,
          int64_t wait_us)
{
    if (hold->count >= HOLD_MAX) {
        return -1;
    }

    hold_item_t *item = calloc(1, sizeof(*item) + len);

    if (item == NULL) {
        return -1;
    }

    item->hold = hold;
    item->slot_ms = slot_ms;
    item->len = len;
    item->node.data = item;
    item->node.on_due = hold_on_due;
    memcpy(item->job, job, len);
    snprintf(item->id, sizeof(item->id), "%s", id);

    if (due_add(hold->due, &item->node, clock_us() + wait_us) != 0) {
        free(item);
        return -1;
    }

    TAILQ_INSERT_TAIL(&hold->items, item, link);
    hold->count++;
    return 0;
}


void
hold_take(hold_t *hold, const char *id, const void *job, size_t len)
{
    const char *error;
    bs_wire_job_t decoded;

    if (len <= BS_WIRE_JOB_BYTES_MAX && bs_wire_job_decode(job, len, &decoded, &error) == 0
        && !decoded.urgent)
    {
        int64_t now_us = clock_wall_us();
        int64_t wait_ms = decoded.slot_ms - now_us / 1000;

        if (decoded.slot_ms > hold->newest_ms) {
            hold->newest_ms = decoded.slot_ms;
        }

        if (wait_ms > HOLD_MS_MAX) {
            wait_ms = HOLD_MS_MAX;
        }

        if (wait_ms > 0
            && hold_keep(hold, id, job, len, decoded.slot_ms, wait_ms * 1000 - now_us % 1000) == 0)
        {
            return;
        }

        hold_note(hold, decoded.slot_ms);
    }

    hold->on_job(hold->data, id, job, len);
}


int64_t
hold_newest_ms(const hold_t *hold)
{
    return hold->newest_ms;
}


unsigned
hold_count(const hold_t *hold)
{
    return hold->count;
}


void
hold_drop(hold_t *hold)
{
    hold_item_t *item;

    while ((item = TAILQ_FIRST(&hold->items)) != NULL) {
        hold_remove(item);
        free(item);
    }
}


lateness_t
hold_take_lateness(hold_t *hold)
{
    lateness_t lateness = hold->lateness;

    hold->lateness = (lateness_t){0};
    return lateness;
}


hold_t *
hold_create(due_t *due, void (*on_job)(void *data, const char *id, const void *job, size_t len),
            void *data)
{
    hold_t *hold = calloc(1, sizeof(*hold));

    if (hold == NULL) {
        return NULL;
    }

    hold->due = due;
    hold->on_job = on_job;
    hold->data = data;
    TAILQ_INIT(&hold->items);
    return hold;
}


void
hold_destroy(hold_t *hold)
{
    hold_drop(hold);
    free(hold);
}
