
/*
 * Reads of history from a replica, while that is connected and not far behind.
 * How far is asked every second of both servers, in bytes of WAL: no clock of
 * theirs is believed.  What a replica cannot answer is asked of the primary.
 */

#ifndef _NGX_BS_PG_REPLICA_H_INCLUDED_
#define _NGX_BS_PG_REPLICA_H_INCLUDED_


#include "ngx_bs_pg_lane.h"


typedef struct ngx_bs_pg_replica_s  ngx_bs_pg_replica_t;


/*
 * The primary is asked on its lane for reads, and does what the replica cannot
 * on its lane for history, whose statements the replica gets.  All is borrowed.
 */
ngx_bs_pg_replica_t *ngx_bs_pg_replica_create(ngx_pool_t *pool,
    ngx_bs_pg_lane_t *read, ngx_bs_pg_lane_t *history, ngx_bs_zone_t *zone,
    ngx_log_t *log);

/* After all statements are there; before the primary's lanes start. */
ngx_int_t ngx_bs_pg_replica_start(ngx_bs_pg_replica_t *replica,
    ngx_pool_t *pool, ngx_str_t *conninfo, const char *session,
    ngx_uint_t connections);

void ngx_bs_pg_replica_quit(ngx_bs_pg_replica_t *replica);
void ngx_bs_pg_replica_stop(ngx_bs_pg_replica_t *replica);

/* Whether a read of history may go there now; counts where it goes. */
ngx_flag_t ngx_bs_pg_replica_choose(ngx_bs_pg_replica_t *replica);

ngx_bs_pg_lane_t *ngx_bs_pg_replica_lane(ngx_bs_pg_replica_t *replica);


#endif /* _NGX_BS_PG_REPLICA_H_INCLUDED_ */
