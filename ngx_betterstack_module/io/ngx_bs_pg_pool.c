
#include "ngx_bs_pg_pool.h"
#include "ngx_bs_pg_replica.h"


/* After a graceful exit began; longer than nginx waits for a header. */
#define NGX_BS_PG_QUIT_DELAY  60000


struct ngx_bs_pg_pool_s {
    ngx_bs_pg_lane_t      lanes[NGX_BS_PG_LANES];
    ngx_uint_t            connections;
    ngx_str_t            *conninfo;
    ngx_bs_pg_replica_t  *replica;              /* NULL: none */
    ngx_uint_t            replica_connections;
    ngx_str_t            *replica_conninfo;
    const char           *session;
    ngx_pool_t           *pool;
    ngx_bs_timer_t        quit;
    ngx_bs_zone_t        *zone;
    ngx_log_t            *log;
    ngx_int_t             schema_version;       /* -1 unknown */
    ngx_int_t             databases[NGX_BS_PG_LANES];      /* 0 unknown */
    unsigned              foreign:1;            /* the schema is not ours */
};


static ngx_int_t ngx_bs_pg_pool_schema(void *data, ngx_int_t version,
    ngx_str_t *message);
static void ngx_bs_pg_pool_foreign(ngx_bs_pg_pool_t *pg, ngx_int_t version,
    ngx_str_t *message);
static void ngx_bs_pg_pool_close_idle(void *data);


static const ngx_bs_pg_lane_kind_t  ngx_bs_pg_lane_kinds[NGX_BS_PG_LANES] = {
    { "read", 5000, 1, 0 },
    { "write", 10000, 0, 0 },
    { "report", 20000, 0, 0 },
    { "history", 10000, 1, 1 },
    { "upkeep", 10000, 0, 1 }
};


ngx_bs_pg_pool_t *
ngx_bs_pg_pool_create(ngx_pool_t *pool, ngx_str_t *conninfo,
    const char *session, ngx_uint_t connections, ngx_bs_zone_t *zone,
    ngx_log_t *log)
{
    ngx_uint_t         i;
    ngx_bs_pg_pool_t  *pg;

    pg = ngx_pcalloc(pool, sizeof(ngx_bs_pg_pool_t));
    if (pg == NULL) {
        return NULL;
    }

    pg->connections = connections;
    pg->conninfo = conninfo;
    pg->session = session;
    pg->pool = pool;
    pg->zone = zone;
    pg->log = log;
    pg->schema_version = -1;

    for (i = 0; i < NGX_BS_PG_LANES; i++) {
        if (ngx_bs_pg_lane_init(&pg->lanes[i], pool, &ngx_bs_pg_lane_kinds[i],
                                zone, log)
            != NGX_OK)
        {
            return NULL;
        }

        pg->lanes[i].database = &pg->databases[i];
    }

    ngx_bs_timer_init(&pg->quit, NGX_BS_TIMER_YIELDS,
                      ngx_bs_pg_pool_close_idle, pg, log);

    return pg;
}


ngx_int_t
ngx_bs_pg_pool_replica(ngx_bs_pg_pool_t *pg, ngx_str_t *conninfo,
    ngx_uint_t connections)
{
    pg->replica_conninfo = conninfo;
    pg->replica_connections = connections;

    pg->replica = ngx_bs_pg_replica_create(pg->pool,
                                     &pg->lanes[NGX_BS_PG_LANE_READ],
                                     &pg->lanes[NGX_BS_PG_LANE_HISTORY],
                                     pg->zone, pg->log);

    return pg->replica ? NGX_OK : NGX_ERROR;
}


ngx_int_t
ngx_bs_pg_pool_register(ngx_bs_pg_pool_t *pg,
    ngx_bs_pg_statement_t *statement)
{
    ngx_uint_t               i;
    ngx_bs_pg_lane_t        *lane;
    ngx_bs_pg_statement_t  **slot;

    if (statement->lane >= NGX_BS_PG_LANES
        || statement->nparams > NGX_BS_PG_PARAMS_MAX)
    {
        ngx_log_error(NGX_LOG_ALERT, pg->log, 0,
                      "betterstack: statement \"%V\" is out of bounds",
                      &statement->name);
        return NGX_ERROR;
    }

    lane = &pg->lanes[statement->lane];
    slot = lane->statements.elts;

    /* Two routes may ask the same: it is prepared once. */

    for (i = 0; i < lane->statements.nelts; i++) {

        if (slot[i]->name.len == statement->name.len
            && ngx_memcmp(slot[i]->name.data, statement->name.data,
                          statement->name.len)
               == 0)
        {
            return NGX_OK;
        }
    }

    slot = ngx_array_push(&lane->statements);
    if (slot == NULL) {
        return NGX_ERROR;
    }

    *slot = statement;

    return NGX_OK;
}


void
ngx_bs_pg_pool_start(ngx_bs_pg_pool_t *pg)
{
    ngx_uint_t  i;

    if (pg->replica
        && ngx_bs_pg_replica_start(pg->replica, pg->pool, pg->replica_conninfo,
                                   pg->session, pg->replica_connections)
           != NGX_OK)
    {
        ngx_log_error(NGX_LOG_ALERT, pg->log, 0,
                      "betterstack: no memory for connections to the replica");
        return;
    }

    for (i = 0; i < NGX_BS_PG_LANES; i++) {
        if (ngx_bs_pg_lane_start(&pg->lanes[i], pg->pool, pg->conninfo,
                                 pg->session, pg->connections,
                                 ngx_bs_pg_pool_schema, pg)
            != NGX_OK)
        {
            ngx_log_error(NGX_LOG_ALERT, pg->log, 0,
                          "betterstack: no memory for connections to "
                          "PostgreSQL");
            return;
        }
    }
}


