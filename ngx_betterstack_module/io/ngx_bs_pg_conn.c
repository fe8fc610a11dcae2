
#include "ngx_bs_pg_conn.h"
#include "ngx_bs_pg_greeting.h"

#include <libpq-fe.h>


/* libpq's input buffer never shrinks: after a larger result it is replaced. */
#define NGX_BS_PG_RESULT_KEEP_MAX  (4 * 1024 * 1024)


static void ngx_bs_pg_conn_up(void *data);
static void ngx_bs_pg_conn_input(void *data);
static void ngx_bs_pg_conn_down(void *data, ngx_str_t *reason);

static const char *ngx_bs_pg_conn_take(ngx_bs_pg_conn_t *conn,
    PGresult *take_res);
static const char *ngx_bs_pg_conn_take_answer(ngx_bs_pg_conn_t *conn,
    PGresult *take_res);
static ngx_flag_t ngx_bs_pg_conn_fatal(const PGresult *res);
static const char *ngx_bs_pg_conn_complete(ngx_bs_pg_conn_t *conn);
static void ngx_bs_pg_conn_answered(ngx_bs_pg_conn_t *conn,
    ngx_bs_pg_query_t *query, PGresult *take_res);
static ngx_flag_t ngx_bs_pg_conn_stale(const ngx_bs_pg_conn_t *conn,
    const PGresult *res);
static void ngx_bs_pg_conn_forget(ngx_bs_pg_conn_t *conn);
static void ngx_bs_pg_conn_stalled(void *data);


static const ngx_bs_pg_link_handlers_t  ngx_bs_pg_conn_handlers = {
    ngx_bs_pg_conn_up,
    ngx_bs_pg_conn_input,
    ngx_bs_pg_conn_down
};


ngx_int_t
ngx_bs_pg_conn_init(ngx_bs_pg_conn_t *conn, ngx_pool_t *pool,
    ngx_bs_pg_conninfo_t *conninfo, ngx_array_t *statements, const char *lane,
    ngx_msec_t stall_max, const ngx_bs_pg_conn_handlers_t *handlers,
    void *data, ngx_log_t *log)
{
    ngx_memzero(conn, sizeof(ngx_bs_pg_conn_t));

    conn->handlers = handlers;
    conn->data = data;
    conn->lane = lane;
    conn->statements = statements;
    conn->stall_max = stall_max;
    conn->log = log;

    /* All statements are prepared at once, when nothing else is sent yet. */

    conn->entries_max = ngx_max(NGX_BS_PG_DEPTH_MAX,
                                NGX_BS_PG_GREETINGS + statements->nelts);
    conn->entries = ngx_pcalloc(pool,
                             conn->entries_max * sizeof(ngx_bs_pg_entry_t));
    if (conn->entries == NULL) {
        return NGX_ERROR;
    }

    ngx_bs_timer_init(&conn->stall, NGX_BS_TIMER_YIELDS,
                      ngx_bs_pg_conn_stalled, conn, log);

    ngx_bs_pg_link_init(&conn->link, conninfo, &ngx_bs_pg_conn_handlers, conn,
                        log);

    return NGX_OK;
}


void
ngx_bs_pg_conn_start(ngx_bs_pg_conn_t *conn)
{
    ngx_bs_pg_link_start(&conn->link);
}


void
ngx_bs_pg_conn_stop(ngx_bs_pg_conn_t *conn)
{
    ngx_uint_t          i;
    ngx_bs_pg_entry_t  *entry;

    for (i = 0; i < conn->count; i++) {
        entry = &conn->entries[(conn->first + i) % conn->entries_max];

        if (entry->query) {
            ngx_bs_pg_query_destroy(entry->query);
        }
    }

    conn->ready = 0;
    ngx_bs_pg_conn_forget(conn);
    ngx_bs_pg_link_stop(&conn->link);
}


