
#include "ngx_bs_schedule.h"
#include "ngx_bs_heap.h"

#include <bs_slot.h>
#include <bs_wire.h>


static ngx_bs_monitor_t *ngx_bs_schedule_find(ngx_bs_schedule_t *schedule,
    uint32_t id);
static ngx_bs_monitor_t *ngx_bs_schedule_make(ngx_bs_schedule_t *schedule,
    const ngx_bs_schedule_row_t *row);
static ngx_uint_t ngx_bs_schedule_count(const ngx_str_t *placements);
static ngx_int_t ngx_bs_schedule_place(ngx_bs_schedule_t *schedule,
    ngx_bs_monitor_t *monitor, const ngx_bs_schedule_row_t *row);
static ngx_int_t ngx_bs_schedule_parse(ngx_bs_schedule_t *schedule,
    u_char *p, u_char *last, ngx_bs_placement_t *placement);
static int64_t ngx_bs_schedule_first(ngx_bs_monitor_t *monitor,
    ngx_bs_placement_t *placement, ngx_bs_monitor_t *old, int64_t after);
static ngx_bs_placement_t *ngx_bs_schedule_same(ngx_bs_monitor_t *monitor,
    ngx_bs_placement_t *placement);
static void ngx_bs_schedule_drop(ngx_bs_schedule_t *schedule,
    ngx_bs_monitor_t *monitor);


void
ngx_bs_schedule_init(ngx_bs_schedule_t *schedule, ngx_bs_regions_t *regions,
    void *owner, ngx_log_t *log)
{
    ngx_memzero(schedule, sizeof(ngx_bs_schedule_t));

    schedule->regions = regions;
    schedule->owner = owner;
    schedule->log = log;

    ngx_rbtree_init(&schedule->tree, &schedule->sentinel,
                    ngx_rbtree_insert_value);
}


void
ngx_bs_schedule_clear(ngx_bs_schedule_t *schedule)
{
    while (schedule->tree.root != &schedule->sentinel) {
        ngx_bs_schedule_drop(schedule,
                             (ngx_bs_monitor_t *) schedule->tree.root);
    }

    ngx_bs_heap_free(schedule);
    schedule->loaded = 0;
}


static ngx_bs_monitor_t *
ngx_bs_schedule_find(ngx_bs_schedule_t *schedule, uint32_t id)
{
    ngx_rbtree_node_t  *node;

    node = schedule->tree.root;

    while (node != &schedule->sentinel) {

        if (id == node->key) {
            return (ngx_bs_monitor_t *) node;
        }

        node = id < node->key ? node->left : node->right;
    }

    return NULL;
}


ngx_int_t
ngx_bs_schedule_upsert(ngx_bs_schedule_t *schedule,
    const ngx_bs_schedule_row_t *row, int64_t after)
{
    ngx_uint_t           i;
    ngx_bs_monitor_t    *monitor, *old;
    ngx_bs_placement_t  *placement;

    old = ngx_bs_schedule_find(schedule, row->id);

    monitor = ngx_bs_schedule_make(schedule, row);

    if (monitor == NULL) {
        /* What was known about it is still better than nothing. */

        if (old) {
            old->generation = schedule->generation;
        }

        return NGX_ERROR;
    }

    if (old) {
        monitor->since = old->since;

    } else {
        monitor->since = schedule->loaded ? after : 0;
    }

    for (i = 0; i < monitor->placements; i++) {
        placement = &monitor->placement[i];
        placement->slot = ngx_bs_schedule_first(monitor, placement, old,
                                                after);
    }

    if (old) {
        ngx_bs_schedule_drop(schedule, old);
    }

    for (i = 0; i < monitor->placements; i++) {
        schedule->regions->elts[monitor->placement[i].region].placements++;
        ngx_bs_heap_push(schedule, &monitor->placement[i]);
    }

    schedule->monitors++;
    schedule->placements += monitor->placements;

    ngx_rbtree_insert(&schedule->tree, &monitor->node);

    return NGX_OK;
}


void
ngx_bs_schedule_remove(ngx_bs_schedule_t *schedule, uint32_t id)
{
    ngx_bs_monitor_t  *monitor;

    monitor = ngx_bs_schedule_find(schedule, id);

    if (monitor) {
        ngx_bs_schedule_drop(schedule, monitor);
    }
}


/* Not in the tree, not in the heap, and without slots yet. */

