
#include "ngx_bs_pg_greeting.h"

#include <libpq-fe.h>


#define NGX_BS_PG_SCHEMA_SQL  "SELECT dispatch.schema_version()"

/*
 * The name of a WAL file begins with the timeline, which is of its session's
 * server and of this moment; what pg_control says of it comes later.
 */
#define NGX_BS_PG_DATABASE_SQL                                                \
    "SELECT hashtextextended(system_identifier::text"                         \
    " || substr(pg_walfile_name(pg_current_wal_lsn()), 1, 8), 0)"             \
    " & 9223372036854775807 FROM pg_control_system()"

#define NGX_BS_PG_FOREIGN     "the schema of the database is not ours"


static void ngx_bs_pg_greeting_prepare(ngx_bs_pg_conn_t *conn);
static void ngx_bs_pg_greeting_database(ngx_bs_pg_conn_t *conn,
    const PGresult *res);
static const char *ngx_bs_pg_greeting_schema(ngx_bs_pg_conn_t *conn,
    const PGresult *res);
static const char *ngx_bs_pg_greeting_prepared(ngx_bs_pg_conn_t *conn,
    ngx_bs_pg_statement_t *statement, const PGresult *res);
static void ngx_bs_pg_greeting_end(ngx_bs_pg_conn_t *conn);


void
ngx_bs_pg_greeting_start(ngx_bs_pg_conn_t *conn)
{
    if (!PQenterPipelineMode(conn->link.pg)
        || !PQsendQueryParams(conn->link.pg, NGX_BS_PG_SCHEMA_SQL, 0, NULL,
                              NULL, NULL, NULL, 0))
    {
        ngx_bs_pg_link_fail(&conn->link, NULL);
        return;
    }

    (void) ngx_bs_pg_conn_push(conn, NGX_BS_PG_ENTRY_SCHEMA);
    ngx_bs_pg_conn_sync(conn);

    if (conn->database == NULL) {
        return;
    }

    if (!PQsendQueryParams(conn->link.pg, NGX_BS_PG_DATABASE_SQL, 0, NULL,
                           NULL, NULL, NULL, 0))
    {
        ngx_bs_pg_link_fail_later(&conn->link);
        return;
    }

    (void) ngx_bs_pg_conn_push(conn, NGX_BS_PG_ENTRY_DATABASE);
    ngx_bs_pg_conn_sync(conn);
}


const char *
ngx_bs_pg_greeting_take(ngx_bs_pg_conn_t *conn, const ngx_bs_pg_entry_t *entry,
    const struct pg_result *res)
{
    if (entry->kind == NGX_BS_PG_ENTRY_SCHEMA) {
        return ngx_bs_pg_greeting_schema(conn, res);
    }

    if (entry->kind == NGX_BS_PG_ENTRY_DATABASE) {
        ngx_bs_pg_greeting_database(conn, res);
        return NULL;
    }

    return ngx_bs_pg_greeting_prepared(conn, entry->statement, res);
}


static const char *
ngx_bs_pg_greeting_schema(ngx_bs_pg_conn_t *conn, const PGresult *res)
{
    ngx_int_t                  version;
    ngx_str_t                  value, message;
    const ngx_bs_pg_result_t  *result;

    version = -1;
    result = (const ngx_bs_pg_result_t *) res;

    ngx_bs_pg_result_message(result, &message);

    if (PQresultStatus(res) == PGRES_TUPLES_OK
        && ngx_bs_pg_result_value(result, 0, 0, &value))
    {
        version = ngx_atoi(value.data, value.len);
    }

    if (conn->handlers->schema(conn->data, version, &message) != NGX_OK) {

        /* The pool has told it for all connections. */

        ngx_str_set(&message, NGX_BS_PG_FOREIGN);
        (void) ngx_bs_complaint_level(&conn->complaint, &message);

        return NGX_BS_PG_FOREIGN;
    }

    ngx_bs_pg_greeting_prepare(conn);

    return NULL;
}


/* Not being told is no failure: agents then do not learn of a failover. */

static void
ngx_bs_pg_greeting_database(ngx_bs_pg_conn_t *conn, const PGresult *res)
{
    ngx_int_t  number;
    ngx_str_t  value, message;

    if (PQresultStatus(res) == PGRES_TUPLES_OK
        && ngx_bs_pg_result_value((const ngx_bs_pg_result_t *) res, 0, 0,
                                  &value))
    {
        number = ngx_atoi(value.data, value.len);
        *conn->database = (number == NGX_ERROR) ? 0 : number;
        return;
    }

    ngx_bs_pg_result_message((const ngx_bs_pg_result_t *) res, &message);

    ngx_log_error(NGX_LOG_INFO, conn->log, 0,
                  "betterstack: PostgreSQL does not tell its timeline: %V",
                  &message);
}


/* One Sync each, so that one bad statement does not hide the others. */

static void
ngx_bs_pg_greeting_prepare(ngx_bs_pg_conn_t *conn)
{
    ngx_uint_t               i;
    ngx_bs_pg_entry_t       *entry;
    ngx_bs_pg_statement_t  **statement;

    statement = conn->statements->elts;
    conn->unprepared = 0;

    for (i = 0; i < conn->statements->nelts; i++) {

        if (!PQsendPrepare(conn->link.pg, (char *) statement[i]->name.data,
                           (char *) statement[i]->sql.data, 0, NULL))
        {
            ngx_bs_pg_link_fail_later(&conn->link);
            return;
        }

        entry = ngx_bs_pg_conn_push(conn, NGX_BS_PG_ENTRY_PREPARE);
        entry->statement = statement[i];

        ngx_bs_pg_conn_sync(conn);
    }
}


static const char *
ngx_bs_pg_greeting_prepared(ngx_bs_pg_conn_t *conn,
    ngx_bs_pg_statement_t *statement, const PGresult *res)
{
    ngx_str_t   message;
    ngx_uint_t  level;

    if (PQresultStatus(res) != PGRES_COMMAND_OK) {

        ngx_bs_pg_result_message((const ngx_bs_pg_result_t *) res, &message);
        level = conn->refused ? NGX_LOG_INFO : NGX_LOG_ERR;

        ngx_log_error(level, conn->log, 0,
                      "betterstack: PostgreSQL cannot prepare \"%V\": %V",
                      &statement->name, &message);

        conn->unprepared = 1;
    }

    if (conn->count) {
        return NULL;
    }

    if (conn->unprepared) {
        conn->refused = 1;
        return "not all statements could be prepared";
    }

    ngx_bs_pg_greeting_end(conn);

    return NULL;
}


static void
ngx_bs_pg_greeting_end(ngx_bs_pg_conn_t *conn)
{
    ngx_bs_pg_link_usable(&conn->link);
    conn->refused = 0;

    if (ngx_bs_complaint_over(&conn->complaint)) {
        ngx_log_error(NGX_LOG_NOTICE, conn->log, 0,
                      "betterstack: the PostgreSQL connection for %ss is back",
                      conn->lane);
    }

    if (!conn->retired) {
        ngx_bs_pg_conn_ready(conn, 1);
    }
}
