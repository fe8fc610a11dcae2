
/*
 * An answer about results that is made here and not in SQL: what a statement
 * returned, whichever tiers it came from, and what is made of it.
 *
 * Nothing in this header knows requests: an answer may be made in a thread.
 * All memory is of the answer's own pool, or borrowed from the statement's
 * result, which lives as long.  No byte of a row is trusted: what makes no
 * sense is left out, counted and told.
 */

#ifndef _NGX_BS_HISTORY_H_INCLUDED_
#define _NGX_BS_HISTORY_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "ngx_bs_history_out.h"
#include "../io/ngx_bs_pg.h"
#include "bs_pack.h"
#include "bs_rollup.h"


#define NGX_BS_HISTORY_HOUR_MS   3600000
#define NGX_BS_HISTORY_DAY_MS    86400000

/* Rows of one answer, and regions; SQL sends fewer. */
#define NGX_BS_HISTORY_ROWS_MAX     65536
#define NGX_BS_HISTORY_REGIONS_MAX  1024

/* Ticks that one answer looks at: those beyond are left out, and it says so. */
#define NGX_BS_HISTORY_TICKS_MAX    4000000

/* In the flags of a tick that was late and has its slot; never stored. */
#define NGX_BS_HISTORY_IS_LATE      0x4000

/* core.history_steps_limit() */
#define NGX_BS_HISTORY_STEPS_MAX    1000


/* As sql/core/history_tier.sql numbers them. */
typedef enum {
    NGX_BS_HISTORY_HEAD = 0,
    NGX_BS_HISTORY_SEALED,      /* data: bs_pack; body: words of failures */
    NGX_BS_HISTORY_HOT,         /* data: ticks as record_send() has them */
    NGX_BS_HISTORY_LATE,        /* the same */
    NGX_BS_HISTORY_WORDS,       /* data: slots; body: what failed, in words */
    NGX_BS_HISTORY_EVIDENCE,    /* body: JSON object, evidence by slot */
    NGX_BS_HISTORY_DAY,         /* data: bs_rollup */
    NGX_BS_HISTORY_HOURS,       /* data: 24 of it */
    NGX_BS_HISTORY_HOUR         /* data: bs_rollup */
} ngx_bs_history_kind_e;


typedef struct {
    ngx_uint_t   kind;
    ngx_uint_t   region;        /* index */
    int64_t      at_ms;         /* day or hour; of words and evidence 1: late */
    ngx_uint_t   ticks;         /* as SQL counted them */
    ngx_str_t    data;
    ngx_str_t    body;
} ngx_bs_history_row_t;


typedef struct {
    int64_t      id;
    ngx_str_t    slug;
    ngx_str_t    name;
} ngx_bs_history_region_t;


typedef struct {
    ngx_pool_t               *pool;
    ngx_bs_pg_result_t       *result;

    /* what was asked for */
    ngx_str_t                 id;
    ngx_str_t                 from;
    ngx_str_t                 to;
    int64_t                   since_ms;    /* both inclusive */
    int64_t                   until_ms;
    int64_t                   step_ms;
    ngx_uint_t                limit;
    ngx_uint_t                phase;       /* bs_rollup_phase_t */
    ngx_uint_t                newest;
    ngx_uint_t                evidence;

    ngx_bs_history_region_t  *regions;
    ngx_uint_t                regions_n;
    ngx_bs_history_row_t     *rows;
    ngx_uint_t                rows_n;

    /* how it went */
    ngx_uint_t                ticks;       /* looked at */
    ngx_uint_t                cut;         /* there were more */
    ngx_uint_t                damaged;     /* rows that make no sense */
    const char               *damage;      /* what was wrong with the first */
    ngx_bs_history_row_t     *damage_row;
    int64_t                   next_ms;     /* where to go on; 0: nowhere */
    ngx_bs_history_out_t      out;
} ngx_bs_history_t;


/*
 * What makes the answer's body out of its rows.  NGX_ERROR: no memory.
 */
typedef ngx_int_t (*ngx_bs_history_make_pt)(ngx_bs_history_t *h);


/*
 * Reads all rows of the result but for what is in them.  NGX_DECLINED: the
 * first is no 200; `status` and `body` are to be sent.  NGX_ERROR: these are
 * no rows for us, or no memory.
 */
ngx_int_t ngx_bs_history_read(ngx_bs_history_t *h, ngx_uint_t *status,
    ngx_str_t *body);

/* About how long it will take, in microseconds of CPU. */
ngx_uint_t ngx_bs_history_cost(ngx_bs_history_t *h);

/* A row that makes no sense; `why` is a literal. */
void ngx_bs_history_damaged(ngx_bs_history_t *h, ngx_bs_history_row_t *row,
    const char *why);

/* {"data":{"id":..,"type":..,"attributes":{"from":..,"to":.. and its end */
void ngx_bs_history_begin(ngx_bs_history_t *h, const char *type);
void ngx_bs_history_end(ngx_bs_history_t *h);

/* Answers, each in a file of its own. */
ngx_int_t ngx_bs_history_make_ticks(ngx_bs_history_t *h);
ngx_int_t ngx_bs_history_make_export(ngx_bs_history_t *h);
ngx_int_t ngx_bs_history_make_times(ngx_bs_history_t *h);
ngx_int_t ngx_bs_history_make_percentiles(ngx_bs_history_t *h);
ngx_int_t ngx_bs_history_make_regions(ngx_bs_history_t *h);


#endif /* _NGX_BS_HISTORY_H_INCLUDED_ */
