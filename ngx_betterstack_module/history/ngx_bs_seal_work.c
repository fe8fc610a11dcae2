
#include "../ingest/ngx_bs_array.h"

#include "ngx_bs_seal_work.h"


#define NGX_BS_SEAL_WORK_POOL_SIZE  65536

/* How many pairs there mostly are in a step; more is no problem. */
#define NGX_BS_SEAL_WORK_PAIRS      16

/* In late_statuses: the tick is in the packed day. */
#define NGX_BS_SEAL_WORK_WON        16


/* Parameters of dispatch.seal_store(), in its order. */
enum {
    NGX_BS_SEAL_P_KIND = 0,
    NGX_BS_SEAL_P_DAYS,
    NGX_BS_SEAL_P_SEEN_MONITOR,
    NGX_BS_SEAL_P_SEEN_REGION,
    NGX_BS_SEAL_P_MONITORS,
    NGX_BS_SEAL_P_REGIONS,
    NGX_BS_SEAL_P_REVISIONS,
    NGX_BS_SEAL_P_HOT,
    NGX_BS_SEAL_P_TICKS,
    NGX_BS_SEAL_P_PACKED,
    NGX_BS_SEAL_P_TEXTS,
    NGX_BS_SEAL_P_EVIDENCES,
    NGX_BS_SEAL_P_LATE_LENGTHS,
    NGX_BS_SEAL_P_LATE_SLOTS,
    NGX_BS_SEAL_P_LATE_STATUSES,
    NGX_BS_SEAL_P_TALLIES,
    NGX_BS_SEAL_P_SUMS,
    NGX_BS_SEAL_P_LENGTHS,
    NGX_BS_SEAL_P_BUCKETS,
    NGX_BS_SEAL_P_COUNTS,
    NGX_BS_SEAL_P_ROLLUPS,
    NGX_BS_SEAL_P_HOURS
};

#define NGX_BS_SEAL_TALLIES  6


static ngx_int_t ngx_bs_seal_work_pair(ngx_bs_seal_work_t *work,
    ngx_bs_seal_rollups_t *rollups, ngx_int_t base, ngx_int_t late);
static void ngx_bs_seal_work_tell(ngx_bs_seal_work_t *work,
    const ngx_bs_seal_pair_t *pair, const char *error);
static ngx_int_t ngx_bs_seal_work_bind(ngx_bs_seal_work_t *work);
static void ngx_bs_seal_work_scalars(ngx_bs_seal_work_t *work,
    ngx_bs_array_t *array);
static void ngx_bs_seal_work_column(ngx_bs_seal_work_t *work,
    ngx_bs_array_t *array, ngx_uint_t p);
static void ngx_bs_seal_work_put(ngx_bs_array_t *array,
    const ngx_bs_seal_pair_t *pair, ngx_uint_t p);
static void ngx_bs_seal_work_put_many(ngx_bs_array_t *array,
    const ngx_bs_seal_pair_t *pair, ngx_uint_t p);


static const struct {
    ngx_uint_t            p;
    ngx_bs_array_type_e   type;
    ngx_uint_t            each;         /* of each pair; 0: see count */
} ngx_bs_seal_work_columns[] = {
    { NGX_BS_SEAL_P_DAYS, NGX_BS_ARRAY_DATE, 1 },
    { NGX_BS_SEAL_P_MONITORS, NGX_BS_ARRAY_INT4, 1 },
    { NGX_BS_SEAL_P_REGIONS, NGX_BS_ARRAY_INT2, 1 },
    { NGX_BS_SEAL_P_REVISIONS, NGX_BS_ARRAY_INT2, 1 },
    { NGX_BS_SEAL_P_HOT, NGX_BS_ARRAY_INT4, 1 },
    { NGX_BS_SEAL_P_TICKS, NGX_BS_ARRAY_INT4, 1 },
    { NGX_BS_SEAL_P_PACKED, NGX_BS_ARRAY_BYTES, 1 },
    { NGX_BS_SEAL_P_TEXTS, NGX_BS_ARRAY_TEXT, 1 },
    { NGX_BS_SEAL_P_EVIDENCES, NGX_BS_ARRAY_BOOL, 1 },
    { NGX_BS_SEAL_P_LATE_LENGTHS, NGX_BS_ARRAY_INT4, 1 },
    { NGX_BS_SEAL_P_LATE_SLOTS, NGX_BS_ARRAY_TIME, 0 },
    { NGX_BS_SEAL_P_LATE_STATUSES, NGX_BS_ARRAY_INT2, 0 },
    { NGX_BS_SEAL_P_TALLIES, NGX_BS_ARRAY_INT4, NGX_BS_SEAL_TALLIES },
    { NGX_BS_SEAL_P_SUMS, NGX_BS_ARRAY_INT8, 1 },
    { NGX_BS_SEAL_P_LENGTHS, NGX_BS_ARRAY_INT4, 1 },
    { NGX_BS_SEAL_P_BUCKETS, NGX_BS_ARRAY_INT2, 0 },
    { NGX_BS_SEAL_P_COUNTS, NGX_BS_ARRAY_INT4, 0 },
    { NGX_BS_SEAL_P_ROLLUPS, NGX_BS_ARRAY_BYTES, 1 },
    { NGX_BS_SEAL_P_HOURS, NGX_BS_ARRAY_BYTES, 1 }
};

