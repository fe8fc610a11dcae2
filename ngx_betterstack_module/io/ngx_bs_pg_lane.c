
#include "ngx_bs_pg_lane.h"


/*
 * How long queries may wait for a connection while there is none: enough for a
 * server that restarts its backends.  They have not been sent, so waiting is
 * safe for writes, too.  A new worker on a busy machine may need longer, unless
 * its first try fails.
 */
#define NGX_BS_PG_GRACE          1000
#define NGX_BS_PG_FIRST_GRACE    5000

/*
 * A server that goes down takes one connection after the other along.  After
 * the first nothing is sent for a moment, so that it does not end up in one
 * that is about to follow.
 */
#define NGX_BS_PG_SETTLE         20

/* Beyond the statement timeout, for the network and a busy machine. */
#define NGX_BS_PG_STALL_MARGIN   5000


static ngx_flag_t ngx_bs_pg_lane_hopeless(const ngx_bs_pg_lane_t *lane);
static void ngx_bs_pg_lane_hope(ngx_bs_pg_lane_t *lane, ngx_msec_t grace);
static ngx_bs_pg_conn_t *ngx_bs_pg_lane_choose(ngx_bs_pg_lane_t *lane);
static void ngx_bs_pg_lane_pump(void *data);
static void ngx_bs_pg_lane_fail_waiting(ngx_bs_pg_lane_t *lane);
static void ngx_bs_pg_lane_grace(void *data);
static ngx_int_t ngx_bs_pg_lane_schema(void *data, ngx_int_t version,
    ngx_str_t *message);
static void ngx_bs_pg_lane_changed(void *data, ngx_bs_pg_conn_t *conn);
static void ngx_bs_pg_lane_retire(ngx_bs_pg_lane_t *lane);
static void ngx_bs_pg_lane_refused(void *data, ngx_bs_pg_query_t *query);
static void ngx_bs_pg_lane_fall_back(ngx_bs_pg_lane_t *lane,
    ngx_bs_pg_query_t *query);
static void ngx_bs_pg_lane_stale(void *data, ngx_bs_pg_query_t *query);
static void ngx_bs_pg_lane_again(ngx_bs_pg_lane_t *lane,
    ngx_bs_pg_query_t *query);
static void ngx_bs_pg_lane_orphans(void *data, ngx_queue_t *queries);


static const ngx_bs_pg_conn_handlers_t  ngx_bs_pg_lane_handlers = {
    ngx_bs_pg_lane_schema,
    ngx_bs_pg_lane_changed,
    NULL,
    ngx_bs_pg_lane_stale,
    ngx_bs_pg_lane_orphans,
    ngx_bs_pg_lane_pump
};

/* Of a replica: what fails there is asked of the primary. */

static const ngx_bs_pg_conn_handlers_t  ngx_bs_pg_lane_replica_handlers = {
    ngx_bs_pg_lane_schema,
    ngx_bs_pg_lane_changed,
    ngx_bs_pg_lane_refused,
    ngx_bs_pg_lane_stale,
    ngx_bs_pg_lane_orphans,
    ngx_bs_pg_lane_pump
};


ngx_int_t
ngx_bs_pg_lane_init(ngx_bs_pg_lane_t *lane, ngx_pool_t *pool,
    const ngx_bs_pg_lane_kind_t *kind, ngx_bs_zone_t *zone, ngx_log_t *log)
{
    ngx_memzero(lane, sizeof(ngx_bs_pg_lane_t));

    lane->kind = kind;
    lane->zone = zone;
    lane->log = log;

    ngx_queue_init(&lane->waiting);
    ngx_bs_timer_init(&lane->grace, NGX_BS_TIMER_YIELDS, ngx_bs_pg_lane_grace,
                      lane, log);
    ngx_bs_timer_init(&lane->settle, NGX_BS_TIMER_YIELDS, ngx_bs_pg_lane_pump,
                      lane, log);

    return ngx_array_init(&lane->statements, pool, 16,
                          sizeof(ngx_bs_pg_statement_t *));
}


