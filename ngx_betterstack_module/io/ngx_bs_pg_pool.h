
/*
 * The worker's PostgreSQL connections, by lane, in pipeline mode with one
 * Sync per query: each query is one transaction and one round trip.
 *
 * The pool reconnects by itself with backoff, prepares every registered
 * statement on each new connection, checks the schema version first, and fails
 * queries fast while nothing is connected.  Idle connections do not hold up a
 * graceful exit; queries in flight do, until their deadline.
 */

#ifndef _NGX_BS_PG_POOL_H_INCLUDED_
#define _NGX_BS_PG_POOL_H_INCLUDED_


#include "../ngx_bs_zone.h"
#include "ngx_bs_pg.h"


typedef struct ngx_bs_pg_pool_s  ngx_bs_pg_pool_t;


typedef enum {
    NGX_BS_PG_STATE_CONNECTING = 0,
    NGX_BS_PG_STATE_READY,
    NGX_BS_PG_STATE_SCHEMA_UNKNOWN   /* connected, but not our sql/schema */
} ngx_bs_pg_state_e;


typedef struct {
    ngx_bs_pg_state_e  state;
    ngx_int_t          schema_version;   /* as the database says; -1 unknown */
    ngx_uint_t         connections;      /* ready now */
    ngx_uint_t         queued;
    ngx_uint_t         in_flight;
} ngx_bs_pg_pool_status_t;


/*
 * `conninfo` is zero-terminated and must outlive the pool; `connections` is
 * per lane, each set to `session` (ngx_bs_pg_conninfo_create()).  Allocates
 * from `pool`, counts in `zone`, and connects only at ngx_bs_pg_pool_start().
 */
ngx_bs_pg_pool_t *ngx_bs_pg_pool_create(ngx_pool_t *pool,
    ngx_str_t *conninfo, const char *session, ngx_uint_t connections,
    ngx_bs_zone_t *zone, ngx_log_t *log);

/*
 * Before start only.  Statements of the lane for history are sent to this
 * replica while it is connected and not far behind.
 */
ngx_int_t ngx_bs_pg_pool_replica(ngx_bs_pg_pool_t *pg, ngx_str_t *conninfo,
    ngx_uint_t connections);

/* Before start only.  The statement must outlive the pool. */
ngx_int_t ngx_bs_pg_pool_register(ngx_bs_pg_pool_t *pg,
    ngx_bs_pg_statement_t *statement);

void ngx_bs_pg_pool_start(ngx_bs_pg_pool_t *pg);

/*
 * A graceful exit began: requests that came in before may still query, but
 * after a minute connections close when idle, however long the worker stays.
 */
void ngx_bs_pg_pool_quit(ngx_bs_pg_pool_t *pg);

/* The end: queries are forgotten and no `done` is called. */
void ngx_bs_pg_pool_stop(ngx_bs_pg_pool_t *pg);

/*
 * Queues one execution.  Parameters are copied.  NGX_OK: `done` will be called
 * once.  NGX_BUSY: the lane's queue is full.  NGX_DECLINED: not connected, or
 * an unknown schema.  NGX_ERROR: out of memory.  In the last three `done` is
 * never called.  `deadline` is in milliseconds from now.
 */
ngx_int_t ngx_bs_pg_pool_submit(ngx_bs_pg_pool_t *pg,
    ngx_bs_pg_statement_t *statement, ngx_bs_pg_param_t *params,
    ngx_msec_t deadline, ngx_bs_pg_done_pt done, void *data,
    ngx_bs_pg_query_t **query);

/* The caller goes away: `done` will not be called; the answer is dropped. */
void ngx_bs_pg_query_detach(ngx_bs_pg_query_t *query);

/*
 * A number for the cluster and its timeline; 0 unknown.  It changes when a
 * standby takes over, which may lack the last that the old primary committed.
 * Of one lane: another may have found the new primary earlier.
 */
ngx_int_t ngx_bs_pg_pool_database(const ngx_bs_pg_pool_t *pg,
    ngx_bs_pg_lane_e lane);

void ngx_bs_pg_pool_status(ngx_bs_pg_pool_t *pg,
    ngx_bs_pg_pool_status_t *status);


#endif /* _NGX_BS_PG_POOL_H_INCLUDED_ */