#define NGX_BS_SEAL_WORK_COLUMNS                                              \
    (sizeof(ngx_bs_seal_work_columns) / sizeof(ngx_bs_seal_work_columns[0]))


ngx_bs_seal_work_t *
ngx_bs_seal_work_create(ngx_bs_pg_result_t *take_result, void *owner,
    ngx_log_t *log)
{
    ngx_pool_t          *pool;
    ngx_bs_seal_work_t  *work;

    pool = ngx_create_pool(NGX_BS_SEAL_WORK_POOL_SIZE, log);
    if (pool == NULL) {
        goto failed;
    }

    work = ngx_pcalloc(pool, sizeof(ngx_bs_seal_work_t));

    if (work == NULL
        || ngx_array_init(&work->pairs, pool, NGX_BS_SEAL_WORK_PAIRS,
                          sizeof(ngx_bs_seal_pair_t))
           != NGX_OK
        || ngx_bs_seal_row_read(take_result, 0, &work->first) != NGX_OK)
    {
        ngx_destroy_pool(pool);
        goto failed;
    }

    work->owner = owner;
    work->pool = pool;
    work->result = take_result;

    return work;

failed:

    ngx_bs_pg_result_free(take_result);

    return NULL;
}


void
ngx_bs_seal_work_destroy(ngx_bs_seal_work_t *work)
{
    ngx_pool_t  *pool;

    ngx_bs_pg_result_free(work->result);

    pool = work->pool;
    ngx_destroy_pool(pool);
}


void
ngx_bs_seal_work_run(void *data)
{
    ngx_bs_seal_work_t  *work = data;

    ngx_int_t               base, late;
    ngx_uint_t              i, n;
    ngx_bs_seal_row_t       row, next;
    ngx_bs_seal_rollups_t  *rollups;

    rollups = ngx_palloc(work->pool, sizeof(ngx_bs_seal_rollups_t));
    if (rollups == NULL) {
        work->failed = 1;
        return;
    }

    ngx_bs_seal_rollups_init(rollups);

    n = ngx_bs_pg_result_rows(work->result);
    i = 0;

    while (i < n && !work->failed) {

        if (ngx_bs_seal_row_read(work->result, i, &row) != NGX_OK) {
            work->failed = 1;
            return;
        }

        base = NGX_ERROR;
        late = NGX_ERROR;

        if (row.source == NGX_BS_SEAL_SOURCE_LATE) {
            late = i++;

        } else {
            base = i++;

            if (i < n
                && ngx_bs_seal_row_read(work->result, i, &next) == NGX_OK
                && next.source == NGX_BS_SEAL_SOURCE_LATE
                && next.monitor == row.monitor && next.region == row.region
                && next.day == row.day)
            {
                late = i++;
            }
        }

        if (ngx_bs_seal_work_pair(work, rollups, base, late) != NGX_OK) {
            work->failed = 1;
        }
    }

    if (!work->failed && work->pairs.nelts
        && ngx_bs_seal_work_bind(work) != NGX_OK)
    {
        work->failed = 1;
    }
}


