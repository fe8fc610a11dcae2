
/*
 * What a rollup tells, as members of a JSON object; for one and for many.
 */

#ifndef _NGX_BS_HISTORY_LATENCY_H_INCLUDED_
#define _NGX_BS_HISTORY_LATENCY_H_INCLUDED_


#include "ngx_bs_history.h"


typedef enum {
    NGX_BS_HISTORY_UP = 0,
    NGX_BS_HISTORY_DEGRADED,
    NGX_BS_HISTORY_DOWN,
    NGX_BS_HISTORY_UNKNOWN,
    NGX_BS_HISTORY_COUNT,        /* of values that the others are made of */
    NGX_BS_HISTORY_MEAN,
    NGX_BS_HISTORY_MIN,
    NGX_BS_HISTORY_MAX,
    NGX_BS_HISTORY_P50,
    NGX_BS_HISTORY_P90,
    NGX_BS_HISTORY_P95,
    NGX_BS_HISTORY_P99,
    NGX_BS_HISTORY_FIGURES
} ngx_bs_history_figure_e;


extern const char  *ngx_bs_history_figure_names[NGX_BS_HISTORY_FIGURES];


/* -1: there is none.  A rollup that is NULL holds nothing. */
int64_t ngx_bs_history_figure(const bs_rollup_t *rollup, ngx_uint_t phase,
    ngx_bs_history_figure_e figure);

/* ,"name":value or null */
void ngx_bs_history_figure_write(ngx_bs_history_t *h, const char *name,
    int64_t value);

/* The value alone. */
void ngx_bs_history_figure_value(ngx_bs_history_t *h, int64_t value);


#endif /* _NGX_BS_HISTORY_LATENCY_H_INCLUDED_ */
