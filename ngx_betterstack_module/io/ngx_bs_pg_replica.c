
#include "ngx_bs_pg_replica.h"


/* How often both are asked, and for how long an answer is waited for. */
#define NGX_BS_PG_REPLICA_LOOK     1000
#define NGX_BS_PG_REPLICA_ANSWER   3000

/* History that is further behind is read from the primary. */
#define NGX_BS_PG_REPLICA_LAG_MAX  5000

/* Where the primary was in the last seconds: more than LAG_MAX / LOOK. */
#define NGX_BS_PG_REPLICA_MARKS    8

/* The columns of both questions. */
#define NGX_BS_PG_REPLICA_LSN      0
#define NGX_BS_PG_REPLICA_SYSTEM   1
#define NGX_BS_PG_REPLICA_LINE     2


typedef struct {
    ngx_msec_t          at;
    uint64_t            lsn;              /* 0: none */
} ngx_bs_pg_replica_mark_t;


struct ngx_bs_pg_replica_s {
    ngx_bs_pg_lane_t           lane;
    ngx_bs_pg_lane_t          *read;      /* the primary's */
    ngx_bs_pg_lane_t          *history;
    ngx_bs_pg_statement_t      mark;      /* where the primary is */
    ngx_bs_pg_statement_t      replayed;  /* where the replica is */
    ngx_bs_pg_replica_mark_t   marks[NGX_BS_PG_REPLICA_MARKS];
    ngx_uint_t                 newest;
    ngx_msec_t                 asked_at;  /* the primary */
    uint64_t                   system;    /* the primary's cluster */
    uint64_t                   line;      /* and timeline */
    ngx_msec_t                 good_until;
    ngx_bs_timer_t             look;
    ngx_bs_zone_t             *zone;
    ngx_log_t                 *log;
    unsigned                   asking:1;
    unsigned                   looking:1; /* asks the replica */
    unsigned                   known:1;   /* good_until is set */
    unsigned                   told:2;    /* 0 nothing, 1 good, 2 not */
};


static ngx_int_t ngx_bs_pg_replica_schema(void *data, ngx_int_t version,
    ngx_str_t *message);
static void ngx_bs_pg_replica_look(void *data);
static void ngx_bs_pg_replica_marked(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result);
static void ngx_bs_pg_replica_seen(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result);
static ngx_flag_t ngx_bs_pg_replica_is_ours(ngx_bs_pg_replica_t *replica,
    ngx_bs_pg_result_t *result);
static void ngx_bs_pg_replica_judge(ngx_bs_pg_replica_t *replica,
    uint64_t lsn);
static void ngx_bs_pg_replica_tell(ngx_bs_pg_replica_t *replica);
static ngx_flag_t ngx_bs_pg_replica_is_good(ngx_bs_pg_replica_t *replica);
static uint64_t ngx_bs_pg_replica_number(ngx_bs_pg_result_t *result,
    ngx_uint_t column);


static const ngx_bs_pg_lane_kind_t  ngx_bs_pg_replica_kind = {
    "replica read", 10000, 1, 0
};


/*
 * A replica that is none has been promoted, or never was one: the timeline
 * tells whether it is the primary that we know.
 */

static const ngx_bs_pg_statement_t  ngx_bs_pg_replica_mark_statement = {
    ngx_string("bs_replica_mark"),
    ngx_string("SELECT pg_current_wal_lsn() - '0/0'::pg_lsn,"
               " (SELECT system_identifier FROM pg_control_system()),"
               " ('x' || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))"
               "::bit(32)::bigint"),
    0, NGX_BS_PG_LANE_READ, 0
};

static const ngx_bs_pg_statement_t  ngx_bs_pg_replica_replayed_statement = {
    ngx_string("bs_replica_replayed"),
    ngx_string("SELECT CASE WHEN pg_is_in_recovery()"
               " THEN pg_last_wal_replay_lsn() ELSE pg_current_wal_lsn() END"
               " - '0/0'::pg_lsn,"
               " (SELECT system_identifier FROM pg_control_system()),"
               " CASE WHEN NOT pg_is_in_recovery() THEN ('x' ||"
               " substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8))"
               "::bit(32)::bigint END"),
    0, NGX_BS_PG_LANE_NONE, 0
};