static ngx_int_t
ngx_bs_seal_work_pair(ngx_bs_seal_work_t *work,
    ngx_bs_seal_rollups_t *rollups, ngx_int_t base, ngx_int_t late)
{
    const char          *error;
    ngx_bs_seal_pair_t  *pair;

    pair = ngx_array_push(&work->pairs);
    if (pair == NULL) {
        return NGX_ERROR;
    }

    switch (ngx_bs_seal_pack(work->result, base, late, rollups, work->pool,
                             pair, &error))
    {

    case NGX_OK:
        work->ticks += pair->ticks;
        work->late += pair->nwon;

        /* What a late tick replaces may have had evidence. */

        pair->evidences |= (pair->nwon && pair->revision >= 0);
        return NGX_OK;

    case NGX_ABORT:
        work->damaged++;
        ngx_bs_seal_work_tell(work, pair, error);
        /* fall through */

    case NGX_DECLINED:
        work->pairs.nelts--;
        return NGX_OK;

    default:
        ngx_bs_seal_work_tell(work, pair, error);
        work->trouble = (pair->hot != 0 && error != ngx_bs_seal_no_memory);
        return NGX_ERROR;
    }
}


static void
ngx_bs_seal_work_tell(ngx_bs_seal_work_t *work,
    const ngx_bs_seal_pair_t *pair, const char *error)
{
    u_char  *last;

    last = work->error + NGX_BS_SEAL_ERROR_LEN - 1;

    *ngx_slprintf(work->error, last, "monitor %D, region %D: %s",
                  pair->monitor, pair->region, error) = '\0';
}


static ngx_uint_t
ngx_bs_seal_work_count(ngx_bs_seal_work_t *work, ngx_uint_t c)
{
    ngx_uint_t           i, n;
    ngx_bs_seal_pair_t  *pair;

    if (ngx_bs_seal_work_columns[c].each) {
        return work->pairs.nelts * ngx_bs_seal_work_columns[c].each;
    }

    n = 0;
    pair = work->pairs.elts;

    for (i = 0; i < work->pairs.nelts; i++) {
        n += ngx_bs_seal_work_columns[c].type == NGX_BS_ARRAY_TIME
             || ngx_bs_seal_work_columns[c].p == NGX_BS_SEAL_P_LATE_STATUSES
             ? pair[i].nlate : pair[i].nbuckets;
    }

    return n;
}


static ngx_int_t
ngx_bs_seal_work_bind(ngx_bs_seal_work_t *work)
{
    size_t               size;
    ngx_uint_t           c, i;
    ngx_bs_array_t       array;
    ngx_bs_seal_pair_t  *pair;

    size = 64;

    for (c = 0; c < NGX_BS_SEAL_WORK_COLUMNS; c++) {
        size += ngx_bs_array_size(ngx_bs_seal_work_columns[c].type,
                                  ngx_bs_seal_work_count(work, c));
    }

    pair = work->pairs.elts;

    for (i = 0; i < work->pairs.nelts; i++) {
        size += pair[i].packed.len + pair[i].texts.len + pair[i].rollup.len
                + pair[i].hours.len;
    }

    array.last = ngx_palloc(work->pool, size);
    if (array.last == NULL) {
        return NGX_ERROR;
    }

    array.end = array.last + size;

    ngx_bs_seal_work_scalars(work, &array);

    for (c = 0; c < NGX_BS_SEAL_WORK_COLUMNS; c++) {
        ngx_bs_seal_work_column(work, &array, c);
    }

    return NGX_OK;
}


static void
ngx_bs_seal_work_scalars(ngx_bs_seal_work_t *work, ngx_bs_array_t *array)
{
    ngx_uint_t  i;

    const struct {
        ngx_uint_t   p;
        int32_t      value;
    } scalars[] = {
        { NGX_BS_SEAL_P_KIND, work->first.kind },
        { NGX_BS_SEAL_P_SEEN_MONITOR, work->first.seen_monitor },
        { NGX_BS_SEAL_P_SEEN_REGION, work->first.seen_region }
    };

    for (i = 0; i < sizeof(scalars) / sizeof(scalars[0]); i++) {
        work->params[scalars[i].p].value = (char *) array->last;
        array->last = ngx_sprintf(array->last, "%D", scalars[i].value);
        *array->last++ = '\0';
    }
}


static void
ngx_bs_seal_work_column(ngx_bs_seal_work_t *work, ngx_bs_array_t *array,
    ngx_uint_t c)
{
    ngx_uint_t           i, p;
    ngx_bs_seal_pair_t  *pair;

    p = ngx_bs_seal_work_columns[c].p;
    pair = work->pairs.elts;

    ngx_bs_array_begin(array, ngx_bs_seal_work_columns[c].type,
                       ngx_bs_seal_work_count(work, c), &work->params[p]);

    for (i = 0; i < work->pairs.nelts; i++) {
        ngx_bs_seal_work_put(array, &pair[i], p);
    }

    ngx_bs_array_end(array);
}


