
#include "ngx_bs_complaint.h"
#include "ngx_bs_pg_link.h"
#include "ngx_bs_pg_watch.h"

#include <libpq-fe.h>


/* For the load of a large installation; each row starts it anew. */
#define NGX_BS_PG_WATCH_TIMEOUT      60000

#define NGX_BS_PG_WATCH_CHANNEL_MAX  63


typedef enum {
    NGX_BS_PG_WATCH_IDLE = 0,     /* not connected */
    NGX_BS_PG_WATCH_LISTEN,       /* LISTEN is under way */
    NGX_BS_PG_WATCH_LOAD,         /* rows come */
    NGX_BS_PG_WATCH_FRESH         /* notifications come */
} ngx_bs_pg_watch_phase_e;


struct ngx_bs_pg_watch_s {
    ngx_bs_pg_link_t                   link;
    ngx_bs_pg_watch_phase_e            phase;
    char                               listen[NGX_BS_PG_WATCH_CHANNEL_MAX
                                              + sizeof("LISTEN \"\"")];
    ngx_bs_pg_statement_t             *statement;
    const ngx_bs_pg_watch_handlers_t  *handlers;
    void                              *data;
    ngx_bs_timer_t                     stall;
    ngx_bs_complaint_t                 complaint;
    ngx_log_t                         *log;
    unsigned                           told:1;       /* begin() was called */
};


static void ngx_bs_pg_watch_up(void *data);
static void ngx_bs_pg_watch_input(void *data);
static void ngx_bs_pg_watch_down(void *data, ngx_str_t *reason);
static const char *ngx_bs_pg_watch_take(ngx_bs_pg_watch_t *watch,
    PGresult *res);
static const char *ngx_bs_pg_watch_take_row(ngx_bs_pg_watch_t *watch,
    PGresult *res);
static const char *ngx_bs_pg_watch_end(ngx_bs_pg_watch_t *watch);
static const char *ngx_bs_pg_watch_load(ngx_bs_pg_watch_t *watch);
static void ngx_bs_pg_watch_notify(ngx_bs_pg_watch_t *watch);
static void ngx_bs_pg_watch_stall(void *data);


static const ngx_bs_pg_link_handlers_t  ngx_bs_pg_watch_link_handlers = {
    ngx_bs_pg_watch_up,
    ngx_bs_pg_watch_input,
    ngx_bs_pg_watch_down
};


ngx_bs_pg_watch_t *
ngx_bs_pg_watch_create(ngx_pool_t *pool, ngx_str_t *string,
    const char *channel, ngx_bs_pg_statement_t *statement,
    const ngx_bs_pg_watch_handlers_t *handlers, void *data, ngx_log_t *log)
{
    ngx_bs_pg_watch_t     *watch;
    ngx_bs_pg_conninfo_t  *conninfo;

    if (ngx_strlen(channel) > NGX_BS_PG_WATCH_CHANNEL_MAX) {
        return NULL;
    }

    watch = ngx_pcalloc(pool, sizeof(ngx_bs_pg_watch_t));
    conninfo = ngx_bs_pg_conninfo_create(pool, string, NGX_BS_PG_PRIMARY,
                                         NGX_BS_PG_WATCH_TIMEOUT, 0, "");

    if (watch == NULL || conninfo == NULL) {
        return NULL;
    }

    (void) ngx_sprintf((u_char *) watch->listen, "LISTEN \"%s\"%Z", channel);

    watch->statement = statement;
    watch->handlers = handlers;
    watch->data = data;
    watch->log = log;

    ngx_bs_timer_init(&watch->stall, NGX_BS_TIMER_YIELDS,
                      ngx_bs_pg_watch_stall, watch, log);

    ngx_bs_pg_link_init(&watch->link, conninfo,
                        &ngx_bs_pg_watch_link_handlers, watch, log);

    return watch;
}


void
ngx_bs_pg_watch_start(ngx_bs_pg_watch_t *watch)
{
    ngx_bs_pg_link_start(&watch->link);
}


void
ngx_bs_pg_watch_stop(ngx_bs_pg_watch_t *watch)
{
    ngx_bs_timer_clear(&watch->stall);
    ngx_bs_pg_link_stop(&watch->link);

    watch->phase = NGX_BS_PG_WATCH_IDLE;
    watch->told = 0;
}


static void
ngx_bs_pg_watch_up(void *data)
{
    ngx_bs_pg_watch_t  *watch = data;

    if (!PQsendQuery(watch->link.pg, watch->listen)) {
        ngx_bs_pg_link_fail(&watch->link, NULL);
        return;
    }

    watch->phase = NGX_BS_PG_WATCH_LISTEN;
    ngx_bs_pg_link_flush(&watch->link);
}


/*
 * A handler may stop the watch at any row, and even start it again; then the
 * connection this function read from is no more.
 */

