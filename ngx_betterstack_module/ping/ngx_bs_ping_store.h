
/*
 * The one statement of a ping, and what its answer means for the ping.
 */

#ifndef _NGX_BS_PING_STORE_H_INCLUDED_
#define _NGX_BS_PING_STORE_H_INCLUDED_


#include "ngx_bs_ping_record.h"


#define NGX_BS_PING_STORE_PARAMS  6


/* What the parameters point at, besides the ping. */
typedef struct {
    ngx_bs_pg_param_t   params[NGX_BS_PING_STORE_PARAMS];
    u_char              exit_code[NGX_INT_T_LEN + 1];
    u_char              at[NGX_INT64_LEN + 1];
} ngx_bs_ping_params_t;


typedef enum {
    NGX_BS_PING_STORED = 0,   /* or answered with an error: it is over */
    NGX_BS_PING_AGAIN,        /* perhaps not stored; twice does no harm */
    NGX_BS_PING_REFUSED       /* Postgres can never take it */
} ngx_bs_ping_fate_e;


ngx_bs_pg_statement_t *ngx_bs_ping_store_statement(void);

void ngx_bs_ping_store_params(const ngx_bs_ping_t *ping,
    ngx_bs_ping_params_t *params);

ngx_bs_ping_fate_e ngx_bs_ping_store_fate(ngx_bs_pg_outcome_e outcome,
    const ngx_bs_pg_result_t *result);


#endif /* _NGX_BS_PING_STORE_H_INCLUDED_ */
