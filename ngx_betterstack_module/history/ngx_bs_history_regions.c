
/* GET /monitors/{id}/regions: regions side by side. */

#include "ngx_bs_history_cells.h"
#include "ngx_bs_history_latency.h"


static void ngx_bs_history_regions_write(ngx_bs_history_t *h,
    ngx_bs_history_region_t *region, const bs_rollup_t *sum);
static void ngx_bs_history_regions_phase(ngx_bs_history_t *h,
    const bs_rollup_t *sum, const char *name, ngx_uint_t phase);


ngx_int_t
ngx_bs_history_make_regions(ngx_bs_history_t *h)
{
    ngx_uint_t               i, written;
    bs_rollup_t             *sum;
    ngx_bs_history_cells_t   cells;

    if (ngx_bs_history_cells_init(h, &cells) != NGX_OK) {
        return NGX_ERROR;
    }

    ngx_bs_history_begin(h, "monitor_regions");
    ngx_bs_history_out_literal(&h->out, ",\"regions\":[");

    for (i = 0, written = 0; i < h->regions_n; i++) {

        ngx_bs_history_cells_clear(&cells);

        if (ngx_bs_history_cells_add(&cells, i) != NGX_OK) {
            return NGX_ERROR;
        }

        sum = cells.cell[0];

        if (sum == NULL || !ngx_bs_history_cell_holds(sum)) {
            continue;
        }

        if (written++) {
            ngx_bs_history_out_literal(&h->out, ",");
        }

        ngx_bs_history_regions_write(h, &h->regions[i], sum);
    }

    ngx_bs_history_out_literal(&h->out, "]");

    if (h->cut) {
        ngx_bs_history_out_literal(&h->out, ",\"truncated\":true");
    }

    ngx_bs_history_end(h);

    return NGX_OK;
}


static void
ngx_bs_history_regions_write(ngx_bs_history_t *h,
    ngx_bs_history_region_t *region, const bs_rollup_t *sum)
{
    int64_t     well, checks;
    ngx_uint_t  figure;

    ngx_bs_history_out_literal(&h->out, "{\"region\":");
    ngx_bs_history_out_text(&h->out, region->slug.data, region->slug.len);
    ngx_bs_history_out_literal(&h->out, ",\"name\":");
    ngx_bs_history_out_text(&h->out, region->name.data, region->name.len);

    well = ngx_bs_history_figure(sum, 0, NGX_BS_HISTORY_UP)
           + ngx_bs_history_figure(sum, 0, NGX_BS_HISTORY_DEGRADED);
    checks = well + ngx_bs_history_figure(sum, 0, NGX_BS_HISTORY_DOWN);

    ngx_bs_history_figure_write(h, "checks", checks);
    ngx_bs_history_out_literal(&h->out, ",\"success_rate\":");

    if (checks) {
        ngx_bs_history_out_share(&h->out, well, checks);

    } else {
        ngx_bs_history_out_literal(&h->out, "null");
    }

    for (figure = 0; figure < NGX_BS_HISTORY_FIGURES; figure++) {

        if (figure != NGX_BS_HISTORY_COUNT) {
            ngx_bs_history_figure_write(h,
                ngx_bs_history_figure_names[figure],
                ngx_bs_history_figure(sum, BS_ROLLUP_TOTAL, figure));
        }
    }

    ngx_bs_history_out_literal(&h->out, ",\"phases\":{");
    ngx_bs_history_regions_phase(h, sum, "\"dns\"", BS_ROLLUP_DNS);
    ngx_bs_history_regions_phase(h, sum, ",\"connect\"", BS_ROLLUP_CONNECT);
    ngx_bs_history_regions_phase(h, sum, ",\"tls\"", BS_ROLLUP_TLS);
    ngx_bs_history_regions_phase(h, sum, ",\"first_byte\"",
                                 BS_ROLLUP_FIRST_BYTE);
    ngx_bs_history_regions_phase(h, sum, ",\"total\"", BS_ROLLUP_TOTAL);
    ngx_bs_history_out_literal(&h->out, "}}");
}


static void
ngx_bs_history_regions_phase(ngx_bs_history_t *h, const bs_rollup_t *sum,
    const char *name, ngx_uint_t phase)
{
    ngx_bs_history_out_bytes(&h->out, (u_char *) name, ngx_strlen(name));
    ngx_bs_history_out_literal(&h->out, ":{\"mean\":");
    ngx_bs_history_figure_value(h, bs_rollup_mean(sum, phase));
    ngx_bs_history_figure_write(h, "p50",
        ngx_bs_history_figure(sum, phase, NGX_BS_HISTORY_P50));
    ngx_bs_history_figure_write(h, "p95",
        ngx_bs_history_figure(sum, phase, NGX_BS_HISTORY_P95));
    ngx_bs_history_out_literal(&h->out, "}");
}
