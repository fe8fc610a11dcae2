
/*
 * What the database needs done now and then (partitions ahead, old rows away):
 * one bounded statement a minute, run by whoever schedules.
 */

#ifndef _NGX_BS_HOUSEKEEPING_H_INCLUDED_
#define _NGX_BS_HOUSEKEEPING_H_INCLUDED_


#include "../ngx_bs.h"
#include "../io/ngx_bs_timer.h"


typedef struct {
    ngx_bs_timer_t      timer;
    ngx_bs_pg_pool_t   *pg;
    ngx_bs_pg_query_t  *query;
    ngx_log_t          *log;
} ngx_bs_housekeeping_t;


void ngx_bs_housekeeping_init(ngx_bs_housekeeping_t *keeping,
    ngx_bs_pg_pool_t *pg, ngx_log_t *log);
ngx_int_t ngx_bs_housekeeping_register(ngx_bs_pg_pool_t *pg);

/* The first run is at once. */
void ngx_bs_housekeeping_start(ngx_bs_housekeeping_t *keeping);
void ngx_bs_housekeeping_stop(ngx_bs_housekeeping_t *keeping);


#endif /* _NGX_BS_HOUSEKEEPING_H_INCLUDED_ */
