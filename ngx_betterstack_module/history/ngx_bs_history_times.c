
/* GET /monitors/{id}/response-times: the documented shape, in seconds. */

#include "ngx_bs_history_cells.h"
#include "ngx_bs_history_series.h"
#include "bs_check.h"


#define NGX_BS_HISTORY_TIMES_COLUMNS                                          \
    (BS_ROLLUP_COLUMNS | BS_PACK_WANT(BS_PACK_LATENESS))


static ngx_int_t ngx_bs_history_times_raw(ngx_bs_history_t *h);
static ngx_uint_t ngx_bs_history_times_each(ngx_bs_history_t *h,
    ngx_bs_history_series_t *series);
static ngx_int_t ngx_bs_history_times_steps(ngx_bs_history_t *h);
static void ngx_bs_history_times_step(ngx_bs_history_t *h,
    const bs_rollup_t *cell, int64_t at_ms, ngx_uint_t first);
static void ngx_bs_history_times_region(ngx_bs_history_t *h,
    ngx_uint_t region, ngx_uint_t first);
static void ngx_bs_history_times_write(ngx_bs_history_t *h, int64_t at_ms,
    const int64_t *us, ngx_uint_t first);


ngx_int_t
ngx_bs_history_make_times(ngx_bs_history_t *h)
{
    ngx_int_t  rc;

    ngx_bs_history_begin(h, "monitor_response_times");
    ngx_bs_history_out_literal(&h->out, ",\"step\":");
    ngx_bs_history_out_number(&h->out, h->step_ms / 1000);
    ngx_bs_history_out_literal(&h->out, ",\"regions\":[");

    rc = h->step_ms ? ngx_bs_history_times_steps(h)
                    : ngx_bs_history_times_raw(h);

    ngx_bs_history_out_literal(&h->out, "]");

    if (h->cut) {
        ngx_bs_history_out_literal(&h->out, ",\"truncated\":true");
    }

    ngx_bs_history_end(h);

    return rc;
}


static ngx_int_t
ngx_bs_history_times_raw(ngx_bs_history_t *h)
{
    size_t                    before;
    ngx_uint_t                i, written;
    ngx_bs_history_series_t  *series;

    series = ngx_bs_history_series(h, NGX_BS_HISTORY_TIMES_COLUMNS);
    if (series == NULL) {
        return NGX_ERROR;
    }

    ngx_bs_history_series_cut_each(h, series);

    for (i = 0, written = 0; i < h->regions_n; i++) {
        before = h->out.len;
        ngx_bs_history_times_region(h, i, written == 0);

        if (ngx_bs_history_times_each(h, &series[i]) == 0) {
            h->out.len = before;
            continue;
        }

        ngx_bs_history_out_literal(&h->out, "]}");
        written++;
    }

    return NGX_OK;
}


/* Returns how many of the region's ticks tell a time. */

static ngx_uint_t
ngx_bs_history_times_each(ngx_bs_history_t *h,
    ngx_bs_history_series_t *series)
{
    int64_t                us[5];
    ngx_uint_t             i, n;
    const bs_pack_tick_t  *tick;

    for (i = series->first, n = 0; i < series->end; i++) {
        tick = &series->ticks[i];

        if (tick->total_us < 0
            || (tick->status != BS_STATUS_UP
                && tick->status != BS_STATUS_DEGRADED))
        {
            continue;
        }

        us[0] = tick->total_us;
        us[1] = ngx_max(tick->dns_us, 0);
        us[2] = ngx_max(tick->connect_us, 0);
        us[3] = ngx_max(tick->tls_us, 0);
        us[4] = us[0] - us[1] - us[2] - us[3];

        ngx_bs_history_times_write(h, tick->slot_ms + tick->lateness_ms, us,
                                   n == 0);
        n++;
    }

    return n;
}


static ngx_int_t
ngx_bs_history_times_steps(ngx_bs_history_t *h)
{
    ngx_uint_t               i, k, written, values;
    ngx_bs_history_cells_t   cells;

    if (ngx_bs_history_cells_init(h, &cells) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0, written = 0; i < h->regions_n; i++) {

        ngx_bs_history_cells_clear(&cells);

        if (ngx_bs_history_cells_add(&cells, i) != NGX_OK) {
            return NGX_ERROR;
        }

        for (k = 0, values = 0; k < cells.n; k++) {

            if (cells.cell[k] == NULL
                || cells.cell[k]->phase[BS_ROLLUP_TOTAL].n == 0)
            {
                continue;
            }

            if (values == 0) {
                ngx_bs_history_times_region(h, i, written++ == 0);
            }

            ngx_bs_history_times_step(h, cells.cell[k],
                                      ngx_bs_history_cells_at(&cells, k),
                                      values++ == 0);
        }

        if (values) {
            ngx_bs_history_out_literal(&h->out, "]}");
        }
    }

    return NGX_OK;
}


/*
 * Means of all that answered.  Single results say 0 for a phase that was not
 * reached, and so it counts here: the parts of a mean add up to it.
 */

static void
ngx_bs_history_times_step(ngx_bs_history_t *h, const bs_rollup_t *cell,
    int64_t at_ms, ngx_uint_t first)
{
    int64_t     us[5];
    uint64_t    n;
    ngx_uint_t  i;

    static const bs_rollup_phase_t  phases[] = {
        BS_ROLLUP_TOTAL, BS_ROLLUP_DNS, BS_ROLLUP_CONNECT, BS_ROLLUP_TLS,
        BS_ROLLUP_TRANSFER
    };

    n = cell->phase[BS_ROLLUP_TOTAL].n;

    for (i = 0; i < 5; i++) {
        us[i] = (int64_t) ((cell->phase[phases[i]].sum_us + n / 2) / n);
    }

    ngx_bs_history_times_write(h, at_ms, us, first);
}


static void
ngx_bs_history_times_region(ngx_bs_history_t *h, ngx_uint_t region,
    ngx_uint_t first)
{
    if (!first) {
        ngx_bs_history_out_literal(&h->out, ",");
    }

    ngx_bs_history_out_literal(&h->out, "{\"region\":");
    ngx_bs_history_out_text(&h->out, h->regions[region].slug.data,
                            h->regions[region].slug.len);
    ngx_bs_history_out_literal(&h->out, ",\"response_times\":[");
}


/* us: total, dns, connect, tls, transfer */

static void
ngx_bs_history_times_write(ngx_bs_history_t *h, int64_t at_ms,
    const int64_t *us, ngx_uint_t first)
{
    ngx_uint_t  i;

    static const char  *names[] = {
        "\",\"response_time\":", ",\"name_lookup_time\":",
        ",\"connection_time\":", ",\"tls_handshake_time\":",
        ",\"data_transfer_time\":"
    };

    if (!first) {
        ngx_bs_history_out_literal(&h->out, ",");
    }

    ngx_bs_history_out_literal(&h->out, "{\"at\":\"");
    ngx_bs_history_out_time(&h->out, at_ms);

    for (i = 0; i < 5; i++) {
        ngx_bs_history_out_bytes(&h->out, (u_char *) names[i],
                                 ngx_strlen(names[i]));
        ngx_bs_history_out_seconds(&h->out, us[i]);
    }

    ngx_bs_history_out_literal(&h->out, "}");
}