static void
ngx_bs_seal_work_bytes(ngx_bs_array_t *array, const ngx_str_t *bytes)
{
    ngx_bs_array_text(array, (const char *) bytes->data, bytes->len);
}


/* What a pair has one of. */

static void
ngx_bs_seal_work_put(ngx_bs_array_t *array, const ngx_bs_seal_pair_t *pair,
    ngx_uint_t p)
{
    switch (p) {

    case NGX_BS_SEAL_P_DAYS:
        ngx_bs_array_int4(array, pair->day);
        break;

    case NGX_BS_SEAL_P_MONITORS:
        ngx_bs_array_int4(array, pair->monitor);
        break;

    case NGX_BS_SEAL_P_REGIONS:
        ngx_bs_array_int2(array, (int16_t) pair->region);
        break;

    case NGX_BS_SEAL_P_REVISIONS:
        ngx_bs_array_int2(array, (int16_t) pair->revision);
        break;

    case NGX_BS_SEAL_P_HOT:
        ngx_bs_array_int4(array, pair->hot);
        break;

    case NGX_BS_SEAL_P_TICKS:
        ngx_bs_array_int4(array, (int32_t) pair->ticks);
        break;

    case NGX_BS_SEAL_P_PACKED:
        ngx_bs_seal_work_bytes(array, &pair->packed);
        break;

    case NGX_BS_SEAL_P_TEXTS:
        ngx_bs_seal_work_bytes(array, &pair->texts);
        break;

    case NGX_BS_SEAL_P_EVIDENCES:
        ngx_bs_array_bool(array, pair->evidences);
        break;

    case NGX_BS_SEAL_P_LATE_LENGTHS:
        ngx_bs_array_int4(array, (int32_t) pair->nlate);
        break;

    case NGX_BS_SEAL_P_SUMS:
        ngx_bs_array_int8(array, (int64_t) pair->sum_us);
        break;

    case NGX_BS_SEAL_P_LENGTHS:
        ngx_bs_array_int4(array, (int32_t) pair->nbuckets);
        break;

    case NGX_BS_SEAL_P_ROLLUPS:
        ngx_bs_seal_work_bytes(array, &pair->rollup);
        break;

    case NGX_BS_SEAL_P_HOURS:
        ngx_bs_seal_work_bytes(array, &pair->hours);
        break;

    default:
        ngx_bs_seal_work_put_many(array, pair, p);
        break;
    }
}


/* What it has several of. */

static void
ngx_bs_seal_work_put_many(ngx_bs_array_t *array,
    const ngx_bs_seal_pair_t *pair, ngx_uint_t p)
{
    ngx_uint_t  i;

    switch (p) {

    case NGX_BS_SEAL_P_LATE_SLOTS:
        for (i = 0; i < pair->nlate; i++) {
            ngx_bs_array_int8(array, pair->late[i].slot_us);
        }
        break;

    case NGX_BS_SEAL_P_LATE_STATUSES:
        for (i = 0; i < pair->nlate; i++) {
            ngx_bs_array_int2(array, (int16_t) (pair->late[i].status
                              + (pair->late[i].won
                                 ? NGX_BS_SEAL_WORK_WON : 0)));
        }
        break;

    case NGX_BS_SEAL_P_TALLIES:
        ngx_bs_array_int4(array, (int32_t) pair->counts[1]);
        ngx_bs_array_int4(array, (int32_t) pair->counts[2]);
        ngx_bs_array_int4(array, (int32_t) pair->counts[3]);
        ngx_bs_array_int4(array, (int32_t) pair->counts[0]);
        ngx_bs_array_int4(array, pair->least_us);
        ngx_bs_array_int4(array, pair->most_us);
        break;

    case NGX_BS_SEAL_P_BUCKETS:
        for (i = 0; i < pair->nbuckets; i++) {
            ngx_bs_array_int2(array, (int16_t) pair->buckets[i]);
        }
        break;

    case NGX_BS_SEAL_P_COUNTS:
        for (i = 0; i < pair->nbuckets; i++) {
            ngx_bs_array_int4(array, (int32_t) pair->bucket_counts[i]);
        }
        break;
    }
}
