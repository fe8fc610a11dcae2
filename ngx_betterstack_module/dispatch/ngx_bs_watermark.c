
#include "ngx_bs_watermark.h"
#include "../io/ngx_bs_clock.h"


static void ngx_bs_watermark_bound(ngx_bs_regions_t *regions,
    ngx_queue_t *queue, int64_t *least);


int64_t
ngx_bs_watermark(ngx_bs_publish_t *publish)
{
    int64_t              all, least;
    ngx_uint_t           i;
    ngx_bs_regions_t    *regions;
    ngx_bs_placement_t  *top;

    regions = publish->schedule->regions;
    top = ngx_bs_schedule_top(publish->schedule);

    /* Untouched slots: the heap's first bounds them for every region. */

    all = ngx_bs_publish_horizon(ngx_bs_clock_wall());

    if (top && top->slot - 1 < all) {
        all = top->slot - 1;
    }

    for (i = 0; i < regions->n; i++) {
        regions->elts[i].watermark = all;
    }

    least = all;

    ngx_bs_watermark_bound(regions, &publish->flight, &least);
    ngx_bs_watermark_bound(regions, &publish->failed, &least);
    ngx_bs_watermark_bound(regions, &publish->again, &least);

    return least;
}


static void
ngx_bs_watermark_bound(ngx_bs_regions_t *regions, ngx_queue_t *queue,
    int64_t *least)
{
    int64_t              before;
    ngx_queue_t         *q;
    ngx_bs_region_t     *region;
    ngx_bs_placement_t  *placement;

    for (q = ngx_queue_head(queue);
         q != ngx_queue_sentinel(queue);
         q = ngx_queue_next(q))
    {
        placement = ngx_queue_data(q, ngx_bs_placement_t, queue);
        region = &regions->elts[placement->region];
        before = placement->slot - 1;

        region->watermark = ngx_min(region->watermark, before);
        *least = ngx_min(*least, before);
    }
}