void
ngx_bs_pg_conn_retire(ngx_bs_pg_conn_t *conn)
{
    if (!conn->link.connected || conn->retired) {
        return;
    }

    conn->retired = 1;
    ngx_bs_pg_conn_ready(conn, 0);

    /* While results are taken, whoever takes them closes afterwards. */

    if (conn->count == 0 && !conn->link.reading) {
        ngx_bs_pg_conn_forget(conn);
        ngx_bs_pg_link_renew(&conn->link);
    }
}


void
ngx_bs_pg_conn_quit(ngx_bs_pg_conn_t *conn)
{
    conn->link.running = 0;

    if (conn->link.connected) {
        ngx_bs_pg_conn_retire(conn);

    } else {
        ngx_bs_pg_link_stop(&conn->link);
    }
}


ngx_int_t
ngx_bs_pg_conn_send(ngx_bs_pg_conn_t *conn, ngx_bs_pg_query_t *query)
{
    ngx_bs_pg_entry_t      *entry;
    ngx_bs_pg_statement_t  *statement;

    statement = query->statement;

    if (!PQsendQueryPrepared(conn->link.pg, (char *) statement->name.data,
                             (int) statement->nparams, query->values,
                             query->lengths, query->formats,
                             statement->binary))
    {
        ngx_bs_pg_conn_ready(conn, 0);
        ngx_bs_pg_link_fail_later(&conn->link);
        return NGX_ERROR;
    }

    entry = ngx_bs_pg_conn_push(conn, NGX_BS_PG_ENTRY_QUERY);
    entry->statement = statement;
    entry->query = query;

    ngx_bs_pg_conn_sync(conn);

    ngx_log_debug2(NGX_LOG_DEBUG_EVENT, conn->log, 0,
                   "betterstack pg send %V, %ui in flight",
                   &statement->name, conn->count);

    return NGX_OK;
}


ngx_bs_pg_entry_t *
ngx_bs_pg_conn_push(ngx_bs_pg_conn_t *conn, ngx_bs_pg_entry_e kind)
{
    ngx_bs_pg_entry_t  *entry;

    if (conn->count == 0) {
        conn->progress_at = ngx_current_msec;

        if (!ngx_bs_timer_is_set(&conn->stall)) {
            ngx_bs_timer_set(&conn->stall, conn->stall_max);
        }
    }

    entry = &conn->entries[(conn->first + conn->count) % conn->entries_max];
    conn->count++;

    entry->kind = kind;
    entry->statement = NULL;
    entry->query = NULL;

    return entry;
}


/*
 * Comes after push(): the Sync is also a flush, and when that fails the entry
 * must be there already, or nobody would ever answer for it.
 */

void
ngx_bs_pg_conn_sync(ngx_bs_pg_conn_t *conn)
{
    if (!PQpipelineSync(conn->link.pg)) {
        ngx_bs_pg_conn_ready(conn, 0);
        ngx_bs_pg_link_fail_later(&conn->link);
        return;
    }

    ngx_bs_pg_link_flush(&conn->link);
}


static void
ngx_bs_pg_conn_up(void *data)
{
    ngx_bs_pg_greeting_start(data);
}


void
ngx_bs_pg_conn_ready(ngx_bs_pg_conn_t *conn, ngx_flag_t ready)
{
    if (conn->ready == (unsigned) ready) {
        return;
    }

    conn->ready = (unsigned) ready;
    conn->handlers->changed(conn->data, conn);
}


static void
ngx_bs_pg_conn_input(void *data)
{
    PGresult          *res;
    const char        *wrong;
    ngx_bs_pg_conn_t  *conn = data;

    conn->link.reading = 1;

    /* Also without anything to come: a notice is taken in by PQisBusy(). */

    while (!PQisBusy(conn->link.pg) && conn->count) {

        res = PQgetResult(conn->link.pg);

        wrong = ngx_bs_pg_conn_take(conn, res);

        if (wrong) {
            ngx_bs_pg_link_fail(&conn->link, wrong[0] ? wrong : NULL);
            return;
        }
    }

    conn->link.reading = 0;

    if (conn->retired && conn->count == 0) {
        ngx_bs_pg_conn_forget(conn);
        ngx_bs_pg_link_renew(&conn->link);
        return;
    }

    conn->handlers->room(conn->data);
}


