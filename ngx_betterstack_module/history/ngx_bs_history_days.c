
#include "ngx_bs_history_days.h"
#include "ngx_bs_history_hot.h"


typedef struct {
    int64_t                at_ms;
    ngx_bs_history_row_t  *row;            /* NULL: there are late ticks only */
} ngx_bs_history_unit_t;


typedef struct {
    bs_pack_day_t   day;
    void           *memory;
    uint32_t        room;                  /* ticks */
} ngx_bs_history_space_t;


typedef struct {
    ngx_bs_history_t        *h;
    ngx_uint_t               region;
    uint32_t                 wanted;
    ngx_uint_t               newest;

    ngx_bs_history_unit_t   *units;
    ngx_uint_t               units_n;
    bs_pack_tick_t          *late;         /* ascending */
    ngx_uint_t               late_n;

    ngx_bs_history_space_t   base;
    ngx_bs_history_space_t   more;
    ngx_bs_history_space_t   both;
} ngx_bs_history_days_t;


static ngx_int_t ngx_bs_history_days_late(ngx_bs_history_days_t *days);
static ngx_int_t ngx_bs_history_days_units(ngx_bs_history_days_t *days);
static void ngx_bs_history_days_unit(ngx_bs_history_days_t *days,
    int64_t at_ms, ngx_bs_history_row_t *row);
static int ngx_libc_cdecl ngx_bs_history_days_compare(const void *a,
    const void *b);
static ngx_int_t ngx_bs_history_days_make(ngx_bs_history_days_t *days,
    ngx_bs_history_unit_t *unit, bs_pack_day_t **day);
static ngx_int_t ngx_bs_history_days_sealed(ngx_bs_history_days_t *days,
    ngx_bs_history_row_t *row, uint32_t wanted);
static ngx_int_t ngx_bs_history_days_hot(ngx_bs_history_days_t *days,
    ngx_bs_history_row_t *row);
static ngx_int_t ngx_bs_history_days_space(ngx_bs_history_days_t *days,
    ngx_bs_history_space_t *space, ngx_uint_t ticks, int64_t at_ms);
static ngx_int_t ngx_bs_history_days_fill(ngx_bs_history_days_t *days,
    ngx_bs_history_space_t *space, bs_pack_tick_t *ticks, ngx_uint_t n,
    ngx_bs_history_row_t *row, int64_t at_ms);
static uint32_t ngx_bs_history_days_find(const bs_pack_day_t *day,
    int64_t slot_ms);
static void ngx_bs_history_days_free(ngx_bs_history_days_t *days);


ngx_int_t
ngx_bs_history_days(ngx_bs_history_t *h, ngx_uint_t region, uint32_t wanted,
    ngx_uint_t newest, ngx_bs_history_visit_pt visit, void *data)
{
    uint32_t                from, to;
    ngx_int_t               rc;
    ngx_uint_t              i, k;
    bs_pack_day_t          *day;
    ngx_bs_history_days_t   days;

    ngx_memzero(&days, sizeof(ngx_bs_history_days_t));

    days.h = h;
    days.region = region;
    days.wanted = wanted;
    days.newest = newest;

    rc = ngx_bs_history_days_late(&days);

    if (rc == NGX_OK) {
        rc = ngx_bs_history_days_units(&days);
    }

    for (i = 0; rc == NGX_OK && i < days.units_n; i++) {

        k = newest ? days.units_n - 1 - i : i;
        rc = ngx_bs_history_days_make(&days, &days.units[k], &day);

        if (rc != NGX_OK || day == NULL) {
            continue;
        }

        from = ngx_bs_history_days_find(day, h->since_ms);
        to = ngx_bs_history_days_find(day, h->until_ms + 1);

        if (from < to) {
            rc = visit(data, day, from, to);
        }
    }

    ngx_bs_history_days_free(&days);

    return rc == NGX_ERROR ? NGX_ERROR : NGX_OK;
}