static void
ngx_bs_pg_watch_input(void *data)
{
    PGconn             *pg;
    PGresult           *res;
    const char         *wrong;
    ngx_bs_pg_watch_t  *watch = data;

    pg = watch->link.pg;

    while (!PQisBusy(pg) && watch->phase != NGX_BS_PG_WATCH_FRESH) {

        res = PQgetResult(pg);
        wrong = ngx_bs_pg_watch_take(watch, res);
        PQclear(res);

        if (watch->link.pg == NULL) {
            return;
        }

        if (wrong) {
            ngx_bs_pg_link_fail(&watch->link, wrong[0] ? wrong : NULL);
            return;
        }
    }

    if (watch->phase == NGX_BS_PG_WATCH_FRESH) {
        ngx_bs_pg_watch_notify(watch);
    }
}


/* NULL, or why the connection is of no more use. */

static const char *
ngx_bs_pg_watch_take(ngx_bs_pg_watch_t *watch, PGresult *res)
{
    if (PQstatus(watch->link.pg) == CONNECTION_BAD) {
        return "";
    }

    if (res == NULL) {
        return ngx_bs_pg_watch_end(watch);
    }

    switch (PQresultStatus(res)) {

    case PGRES_COMMAND_OK:
    case PGRES_TUPLES_OK:
        return NULL;

    case PGRES_SINGLE_TUPLE:
        return ngx_bs_pg_watch_take_row(watch, res);

    case PGRES_FATAL_ERROR:
        return "";

    default:
        return "PostgreSQL sent a result that nothing asked for";
    }
}


static const char *
ngx_bs_pg_watch_take_row(ngx_bs_pg_watch_t *watch, PGresult *res)
{
    ngx_bs_timer_set(&watch->stall, NGX_BS_PG_WATCH_TIMEOUT);

    watch->handlers->row(watch->data, (ngx_bs_pg_result_t *) res);

    return NULL;
}


/* All results of what was asked are in. */

static const char *
ngx_bs_pg_watch_end(ngx_bs_pg_watch_t *watch)
{
    if (watch->phase == NGX_BS_PG_WATCH_LISTEN) {
        return ngx_bs_pg_watch_load(watch);
    }

    ngx_bs_timer_clear(&watch->stall);
    ngx_bs_pg_link_usable(&watch->link);

    watch->phase = NGX_BS_PG_WATCH_FRESH;

    if (ngx_bs_complaint_over(&watch->complaint)) {
        ngx_log_error(NGX_LOG_NOTICE, watch->log, 0,
                      "betterstack: the PostgreSQL connection for changes is "
                      "back");
    }

    watch->handlers->ready(watch->data);

    return NULL;
}


static const char *
ngx_bs_pg_watch_load(ngx_bs_pg_watch_t *watch)
{
    PGconn  *pg;

    pg = watch->link.pg;

    if (!PQsendQueryParams(pg, (char *) watch->statement->sql.data, 0, NULL,
                           NULL, NULL, NULL, watch->statement->binary)
        || !PQsetSingleRowMode(pg))
    {
        return "";
    }

    watch->phase = NGX_BS_PG_WATCH_LOAD;

    ngx_bs_pg_link_greeted(&watch->link);
    ngx_bs_timer_set(&watch->stall, NGX_BS_PG_WATCH_TIMEOUT);

    ngx_bs_pg_link_flush(&watch->link);

    watch->told = 1;
    watch->handlers->begin(watch->data);

    return NULL;
}


static void
ngx_bs_pg_watch_notify(ngx_bs_pg_watch_t *watch)
{
    PGconn     *pg;
    PGnotify   *notify;
    ngx_str_t   payload;

    pg = watch->link.pg;

    for ( ;; ) {

        /* As above: any handler may have stopped the watch. */

        if (watch->link.pg != pg || pg == NULL) {
            return;
        }

        notify = PQnotifies(pg);
        if (notify == NULL) {
            return;
        }

        payload.data = (u_char *) notify->extra;
        payload.len = ngx_strlen(notify->extra);

        watch->handlers->notify(watch->data, &payload);

        PQfreemem(notify);
    }
}


static void
ngx_bs_pg_watch_down(void *data, ngx_str_t *reason)
{
    ngx_uint_t          level;
    ngx_bs_pg_watch_t  *watch = data;

    level = (watch->link.running && !watch->link.elsewhere)
            ? ngx_bs_complaint_level(&watch->complaint, reason)
            : NGX_LOG_INFO;

    ngx_log_error(level, watch->log, 0,
                  "betterstack: PostgreSQL connection for changes: %V",
                  reason);

    watch->phase = NGX_BS_PG_WATCH_IDLE;
    ngx_bs_timer_clear(&watch->stall);

    if (watch->told) {
        watch->told = 0;
        watch->handlers->lost(watch->data);
    }
}


static void
ngx_bs_pg_watch_stall(void *data)
{
    ngx_bs_pg_watch_t  *watch = data;

    ngx_bs_pg_link_fail(&watch->link, "the server stopped answering");
}
