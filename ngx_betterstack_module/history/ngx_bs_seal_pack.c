
#include "ngx_bs_seal_pack.h"


static ngx_int_t ngx_bs_seal_pack_base(const ngx_bs_pg_result_t *result,
    ngx_uint_t i, const ngx_bs_seal_row_t *row, ngx_pool_t *pool,
    bs_pack_day_t *day, const char **error);
static ngx_int_t ngx_bs_seal_pack_merge(const ngx_bs_pg_result_t *result,
    ngx_uint_t i, const bs_pack_day_t *first, ngx_pool_t *pool,
    bs_pack_day_t *merged, ngx_bs_seal_pair_t *pair, const char **error);
static ngx_int_t ngx_bs_seal_pack_late(const ngx_bs_pg_result_t *result,
    ngx_uint_t i, const ngx_bs_seal_row_t *row, uint32_t room,
    ngx_pool_t *pool, bs_pack_day_t *day, const char **error);
static ngx_int_t ngx_bs_seal_pack_won(const bs_pack_day_t *base,
    const bs_pack_day_t *late, ngx_pool_t *pool, ngx_bs_seal_pair_t *pair);
static ngx_int_t ngx_bs_seal_pack_write(bs_pack_day_t *day, ngx_pool_t *pool,
    ngx_bs_seal_pair_t *pair, const char **error);
static ngx_int_t ngx_bs_seal_pack_same(const bs_pack_day_t *a,
    const bs_pack_day_t *b);
static ngx_int_t ngx_bs_seal_pack_sums(const bs_pack_day_t *day,
    ngx_bs_seal_rollups_t *rollups, ngx_pool_t *pool,
    ngx_bs_seal_pair_t *pair, const char **error);
static ngx_int_t ngx_bs_seal_pack_keep(ngx_pool_t *pool, const void *data,
    size_t len, ngx_str_t *kept);
static ngx_int_t ngx_bs_seal_pack_texts(ngx_pool_t *pool,
    const ngx_str_t *texts, ngx_str_t *joined);


const char  ngx_bs_seal_no_memory[] = "no memory";


void
ngx_bs_seal_rollups_init(ngx_bs_seal_rollups_t *rollups)
{
    ngx_uint_t  i;

    bs_rollup_init(&rollups->day);

    for (i = 0; i < BS_ROLLUP_HOURS; i++) {
        bs_rollup_init(&rollups->hours[i]);
    }
}


/* An empty day with room for so many; *memory is to be freed. */

static void *
ngx_bs_seal_pack_day(ngx_pool_t *pool, bs_pack_day_t *day, uint32_t ticks_max,
    int64_t day_ms, const char **error)
{
    void  *memory;

    memory = ngx_palloc(pool, bs_pack_day_bytes(ticks_max));
    if (memory == NULL) {
        *error = ngx_bs_seal_no_memory;
        return NULL;
    }

    bs_pack_day_init(day, memory, ticks_max);

    return bs_pack_day_begin(day, day_ms, error) == 0 ? memory : NULL;
}