ngx_int_t
ngx_bs_pg_lane_start(ngx_bs_pg_lane_t *lane, ngx_pool_t *pool,
    ngx_str_t *string, const char *session, ngx_uint_t connections,
    ngx_bs_pg_schema_pt schema, void *schema_data)
{
    ngx_uint_t             i;
    ngx_msec_t             timeout;
    ngx_bs_pg_conninfo_t  *conninfo;

    if (lane->statements.nelts == 0) {
        return NGX_OK;
    }

    timeout = lane->kind->statement_timeout;

    if (lane->kind->connections) {
        connections = lane->kind->connections;
    }

    conninfo = ngx_bs_pg_conninfo_create(pool, string,
                                         lane->fallback ? NGX_BS_PG_REPLICA
                                                        : NGX_BS_PG_PRIMARY,
                                         timeout, lane->kind->read_only,
                                         session);
    if (conninfo == NULL) {
        return NGX_ERROR;
    }

    lane->conns = ngx_palloc(pool, connections * sizeof(ngx_bs_pg_conn_t));
    if (lane->conns == NULL) {
        return NGX_ERROR;
    }

    lane->schema = schema;
    lane->schema_data = schema_data;
    ngx_bs_pg_lane_hope(lane, NGX_BS_PG_FIRST_GRACE);

    for (i = 0; i < connections; i++) {

        if (ngx_bs_pg_conn_init(&lane->conns[i], pool, conninfo,
                                &lane->statements, lane->kind->name,
                                timeout + NGX_BS_PG_STALL_MARGIN,
                                lane->fallback
                                ? &ngx_bs_pg_lane_replica_handlers
                                : &ngx_bs_pg_lane_handlers,
                                lane, lane->log)
            != NGX_OK)
        {
            return NGX_ERROR;
        }

        lane->conns[i].read_only = lane->kind->read_only ? 1 : 0;
        lane->conns[i].database = lane->database;

        lane->nconns++;
        ngx_bs_pg_conn_start(&lane->conns[i]);
    }

    return NGX_OK;
}


void
ngx_bs_pg_lane_quit(ngx_bs_pg_lane_t *lane)
{
    ngx_uint_t  i;

    for (i = 0; i < lane->nconns; i++) {
        ngx_bs_pg_conn_quit(&lane->conns[i]);
    }
}


void
ngx_bs_pg_lane_stop(ngx_bs_pg_lane_t *lane)
{
    ngx_uint_t          i;
    ngx_bs_pg_query_t  *query;

    ngx_bs_zone_add_n(lane->zone, pg_connections_ready,
                      - (ngx_atomic_int_t) lane->ready);
    lane->ready = 0;

    for (i = 0; i < lane->nconns; i++) {
        ngx_bs_pg_conn_stop(&lane->conns[i]);
    }

    while (!ngx_queue_empty(&lane->waiting)) {
        query = ngx_queue_data(ngx_queue_head(&lane->waiting),
                               ngx_bs_pg_query_t, queue);
        ngx_bs_pg_query_leave(query);
        ngx_bs_pg_query_destroy(query);
    }

    ngx_bs_timer_clear(&lane->grace);
    ngx_bs_timer_clear(&lane->settle);
}


ngx_int_t
ngx_bs_pg_lane_submit(ngx_bs_pg_lane_t *lane,
    ngx_bs_pg_statement_t *statement, ngx_bs_pg_param_t *params,
    ngx_msec_t deadline, ngx_bs_pg_done_pt done, void *data,
    ngx_bs_pg_query_t **query)
{
    ngx_bs_pg_query_t  *q;

    if (ngx_bs_pg_lane_hopeless(lane)) {
        return NGX_DECLINED;
    }

    if (lane->nwaiting >= NGX_BS_PG_WAITING_MAX
        || lane->held >= NGX_BS_PG_HELD_BYTES_MAX)
    {
        return NGX_BUSY;
    }

    q = ngx_bs_pg_query_create(statement, params, deadline, done, data,
                               &lane->held, lane->zone, lane->log);
    if (q == NULL) {
        return NGX_ERROR;
    }

    ngx_bs_zone_count(lane->zone, pg_queries);

    ngx_bs_pg_query_wait(q, ngx_queue_last(&lane->waiting), &lane->nwaiting);
    ngx_bs_pg_lane_pump(lane);

    if (query) {
        *query = q;
    }

    return NGX_OK;
}