static ngx_bs_monitor_t *
ngx_bs_schedule_make(ngx_bs_schedule_t *schedule,
    const ngx_bs_schedule_row_t *row)
{
    size_t             head;
    ngx_uint_t         n;
    ngx_bs_monitor_t  *monitor;

    n = ngx_bs_schedule_count(&row->placements);

    if (row->interval <= 0 || row->interval > NGX_BS_SCHEDULE_INTERVAL_MAX
        || row->spec.len == 0 || row->spec.len > BS_WIRE_JOB_BYTES_MAX
        || n > NGX_BS_SCHEDULE_REGIONS_MAX)
    {
        ngx_log_error(NGX_LOG_ERR, schedule->log, 0,
                      "betterstack: monitor %uD cannot be scheduled: interval "
                      "%L ms, %ui regions, %uz bytes", row->id, row->interval,
                      n, row->spec.len);
        return NULL;
    }

    if (ngx_bs_heap_reserve(schedule, schedule->placements + n) != NGX_OK) {
        return NULL;
    }

    head = sizeof(ngx_bs_monitor_t) + n * sizeof(ngx_bs_placement_t);

    monitor = ngx_alloc(head + row->spec.len, schedule->log);
    if (monitor == NULL) {
        return NULL;
    }

    ngx_memzero(monitor, head);

    monitor->node.key = row->id;
    monitor->schedule = schedule;
    monitor->interval = (uint32_t) row->interval;
    monitor->generation = schedule->generation;
    monitor->placements = (uint16_t) n;
    monitor->spec = (u_char *) monitor + head;
    monitor->spec_len = (uint32_t) row->spec.len;

    ngx_memcpy(monitor->spec, row->spec.data, row->spec.len);

    if (ngx_bs_schedule_place(schedule, monitor, row) != NGX_OK) {
        ngx_free(monitor);
        return NULL;
    }

    return monitor;
}


static ngx_uint_t
ngx_bs_schedule_count(const ngx_str_t *placements)
{
    size_t      i;
    ngx_uint_t  n;

    if (placements->len == 0) {
        return 0;
    }

    n = 1;

    for (i = 0; i < placements->len; i++) {
        n += (placements->data[i] == ',');
    }

    return n;
}


static ngx_int_t
ngx_bs_schedule_place(ngx_bs_schedule_t *schedule, ngx_bs_monitor_t *monitor,
    const ngx_bs_schedule_row_t *row)
{
    u_char              *p, *comma, *last;
    ngx_uint_t           i;
    ngx_bs_placement_t  *placement;

    p = row->placements.data;
    last = p + row->placements.len;

    for (i = 0; i < monitor->placements; i++) {
        placement = &monitor->placement[i];
        placement->index = (uint16_t) i;

        comma = ngx_strlchr(p, last, ',');

        if (ngx_bs_schedule_parse(schedule, p, comma ? comma : last, placement)
            != NGX_OK
            || placement->phase >= monitor->interval)
        {
            ngx_log_error(NGX_LOG_ERR, schedule->log, 0,
                          "betterstack: monitor %uD cannot be scheduled in "
                          "\"%V\"", row->id, &row->placements);
            return NGX_ERROR;
        }

        p = comma ? comma + 1 : last;
    }

    return NGX_OK;
}


/* slug:phase_ms */

static ngx_int_t
ngx_bs_schedule_parse(ngx_bs_schedule_t *schedule, u_char *p, u_char *last,
    ngx_bs_placement_t *placement)
{
    u_char     *colon;
    ngx_int_t   region, phase;
    ngx_str_t   slug;

    colon = ngx_strlchr(p, last, ':');
    if (colon == NULL) {
        return NGX_ERROR;
    }

    phase = ngx_atoi(colon + 1, last - colon - 1);

    if (phase == NGX_ERROR || phase >= NGX_BS_SCHEDULE_INTERVAL_MAX) {
        return NGX_ERROR;
    }

    slug.data = p;
    slug.len = colon - p;

    region = ngx_bs_regions_find(schedule->regions, &slug);
    if (region == NGX_ERROR) {
        return NGX_ERROR;
    }

    placement->region = (uint16_t) region;
    placement->phase = (uint32_t) phase;

    return NGX_OK;
}


/*
 * The same grid goes on where it is, and a slot in flight counts as published
 * (if it fails, its heir gets it back).  A changed grid begins after `after`,
 * and after the last slot of the old one.
 */

static int64_t
ngx_bs_schedule_first(ngx_bs_monitor_t *monitor,
    ngx_bs_placement_t *placement, ngx_bs_monitor_t *old, int64_t after)
{
    int64_t              published;
    ngx_uint_t           i;
    ngx_bs_placement_t  *before;

    before = old ? ngx_bs_schedule_same(old, placement) : NULL;

    if (before && old->interval == monitor->interval) {
        return before->state == NGX_BS_PLACEMENT_FLIGHT
               ? bs_slot_next(before->slot, monitor->interval,
                              placement->phase)
               : before->slot;
    }

    for (i = 0; old && i < old->placements; i++) {
        before = &old->placement[i];
        published = before->slot - (before->state == NGX_BS_PLACEMENT_FLIGHT
                                    ? 0 : (int64_t) old->interval);

        if (before->region == placement->region && published > after) {
            after = published;
        }
    }

    return bs_slot_next(after, monitor->interval, placement->phase);
}


static ngx_bs_placement_t *
ngx_bs_schedule_same(ngx_bs_monitor_t *monitor, ngx_bs_placement_t *placement)
{
    ngx_uint_t           i;
    ngx_bs_placement_t  *other;

    for (i = 0; i < monitor->placements; i++) {
        other = &monitor->placement[i];

        if (other->region == placement->region
            && other->phase == placement->phase)
        {
            return other;
        }
    }

    return NULL;
}