void
ngx_bs_pg_pool_quit(ngx_bs_pg_pool_t *pg)
{
    ngx_bs_timer_set(&pg->quit, NGX_BS_PG_QUIT_DELAY);
}


void
ngx_bs_pg_pool_stop(ngx_bs_pg_pool_t *pg)
{
    ngx_uint_t  i;

    ngx_bs_timer_clear(&pg->quit);

    if (pg->replica) {
        ngx_bs_pg_replica_stop(pg->replica);
    }

    for (i = 0; i < NGX_BS_PG_LANES; i++) {
        ngx_bs_pg_lane_stop(&pg->lanes[i]);
    }
}


ngx_int_t
ngx_bs_pg_pool_submit(ngx_bs_pg_pool_t *pg, ngx_bs_pg_statement_t *statement,
    ngx_bs_pg_param_t *params, ngx_msec_t deadline, ngx_bs_pg_done_pt done,
    void *data, ngx_bs_pg_query_t **query)
{
    ngx_int_t  rc;

    if (pg->foreign) {
        return NGX_DECLINED;
    }

    if (pg->replica && statement->lane == NGX_BS_PG_LANE_HISTORY
        && ngx_bs_pg_replica_choose(pg->replica))
    {
        rc = ngx_bs_pg_lane_submit(ngx_bs_pg_replica_lane(pg->replica),
                                   statement, params, deadline, done, data,
                                   query);
        if (rc == NGX_OK) {
            return rc;
        }
    }

    return ngx_bs_pg_lane_submit(&pg->lanes[statement->lane], statement,
                                 params, deadline, done, data, query);
}


void
ngx_bs_pg_pool_status(ngx_bs_pg_pool_t *pg, ngx_bs_pg_pool_status_t *status)
{
    ngx_uint_t         i;
    ngx_bs_pg_lane_t  *lane;

    ngx_memzero(status, sizeof(ngx_bs_pg_pool_status_t));

    status->state = pg->foreign ? NGX_BS_PG_STATE_SCHEMA_UNKNOWN
                                : NGX_BS_PG_STATE_READY;
    status->schema_version = pg->schema_version;

    for (i = 0; i < NGX_BS_PG_LANES; i++) {
        lane = &pg->lanes[i];

        status->connections += lane->ready;
        status->queued += lane->nwaiting;
        status->in_flight += ngx_bs_pg_lane_in_flight(lane);

        /* Ready means that every kind of query can be served. */

        if (lane->ready == 0 && lane->statements.nelts && !pg->foreign) {
            status->state = NGX_BS_PG_STATE_CONNECTING;
        }
    }
}


ngx_int_t
ngx_bs_pg_pool_database(const ngx_bs_pg_pool_t *pg, ngx_bs_pg_lane_e lane)
{
    return pg->databases[lane];
}


/* Each new connection reports here before it prepares anything. */

static ngx_int_t
ngx_bs_pg_pool_schema(void *data, ngx_int_t version, ngx_str_t *message)
{
    ngx_bs_pg_pool_t  *pg = data;

    pg->zone->schema_version = (ngx_atomic_uint_t) (version + 1);

    if (version != NGX_BS_SCHEMA_VERSION) {
        ngx_bs_pg_pool_foreign(pg, version, message);
        return NGX_DECLINED;
    }

    if (pg->foreign) {
        ngx_log_error(NGX_LOG_NOTICE, pg->log, 0,
                      "betterstack: the schema of the database is version %i "
                      "now, as this module needs it", version);
    }

    pg->foreign = 0;
    pg->schema_version = version;

    return NGX_OK;
}


static void
ngx_bs_pg_pool_foreign(ngx_bs_pg_pool_t *pg, ngx_int_t version,
    ngx_str_t *message)
{
    ngx_int_t   needed;
    ngx_uint_t  i;

    if (pg->foreign && pg->schema_version == version) {
        return;
    }

    pg->foreign = 1;
    pg->schema_version = version;
    needed = NGX_BS_SCHEMA_VERSION;

    if (version < 0) {
        ngx_log_error(NGX_LOG_ERR, pg->log, 0,
                      "betterstack: the database does not tell the version of "
                      "its schema (%V), and this module needs version %i: "
                      "run sql/migrate", message, needed);

    } else if (version < needed) {
        ngx_log_error(NGX_LOG_ERR, pg->log, 0,
                      "betterstack: the schema of the database is version %i, "
                      "and this module needs version %i: run sql/migrate",
                      version, needed);

    } else {
        ngx_log_error(NGX_LOG_ERR, pg->log, 0,
                      "betterstack: the schema of the database is version %i, "
                      "and this module knows version %i: somebody has run "
                      "sql/migrate of a newer release, install its module",
                      version, needed);
    }

    for (i = 0; i < NGX_BS_PG_LANES; i++) {
        ngx_bs_pg_lane_refuse(&pg->lanes[i]);
    }
}


static void
ngx_bs_pg_pool_close_idle(void *data)
{
    ngx_uint_t         i;
    ngx_bs_pg_pool_t  *pg = data;

    if (pg->replica) {
        ngx_bs_pg_replica_quit(pg->replica);
    }

    for (i = 0; i < NGX_BS_PG_LANES; i++) {
        ngx_bs_pg_lane_quit(&pg->lanes[i]);
    }
}
