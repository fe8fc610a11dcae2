
/*
 * One pair's day, packed: what is sealed or hot of it, with what is late merged
 * in, and its sums.  Pure, in memory of a pool that nobody else uses.
 */

#ifndef _NGX_BS_SEAL_PACK_H_INCLUDED_
#define _NGX_BS_SEAL_PACK_H_INCLUDED_


#include "ngx_bs_seal_row.h"

#include "bs_rollup.h"


typedef struct {
    int64_t      slot_us;          /* since 2000 */
    int16_t      status;
    unsigned     won:1;            /* it is in the packed day */
} ngx_bs_seal_late_t;


typedef struct {
    int32_t               day;
    int32_t               monitor;
    int32_t               region;
    int32_t               revision;     /* -1: nothing was sealed */
    int32_t               hot;          /* rows in the day's partition */
    uint32_t              ticks;        /* in the packed day */
    ngx_str_t             packed;
    ngx_str_t             texts;        /* data NULL: none */
    ngx_flag_t            evidences;
    ngx_bs_seal_late_t   *late;
    ngx_uint_t            nlate;
    ngx_uint_t            nwon;
    uint32_t              counts[BS_ROLLUP_STATUSES];
    int32_t               least_us;     /* -1: none */
    int32_t               most_us;
    uint64_t              sum_us;
    uint16_t             *buckets;
    uint32_t             *bucket_counts;
    ngx_uint_t            nbuckets;
    ngx_str_t             rollup;
    ngx_str_t             hours;
} ngx_bs_seal_pair_t;


/* Reused from pair to pair; a few hundred kB. */
typedef struct {
    bs_rollup_t   day;
    bs_rollup_t   hours[BS_ROLLUP_HOURS];
    u_char        room[BS_ROLLUP_HOURS_ROOM];
} ngx_bs_seal_rollups_t;

void ngx_bs_seal_rollups_init(ngx_bs_seal_rollups_t *rollups);

/* The *error of what another try may do. */
extern const char  ngx_bs_seal_no_memory[];


/*
 * The rows base and late of a result; either is NGX_ERROR if there is none.
 * NGX_OK; NGX_DECLINED: there is no room for any late tick, nothing changes;
 * NGX_ABORT: what is sealed is damaged; NGX_ERROR: what is there cannot be
 * packed, or no memory.  In the last two *error is a literal.
 */
ngx_int_t ngx_bs_seal_pack(const ngx_bs_pg_result_t *result, ngx_int_t base,
    ngx_int_t late, ngx_bs_seal_rollups_t *rollups, ngx_pool_t *pool,
    ngx_bs_seal_pair_t *pair, const char **error);


#endif /* _NGX_BS_SEAL_PACK_H_INCLUDED_ */