void
ngx_bs_pg_lane_refuse(ngx_bs_pg_lane_t *lane)
{
    ngx_bs_pg_lane_retire(lane);
    ngx_bs_pg_lane_fail_waiting(lane);
}


ngx_uint_t
ngx_bs_pg_lane_in_flight(const ngx_bs_pg_lane_t *lane)
{
    ngx_uint_t  i, n;

    n = 0;

    for (i = 0; i < lane->nconns; i++) {
        n += lane->conns[i].count;
    }

    return n;
}


/* Nothing is connected, and has not been for a while. */

static ngx_flag_t
ngx_bs_pg_lane_hopeless(const ngx_bs_pg_lane_t *lane)
{
    return lane->ready == 0
           && (ngx_msec_int_t) (ngx_current_msec - lane->hopeless_at) >= 0;
}


static void
ngx_bs_pg_lane_hope(ngx_bs_pg_lane_t *lane, ngx_msec_t grace)
{
    lane->hopeless_at = ngx_current_msec + grace;
    ngx_bs_timer_set(&lane->grace, grace);
}


/* The one with the shortest queue, or NULL when none can be used now. */

static ngx_bs_pg_conn_t *
ngx_bs_pg_lane_choose(ngx_bs_pg_lane_t *lane)
{
    ngx_uint_t         i;
    ngx_bs_pg_conn_t  *conn, *best;

    best = NULL;

    if (ngx_bs_timer_is_set(&lane->settle)) {
        return NULL;
    }

    for (i = 0; i < lane->nconns; i++) {
        conn = &lane->conns[i];

        if (ngx_bs_pg_conn_has_room(conn)
            && (best == NULL || conn->count < best->count))
        {
            best = conn;
        }
    }

    return best;
}


static void
ngx_bs_pg_lane_pump(void *data)
{
    ngx_bs_pg_conn_t   *conn;
    ngx_bs_pg_query_t  *query;
    ngx_bs_pg_lane_t   *lane = data;

    while (!ngx_queue_empty(&lane->waiting)) {

        conn = ngx_bs_pg_lane_choose(lane);
        if (conn == NULL) {
            return;
        }

        query = ngx_queue_data(ngx_queue_head(&lane->waiting),
                               ngx_bs_pg_query_t, queue);

        ngx_bs_pg_query_leave(query);

        if (ngx_bs_pg_conn_send(conn, query) != NGX_OK) {

            /* Without its Sync it cannot have been committed. */

            ngx_bs_pg_query_wait(query, &lane->waiting, &lane->nwaiting);
        }
    }
}


static void
ngx_bs_pg_lane_fail_waiting(ngx_bs_pg_lane_t *lane)
{
    ngx_uint_t          n;
    ngx_bs_pg_query_t  *query;

    /* Those that come in meanwhile are not among the first n. */

    for (n = lane->nwaiting; n && !ngx_queue_empty(&lane->waiting); n--) {

        query = ngx_queue_data(ngx_queue_head(&lane->waiting),
                               ngx_bs_pg_query_t, queue);

        ngx_bs_pg_query_leave(query);

        if (lane->fallback) {
            ngx_bs_pg_lane_fall_back(lane, query);
            continue;
        }

        ngx_bs_pg_query_finish(query, NGX_BS_PG_UNAVAILABLE, NULL);
    }
}


static void
ngx_bs_pg_lane_refused(void *data, ngx_bs_pg_query_t *query)
{
    ngx_bs_pg_lane_fall_back(data, query);
}


/* Nobody has to know: it only reads, and its deadline goes on. */

static void
ngx_bs_pg_lane_fall_back(ngx_bs_pg_lane_t *lane, ngx_bs_pg_query_t *query)
{
    ngx_bs_pg_lane_t  *primary;

    primary = lane->fallback;

    if (query->statement->lane == NGX_BS_PG_LANE_NONE) {
        ngx_bs_pg_query_finish(query, NGX_BS_PG_UNAVAILABLE, NULL);
        return;
    }

    ngx_bs_zone_count(lane->zone, replica_failed);

    if (ngx_bs_pg_lane_hopeless(primary)
        || primary->nwaiting >= NGX_BS_PG_WAITING_MAX)
    {
        ngx_bs_pg_query_finish(query, NGX_BS_PG_UNAVAILABLE, NULL);
        return;
    }

    ngx_bs_pg_query_move(query, &primary->held);
    ngx_bs_pg_query_wait(query, ngx_queue_last(&primary->waiting),
                         &primary->nwaiting);
    ngx_bs_pg_lane_pump(primary);
}


