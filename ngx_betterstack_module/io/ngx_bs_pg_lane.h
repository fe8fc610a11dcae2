
/*
 * The connections of one lane and the queries that wait for them.
 */

#ifndef _NGX_BS_PG_LANE_H_INCLUDED_
#define _NGX_BS_PG_LANE_H_INCLUDED_


#include "ngx_bs_pg_conn.h"


/* Waiting for a connection with room; beyond it the caller answers 503. */
#define NGX_BS_PG_WAITING_MAX     512

/* Of parameters, waiting or sent: while Postgres stalls, reports pile up. */
#define NGX_BS_PG_HELD_BYTES_MAX  (32 * 1024 * 1024)


/* Of a statement that asks the server itself: no other lane can answer. */
#define NGX_BS_PG_LANE_NONE  NGX_BS_PG_LANES


typedef struct {
    const char           *name;
    ngx_msec_t            statement_timeout;
    ngx_flag_t            read_only;
    ngx_uint_t            connections;    /* 0: as the directive says */
} ngx_bs_pg_lane_kind_t;


typedef ngx_int_t (*ngx_bs_pg_schema_pt)(void *data, ngx_int_t version,
    ngx_str_t *message);


typedef struct ngx_bs_pg_lane_s  ngx_bs_pg_lane_t;

struct ngx_bs_pg_lane_s {
    const ngx_bs_pg_lane_kind_t  *kind;
    ngx_bs_pg_lane_t             *fallback;      /* NULL: this is the primary's;
                                                    else who does what it
                                                    cannot */
    ngx_array_t                   statements;    /* of pointers */
    ngx_bs_pg_conn_t             *conns;
    ngx_uint_t                    nconns;
    ngx_uint_t                    ready;         /* of them */
    ngx_queue_t                   waiting;
    ngx_uint_t                    nwaiting;
    size_t                        held;          /* bytes of all its queries */
    ngx_msec_t                    hopeless_at;   /* while none is ready */
    ngx_bs_timer_t                grace;         /* until then */
    ngx_bs_timer_t                settle;        /* nothing is sent till then */
    ngx_bs_pg_schema_pt           schema;
    void                         *schema_data;
    ngx_int_t                    *database;      /* see ngx_bs_pg_pool.h */
    ngx_bs_zone_t                *zone;
    ngx_log_t                    *log;
};


ngx_int_t ngx_bs_pg_lane_init(ngx_bs_pg_lane_t *lane, ngx_pool_t *pool,
    const ngx_bs_pg_lane_kind_t *kind, ngx_bs_zone_t *zone, ngx_log_t *log);

/* After all statements are there.  A lane without any stays unconnected. */
ngx_int_t ngx_bs_pg_lane_start(ngx_bs_pg_lane_t *lane, ngx_pool_t *pool,
    ngx_str_t *conninfo, const char *session, ngx_uint_t connections,
    ngx_bs_pg_schema_pt schema, void *schema_data);

void ngx_bs_pg_lane_quit(ngx_bs_pg_lane_t *lane);
void ngx_bs_pg_lane_stop(ngx_bs_pg_lane_t *lane);

/* As ngx_bs_pg_pool_submit(). */
ngx_int_t ngx_bs_pg_lane_submit(ngx_bs_pg_lane_t *lane,
    ngx_bs_pg_statement_t *statement, ngx_bs_pg_param_t *params,
    ngx_msec_t deadline, ngx_bs_pg_done_pt done, void *data,
    ngx_bs_pg_query_t **query);

/* The schema is not ours: nothing may run, connections ask again. */
void ngx_bs_pg_lane_refuse(ngx_bs_pg_lane_t *lane);

ngx_uint_t ngx_bs_pg_lane_in_flight(const ngx_bs_pg_lane_t *lane);


#endif /* _NGX_BS_PG_LANE_H_INCLUDED_ */
