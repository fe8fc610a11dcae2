
/*
 * Lets go of history that is kept no longer: while there is some, one short
 * statement a second, on the lane for upkeep; run by whoever schedules.
 */

#ifndef _NGX_BS_RETENTION_H_INCLUDED_
#define _NGX_BS_RETENTION_H_INCLUDED_


#include "../ngx_bs.h"
#include "../io/ngx_bs_timer.h"


typedef struct {
    ngx_bs_timer_t      timer;
    ngx_bs_pg_pool_t   *pg;
    ngx_bs_pg_query_t  *query;
    ngx_bs_zone_t      *zone;
    ngx_log_t          *log;
} ngx_bs_retention_t;


void ngx_bs_retention_init(ngx_bs_retention_t *retention,
    ngx_bs_worker_t *worker, ngx_log_t *log);
ngx_int_t ngx_bs_retention_register(ngx_bs_pg_pool_t *pg);

void ngx_bs_retention_start(ngx_bs_retention_t *retention);
void ngx_bs_retention_stop(ngx_bs_retention_t *retention);


#endif /* _NGX_BS_RETENTION_H_INCLUDED_ */
