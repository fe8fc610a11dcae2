
/* GET /monitors/{id}/export.csv: raw results as they followed each other. */

#include "ngx_bs_history_series.h"
#include "ngx_bs_history_words.h"
#include "bs_check.h"


static ngx_uint_t ngx_bs_history_export_next(ngx_bs_history_t *h,
    ngx_bs_history_series_t *series);
static void ngx_bs_history_export_row(ngx_bs_history_t *h,
    ngx_bs_history_region_t *region, const bs_pack_tick_t *tick,
    ngx_bs_history_words_t *words);
static void ngx_bs_history_export_reason(ngx_bs_history_out_t *out,
    const bs_pack_tick_t *tick, ngx_bs_history_words_t *words);
static void ngx_bs_history_export_phase(ngx_bs_history_out_t *out,
    int32_t value);


ngx_int_t
ngx_bs_history_make_export(ngx_bs_history_t *h)
{
    ngx_uint_t                i;
    ngx_bs_history_words_t   *words;
    ngx_bs_history_series_t  *series;

    series = ngx_bs_history_series(h, BS_PACK_WANT_ALL);
    words = ngx_palloc(h->pool, (h->regions_n + 1)
                                * sizeof(ngx_bs_history_words_t));

    if (series == NULL || words == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < h->regions_n; i++) {
        if (ngx_bs_history_words(h, i, &words[i]) != NGX_OK) {
            return NGX_ERROR;
        }
    }

    ngx_bs_history_series_cut(h, series);

    ngx_bs_history_out_literal(&h->out,
        "slot,checked_at,region,status,reason,text,http_status,address,"
        "attempts,lagged,dns_us,connect_us,tls_us,first_byte_us,total_us\n");

    for ( ;; ) {
        i = ngx_bs_history_export_next(h, series);

        if (i == h->regions_n) {
            return NGX_OK;
        }

        ngx_bs_history_export_row(h, &h->regions[i],
                                  &series[i].ticks[series[i].first++],
                                  &words[i]);
    }
}


/* The region whose tick is next. */

static ngx_uint_t
ngx_bs_history_export_next(ngx_bs_history_t *h,
    ngx_bs_history_series_t *series)
{
    int64_t     slot_ms;
    ngx_uint_t  i, next;

    next = h->regions_n;
    slot_ms = 0;

    for (i = 0; i < h->regions_n; i++) {

        if (series[i].first < series[i].end
            && (next == h->regions_n
                || series[i].ticks[series[i].first].slot_ms < slot_ms))
        {
            next = i;
            slot_ms = series[i].ticks[series[i].first].slot_ms;
        }
    }

    return next;
}


static void
ngx_bs_history_export_row(ngx_bs_history_t *h,
    ngx_bs_history_region_t *region, const bs_pack_tick_t *tick,
    ngx_bs_history_words_t *words)
{
    const char            *status;
    ngx_bs_history_out_t  *out;

    out = &h->out;
    status = bs_status_name(tick->status);

    ngx_bs_history_out_time(out, tick->slot_ms);
    ngx_bs_history_out_literal(out, ",");
    ngx_bs_history_out_time(out, tick->slot_ms + tick->lateness_ms);
    ngx_bs_history_out_literal(out, ",");
    ngx_bs_history_out_bytes(out, region->slug.data, region->slug.len);
    ngx_bs_history_out_literal(out, ",");

    if (status) {
        ngx_bs_history_out_bytes(out, (u_char *) status, ngx_strlen(status));
    }

    ngx_bs_history_out_literal(out, ",");
    ngx_bs_history_export_reason(out, tick, words);
    ngx_bs_history_out_literal(out, ",");

    if (tick->http_status) {
        ngx_bs_history_out_number(out, tick->http_status);
    }

    ngx_bs_history_out_literal(out, ",");
    ngx_bs_history_out_field(out, (u_char *) tick->address.data,
                             tick->address.len);
    ngx_bs_history_out_literal(out, ",");
    ngx_bs_history_out_number(out, tick->attempts);

    if (tick->flags & 1) {
        ngx_bs_history_out_literal(out, ",true");

    } else {
        ngx_bs_history_out_literal(out, ",false");
    }

    ngx_bs_history_export_phase(out, tick->dns_us);
    ngx_bs_history_export_phase(out, tick->connect_us);
    ngx_bs_history_export_phase(out, tick->tls_us);
    ngx_bs_history_export_phase(out, tick->first_byte_us);
    ngx_bs_history_export_phase(out, tick->total_us);
    ngx_bs_history_out_literal(out, "\n");
}


/* Two fields: the name, and the words. */

static void
ngx_bs_history_export_reason(ngx_bs_history_out_t *out,
    const bs_pack_tick_t *tick, ngx_bs_history_words_t *words)
{
    const char       *name;
    const ngx_str_t  *text;

    if (tick->reason == 0) {
        ngx_bs_history_out_literal(out, ",");
        return;
    }

    name = bs_reason_name(tick->reason);

    if (name) {
        ngx_bs_history_out_bytes(out, (u_char *) name, ngx_strlen(name));

    } else {
        ngx_bs_history_out_literal(out, "reason_");
        ngx_bs_history_out_number(out, tick->reason);
    }

    ngx_bs_history_out_literal(out, ",");

    text = ngx_bs_history_words_find(words, tick);

    if (text) {
        ngx_bs_history_out_field(out, text->data, text->len);
    }
}


static void
ngx_bs_history_export_phase(ngx_bs_history_out_t *out, int32_t value)
{
    ngx_bs_history_out_literal(out, ",");

    if (value != -1) {
        ngx_bs_history_out_number(out, value);
    }
}
