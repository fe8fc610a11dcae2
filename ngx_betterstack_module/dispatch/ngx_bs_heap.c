
#include "ngx_bs_heap.h"


#define NGX_BS_HEAP_MIN  1024


static void ngx_bs_heap_up(ngx_bs_schedule_t *schedule, ngx_uint_t i);
static void ngx_bs_heap_down(ngx_bs_schedule_t *schedule, ngx_uint_t i);
static void ngx_bs_heap_set(ngx_bs_schedule_t *schedule, ngx_uint_t i,
    ngx_bs_placement_t *placement);


/*
 * `n` counts the living; a monitor that is being replaced holds its places for
 * a moment longer, so there is always room for as many again of one monitor.
 */

ngx_int_t
ngx_bs_heap_reserve(ngx_bs_schedule_t *schedule, ngx_uint_t n)
{
    ngx_uint_t            size;
    ngx_bs_placement_t  **heap;

    n += NGX_BS_SCHEDULE_REGIONS_MAX;

    if (n <= schedule->size) {
        return NGX_OK;
    }

    if (n > NGX_BS_SCHEDULE_PLACEMENTS_MAX) {
        ngx_log_error(NGX_LOG_ERR, schedule->log, 0,
                      "betterstack: more than %d (monitor, region) pairs "
                      "cannot be scheduled", NGX_BS_SCHEDULE_PLACEMENTS_MAX);
        return NGX_ERROR;
    }

    size = schedule->size ? schedule->size : NGX_BS_HEAP_MIN;

    while (size < n) {
        size *= 2;
    }

    heap = ngx_alloc(size * sizeof(ngx_bs_placement_t *), schedule->log);
    if (heap == NULL) {
        return NGX_ERROR;
    }

    if (schedule->heap) {
        ngx_memcpy(heap, schedule->heap,
                   schedule->nheap * sizeof(ngx_bs_placement_t *));
        ngx_free(schedule->heap);
    }

    schedule->heap = heap;
    schedule->size = size;

    return NGX_OK;
}


void
ngx_bs_heap_free(ngx_bs_schedule_t *schedule)
{
    if (schedule->heap) {
        ngx_free(schedule->heap);
    }

    schedule->heap = NULL;
    schedule->nheap = 0;
    schedule->size = 0;
}


void
ngx_bs_heap_push(ngx_bs_schedule_t *schedule, ngx_bs_placement_t *placement)
{
    placement->state = NGX_BS_PLACEMENT_HEAP;

    ngx_bs_heap_set(schedule, schedule->nheap++, placement);
    ngx_bs_heap_up(schedule, placement->heap);
}


void
ngx_bs_heap_remove(ngx_bs_schedule_t *schedule, ngx_bs_placement_t *placement)
{
    ngx_uint_t           i;
    ngx_bs_placement_t  *last;

    placement->state = NGX_BS_PLACEMENT_IDLE;

    i = placement->heap;
    last = schedule->heap[--schedule->nheap];

    if (last == placement) {
        return;
    }

    ngx_bs_heap_set(schedule, i, last);
    ngx_bs_heap_up(schedule, i);
    ngx_bs_heap_down(schedule, last->heap);
}


void
ngx_bs_heap_build(ngx_bs_schedule_t *schedule)
{
    ngx_uint_t  i;

    for (i = schedule->nheap / 2; i > 0; i--) {
        ngx_bs_heap_down(schedule, i - 1);
    }
}


static void
ngx_bs_heap_up(ngx_bs_schedule_t *schedule, ngx_uint_t i)
{
    ngx_uint_t           parent;
    ngx_bs_placement_t  *placement;

    placement = schedule->heap[i];

    while (i > 0) {
        parent = (i - 1) / 2;

        if (schedule->heap[parent]->slot <= placement->slot) {
            break;
        }

        ngx_bs_heap_set(schedule, i, schedule->heap[parent]);
        i = parent;
    }

    ngx_bs_heap_set(schedule, i, placement);
}


static void
ngx_bs_heap_down(ngx_bs_schedule_t *schedule, ngx_uint_t i)
{
    ngx_uint_t           child;
    ngx_bs_placement_t  *placement;

    placement = schedule->heap[i];

    for ( ;; ) {
        child = 2 * i + 1;

        if (child >= schedule->nheap) {
            break;
        }

        if (child + 1 < schedule->nheap
            && schedule->heap[child + 1]->slot < schedule->heap[child]->slot)
        {
            child++;
        }

        if (schedule->heap[child]->slot >= placement->slot) {
            break;
        }

        ngx_bs_heap_set(schedule, i, schedule->heap[child]);
        i = child;
    }

    ngx_bs_heap_set(schedule, i, placement);
}


static void
ngx_bs_heap_set(ngx_bs_schedule_t *schedule, ngx_uint_t i,
    ngx_bs_placement_t *placement)
{
    schedule->heap[i] = placement;
    placement->heap = (uint32_t) i;
}