ngx_bs_placement_t *
ngx_bs_schedule_heir(ngx_bs_placement_t *placement)
{
    ngx_bs_monitor_t  *dead, *monitor;

    dead = ngx_bs_schedule_monitor(placement);
    monitor = ngx_bs_schedule_find(dead->schedule, (uint32_t) dead->node.key);

    if (monitor == NULL || monitor->interval != dead->interval) {
        return NULL;
    }

    return ngx_bs_schedule_same(monitor, placement);
}


/* Out of the tree and the heap; what is in flight keeps the memory alive. */

static void
ngx_bs_schedule_drop(ngx_bs_schedule_t *schedule, ngx_bs_monitor_t *monitor)
{
    ngx_uint_t           i;
    ngx_bs_placement_t  *placement;

    for (i = 0; i < monitor->placements; i++) {
        placement = &monitor->placement[i];

        schedule->regions->elts[placement->region].placements--;

        if (placement->state == NGX_BS_PLACEMENT_HEAP) {
            ngx_bs_heap_remove(schedule, placement);

        } else if (placement->state == NGX_BS_PLACEMENT_RETRY) {
            ngx_queue_remove(&placement->queue);
            placement->state = NGX_BS_PLACEMENT_IDLE;
        }
    }

    schedule->monitors--;
    schedule->placements -= monitor->placements;

    ngx_rbtree_delete(&schedule->tree, &monitor->node);

    monitor->dead = 1;
    ngx_bs_schedule_bury(monitor);
}


void
ngx_bs_schedule_bury(ngx_bs_monitor_t *monitor)
{
    if (monitor->dead && monitor->flying == 0) {
        ngx_free(monitor);
    }
}


ngx_bs_monitor_t *
ngx_bs_schedule_monitor(ngx_bs_placement_t *placement)
{
    return (ngx_bs_monitor_t *)
               ((u_char *) (placement - placement->index)
                - offsetof(ngx_bs_monitor_t, placement));
}


void
ngx_bs_schedule_load_begin(ngx_bs_schedule_t *schedule)
{
    schedule->generation++;
}


void
ngx_bs_schedule_load_end(ngx_bs_schedule_t *schedule)
{
    ngx_rbtree_node_t  *node, *next;
    ngx_bs_monitor_t   *monitor;

    schedule->loaded = 1;

    if (schedule->tree.root == &schedule->sentinel) {
        return;
    }

    node = ngx_rbtree_min(schedule->tree.root, &schedule->sentinel);

    for ( /* void */ ; node; node = next) {
        next = ngx_rbtree_next(&schedule->tree, node);
        monitor = (ngx_bs_monitor_t *) node;

        if (monitor->generation != schedule->generation) {
            ngx_bs_schedule_drop(schedule, monitor);
        }
    }
}


ngx_bs_placement_t *
ngx_bs_schedule_top(ngx_bs_schedule_t *schedule)
{
    return schedule->nheap ? schedule->heap[0] : NULL;
}


void
ngx_bs_schedule_take(ngx_bs_schedule_t *schedule,
    ngx_bs_placement_t *placement)
{
    ngx_bs_heap_remove(schedule, placement);
}


void
ngx_bs_schedule_put(ngx_bs_schedule_t *schedule,
    ngx_bs_placement_t *placement)
{
    ngx_bs_heap_push(schedule, placement);
}


void
ngx_bs_schedule_forward(ngx_bs_schedule_t *schedule, int64_t after)
{
    ngx_uint_t           i;
    ngx_bs_monitor_t    *monitor;
    ngx_bs_placement_t  *placement;

    for (i = 0; i < schedule->nheap; i++) {
        placement = schedule->heap[i];

        if (placement->slot <= after) {
            monitor = ngx_bs_schedule_monitor(placement);
            placement->slot = bs_slot_next(after, monitor->interval,
                                           placement->phase);
        }
    }

    ngx_bs_heap_build(schedule);
}


void
ngx_bs_schedule_rewind(ngx_bs_schedule_t *schedule, int64_t after,
    int64_t now)
{
    ngx_uint_t           i;
    ngx_bs_monitor_t    *monitor;
    ngx_bs_placement_t  *placement;

    for (i = 0; i < schedule->nheap; i++) {
        placement = schedule->heap[i];
        monitor = ngx_bs_schedule_monitor(placement);

        /* added in a time that the clock has taken back */
        monitor->since = ngx_min(monitor->since, now);

        placement->slot = ngx_bs_schedule_earlier(placement, after);
    }

    ngx_bs_heap_build(schedule);
}


int64_t
ngx_bs_schedule_earlier(ngx_bs_placement_t *placement, int64_t after)
{
    int64_t            slot;
    ngx_bs_monitor_t  *monitor;

    monitor = ngx_bs_schedule_monitor(placement);

    slot = bs_slot_next(ngx_max(after, monitor->since), monitor->interval,
                        placement->phase);

    return ngx_min(placement->slot, slot);
}
