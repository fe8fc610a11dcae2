
/*
 * The ticks of each region in one piece, the newest or the oldest ones: no more
 * than were asked for.
 */

#ifndef _NGX_BS_HISTORY_SERIES_H_INCLUDED_
#define _NGX_BS_HISTORY_SERIES_H_INCLUDED_


#include "ngx_bs_history.h"


typedef struct {
    bs_pack_tick_t    *ticks;        /* ascending; [first, end) are there */
    ngx_uint_t         first;
    ngx_uint_t         end;
} ngx_bs_history_series_t;


/*
 * One a region; with h->limit + 1 ticks at most, of the days' `wanted` columns.
 * NULL: no memory.
 */
ngx_bs_history_series_t *ngx_bs_history_series(ngx_bs_history_t *h,
    uint32_t wanted);

/*
 * Of all regions together h->limit are left, and of the same slot the regions
 * that come first.  What goes sets h->cut, and h->next_ms at the end that goes.
 */
void ngx_bs_history_series_cut(ngx_bs_history_t *h,
    ngx_bs_history_series_t *series);

/* h->limit of each. */
void ngx_bs_history_series_cut_each(ngx_bs_history_t *h,
    ngx_bs_history_series_t *series);


#endif /* _NGX_BS_HISTORY_SERIES_H_INCLUDED_ */
