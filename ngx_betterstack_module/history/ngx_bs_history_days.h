
/*
 * The ticks of one region, day by day, as if there were one tier: sealed days,
 * hot ones, and late ticks merged in by their slots.
 */

#ifndef _NGX_BS_HISTORY_DAYS_H_INCLUDED_
#define _NGX_BS_HISTORY_DAYS_H_INCLUDED_


#include "ngx_bs_history.h"


/*
 * Has the ticks [from, to) of the day, which are those asked for; at least
 * one.  What it borrows of the day lasts for the call; addresses last as long
 * as the answer.  NGX_DONE: enough.  NGX_ERROR: no memory.
 */
typedef ngx_int_t (*ngx_bs_history_visit_pt)(void *data,
    const bs_pack_day_t *day, uint32_t from, uint32_t to);


/*
 * `wanted`: BS_PACK_WANT() of the columns to be there; `newest`: the newest day
 * first.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_bs_history_days(ngx_bs_history_t *h, ngx_uint_t region,
    uint32_t wanted, ngx_uint_t newest, ngx_bs_history_visit_pt visit,
    void *data);

/* A tick of a day that may not have all columns; the others are as if new. */
void ngx_bs_history_tick(const bs_pack_day_t *day, uint32_t i,
    bs_pack_tick_t *tick);


#endif /* _NGX_BS_HISTORY_DAYS_H_INCLUDED_ */
