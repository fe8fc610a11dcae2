
#include "ngx_bs_history_cells.h"
#include "ngx_bs_history_days.h"


static ngx_int_t ngx_bs_history_cells_row(ngx_bs_history_cells_t *cells,
    ngx_bs_history_row_t *row);
static ngx_int_t ngx_bs_history_cells_rollup(ngx_bs_history_cells_t *cells,
    ngx_bs_history_row_t *row);
static ngx_int_t ngx_bs_history_cells_hours(ngx_bs_history_cells_t *cells,
    ngx_bs_history_row_t *row);
static ngx_int_t ngx_bs_history_cells_put(ngx_bs_history_cells_t *cells,
    int64_t at_ms, const bs_rollup_t *rollup);
static ngx_int_t ngx_bs_history_cells_visit(void *data,
    const bs_pack_day_t *day, uint32_t from, uint32_t to);
static bs_rollup_t *ngx_bs_history_cell(ngx_bs_history_cells_t *cells,
    int64_t at_ms);


ngx_int_t
ngx_bs_history_cells_init(ngx_bs_history_t *h, ngx_bs_history_cells_t *cells)
{
    ngx_uint_t  i;

    cells->h = h;
    cells->step_ms = h->step_ms ? h->step_ms : h->until_ms + 1 - h->since_ms;
    cells->step_ms = ngx_max(cells->step_ms, 1);
    cells->n = (h->until_ms - h->since_ms) / cells->step_ms + 1;

    if (cells->n > NGX_BS_HISTORY_STEPS_MAX) {
        return NGX_ERROR;
    }

    cells->cell = ngx_pcalloc(h->pool, cells->n * sizeof(bs_rollup_t *));
    cells->spare = ngx_palloc(h->pool, BS_ROLLUP_HOURS * sizeof(bs_rollup_t));

    if (cells->cell == NULL || cells->spare == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < BS_ROLLUP_HOURS; i++) {
        bs_rollup_init(&cells->spare[i]);
    }

    return NGX_OK;
}