/*
 * Takes one result.  NULL, or why the connection is of no more use; an empty
 * text means that libpq knows.
 *
 * A statement gives its results and a NULL, its Sync one more result.
 */

static const char *
ngx_bs_pg_conn_take(ngx_bs_pg_conn_t *conn, PGresult *take_res)
{
    if (PQstatus(conn->link.pg) == CONNECTION_BAD) {

        /* What comes now is made up by libpq and belongs to no query. */

        PQclear(take_res);
        return "";
    }

    if (take_res == NULL) {

        if (conn->at_sync || conn->result == NULL) {
            return "an answer of PostgreSQL ended without a result";
        }

        conn->at_sync = 1;
        return NULL;
    }

    if (!conn->at_sync) {
        return ngx_bs_pg_conn_take_answer(conn, take_res);
    }

    if (PQresultStatus(take_res) != PGRES_PIPELINE_SYNC) {

        /*
         * The server says good-bye (57P01), or the commit itself failed: in
         * both cases what became of the first query is not known.
         */

        PQclear(take_res);
        return "";
    }

    PQclear(take_res);

    return ngx_bs_pg_conn_complete(conn);
}


static const char *
ngx_bs_pg_conn_take_answer(ngx_bs_pg_conn_t *conn, PGresult *take_res)
{
    const char  *wrong;

    switch (PQresultStatus(take_res)) {

    case PGRES_TUPLES_OK:
    case PGRES_COMMAND_OK:
        wrong = conn->result ? "PostgreSQL sent one result too many" : NULL;
        break;

    case PGRES_FATAL_ERROR:
        wrong = ngx_bs_pg_conn_fatal(take_res) ? ""
                : conn->result ? "PostgreSQL sent one result too many"
                : NULL;
        break;

    case PGRES_COPY_IN:
    case PGRES_COPY_OUT:
    case PGRES_COPY_BOTH:

        /* libpq would give the same again and again, without end. */

        wrong = "a statement used COPY, which a pipeline cannot carry";
        break;

    default:
        wrong = "PostgreSQL sent a result that nothing asked for";
    }

    if (wrong) {
        PQclear(take_res);
        return wrong;
    }

    conn->result = take_res;

    return NULL;
}


/* The server ends the session: the connection is lost, not the query failed. */

static ngx_flag_t
ngx_bs_pg_conn_fatal(const PGresult *res)
{
    const char  *severity;

    severity = PQresultErrorField(res, PG_DIAG_SEVERITY_NONLOCALIZED);

    return severity == NULL
           || ngx_strcmp(severity, "FATAL") == 0
           || ngx_strcmp(severity, "PANIC") == 0
           || PQresultErrorField(res, PG_DIAG_SQLSTATE) == NULL;
}


/* The Sync of the first entry came: it is committed, or rolled back. */

static const char *
ngx_bs_pg_conn_complete(ngx_bs_pg_conn_t *conn)
{
    PGresult           *res;
    const char         *wrong;
    ngx_bs_pg_entry_t   entry;

    entry = conn->entries[conn->first];

    conn->first = (conn->first + 1) % conn->entries_max;
    conn->count--;
    conn->progress_at = ngx_current_msec;

    res = conn->result;
    conn->result = NULL;
    conn->at_sync = 0;

    if (entry.kind == NGX_BS_PG_ENTRY_QUERY) {
        ngx_bs_pg_conn_answered(conn, entry.query, res);
        return NULL;
    }

    wrong = ngx_bs_pg_greeting_take(conn, &entry, res);

    PQclear(res);

    return wrong;
}


