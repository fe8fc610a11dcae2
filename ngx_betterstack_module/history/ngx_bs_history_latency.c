
#include "ngx_bs_history_latency.h"
#include "bs_check.h"


const char  *ngx_bs_history_figure_names[NGX_BS_HISTORY_FIGURES] = {
    "up", "degraded", "down", "unknown", "count", "mean", "min", "max",
    "p50", "p90", "p95", "p99"
};


static int64_t ngx_bs_history_figure_of(const bs_rollup_t *rollup,
    ngx_uint_t phase, ngx_bs_history_figure_e figure);


int64_t
ngx_bs_history_figure(const bs_rollup_t *rollup, ngx_uint_t phase,
    ngx_bs_history_figure_e figure)
{
    if (rollup == NULL) {
        return figure <= NGX_BS_HISTORY_COUNT ? 0 : -1;
    }

    switch (figure) {

    case NGX_BS_HISTORY_UP:
        return rollup->counts[BS_STATUS_UP];

    case NGX_BS_HISTORY_DEGRADED:
        return rollup->counts[BS_STATUS_DEGRADED];

    case NGX_BS_HISTORY_DOWN:
        return rollup->counts[BS_STATUS_DOWN];

    case NGX_BS_HISTORY_UNKNOWN:
        return rollup->counts[BS_STATUS_UNKNOWN];

    case NGX_BS_HISTORY_COUNT:
        return rollup->phase[phase].n;

    case NGX_BS_HISTORY_MEAN:
        return bs_rollup_mean(rollup, phase);

    default:
        return ngx_bs_history_figure_of(rollup, phase, figure);
    }
}


/* Those that only a sketch of all values tells. */

static int64_t
ngx_bs_history_figure_of(const bs_rollup_t *rollup, ngx_uint_t phase,
    ngx_bs_history_figure_e figure)
{
    const bs_rollup_sketch_t  *sketch;

    sketch = &rollup->phase[phase];

    if (sketch->n == 0 || sketch->sketched < sketch->n) {
        return -1;
    }

    switch (figure) {

    case NGX_BS_HISTORY_MIN:
        return sketch->least_us;

    case NGX_BS_HISTORY_MAX:
        return sketch->most_us;

    case NGX_BS_HISTORY_P50:
        return bs_rollup_quantile(rollup, phase, 0.5);

    case NGX_BS_HISTORY_P90:
        return bs_rollup_quantile(rollup, phase, 0.9);

    case NGX_BS_HISTORY_P95:
        return bs_rollup_quantile(rollup, phase, 0.95);

    default:
        return bs_rollup_quantile(rollup, phase, 0.99);
    }
}


void
ngx_bs_history_figure_write(ngx_bs_history_t *h, const char *name,
    int64_t value)
{
    ngx_bs_history_out_literal(&h->out, ",\"");
    ngx_bs_history_out_bytes(&h->out, (u_char *) name, ngx_strlen(name));
    ngx_bs_history_out_literal(&h->out, "\":");
    ngx_bs_history_figure_value(h, value);
}


void
ngx_bs_history_figure_value(ngx_bs_history_t *h, int64_t value)
{
    if (value < 0) {
        ngx_bs_history_out_literal(&h->out, "null");
        return;
    }

    ngx_bs_history_out_number(&h->out, value);
}
