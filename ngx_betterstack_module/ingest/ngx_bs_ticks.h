
/*
 * The ticks of a report, made fit for Postgres: what an agent may get wrong
 * without losing its batch is mended here, and the columns become arrays.
 */

#ifndef _NGX_BS_TICKS_H_INCLUDED_
#define _NGX_BS_TICKS_H_INCLUDED_


#include "../ngx_bs.h"

#include <bs_wire.h>


/* Columns of ingest.report() that come from ticks. */
#define NGX_BS_TICKS_PARAMS  17


/* Changes the ticks in place; returns how many values were dropped. */
ngx_uint_t ngx_bs_ticks_mend(bs_wire_tick_t *ticks, ngx_uint_t n);

/*
 * Fills NGX_BS_TICKS_PARAMS parameters, all in the one buffer returned, to be
 * freed with ngx_free(); NULL: out of memory.
 */
u_char *ngx_bs_ticks_params(const bs_wire_tick_t *ticks, ngx_uint_t n,
    ngx_bs_pg_param_t *params, ngx_log_t *log);


#endif /* _NGX_BS_TICKS_H_INCLUDED_ */
