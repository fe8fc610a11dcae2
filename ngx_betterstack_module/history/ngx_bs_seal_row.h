
/*
 * A row of dispatch.seal_take(): what a pair's day has in one of the tiers, as
 * arrays in Postgres' binary format.  Pure: may be used by a thread.
 */

#ifndef _NGX_BS_SEAL_ROW_H_INCLUDED_
#define _NGX_BS_SEAL_ROW_H_INCLUDED_


#include "../io/ngx_bs_pg.h"

#include "bs_pack.h"


/* What dispatch.seal_take() returns, in the order of core.seal_row. */
#define NGX_BS_SEAL_ROW_COLUMNS                                               \
    "kind, day, seen_monitor, seen_region, monitor_id, region_id, source,"    \
    " revision, ticks, packed, texts, evidences, slots, lateness_ms, dns_us," \
    " connect_us, tls_us, first_byte_us, total_us, http_statuses, statuses,"  \
    " reasons, attempts, flags, addresses"


/* What there is more to do, but nothing to pack; and what a step is of. */
#define NGX_BS_SEAL_KIND_MORE  0
#define NGX_BS_SEAL_KIND_DAY   1
#define NGX_BS_SEAL_KIND_LATE  2

#define NGX_BS_SEAL_SOURCE_SEALED  0
#define NGX_BS_SEAL_SOURCE_HOT     1
#define NGX_BS_SEAL_SOURCE_LATE    2


typedef struct {
    int32_t    kind;
    int32_t    day;            /* since 2000 */
    int32_t    seen_monitor;
    int32_t    seen_region;
    int32_t    monitor;
    int32_t    region;
    int32_t    source;
    int32_t    revision;
    int32_t    ticks;          /* the arrays may hold fewer */
    ngx_flag_t evidences;
    ngx_str_t  packed;
    ngx_str_t  texts;          /* data NULL: none */
} ngx_bs_seal_row_t;


/* NGX_ERROR: that is none.  Strings are the result's own. */
ngx_int_t ngx_bs_seal_row_read(const ngx_bs_pg_result_t *result,
    ngx_uint_t i, ngx_bs_seal_row_t *row);

/* How many ticks its arrays hold; NGX_ERROR: they do not fit. */
ngx_int_t ngx_bs_seal_row_ticks(const ngx_bs_pg_result_t *result,
    ngx_uint_t i);

/*
 * The first `n` of its ticks into an empty day that has room for them, of a
 * slot the first; texts stay in the result.  0, or -1 with *error a literal,
 * as of bs_pack.h.
 */
int ngx_bs_seal_row_fill(const ngx_bs_pg_result_t *result, ngx_uint_t i,
    ngx_uint_t n, bs_pack_day_t *day, const char **error);

/* Between Postgres' days since 2000, its microseconds, and milliseconds. */
#define NGX_BS_SEAL_EPOCH_MS  946684800000LL

#define ngx_bs_seal_day_ms(day)                                               \
    ((int64_t) (day) * BS_PACK_DAY_MS + NGX_BS_SEAL_EPOCH_MS)

#define ngx_bs_seal_slot_us(slot_ms)                                          \
    (((slot_ms) - NGX_BS_SEAL_EPOCH_MS) * 1000)


#endif /* _NGX_BS_SEAL_ROW_H_INCLUDED_ */
