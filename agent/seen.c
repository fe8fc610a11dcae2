
/* Chained buckets that double; what is done hangs in a queue by age. */

#include "seen.h"

#include <stdlib.h>
#include <sys/queue.h>

#define SEEN_BUCKETS_MIN 1024

typedef struct seen_node seen_node_t;

struct seen_node {
    seen_node_t *next;
    uint32_t monitor;
    int64_t slot_ms;
    void *work; /* NULL: done */
    int64_t done_ms;
    STAILQ_ENTRY(seen_node) age_link;
};

struct seen {
    seen_node_t **buckets;
    size_t buckets_count; /* a power of two */
    size_t count;
    size_t done_count;
    STAILQ_HEAD(, seen_node) done;
};


static size_t
seen_hash(uint32_t monitor, int64_t slot_ms)
{
    uint64_t hash = ((uint64_t) monitor << 32) ^ (uint64_t) slot_ms;

    hash ^= hash >> 33;
    hash *= UINT64_C(0xff51afd7ed558ccd);
    hash ^= hash >> 33;
    hash *= UINT64_C(0xc4ceb9fe1a85ec53);
    return (size_t) (hash ^ (hash >> 33));
}


static seen_node_t **
seen_place(const seen_t *seen, uint32_t monitor, int64_t slot_ms)
{
    seen_node_t **place = &seen->buckets[seen_hash(monitor, slot_ms) & (seen->buckets_count - 1)];

    while (*place != NULL && ((*place)->monitor != monitor || (*place)->slot_ms != slot_ms)) {
        place = &(*place)->next;
    }

    return place;
}


/* A table that cannot grow still works, only slower. */
static void
seen_grow(seen_t *seen)
{
    seen_node_t **old = seen->buckets;
    size_t old_count = seen->buckets_count;
    seen_node_t **buckets = calloc(old_count * 2, sizeof(seen_node_t *));

    if (buckets == NULL) {
        return;
    }

    seen->buckets = buckets;
    seen->buckets_count = old_count * 2;

    for (size_t i = 0; i < old_count; i++) {
        seen_node_t *node = old[i];

        while (node != NULL) {
            seen_node_t *next = node->next;
            seen_node_t **place = seen_place(seen, node->monitor, node->slot_ms);

            node->next = NULL;
            *place = node;
            node = next;
        }
    }

    free(old);
}


static seen_node_t *
seen_node(seen_t *seen, uint32_t monitor, int64_t slot_ms)
{
    seen_node_t *node = *seen_place(seen, monitor, slot_ms);

    if (node != NULL) {
        return node;
    }

    if (seen->count >= seen->buckets_count) {
        seen_grow(seen);
    }

    node = calloc(1, sizeof(*node));

    if (node == NULL) {
        return NULL;
    }

    node->monitor = monitor;
    node->slot_ms = slot_ms;
    *seen_place(seen, monitor, slot_ms) = node;
    seen->count++;
    return node;
}


static void
seen_remove(seen_t *seen, uint32_t monitor, int64_t slot_ms)
{
    seen_node_t **place = seen_place(seen, monitor, slot_ms);
    seen_node_t *node = *place;

    if (node != NULL) {
        *place = node->next;
        seen->count--;
        free(node);
    }
}


static void
seen_expire(seen_t *seen, int64_t now_ms)
{
    seen_node_t *node;

    while ((node = STAILQ_FIRST(&seen->done)) != NULL
           && (seen->done_count > SEEN_DONE_MAX || node->done_ms + SEEN_DONE_MS < now_ms))
    {
        STAILQ_REMOVE_HEAD(&seen->done, age_link);
        seen->done_count--;
        seen_remove(seen, node->monitor, node->slot_ms);
    }
}


int
seen_find(const seen_t *seen, uint32_t monitor, int64_t slot_ms, void **work)
{
    const seen_node_t *node = *seen_place(seen, monitor, slot_ms);

    if (node == NULL) {
        return 0;
    }

    *work = node->work;
    return (node->work != NULL) ? 1 : 2;
}


int
seen_begin(seen_t *seen, uint32_t monitor, int64_t slot_ms, void *work)
{
    seen_node_t *node = seen_node(seen, monitor, slot_ms);

    if (node == NULL) {
        return -1;
    }

    node->work = work;
    return 0;
}


int
seen_finish(seen_t *seen, uint32_t monitor, int64_t slot_ms, int64_t now_ms)
{
    seen_node_t *node = seen_node(seen, monitor, slot_ms);

    if (node == NULL) {
        return -1;
    }

    if (node->done_ms == 0) {
        STAILQ_INSERT_TAIL(&seen->done, node, age_link);
        seen->done_count++;
    }

    node->work = NULL;
    node->done_ms = (now_ms != 0) ? now_ms : 1;
    seen_expire(seen, now_ms);
    return 0;
}


void
seen_forget(seen_t *seen, uint32_t monitor, int64_t slot_ms)
{
    const seen_node_t *node = *seen_place(seen, monitor, slot_ms);

    if (node != NULL && node->done_ms == 0) {
        seen_remove(seen, monitor, slot_ms);
    }
}


size_t
seen_count(const seen_t *seen)
{
    return seen->count;
}


seen_t *
seen_create(void)
{
    seen_t *seen = calloc(1, sizeof(*seen));

    if (seen == NULL) {
        return NULL;
    }

    STAILQ_INIT(&seen->done);
    seen->buckets_count = SEEN_BUCKETS_MIN;
    seen->buckets = calloc(seen->buckets_count, sizeof(seen_node_t *));

    if (seen->buckets == NULL) {
        free(seen);
        return NULL;
    }

    return seen;
}


void
seen_destroy(seen_t *seen)
{
    for (size_t i = 0; i < seen->buckets_count; i++) {
        seen_node_t *node = seen->buckets[i];

        while (node != NULL) {
            seen_node_t *next = node->next;

            free(node);
            node = next;
        }
    }

    free(seen->buckets);
    free(seen);
}
