
/* GET /monitors/{id}/ticks: raw results as columns, one set a region. */

#include "ngx_bs_history_series.h"
#include "ngx_bs_history_words.h"
#include "bs_check.h"


typedef void (*ngx_bs_history_cell_pt)(ngx_bs_history_out_t *out,
    const bs_pack_tick_t *tick, ngx_bs_history_words_t *words);


typedef struct {
    const char              *name;
    ngx_bs_history_cell_pt   write;
} ngx_bs_history_column_t;


static void ngx_bs_history_ticks_region(ngx_bs_history_t *h,
    ngx_bs_history_region_t *region, ngx_bs_history_series_t *series,
    ngx_bs_history_words_t *words);
static void ngx_bs_history_ticks_column(ngx_bs_history_t *h,
    const ngx_bs_history_column_t *column, ngx_bs_history_series_t *series,
    ngx_bs_history_words_t *words);
static void ngx_bs_history_ticks_phase(ngx_bs_history_out_t *out,
    int32_t value);


static void
ngx_bs_history_ticks_slot(ngx_bs_history_out_t *out,
    const bs_pack_tick_t *tick, ngx_bs_history_words_t *words)
{
    ngx_bs_history_out_number(out, tick->slot_ms);
}


static void
ngx_bs_history_ticks_checked_at(ngx_bs_history_out_t *out,
    const bs_pack_tick_t *tick, ngx_bs_history_words_t *words)
{
    ngx_bs_history_out_number(out, tick->slot_ms + tick->lateness_ms);
}


static void
ngx_bs_history_ticks_status(ngx_bs_history_out_t *out,
    const bs_pack_tick_t *tick, ngx_bs_history_words_t *words)
{
    const char  *name;

    name = bs_status_name(tick->status);

    if (name == NULL) {
        ngx_bs_history_out_literal(out, "null");
        return;
    }

    ngx_bs_history_out_text(out, (u_char *) name, ngx_strlen(name));
}


static void
ngx_bs_history_ticks_reason(ngx_bs_history_out_t *out,
    const bs_pack_tick_t *tick, ngx_bs_history_words_t *words)
{
    const char  *name;

    if (tick->reason == 0) {
        ngx_bs_history_out_literal(out, "null");
        return;
    }

    name = bs_reason_name(tick->reason);

    if (name) {
        ngx_bs_history_out_text(out, (u_char *) name, ngx_strlen(name));
        return;
    }

    /* It is newer than this hub. */

    ngx_bs_history_out_literal(out, "\"reason_");
    ngx_bs_history_out_number(out, tick->reason);
    ngx_bs_history_out_literal(out, "\"");
}


static void
ngx_bs_history_ticks_text(ngx_bs_history_out_t *out,
    const bs_pack_tick_t *tick, ngx_bs_history_words_t *words)
{
    const ngx_str_t  *text;

    text = tick->reason ? ngx_bs_history_words_find(words, tick) : NULL;

    if (text == NULL) {
        ngx_bs_history_out_literal(out, "null");
        return;
    }

    ngx_bs_history_out_text(out, text->data, text->len);
}


static void
ngx_bs_history_ticks_http_status(ngx_bs_history_out_t *out,
    const bs_pack_tick_t *tick, ngx_bs_history_words_t *words)
{
    if (tick->http_status == 0) {
        ngx_bs_history_out_literal(out, "null");
        return;
    }

    ngx_bs_history_out_number(out, tick->http_status);
}


static void
ngx_bs_history_ticks_address(ngx_bs_history_out_t *out,
    const bs_pack_tick_t *tick, ngx_bs_history_words_t *words)
{
    if (tick->address.len == 0) {
        ngx_bs_history_out_literal(out, "null");
        return;
    }

    ngx_bs_history_out_text(out, (u_char *) tick->address.data,
                            tick->address.len);
}


static void
ngx_bs_history_ticks_attempts(ngx_bs_history_out_t *out,
    const bs_pack_tick_t *tick, ngx_bs_history_words_t *words)
{
    ngx_bs_history_out_number(out, tick->attempts);
}


static void
ngx_bs_history_ticks_lagged(ngx_bs_history_out_t *out,
    const bs_pack_tick_t *tick, ngx_bs_history_words_t *words)
{
    if (tick->flags & 1) {
        ngx_bs_history_out_literal(out, "true");

    } else {
        ngx_bs_history_out_literal(out, "false");
    }
}


static void
ngx_bs_history_ticks_dns(ngx_bs_history_out_t *out,
    const bs_pack_tick_t *tick, ngx_bs_history_words_t *words)
{
    ngx_bs_history_ticks_phase(out, tick->dns_us);
}


static void
ngx_bs_history_ticks_connect(ngx_bs_history_out_t *out,
    const bs_pack_tick_t *tick, ngx_bs_history_words_t *words)
{
    ngx_bs_history_ticks_phase(out, tick->connect_us);
}


static void
ngx_bs_history_ticks_tls(ngx_bs_history_out_t *out,
    const bs_pack_tick_t *tick, ngx_bs_history_words_t *words)
{
    ngx_bs_history_ticks_phase(out, tick->tls_us);
}