static void
ngx_bs_pg_lane_grace(void *data)
{
    ngx_bs_pg_lane_t  *lane = data;

    if (lane->ready == 0) {
        ngx_bs_pg_lane_fail_waiting(lane);
    }
}


static ngx_int_t
ngx_bs_pg_lane_schema(void *data, ngx_int_t version, ngx_str_t *message)
{
    ngx_bs_pg_lane_t  *lane = data;

    return lane->schema(lane->schema_data, version, message);
}


static void
ngx_bs_pg_lane_changed(void *data, ngx_bs_pg_conn_t *conn)
{
    ngx_bs_pg_lane_t  *lane = data;

    if (conn->ready) {
        lane->ready++;
        ngx_bs_zone_add_n(lane->zone, pg_connections_ready, 1);
        return;
    }

    lane->ready--;
    ngx_bs_zone_add_n(lane->zone, pg_connections_ready, -1);
    ngx_bs_zone_count(lane->zone, pg_reconnects);

    if (!conn->retired) {
        ngx_bs_timer_set(&lane->settle, NGX_BS_PG_SETTLE);
    }

    if (lane->ready == 0) {
        ngx_bs_pg_lane_hope(lane, NGX_BS_PG_GRACE);
    }
}


static void
ngx_bs_pg_lane_retire(ngx_bs_pg_lane_t *lane)
{
    ngx_uint_t  i;

    for (i = 0; i < lane->nconns; i++) {
        if (lane->conns[i].ready) {
            ngx_bs_pg_conn_retire(&lane->conns[i]);
        }
    }
}


/* What has outdated one connection's statements has outdated all of them. */

static void
ngx_bs_pg_lane_stale(void *data, ngx_bs_pg_query_t *query)
{
    ngx_bs_pg_lane_t  *lane = data;

    ngx_bs_pg_lane_retire(lane);
    ngx_bs_pg_lane_again(lane, query);
}


static void
ngx_bs_pg_lane_again(ngx_bs_pg_lane_t *lane, ngx_bs_pg_query_t *query)
{
    query->again = 1;
    ngx_bs_pg_query_wait(query, &lane->waiting, &lane->nwaiting);
}


static void
ngx_bs_pg_lane_orphans(void *data, ngx_queue_t *queries)
{
    ngx_queue_t        *q, *prev;
    ngx_bs_pg_lane_t   *lane = data;
    ngx_bs_pg_query_t  *query;

    if (lane->ready == 0
        && (ngx_msec_int_t) (lane->hopeless_at - ngx_current_msec)
           > NGX_BS_PG_GRACE)
    {
        /* Not slow, but refused. */

        ngx_bs_pg_lane_hope(lane, NGX_BS_PG_GRACE);
    }

    /* Backwards, so that the oldest ends up first among those waiting. */

    for (q = ngx_queue_last(queries);
         lane->kind->read_only && q != ngx_queue_sentinel(queries);
         q = prev)
    {
        prev = ngx_queue_prev(q);
        query = ngx_queue_data(q, ngx_bs_pg_query_t, queue);

        if (query->done && lane->fallback) {
            ngx_queue_remove(q);
            ngx_bs_pg_lane_fall_back(lane, query);

        } else if (query->done && !query->again) {
            ngx_queue_remove(q);
            ngx_bs_pg_lane_again(lane, query);
        }
    }

    while (!ngx_queue_empty(queries)) {
        q = ngx_queue_head(queries);
        ngx_queue_remove(q);

        query = ngx_queue_data(q, ngx_bs_pg_query_t, queue);
        ngx_bs_pg_query_finish(query, NGX_BS_PG_LOST, NULL);
    }

    ngx_bs_pg_lane_pump(lane);
}