ngx_bs_pg_replica_t *
ngx_bs_pg_replica_create(ngx_pool_t *pool, ngx_bs_pg_lane_t *read,
    ngx_bs_pg_lane_t *history, ngx_bs_zone_t *zone, ngx_log_t *log)
{
    ngx_bs_pg_replica_t  *replica;

    replica = ngx_pcalloc(pool, sizeof(ngx_bs_pg_replica_t));

    if (replica == NULL
        || ngx_bs_pg_lane_init(&replica->lane, pool, &ngx_bs_pg_replica_kind,
                               zone, log)
           != NGX_OK)
    {
        return NULL;
    }

    replica->lane.fallback = history;
    replica->read = read;
    replica->history = history;
    replica->mark = ngx_bs_pg_replica_mark_statement;
    replica->replayed = ngx_bs_pg_replica_replayed_statement;
    replica->zone = zone;
    replica->log = log;

    ngx_bs_timer_init(&replica->look, NGX_BS_TIMER_YIELDS,
                      ngx_bs_pg_replica_look, replica, log);

    return replica;
}


ngx_int_t
ngx_bs_pg_replica_start(ngx_bs_pg_replica_t *replica, ngx_pool_t *pool,
    ngx_str_t *conninfo, const char *session, ngx_uint_t connections)
{
    ngx_uint_t               n;
    ngx_array_t             *history;
    ngx_bs_pg_statement_t  **slot;

    history = &replica->history->statements;

    if (history->nelts == 0) {
        return NGX_OK;
    }

    slot = ngx_array_push(&replica->read->statements);
    if (slot == NULL) {
        return NGX_ERROR;
    }

    *slot = &replica->mark;

    n = history->nelts;

    slot = ngx_array_push_n(&replica->lane.statements, n + 1);
    if (slot == NULL) {
        return NGX_ERROR;
    }

    ngx_memcpy(slot, history->elts, n * sizeof(ngx_bs_pg_statement_t *));
    slot[n] = &replica->replayed;

    ngx_bs_timer_set(&replica->look, NGX_BS_PG_REPLICA_LOOK);

    return ngx_bs_pg_lane_start(&replica->lane, pool, conninfo, session,
                                connections, ngx_bs_pg_replica_schema,
                                replica);
}


void
ngx_bs_pg_replica_quit(ngx_bs_pg_replica_t *replica)
{
    ngx_bs_timer_clear(&replica->look);
    ngx_bs_pg_lane_quit(&replica->lane);
}


void
ngx_bs_pg_replica_stop(ngx_bs_pg_replica_t *replica)
{
    ngx_bs_timer_clear(&replica->look);
    ngx_bs_pg_lane_stop(&replica->lane);
}


ngx_bs_pg_lane_t *
ngx_bs_pg_replica_lane(ngx_bs_pg_replica_t *replica)
{
    return &replica->lane;
}


ngx_flag_t
ngx_bs_pg_replica_choose(ngx_bs_pg_replica_t *replica)
{
    ngx_flag_t  good;

    good = ngx_bs_pg_replica_is_good(replica);

    if (good) {
        ngx_bs_zone_count(replica->zone, replica_queries);

    } else {
        ngx_bs_zone_count(replica->zone, replica_passed);
    }

    return good;
}


static ngx_flag_t
ngx_bs_pg_replica_is_good(ngx_bs_pg_replica_t *replica)
{
    return replica->lane.ready && replica->known
           && (ngx_msec_int_t) (replica->good_until - ngx_current_msec) > 0;
}


/* A migration comes to a replica a moment later, and never from us. */

static ngx_int_t
ngx_bs_pg_replica_schema(void *data, ngx_int_t version, ngx_str_t *message)
{
    return (version == NGX_BS_SCHEMA_VERSION) ? NGX_OK : NGX_DECLINED;
}


static void
ngx_bs_pg_replica_look(void *data)
{
    ngx_bs_pg_replica_t  *replica = data;

    /* A question would keep a worker that is to end waiting for its answer. */

    if (ngx_exiting) {
        return;
    }

    ngx_bs_timer_set(&replica->look, NGX_BS_PG_REPLICA_LOOK);
    ngx_bs_pg_replica_tell(replica);

    if (!replica->asking) {
        replica->asked_at = ngx_current_msec;
        replica->asking =
            ngx_bs_pg_lane_submit(replica->read, &replica->mark, NULL,
                                  NGX_BS_PG_REPLICA_ANSWER,
                                  ngx_bs_pg_replica_marked, replica, NULL)
            == NGX_OK;
    }

    if (!replica->looking && replica->lane.ready) {
        replica->looking =
            ngx_bs_pg_lane_submit(&replica->lane, &replica->replayed, NULL,
                                  NGX_BS_PG_REPLICA_ANSWER,
                                  ngx_bs_pg_replica_seen, replica, NULL)
            == NGX_OK;
    }
}


