
#include "ngx_bs_history_series.h"
#include "ngx_bs_history_days.h"


/* How one region's is filled: the newest from the end, the oldest from zero. */
typedef struct {
    ngx_bs_history_t         *h;
    ngx_bs_history_series_t  *series;
    ngx_uint_t                room;
} ngx_bs_history_fill_t;


static ngx_int_t ngx_bs_history_series_fill(ngx_bs_history_t *h,
    ngx_uint_t region, uint32_t wanted, ngx_bs_history_series_t *series);
static ngx_uint_t ngx_bs_history_series_room(ngx_bs_history_t *h,
    ngx_uint_t region);
static ngx_int_t ngx_bs_history_series_visit(void *data,
    const bs_pack_day_t *day, uint32_t from, uint32_t to);
static void ngx_bs_history_series_drop_oldest(ngx_bs_history_t *h,
    ngx_bs_history_series_t *series);
static void ngx_bs_history_series_drop_newest(ngx_bs_history_t *h,
    ngx_bs_history_series_t *series);
static void ngx_bs_history_series_drop_slot(ngx_bs_history_t *h,
    ngx_bs_history_series_t *series);


ngx_bs_history_series_t *
ngx_bs_history_series(ngx_bs_history_t *h, uint32_t wanted)
{
    ngx_uint_t                i;
    ngx_bs_history_series_t  *series;

    series = ngx_pcalloc(h->pool, (h->regions_n + 1)
                                  * sizeof(ngx_bs_history_series_t));
    if (series == NULL) {
        return NULL;
    }

    for (i = 0; i < h->regions_n; i++) {
        if (ngx_bs_history_series_fill(h, i, wanted, &series[i]) != NGX_OK) {
            return NULL;
        }
    }

    return series;
}


static ngx_int_t
ngx_bs_history_series_fill(ngx_bs_history_t *h, ngx_uint_t region,
    uint32_t wanted, ngx_bs_history_series_t *series)
{
    ngx_bs_history_fill_t  fill;

    fill.h = h;
    fill.series = series;
    fill.room = ngx_bs_history_series_room(h, region);

    if (fill.room == 0) {
        return NGX_OK;
    }

    series->ticks = ngx_palloc(h->pool, fill.room * sizeof(bs_pack_tick_t));
    if (series->ticks == NULL) {
        return NGX_ERROR;
    }

    series->first = h->newest ? fill.room : 0;
    series->end = series->first;

    return ngx_bs_history_days(h, region, wanted, h->newest,
                               ngx_bs_history_series_visit, &fill);
}


/* As many as there may be, or as are wanted and one more. */

static ngx_uint_t
ngx_bs_history_series_room(ngx_bs_history_t *h, ngx_uint_t region)
{
    int64_t                day_ms;
    uint32_t               count;
    ngx_uint_t             i, room;
    const char            *error;
    ngx_bs_history_row_t  *row;

    room = 0;

    for (i = 0; i < h->rows_n; i++) {
        row = &h->rows[i];

        if (row->region != region) {
            continue;
        }

        if (row->kind == NGX_BS_HISTORY_SEALED) {

            if (bs_pack_peek(row->data.data, row->data.len, &count, &day_ms,
                             &error)
                == 0)
            {
                room += count;
            }

        } else if (row->kind == NGX_BS_HISTORY_HOT
                   || row->kind == NGX_BS_HISTORY_LATE)
        {
            room += row->ticks;
        }
    }

    return ngx_min(room, h->limit + 1);
}


static ngx_int_t
ngx_bs_history_series_visit(void *data, const bs_pack_day_t *day,
    uint32_t from, uint32_t to)
{
    ngx_bs_history_fill_t *fill = data;

    uint32_t                  i;
    ngx_bs_history_series_t  *series;

    series = fill->series;

    if (fill->h->newest) {

        for (i = to; i > from && series->first > 0; i--) {
            ngx_bs_history_tick(day, i - 1, &series->ticks[--series->first]);
        }

        return series->first == 0 ? NGX_DONE : NGX_OK;
    }

    for (i = from; i < to && series->end < fill->room; i++) {
        ngx_bs_history_tick(day, i, &series->ticks[series->end++]);
    }

    return series->end == fill->room ? NGX_DONE : NGX_OK;
}


void
ngx_bs_history_series_cut(ngx_bs_history_t *h,
    ngx_bs_history_series_t *series)
{
    ngx_uint_t  i, total;

    total = 0;

    for (i = 0; i < h->regions_n; i++) {
        total += series[i].end - series[i].first;
    }

    if (total > h->limit) {
        h->cut = 1;
    }

    for ( ; total > h->limit; total--) {

        if (h->newest) {
            ngx_bs_history_series_drop_oldest(h, series);

        } else {
            ngx_bs_history_series_drop_newest(h, series);
        }
    }

    /* What was cut before may be missing anywhere: nobody can go on there. */

    if (h->next_ms) {
        ngx_bs_history_series_drop_slot(h, series);
    }
}


static void
ngx_bs_history_series_drop_oldest(ngx_bs_history_t *h,
    ngx_bs_history_series_t *series)
{
    int64_t     slot_ms;
    ngx_uint_t  i, oldest;

    oldest = h->regions_n;
    slot_ms = 0;

    for (i = 0; i < h->regions_n; i++) {

        if (series[i].first < series[i].end
            && (oldest == h->regions_n
                || series[i].ticks[series[i].first].slot_ms <= slot_ms))
        {
            oldest = i;
            slot_ms = series[i].ticks[series[i].first].slot_ms;
        }
    }

    series[oldest].first++;
}


static void
ngx_bs_history_series_drop_newest(ngx_bs_history_t *h,
    ngx_bs_history_series_t *series)
{
    int64_t     slot_ms;
    ngx_uint_t  i, newest;

    newest = h->regions_n;
    slot_ms = 0;

    for (i = 0; i < h->regions_n; i++) {

        if (series[i].first < series[i].end
            && (newest == h->regions_n
                || series[i].ticks[series[i].end - 1].slot_ms >= slot_ms))
        {
            newest = i;
            slot_ms = series[i].ticks[series[i].end - 1].slot_ms;
        }
    }

    series[newest].end--;
    h->next_ms = slot_ms;
}


/*
 * Whoever goes on at a slot gets all regions' ticks of it: none may be sent
 * before.  Unless there is nothing but this slot.
 */

static void
ngx_bs_history_series_drop_slot(ngx_bs_history_t *h,
    ngx_bs_history_series_t *series)
{
    ngx_uint_t  i, others;

    others = 0;

    for (i = 0; i < h->regions_n; i++) {
        others |= series[i].first < series[i].end
                  && series[i].ticks[series[i].first].slot_ms < h->next_ms;
    }

    if (!others) {
        h->next_ms++;
        return;
    }

    for (i = 0; i < h->regions_n; i++) {

        if (series[i].first < series[i].end
            && series[i].ticks[series[i].end - 1].slot_ms == h->next_ms)
        {
            series[i].end--;
        }
    }
}


void
ngx_bs_history_series_cut_each(ngx_bs_history_t *h,
    ngx_bs_history_series_t *series)
{
    ngx_uint_t  i, n;

    for (i = 0; i < h->regions_n; i++) {
        n = series[i].end - series[i].first;

        if (n > h->limit) {
            series[i].first += n - h->limit;
            h->cut = 1;
        }
    }
}
