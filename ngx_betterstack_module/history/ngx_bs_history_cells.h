
/*
 * What a region was like, step by step: rollups of days and hours, and ticks
 * where there are none, in one cell a step.
 */

#ifndef _NGX_BS_HISTORY_CELLS_H_INCLUDED_
#define _NGX_BS_HISTORY_CELLS_H_INCLUDED_


#include "ngx_bs_history.h"


/* 12 kB a cell that holds something. */
typedef struct {
    ngx_bs_history_t   *h;
    ngx_uint_t          n;
    int64_t             step_ms;       /* all of the range if it has no step */
    bs_rollup_t       **cell;          /* NULL: nothing in this step */
    bs_rollup_t        *spare;         /* what is read is read into these */
} ngx_bs_history_cells_t;


/* NGX_ERROR: no memory, or more steps than may be. */
ngx_int_t ngx_bs_history_cells_init(ngx_bs_history_t *h,
    ngx_bs_history_cells_t *cells);

/* What a region's rows hold is added.  NGX_ERROR: no memory. */
ngx_int_t ngx_bs_history_cells_add(ngx_bs_history_cells_t *cells,
    ngx_uint_t region);

/* NGX_ERROR: no memory. */
ngx_int_t ngx_bs_history_cells_merge(ngx_bs_history_cells_t *into,
    ngx_bs_history_cells_t *from);

/* As it was at the beginning; memory is kept. */
void ngx_bs_history_cells_clear(ngx_bs_history_cells_t *cells);

/* Of all steps together; NULL: no memory. */
bs_rollup_t *ngx_bs_history_cells_sum(ngx_bs_history_cells_t *cells);

/* Whether there is anything in it. */
ngx_uint_t ngx_bs_history_cell_holds(const bs_rollup_t *cell);

#define ngx_bs_history_cells_at(cells, i)                                     \
    ((cells)->h->since_ms + (int64_t) (i) * (cells)->step_ms)


#endif /* _NGX_BS_HISTORY_CELLS_H_INCLUDED_ */