static ngx_int_t
ngx_bs_history_days_late(ngx_bs_history_days_t *days)
{
    ngx_uint_t             i;
    ngx_bs_history_t      *h;
    ngx_bs_history_row_t  *row;

    h = days->h;

    for (i = 0; i < h->rows_n; i++) {
        row = &h->rows[i];

        /* There is one row a region. */

        if (row->kind == NGX_BS_HISTORY_LATE && row->region == days->region) {
            break;
        }
    }

    if (i == h->rows_n) {
        return NGX_OK;
    }

    if (ngx_bs_history_hot(h, row, &days->late, &days->late_n) == NGX_ERROR) {
        return NGX_ERROR;
    }

    for (i = 0; i < days->late_n; i++) {
        days->late[i].flags |= NGX_BS_HISTORY_IS_LATE;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_bs_history_days_units(ngx_bs_history_days_t *days)
{
    int64_t                day_ms, last_ms;
    ngx_uint_t             i;
    ngx_bs_history_t      *h;
    ngx_bs_history_row_t  *row;

    h = days->h;

    /* Late ticks are of nine days: more of them add no more units than that. */

    days->units = ngx_palloc(h->pool, (h->rows_n + days->late_n + 1)
                                      * sizeof(ngx_bs_history_unit_t));
    if (days->units == NULL) {
        return NGX_ERROR;
    }

    for (i = 0; i < h->rows_n; i++) {
        row = &h->rows[i];

        if (row->region == days->region
            && (row->kind == NGX_BS_HISTORY_SEALED
                || row->kind == NGX_BS_HISTORY_HOT))
        {
            ngx_bs_history_days_unit(days,
                row->at_ms - row->at_ms % NGX_BS_HISTORY_DAY_MS, row);
        }
    }

    last_ms = -1;

    for (i = 0; i < days->late_n; i++) {
        day_ms = days->late[i].slot_ms
                 - days->late[i].slot_ms % NGX_BS_HISTORY_DAY_MS;

        if (day_ms != last_ms) {
            ngx_bs_history_days_unit(days, day_ms, NULL);
            last_ms = day_ms;
        }
    }

    ngx_qsort(days->units, days->units_n, sizeof(ngx_bs_history_unit_t),
              ngx_bs_history_days_compare);

    return NGX_OK;
}


/* One a day: what is there first is its truth. */

static void
ngx_bs_history_days_unit(ngx_bs_history_days_t *days, int64_t at_ms,
    ngx_bs_history_row_t *row)
{
    ngx_uint_t  i;

    if (row == NULL) {
        for (i = 0; i < days->units_n; i++) {
            if (days->units[i].at_ms == at_ms) {
                return;
            }
        }
    }

    days->units[days->units_n].at_ms = at_ms;
    days->units[days->units_n].row = row;
    days->units_n++;
}


static int ngx_libc_cdecl
ngx_bs_history_days_compare(const void *a, const void *b)
{
    int64_t  at_a, at_b;

    at_a = ((const ngx_bs_history_unit_t *) a)->at_ms;
    at_b = ((const ngx_bs_history_unit_t *) b)->at_ms;

    return at_a < at_b ? -1 : at_a > at_b;
}


/* *day NULL: there is nothing that can be read. */

static ngx_int_t
ngx_bs_history_days_make(ngx_bs_history_days_t *days,
    ngx_bs_history_unit_t *unit, bs_pack_day_t **day)
{
    ngx_int_t    rc;
    ngx_uint_t   first, last;
    const char  *error;

    for (first = 0; first < days->late_n
                    && days->late[first].slot_ms < unit->at_ms; first++)
    {
        /* void */
    }

    for (last = first;
         last < days->late_n
         && days->late[last].slot_ms < unit->at_ms + NGX_BS_HISTORY_DAY_MS;
         last++)
    {
        /* void */
    }

    if (unit->row == NULL) {
        *day = &days->more.day;
        return ngx_bs_history_days_fill(days, &days->more, days->late + first,
                                        last - first, NULL, unit->at_ms);
    }

    rc = (unit->row->kind == NGX_BS_HISTORY_HOT)
         ? ngx_bs_history_days_hot(days, unit->row)
         : ngx_bs_history_days_sealed(days, unit->row,
                                      first < last ? BS_PACK_WANT_ALL
                                                   : days->wanted);

    *day = (rc == NGX_OK) ? &days->base.day : NULL;

    if (rc == NGX_ERROR || first == last) {
        return rc == NGX_ERROR ? NGX_ERROR : NGX_OK;
    }

    if (ngx_bs_history_days_fill(days, &days->more, days->late + first,
                                 last - first, NULL, unit->at_ms)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (*day == NULL) {
        *day = &days->more.day;
        return NGX_OK;
    }

    if (ngx_bs_history_days_space(days, &days->both,
                                  (*day)->count + days->more.day.count,
                                  unit->at_ms)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (bs_pack_day_merge(&days->both.day, *day, &days->more.day, &error)
        != 0)
    {
        ngx_bs_history_damaged(days->h, unit->row, error);
        return NGX_OK;
    }

    *day = &days->both.day;

    return NGX_OK;
}


/* NGX_DECLINED: it cannot be read. */

static ngx_int_t
ngx_bs_history_days_sealed(ngx_bs_history_days_t *days,
    ngx_bs_history_row_t *row, uint32_t wanted)
{
    int64_t            day_ms;
    uint32_t           count;
    const char        *error;
    ngx_bs_history_t  *h;

    h = days->h;

    if (bs_pack_peek(row->data.data, row->data.len, &count, &day_ms, &error)
        != 0)
    {
        ngx_bs_history_damaged(h, row, error);
        return NGX_DECLINED;
    }

    if (day_ms != row->at_ms) {
        ngx_bs_history_damaged(h, row, "it is of another day");
        return NGX_DECLINED;
    }

    if (count > NGX_BS_HISTORY_TICKS_MAX - h->ticks) {
        h->cut = 1;
        return NGX_DECLINED;
    }

    h->ticks += count;

    if (ngx_bs_history_days_space(days, &days->base, count, day_ms)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (bs_unpack(&days->base.day, row->data.data, row->data.len, wanted,
                  &error)
        != 0)
    {
        ngx_bs_history_damaged(h, row, error);
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_bs_history_days_hot(ngx_bs_history_days_t *days, ngx_bs_history_row_t *row)
{
    ngx_uint_t       n;
    bs_pack_tick_t  *ticks;

    if (ngx_bs_history_hot(days->h, row, &ticks, &n) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_bs_history_days_fill(days, &days->base, ticks, n, row,
                     row->at_ms - row->at_ms % NGX_BS_HISTORY_DAY_MS);
}


/* Empty, with room for so many ticks. */

static ngx_int_t
ngx_bs_history_days_space(ngx_bs_history_days_t *days,
    ngx_bs_history_space_t *space, ngx_uint_t ticks, int64_t at_ms)
{
    const char  *error;

    ticks = ngx_max(ngx_min(ticks, BS_PACK_TICKS_MAX), 1);

    if (ticks > space->room) {
        ngx_free(space->memory);

        space->room = 0;
        space->memory = ngx_alloc(bs_pack_day_bytes((uint32_t) ticks),
                                  days->h->pool->log);
        if (space->memory == NULL) {
            return NGX_ERROR;
        }

        space->room = (uint32_t) ticks;
        bs_pack_day_init(&space->day, space->memory, space->room);
    }

    return bs_pack_day_begin(&space->day, at_ms, &error) == 0 ? NGX_OK
                                                              : NGX_ERROR;
}


/* What does not fit into the day is left out. */

static ngx_int_t
ngx_bs_history_days_fill(ngx_bs_history_days_t *days,
    ngx_bs_history_space_t *space, bs_pack_tick_t *ticks, ngx_uint_t n,
    ngx_bs_history_row_t *row, int64_t at_ms)
{
    ngx_uint_t   i;
    const char  *error;

    if (ngx_bs_history_days_space(days, space, n, at_ms) != NGX_OK) {
        return NGX_ERROR;
    }

    for (i = 0; i < n; i++) {

        if (bs_pack_day_add(&space->day, &ticks[i], &error) != 0) {
            ngx_bs_history_damaged(days->h, row, error);
            break;
        }
    }

    return NGX_OK;
}


/* The first tick of that slot or a later one. */

static uint32_t
ngx_bs_history_days_find(const bs_pack_day_t *day, int64_t slot_ms)
{
    uint32_t  low, high, middle;

    low = 0;
    high = day->count;

    while (low < high) {
        middle = low + (high - low) / 2;

        if (day->day_ms + day->column[BS_PACK_SLOT][middle] < slot_ms) {
            low = middle + 1;

        } else {
            high = middle;
        }
    }

    return low;
}


static void
ngx_bs_history_days_free(ngx_bs_history_days_t *days)
{
    ngx_free(days->base.memory);
    ngx_free(days->more.memory);
    ngx_free(days->both.memory);
}


#define ngx_bs_history_of(day, c, i, otherwise)                               \
    ((day)->has & BS_PACK_WANT(c) ? (day)->column[c][i] : (otherwise))


void
ngx_bs_history_tick(const bs_pack_day_t *day, uint32_t i,
    bs_pack_tick_t *tick)
{
    tick->slot_ms = day->day_ms + day->column[BS_PACK_SLOT][i];
    tick->lateness_ms = ngx_bs_history_of(day, BS_PACK_LATENESS, i, 0);
    tick->dns_us = ngx_bs_history_of(day, BS_PACK_DNS, i, -1);
    tick->connect_us = ngx_bs_history_of(day, BS_PACK_CONNECT, i, -1);
    tick->tls_us = ngx_bs_history_of(day, BS_PACK_TLS, i, -1);
    tick->first_byte_us = ngx_bs_history_of(day, BS_PACK_FIRST_BYTE, i, -1);
    tick->total_us = ngx_bs_history_of(day, BS_PACK_TOTAL, i, -1);
    tick->status = (int16_t) ngx_bs_history_of(day, BS_PACK_STATUS, i, 0);
    tick->reason = (int16_t) ngx_bs_history_of(day, BS_PACK_REASON, i, 0);
    tick->http_status = (int16_t) ngx_bs_history_of(day, BS_PACK_HTTP_STATUS,
                                                    i, 0);
    tick->attempts = (int16_t) ngx_bs_history_of(day, BS_PACK_ATTEMPTS, i, 0);
    tick->flags = (int16_t) ngx_bs_history_of(day, BS_PACK_FLAGS, i, 0);

    if (day->has & BS_PACK_WANT(BS_PACK_ADDRESS)) {
        tick->address = day->addresses[day->column[BS_PACK_ADDRESS][i]];

    } else {
        tick->address.data = NULL;
        tick->address.len = 0;
    }
}