ngx_int_t
ngx_bs_seal_pack(const ngx_bs_pg_result_t *result, ngx_int_t base,
    ngx_int_t late, ngx_bs_seal_rollups_t *rollups, ngx_pool_t *pool,
    ngx_bs_seal_pair_t *pair, const char **error)
{
    ngx_int_t           rc;
    bs_pack_day_t       first, merged, *day;
    ngx_bs_seal_row_t   row;

    ngx_memzero(pair, sizeof(ngx_bs_seal_pair_t));
    *error = "a row does not look as expected";

    if (ngx_bs_seal_row_read(result, base == NGX_ERROR ? late : base, &row)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    pair->day = row.day;
    pair->monitor = row.monitor;
    pair->region = row.region;
    pair->revision = row.revision;

    if (base != NGX_ERROR) {
        pair->texts = row.texts;
        pair->evidences = row.evidences;
    }

    if (row.source == NGX_BS_SEAL_SOURCE_HOT) {
        pair->hot = row.ticks;
    }

    rc = ngx_bs_seal_pack_base(result, base, &row, pool, &first, error);
    if (rc != NGX_OK) {
        return rc;
    }

    day = &first;

    if (late != NGX_ERROR) {

        rc = ngx_bs_seal_pack_merge(result, late, &first, pool, &merged, pair,
                                    error);

        if (rc == NGX_OK) {
            day = &merged;

        } else if (rc == NGX_ERROR || pair->hot == 0) {
            return rc;
        }
    }

    if (ngx_bs_seal_pack_write(day, pool, pair, error) != NGX_OK) {
        return NGX_ERROR;
    }

    return ngx_bs_seal_pack_sums(day, rollups, pool, pair, error);
}


/* NGX_DECLINED: the day is full. */

static ngx_int_t
ngx_bs_seal_pack_merge(const ngx_bs_pg_result_t *result, ngx_uint_t i,
    const bs_pack_day_t *first, ngx_pool_t *pool, bs_pack_day_t *merged,
    ngx_bs_seal_pair_t *pair, const char **error)
{
    ngx_int_t           rc;
    bs_pack_day_t       second;
    ngx_bs_seal_row_t   row;

    if (ngx_bs_seal_row_read(result, i, &row) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_bs_seal_pack_late(result, i, &row,
                               BS_PACK_TICKS_MAX - first->count, pool, &second,
                               error);
    if (rc != NGX_OK) {
        return rc;
    }

    pair->evidences |= row.evidences;

    if (ngx_bs_seal_pack_won(first, &second, pool, pair) != NGX_OK
        || ngx_bs_seal_pack_texts(pool, &row.texts, &pair->texts) != NGX_OK)
    {
        *error = ngx_bs_seal_no_memory;
        return NGX_ERROR;
    }

    if (ngx_bs_seal_pack_day(pool, merged, first->count + second.count,
                             first->day_ms, error)
        == NULL
        || bs_pack_day_merge(merged, first, &second, error) != 0)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* What is sealed, or hot; an empty day if there is only something late. */

static ngx_int_t
ngx_bs_seal_pack_base(const ngx_bs_pg_result_t *result, ngx_uint_t i,
    const ngx_bs_seal_row_t *row, ngx_pool_t *pool, bs_pack_day_t *day,
    const char **error)
{
    int64_t     day_ms, packed_day_ms;
    uint32_t    count;
    ngx_int_t   n;

    day_ms = ngx_bs_seal_day_ms(row->day);

    switch (row->source) {

    case NGX_BS_SEAL_SOURCE_SEALED:

        if (bs_pack_peek(row->packed.data, row->packed.len, &count,
                         &packed_day_ms, error)
            != 0)
        {
            return NGX_ABORT;
        }

        if (packed_day_ms != day_ms || count != (uint32_t) row->ticks) {
            *error = "it is of another day, or has other ticks";
            return NGX_ABORT;
        }

        if (ngx_bs_seal_pack_day(pool, day, count, day_ms, error) == NULL) {
            return NGX_ERROR;
        }

        return bs_unpack(day, row->packed.data, row->packed.len,
                         BS_PACK_WANT_ALL, error)
               == 0 ? NGX_OK : NGX_ABORT;

    case NGX_BS_SEAL_SOURCE_HOT:

        n = ngx_bs_seal_row_ticks(result, i);

        if (n == NGX_ERROR
            || ngx_bs_seal_pack_day(pool, day, (uint32_t) n, day_ms, error)
               == NULL)
        {
            return NGX_ERROR;
        }

        return ngx_bs_seal_row_fill(result, i, n, day, error) == 0
               ? NGX_OK : NGX_ERROR;

    default:

        return ngx_bs_seal_pack_day(pool, day, 1, day_ms, error)
               ? NGX_OK : NGX_ERROR;
    }
}


/* As many as there is room for; what does not fit stays where it is. */

static ngx_int_t
ngx_bs_seal_pack_late(const ngx_bs_pg_result_t *result, ngx_uint_t i,
    const ngx_bs_seal_row_t *row, uint32_t room, ngx_pool_t *pool,
    bs_pack_day_t *day, const char **error)
{
    ngx_int_t  n;

    n = ngx_bs_seal_row_ticks(result, i);

    if (n == NGX_ERROR) {
        return NGX_ERROR;
    }

    n = ngx_min(n, (ngx_int_t) room);

    if (n == 0) {
        return NGX_DECLINED;
    }

    if (ngx_bs_seal_pack_day(pool, day, (uint32_t) n,
                             ngx_bs_seal_day_ms(row->day), error)
        == NULL
        || ngx_bs_seal_row_fill(result, i, n, day, error) != 0)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/* Which of the late ticks will be in the day: as bs_pack_day_merge() does. */

static ngx_int_t
ngx_bs_seal_pack_won(const bs_pack_day_t *base, const bs_pack_day_t *late,
    ngx_pool_t *pool, ngx_bs_seal_pair_t *pair)
{
    uint32_t              i, k;
    bs_pack_tick_t        tick;
    ngx_bs_seal_late_t   *l;

    pair->late = ngx_palloc(pool, late->count * sizeof(ngx_bs_seal_late_t));
    if (pair->late == NULL) {
        return NGX_ERROR;
    }

    pair->nlate = late->count;
    k = 0;

    for (i = 0; i < late->count; i++) {

        bs_pack_day_tick(late, i, &tick);

        l = &pair->late[i];
        l->slot_us = ngx_bs_seal_slot_us(tick.slot_ms);
        l->status = tick.status;

        while (k < base->count
               && base->column[BS_PACK_SLOT][k] < late->column[BS_PACK_SLOT][i])
        {
            k++;
        }

        l->won = k == base->count
                 || base->column[BS_PACK_SLOT][k]
                    != late->column[BS_PACK_SLOT][i]
                 || (base->column[BS_PACK_STATUS][k] == 0 && tick.status != 0);

        pair->nwon += l->won;
    }

    return NGX_OK;
}


/* And read back: what is not the same to the last bit is not kept. */

static ngx_int_t
ngx_bs_seal_pack_write(bs_pack_day_t *day, ngx_pool_t *pool,
    ngx_bs_seal_pair_t *pair, const char **error)
{
    void           *room, *memory;
    size_t          size, len;
    ngx_int_t       rc;
    bs_pack_day_t   back;

    size = bs_pack_room(day);
    room = ngx_palloc(pool, size);

    if (room == NULL) {
        *error = ngx_bs_seal_no_memory;
        return NGX_ERROR;
    }

    if (bs_pack(day, room, size, &len, error) != 0) {
        return NGX_ERROR;
    }

    memory = ngx_bs_seal_pack_day(pool, &back, ngx_max(day->count, 1),
                                  day->day_ms, error);
    if (memory == NULL
        || bs_unpack(&back, room, len, BS_PACK_WANT_ALL, error) != 0)
    {
        return NGX_ERROR;
    }

    *error = "what was packed reads back otherwise";
    rc = ngx_bs_seal_pack_same(day, &back);

    pair->ticks = day->count;

    if (rc == NGX_OK) {
        *error = ngx_bs_seal_no_memory;
        rc = ngx_bs_seal_pack_keep(pool, room, len, &pair->packed);
    }

    (void) ngx_pfree(pool, memory);
    (void) ngx_pfree(pool, room);

    return rc;
}


static ngx_int_t
ngx_bs_seal_pack_same(const bs_pack_day_t *a, const bs_pack_day_t *b)
{
    uint32_t         i, c;
    bs_pack_text_t  *x, *y;

    if (a->count != b->count || a->day_ms != b->day_ms) {
        return NGX_ERROR;
    }

    for (c = 0; c < BS_PACK_ADDRESS; c++) {
        if (ngx_memcmp(a->column[c], b->column[c],
                       a->count * sizeof(int32_t))
            != 0)
        {
            return NGX_ERROR;
        }
    }

    for (i = 0; i < a->count; i++) {
        x = &a->addresses[a->column[BS_PACK_ADDRESS][i]];
        y = &b->addresses[b->column[BS_PACK_ADDRESS][i]];

        if (x->len != y->len || ngx_memcmp(x->data, y->data, x->len) != 0) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_bs_seal_pack_sums(const bs_pack_day_t *day,
    ngx_bs_seal_rollups_t *rollups, ngx_pool_t *pool,
    ngx_bs_seal_pair_t *pair, const char **error)
{
    size_t                     len;
    uint16_t                   buckets[BS_ROLLUP_BUCKETS];
    uint32_t                   counts[BS_ROLLUP_BUCKETS];
    const bs_rollup_sketch_t  *total;

    if (bs_rollup_of_day(day, &rollups->day, rollups->hours, error) != 0) {
        return NGX_ERROR;
    }

    total = &rollups->day.phase[BS_ROLLUP_TOTAL];

    ngx_memcpy(pair->counts, rollups->day.counts, sizeof(pair->counts));
    pair->sum_us = total->sum_us;
    pair->least_us = total->sketched ? total->least_us : -1;
    pair->most_us = total->sketched ? total->most_us : -1;

    pair->nbuckets = bs_rollup_buckets(&rollups->day, BS_ROLLUP_TOTAL, buckets,
                                       counts);

    pair->buckets = ngx_palloc(pool, pair->nbuckets * sizeof(uint16_t) + 1);
    pair->bucket_counts = ngx_palloc(pool,
                                     pair->nbuckets * sizeof(uint32_t) + 1);

    *error = ngx_bs_seal_no_memory;

    if (pair->buckets == NULL || pair->bucket_counts == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(pair->buckets, buckets, pair->nbuckets * sizeof(uint16_t));
    ngx_memcpy(pair->bucket_counts, counts, pair->nbuckets * sizeof(uint32_t));

    len = bs_rollup_pack(&rollups->day, BS_ROLLUP_WANT_ALL, rollups->room,
                         BS_ROLLUP_ROOM);

    if (ngx_bs_seal_pack_keep(pool, rollups->room, len, &pair->rollup)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    len = bs_rollup_hours_pack(rollups->hours, rollups->room,
                               BS_ROLLUP_HOURS_ROOM);

    return ngx_bs_seal_pack_keep(pool, rollups->room, len, &pair->hours);
}


static ngx_int_t
ngx_bs_seal_pack_keep(ngx_pool_t *pool, const void *data, size_t len,
    ngx_str_t *kept)
{
    kept->len = len;
    kept->data = len ? ngx_pnalloc(pool, len) : NULL;

    if (kept->data == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(kept->data, data, len);

    return NGX_OK;
}


/* Two JSON arrays, neither of them empty, become one. */

static ngx_int_t
ngx_bs_seal_pack_texts(ngx_pool_t *pool, const ngx_str_t *texts,
    ngx_str_t *joined)
{
    u_char     *p;
    ngx_str_t   both;

    if (texts->data == NULL || joined->data == NULL) {

        if (joined->data == NULL) {
            *joined = *texts;
        }

        return NGX_OK;
    }

    both.len = joined->len + texts->len - 1;
    both.data = ngx_pnalloc(pool, both.len);

    if (both.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_cpymem(both.data, joined->data, joined->len - 1);
    *p++ = ',';
    ngx_memcpy(p, texts->data + 1, texts->len - 1);

    *joined = both;

    return NGX_OK;
}