ngx_int_t
ngx_bs_history_cells_add(ngx_bs_history_cells_t *cells, ngx_uint_t region)
{
    ngx_uint_t         i;
    ngx_bs_history_t  *h;

    h = cells->h;

    for (i = 0; i < h->rows_n; i++) {

        if (h->rows[i].region == region
            && ngx_bs_history_cells_row(cells, &h->rows[i]) != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return ngx_bs_history_days(h, region, BS_ROLLUP_COLUMNS, 0,
                               ngx_bs_history_cells_visit, cells);
}


static ngx_int_t
ngx_bs_history_cells_row(ngx_bs_history_cells_t *cells,
    ngx_bs_history_row_t *row)
{
    switch (row->kind) {

    case NGX_BS_HISTORY_DAY:
    case NGX_BS_HISTORY_HOUR:
        return ngx_bs_history_cells_rollup(cells, row);

    case NGX_BS_HISTORY_HOURS:
        return ngx_bs_history_cells_hours(cells, row);

    default:
        return NGX_OK;
    }
}


static ngx_int_t
ngx_bs_history_cells_rollup(ngx_bs_history_cells_t *cells,
    ngx_bs_history_row_t *row)
{
    const char  *error;

    if (bs_rollup_unpack(&cells->spare[0], row->data.data, row->data.len,
                         &error)
        != 0)
    {
        ngx_bs_history_damaged(cells->h, row, error);
        return NGX_OK;
    }

    return ngx_bs_history_cells_put(cells, row->at_ms, &cells->spare[0]);
}


static ngx_int_t
ngx_bs_history_cells_hours(ngx_bs_history_cells_t *cells,
    ngx_bs_history_row_t *row)
{
    ngx_uint_t   i;
    const char  *error;

    if (row->data.len == 0) {

        /* Days are kept longer than their hours: core.retention_step. */

        return NGX_OK;
    }

    if (bs_rollup_hours_unpack(cells->spare, row->data.data, row->data.len,
                               &error)
        != 0)
    {
        ngx_bs_history_damaged(cells->h, row, error);
        return NGX_OK;
    }

    for (i = 0; i < BS_ROLLUP_HOURS; i++) {

        if (ngx_bs_history_cell_holds(&cells->spare[i])
            && ngx_bs_history_cells_put(cells,
                           row->at_ms + (int64_t) i * NGX_BS_HISTORY_HOUR_MS,
                           &cells->spare[i])
               != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


/* What lies outside of what is asked for is left out. */

static ngx_int_t
ngx_bs_history_cells_put(ngx_bs_history_cells_t *cells, int64_t at_ms,
    const bs_rollup_t *rollup)
{
    bs_rollup_t  *cell;

    if (at_ms < cells->h->since_ms || at_ms > cells->h->until_ms) {
        return NGX_OK;
    }

    cell = ngx_bs_history_cell(cells, at_ms);

    if (cell == NULL) {
        return NGX_ERROR;
    }

    bs_rollup_merge(cell, rollup);

    return NGX_OK;
}


static ngx_int_t
ngx_bs_history_cells_visit(void *data, const bs_pack_day_t *day,
    uint32_t from, uint32_t to)
{
    ngx_bs_history_cells_t *cells = data;

    uint32_t         i;
    bs_rollup_t     *cell;
    bs_pack_tick_t   tick;

    for (i = from; i < to; i++) {
        ngx_bs_history_tick(day, i, &tick);

        /* Slots of a damaged day may be anywhere. */

        if (tick.slot_ms < cells->h->since_ms
            || tick.slot_ms > cells->h->until_ms)
        {
            continue;
        }

        cell = ngx_bs_history_cell(cells, tick.slot_ms);

        if (cell == NULL) {
            return NGX_ERROR;
        }

        bs_rollup_add(cell, &tick);
    }

    return NGX_OK;
}


static bs_rollup_t *
ngx_bs_history_cell(ngx_bs_history_cells_t *cells, int64_t at_ms)
{
    ngx_uint_t  i;

    i = (ngx_uint_t) ((at_ms - cells->h->since_ms) / cells->step_ms);

    if (cells->cell[i] == NULL) {
        cells->cell[i] = ngx_palloc(cells->h->pool, sizeof(bs_rollup_t));

        if (cells->cell[i]) {
            bs_rollup_init(cells->cell[i]);
        }
    }

    return cells->cell[i];
}


ngx_int_t
ngx_bs_history_cells_merge(ngx_bs_history_cells_t *into,
    ngx_bs_history_cells_t *from)
{
    ngx_uint_t    i;
    bs_rollup_t  *cell;

    for (i = 0; i < from->n; i++) {

        if (from->cell[i] == NULL
            || !ngx_bs_history_cell_holds(from->cell[i]))
        {
            continue;
        }

        cell = ngx_bs_history_cell(into, ngx_bs_history_cells_at(from, i));

        if (cell == NULL) {
            return NGX_ERROR;
        }

        bs_rollup_merge(cell, from->cell[i]);
    }

    return NGX_OK;
}


void
ngx_bs_history_cells_clear(ngx_bs_history_cells_t *cells)
{
    ngx_uint_t  i;

    for (i = 0; i < cells->n; i++) {
        if (cells->cell[i]) {
            bs_rollup_clear(cells->cell[i]);
        }
    }
}


bs_rollup_t *
ngx_bs_history_cells_sum(ngx_bs_history_cells_t *cells)
{
    ngx_uint_t    i;
    bs_rollup_t  *sum;

    sum = ngx_palloc(cells->h->pool, sizeof(bs_rollup_t));
    if (sum == NULL) {
        return NULL;
    }

    bs_rollup_init(sum);

    for (i = 0; i < cells->n; i++) {
        if (cells->cell[i]) {
            bs_rollup_merge(sum, cells->cell[i]);
        }
    }

    return sum;
}


ngx_uint_t
ngx_bs_history_cell_holds(const bs_rollup_t *cell)
{
    ngx_uint_t  i;

    for (i = 0; i < BS_ROLLUP_STATUSES; i++) {
        if (cell->counts[i]) {
            return 1;
        }
    }

    return 0;
}