static void
ngx_bs_pg_conn_answered(ngx_bs_pg_conn_t *conn, ngx_bs_pg_query_t *query,
    PGresult *take_res)
{
    ngx_flag_t           failed;
    ngx_bs_pg_outcome_e  outcome;

    failed = (PQresultStatus(take_res) == PGRES_FATAL_ERROR);
    outcome = failed ? NGX_BS_PG_FAILED : NGX_BS_PG_OK;

    if (PQresultMemorySize(take_res) > NGX_BS_PG_RESULT_KEEP_MAX) {
        ngx_bs_pg_conn_retire(conn);
    }

    if (failed && ngx_bs_pg_conn_stale(conn, take_res)) {

        ngx_bs_pg_conn_retire(conn);

        if (!query->again && query->done) {
            PQclear(take_res);
            conn->handlers->stale(conn->data, query);
            return;
        }
    }

    if (failed && query->done && conn->handlers->refused) {
        PQclear(take_res);
        conn->handlers->refused(conn->data, query);
        return;
    }

    ngx_bs_pg_query_finish(query, outcome, (ngx_bs_pg_result_t *) take_res);
}


/*
 * The prepared statement is gone, or what it returns has another type since a
 * migration, or the server is no primary any more: it did not run, and a new
 * connection will prepare it anew, or find the primary.
 */

static ngx_flag_t
ngx_bs_pg_conn_stale(const ngx_bs_pg_conn_t *conn, const PGresult *res)
{
    const char  *sqlstate, *function;

    sqlstate = PQresultErrorField(res, PG_DIAG_SQLSTATE);

    if (ngx_strcmp(sqlstate, "26000") == 0) {
        return 1;
    }

    if (ngx_strcmp(sqlstate, "25006") == 0) {
        return !conn->read_only;
    }

    /* 0A000 is anything that is not supported; the message is translated. */

    function = PQresultErrorField(res, PG_DIAG_SOURCE_FUNCTION);

    return ngx_strcmp(sqlstate, "0A000") == 0
           && function != NULL
           && ngx_strcmp(function, "RevalidateCachedQuery") == 0;
}


static void
ngx_bs_pg_conn_down(void *data, ngx_str_t *reason)
{
    ngx_uint_t          i, level;
    ngx_queue_t         orphans;
    ngx_bs_pg_conn_t   *conn = data;
    ngx_bs_pg_entry_t  *entry;

    level = (conn->link.running && !conn->link.elsewhere)
            ? ngx_bs_complaint_level(&conn->complaint, reason)
            : NGX_LOG_INFO;

    ngx_log_error(level, conn->log, 0,
                  "betterstack: PostgreSQL connection for %ss: %V",
                  conn->lane, reason);

    ngx_queue_init(&orphans);

    for (i = 0; i < conn->count; i++) {
        entry = &conn->entries[(conn->first + i) % conn->entries_max];

        if (entry->query) {
            ngx_queue_insert_tail(&orphans, &entry->query->queue);
        }
    }

    ngx_bs_pg_conn_forget(conn);
    ngx_bs_pg_conn_ready(conn, 0);

    conn->handlers->orphans(conn->data, &orphans);
}


static void
ngx_bs_pg_conn_forget(ngx_bs_pg_conn_t *conn)
{
    PQclear(conn->result);

    conn->result = NULL;
    conn->at_sync = 0;
    conn->retired = 0;
    conn->first = 0;
    conn->count = 0;

    ngx_bs_timer_clear(&conn->stall);
}


/*
 * statement_timeout makes a living server answer in time.  Set once and
 * looked after here, instead of being moved with every query.
 */

static void
ngx_bs_pg_conn_stalled(void *data)
{
    ngx_msec_t         silence;
    ngx_bs_pg_conn_t  *conn = data;

    if (conn->count == 0) {
        return;
    }

    silence = ngx_current_msec - conn->progress_at;

    if (silence < conn->stall_max) {
        ngx_bs_timer_set(&conn->stall, conn->stall_max - silence);
        return;
    }

    ngx_bs_pg_link_fail(&conn->link, "the server stopped answering");
}
