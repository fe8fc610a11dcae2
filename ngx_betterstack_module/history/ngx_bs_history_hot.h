
/*
 * Ticks as SQL sends them: record_send() of each, end to end.
 */

#ifndef _NGX_BS_HISTORY_HOT_H_INCLUDED_
#define _NGX_BS_HISTORY_HOT_H_INCLUDED_


#include "ngx_bs_history.h"


/*
 * In ascending order of slots, none twice; addresses are borrowed from the
 * row.  What makes no sense ends it: that row is damaged.  NGX_ERROR: no
 * memory.
 */
ngx_int_t ngx_bs_history_hot(ngx_bs_history_t *h, ngx_bs_history_row_t *row,
    bs_pack_tick_t **ticks, ngx_uint_t *n);


#endif /* _NGX_BS_HISTORY_HOT_H_INCLUDED_ */
