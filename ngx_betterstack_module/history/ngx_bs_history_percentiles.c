
/* GET /monitors/{id}/percentiles: counts and latency by steps. */

#include "ngx_bs_history_cells.h"
#include "ngx_bs_history_latency.h"


static ngx_int_t ngx_bs_history_percentiles_regions(ngx_bs_history_t *h,
    ngx_bs_history_cells_t *all, bs_rollup_t **sums);
static ngx_uint_t ngx_bs_history_percentiles_none(
    ngx_bs_history_cells_t *cells);
static void ngx_bs_history_percentiles_columns(ngx_bs_history_t *h,
    ngx_bs_history_cells_t *cells);
static void ngx_bs_history_percentiles_summary(ngx_bs_history_t *h,
    bs_rollup_t *all, bs_rollup_t **sums);
static void ngx_bs_history_percentiles_figures(ngx_bs_history_t *h,
    bs_rollup_t *sum);
static void ngx_bs_history_percentiles_region(ngx_bs_history_t *h,
    ngx_uint_t region);


static const char  *ngx_bs_history_phases[BS_ROLLUP_PHASES] = {
    "dns", "connect", "tls", "first_byte", "total", "transfer"
};


ngx_int_t
ngx_bs_history_make_percentiles(ngx_bs_history_t *h)
{
    bs_rollup_t             *sum, **sums;
    ngx_bs_history_cells_t   all;

    sums = ngx_pcalloc(h->pool, (h->regions_n + 1) * sizeof(bs_rollup_t *));

    if (sums == NULL || ngx_bs_history_cells_init(h, &all) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_bs_history_begin(h, "monitor_percentiles");
    ngx_bs_history_out_literal(&h->out, ",\"step\":");
    ngx_bs_history_out_number(&h->out, h->step_ms / 1000);
    ngx_bs_history_out_literal(&h->out, ",\"phase\":\"");
    ngx_bs_history_out_bytes(&h->out,
                             (u_char *) ngx_bs_history_phases[h->phase],
                             ngx_strlen(ngx_bs_history_phases[h->phase]));
    ngx_bs_history_out_literal(&h->out, "\",\"regions\":[");

    if (ngx_bs_history_percentiles_regions(h, &all, sums) != NGX_OK) {
        return NGX_ERROR;
    }

    sum = ngx_bs_history_cells_sum(&all);
    if (sum == NULL) {
        return NGX_ERROR;
    }

    ngx_bs_history_out_literal(&h->out, "],\"all\":{");
    ngx_bs_history_percentiles_columns(h, &all);
    ngx_bs_history_out_literal(&h->out, "},\"summary\":");
    ngx_bs_history_percentiles_summary(h, sum, sums);

    if (h->cut) {
        ngx_bs_history_out_literal(&h->out, ",\"truncated\":true");
    }

    ngx_bs_history_end(h);

    return NGX_OK;
}


/* Only regions that were there.  `sums`: of each of them. */

static ngx_int_t
ngx_bs_history_percentiles_regions(ngx_bs_history_t *h,
    ngx_bs_history_cells_t *all, bs_rollup_t **sums)
{
    ngx_uint_t              i, written;
    ngx_bs_history_cells_t  cells;

    if (ngx_bs_history_cells_init(h, &cells) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0, written = 0; i < h->regions_n; i++) {

        ngx_bs_history_cells_clear(&cells);

        if (ngx_bs_history_cells_add(&cells, i) != NGX_OK) {
            return NGX_ERROR;
        }

        if (ngx_bs_history_percentiles_none(&cells)) {
            continue;
        }

        sums[i] = ngx_bs_history_cells_sum(&cells);

        if (sums[i] == NULL
            || ngx_bs_history_cells_merge(all, &cells) != NGX_OK)
        {
            return NGX_ERROR;
        }

        if (written++) {
            ngx_bs_history_out_literal(&h->out, ",");
        }

        ngx_bs_history_percentiles_region(h, i);
        ngx_bs_history_out_literal(&h->out, ",");
        ngx_bs_history_percentiles_columns(h, &cells);
        ngx_bs_history_out_literal(&h->out, "}");
    }

    return NGX_OK;
}


static ngx_uint_t
ngx_bs_history_percentiles_none(ngx_bs_history_cells_t *cells)
{
    ngx_uint_t  i;

    for (i = 0; i < cells->n; i++) {
        if (cells->cell[i] && ngx_bs_history_cell_holds(cells->cell[i])) {
            return 0;
        }
    }

    return 1;
}


/* "at":[...],"up":[...], ... */

static void
ngx_bs_history_percentiles_columns(ngx_bs_history_t *h,
    ngx_bs_history_cells_t *cells)
{
    ngx_uint_t  i, figure;

    ngx_bs_history_out_literal(&h->out, "\"at\":[");

    for (i = 0; i < cells->n; i++) {

        if (i) {
            ngx_bs_history_out_literal(&h->out, ",");
        }

        ngx_bs_history_out_number(&h->out, ngx_bs_history_cells_at(cells, i));
    }

    for (figure = 0; figure < NGX_BS_HISTORY_FIGURES; figure++) {

        ngx_bs_history_out_literal(&h->out, "],\"");
        ngx_bs_history_out_bytes(&h->out,
                         (u_char *) ngx_bs_history_figure_names[figure],
                         ngx_strlen(ngx_bs_history_figure_names[figure]));
        ngx_bs_history_out_literal(&h->out, "\":[");

        for (i = 0; i < cells->n; i++) {

            if (i) {
                ngx_bs_history_out_literal(&h->out, ",");
            }

            ngx_bs_history_figure_value(h,
                ngx_bs_history_figure(cells->cell[i], h->phase, figure));
        }
    }

    ngx_bs_history_out_literal(&h->out, "]");
}


static void
ngx_bs_history_percentiles_summary(ngx_bs_history_t *h, bs_rollup_t *all,
    bs_rollup_t **sums)
{
    ngx_uint_t  i, written;

    ngx_bs_history_out_literal(&h->out, "{\"all\":{\"regions\":");

    for (i = 0, written = 0; i < h->regions_n; i++) {
        written += sums[i] != NULL;
    }

    ngx_bs_history_out_number(&h->out, written);
    ngx_bs_history_percentiles_figures(h, all);
    ngx_bs_history_out_literal(&h->out, "},\"regions\":[");

    for (i = 0, written = 0; i < h->regions_n; i++) {

        if (sums[i] == NULL) {
            continue;
        }

        if (written++) {
            ngx_bs_history_out_literal(&h->out, ",");
        }

        ngx_bs_history_percentiles_region(h, i);
        ngx_bs_history_percentiles_figures(h, sums[i]);
        ngx_bs_history_out_literal(&h->out, "}");
    }

    ngx_bs_history_out_literal(&h->out, "]}");
}


static void
ngx_bs_history_percentiles_figures(ngx_bs_history_t *h, bs_rollup_t *sum)
{
    ngx_uint_t  figure;

    for (figure = 0; figure < NGX_BS_HISTORY_FIGURES; figure++) {
        ngx_bs_history_figure_write(h, ngx_bs_history_figure_names[figure],
                                    ngx_bs_history_figure(sum, h->phase,
                                                          figure));
    }
}


static void
ngx_bs_history_percentiles_region(ngx_bs_history_t *h, ngx_uint_t region)
{
    ngx_bs_history_out_literal(&h->out, "{\"region\":");
    ngx_bs_history_out_text(&h->out, h->regions[region].slug.data,
                            h->regions[region].slug.len);
}