/* It was there when the answer was made: after it was asked. */

static void
ngx_bs_pg_replica_marked(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    uint64_t                   system, line;
    ngx_bs_pg_replica_t       *replica = data;
    ngx_bs_pg_replica_mark_t  *mark;

    replica->asking = 0;

    if (outcome == NGX_BS_PG_OK) {

        system = ngx_bs_pg_replica_number(result, NGX_BS_PG_REPLICA_SYSTEM);
        line = ngx_bs_pg_replica_number(result, NGX_BS_PG_REPLICA_LINE);

        if (system != replica->system || line != replica->line) {

            /* Another primary: what was known of the old means nothing. */

            ngx_memzero(replica->marks, sizeof(replica->marks));
            replica->system = system;
            replica->line = line;
            replica->known = 0;
        }

        replica->newest = (replica->newest + 1) % NGX_BS_PG_REPLICA_MARKS;
        mark = &replica->marks[replica->newest];
        mark->at = replica->asked_at;
        mark->lsn = ngx_bs_pg_replica_number(result, NGX_BS_PG_REPLICA_LSN);
    }

    ngx_bs_pg_result_free(result);
}


static void
ngx_bs_pg_replica_seen(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result)
{
    ngx_bs_pg_replica_t  *replica = data;

    replica->looking = 0;

    if (outcome == NGX_BS_PG_OK
        && ngx_bs_pg_replica_is_ours(replica, result))
    {
        ngx_bs_pg_replica_judge(replica,
                   ngx_bs_pg_replica_number(result, NGX_BS_PG_REPLICA_LSN));
    }

    ngx_bs_pg_result_free(result);
}


static ngx_flag_t
ngx_bs_pg_replica_is_ours(ngx_bs_pg_replica_t *replica,
    ngx_bs_pg_result_t *result)
{
    ngx_str_t  line;

    if (replica->system == 0
        || ngx_bs_pg_replica_number(result, NGX_BS_PG_REPLICA_SYSTEM)
           != replica->system)
    {
        return 0;
    }

    return !ngx_bs_pg_result_value(result, 0, NGX_BS_PG_REPLICA_LINE, &line)
           || ngx_bs_pg_replica_number(result, NGX_BS_PG_REPLICA_LINE)
              == replica->line;
}


/* It has all that the primary had at the newest mark that it has reached. */

static void
ngx_bs_pg_replica_judge(ngx_bs_pg_replica_t *replica, uint64_t lsn)
{
    ngx_uint_t                 i;
    ngx_bs_pg_replica_mark_t  *mark, *best;

    best = NULL;

    for (i = 0; i < NGX_BS_PG_REPLICA_MARKS; i++) {
        mark = &replica->marks[i];

        if (mark->lsn && mark->lsn <= lsn
            && (best == NULL || (ngx_msec_int_t) (mark->at - best->at) > 0))
        {
            best = mark;
        }
    }

    if (best == NULL) {
        return;
    }

    replica->good_until = best->at + NGX_BS_PG_REPLICA_LAG_MAX;
    replica->known = 1;

    replica->zone->replica_lag = ngx_current_msec - best->at;

    ngx_bs_pg_replica_tell(replica);
}


static void
ngx_bs_pg_replica_tell(ngx_bs_pg_replica_t *replica)
{
    unsigned  now;

    now = ngx_bs_pg_replica_is_good(replica) ? 1 : 2;

    if (now == replica->told) {
        return;
    }

    if (now == 1) {
        ngx_log_error(NGX_LOG_NOTICE, replica->log, 0,
                      "betterstack: history is read from the replica");

    } else if (replica->told == 1) {
        ngx_log_error(NGX_LOG_WARN, replica->log, 0,
                      "betterstack: the replica is away or too far behind: "
                      "history is read from the primary");
    }

    replica->told = now & 3;
}


static uint64_t
ngx_bs_pg_replica_number(ngx_bs_pg_result_t *result, ngx_uint_t column)
{
    off_t      number;
    ngx_str_t  text;

    if (!ngx_bs_pg_result_value(result, 0, column, &text)) {
        return 0;
    }

    number = ngx_atoof(text.data, text.len);

    return (number == NGX_ERROR) ? 0 : (uint64_t) number;
}