static void
ngx_bs_history_ticks_first_byte(ngx_bs_history_out_t *out,
    const bs_pack_tick_t *tick, ngx_bs_history_words_t *words)
{
    ngx_bs_history_ticks_phase(out, tick->first_byte_us);
}


static void
ngx_bs_history_ticks_total(ngx_bs_history_out_t *out,
    const bs_pack_tick_t *tick, ngx_bs_history_words_t *words)
{
    ngx_bs_history_ticks_phase(out, tick->total_us);
}


static void
ngx_bs_history_ticks_evidence(ngx_bs_history_out_t *out,
    const bs_pack_tick_t *tick, ngx_bs_history_words_t *words)
{
    const ngx_str_t  *json;

    json = ngx_bs_history_words_evidence(words, tick);

    if (json == NULL) {
        ngx_bs_history_out_literal(out, "null");
        return;
    }

    ngx_bs_history_out_bytes(out, json->data, json->len);
}


static const ngx_bs_history_column_t  ngx_bs_history_columns[] = {
    { "slot", ngx_bs_history_ticks_slot },
    { "checked_at", ngx_bs_history_ticks_checked_at },
    { "status", ngx_bs_history_ticks_status },
    { "reason", ngx_bs_history_ticks_reason },
    { "text", ngx_bs_history_ticks_text },
    { "http_status", ngx_bs_history_ticks_http_status },
    { "address", ngx_bs_history_ticks_address },
    { "attempts", ngx_bs_history_ticks_attempts },
    { "lagged", ngx_bs_history_ticks_lagged },
    { "dns", ngx_bs_history_ticks_dns },
    { "connect", ngx_bs_history_ticks_connect },
    { "tls", ngx_bs_history_ticks_tls },
    { "first_byte", ngx_bs_history_ticks_first_byte },
    { "total", ngx_bs_history_ticks_total }
};

static const ngx_bs_history_column_t  ngx_bs_history_column_evidence = {
    "evidence", ngx_bs_history_ticks_evidence
};


ngx_int_t
ngx_bs_history_make_ticks(ngx_bs_history_t *h)
{
    ngx_uint_t                i, written;
    ngx_bs_history_words_t    words;
    ngx_bs_history_series_t  *series;

    series = ngx_bs_history_series(h, BS_PACK_WANT_ALL);
    if (series == NULL) {
        return NGX_ERROR;
    }

    ngx_bs_history_series_cut(h, series);

    ngx_bs_history_begin(h, "monitor_ticks");

    if (h->cut) {
        ngx_bs_history_out_literal(&h->out, ",\"truncated\":true");

    } else {
        ngx_bs_history_out_literal(&h->out, ",\"truncated\":false");
    }

    ngx_bs_history_out_literal(&h->out, ",\"regions\":[");

    for (i = 0, written = 0; i < h->regions_n; i++) {

        if (series[i].first == series[i].end) {
            continue;
        }

        if (ngx_bs_history_words(h, i, &words) != NGX_OK) {
            return NGX_ERROR;
        }

        if (written++) {
            ngx_bs_history_out_literal(&h->out, ",");
        }

        ngx_bs_history_ticks_region(h, &h->regions[i], &series[i], &words);
    }

    ngx_bs_history_out_literal(&h->out, "]");
    ngx_bs_history_end(h);

    return NGX_OK;
}


static void
ngx_bs_history_ticks_region(ngx_bs_history_t *h,
    ngx_bs_history_region_t *region, ngx_bs_history_series_t *series,
    ngx_bs_history_words_t *words)
{
    ngx_uint_t  i;

    ngx_bs_history_out_literal(&h->out, "{\"region\":");
    ngx_bs_history_out_text(&h->out, region->slug.data, region->slug.len);

    for (i = 0;
         i < sizeof(ngx_bs_history_columns)
             / sizeof(ngx_bs_history_columns[0]);
         i++)
    {
        ngx_bs_history_ticks_column(h, &ngx_bs_history_columns[i], series,
                                    words);
    }

    if (h->evidence) {
        ngx_bs_history_ticks_column(h, &ngx_bs_history_column_evidence,
                                    series, words);
    }

    ngx_bs_history_out_literal(&h->out, "}");
}


static void
ngx_bs_history_ticks_column(ngx_bs_history_t *h,
    const ngx_bs_history_column_t *column, ngx_bs_history_series_t *series,
    ngx_bs_history_words_t *words)
{
    ngx_uint_t  i;

    ngx_bs_history_out_literal(&h->out, ",\"");
    ngx_bs_history_out_bytes(&h->out, (u_char *) column->name,
                             ngx_strlen(column->name));
    ngx_bs_history_out_literal(&h->out, "\":[");

    for (i = series->first; i < series->end; i++) {

        if (i > series->first) {
            ngx_bs_history_out_literal(&h->out, ",");
        }

        column->write(&h->out, &series->ticks[i], words);
    }

    ngx_bs_history_out_literal(&h->out, "]");
}


/* Microseconds; null: not reached. */

static void
ngx_bs_history_ticks_phase(ngx_bs_history_out_t *out, int32_t value)
{
    if (value == -1) {
        ngx_bs_history_out_literal(out, "null");
        return;
    }

    ngx_bs_history_out_number(out, value);
}
