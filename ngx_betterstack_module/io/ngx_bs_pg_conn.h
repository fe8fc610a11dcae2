
/*
 * One pipelined connection of a lane.  Greets (schema version, then every
 * statement of the lane), sends queries with a Sync each, and matches what
 * comes back to what was sent: libpq does not tell which query a result
 * belongs to, so a first-in-first-out list here mirrors its own.
 */

#ifndef _NGX_BS_PG_CONN_H_INCLUDED_
#define _NGX_BS_PG_CONN_H_INCLUDED_


#include "ngx_bs_complaint.h"
#include "ngx_bs_pg_link.h"
#include "ngx_bs_pg_query.h"


/* Queries sent and not answered.  More would only wait elsewhere. */
#define NGX_BS_PG_DEPTH_MAX  64

/* What the greeting asks beside preparing statements. */
#define NGX_BS_PG_GREETINGS  2


typedef struct ngx_bs_pg_conn_s  ngx_bs_pg_conn_t;


typedef struct {
    /* The database says its version, or -1 and why not.  NGX_OK: go on. */
    ngx_int_t  (*schema)(void *data, ngx_int_t version, ngx_str_t *message);

    /* Became ready, or is not any more.  `ready` of the connection tells. */
    void  (*changed)(void *data, ngx_bs_pg_conn_t *conn);

    /*
     * Raised where another server may know better; NULL: this one's word is
     * final.
     */
    void  (*refused)(void *data, ngx_bs_pg_query_t *take_query);

    /* Did not run, because the session's statement is outdated. */
    void  (*stale)(void *data, ngx_bs_pg_query_t *take_query);

    /* Sent, and their outcome will not be known; a queue to be emptied. */
    void  (*orphans)(void *data, ngx_queue_t *queries);

    /* There is room for more. */
    void  (*room)(void *data);
} ngx_bs_pg_conn_handlers_t;


typedef enum {
    NGX_BS_PG_ENTRY_SCHEMA = 0,
    NGX_BS_PG_ENTRY_DATABASE,
    NGX_BS_PG_ENTRY_PREPARE,
    NGX_BS_PG_ENTRY_QUERY
} ngx_bs_pg_entry_e;


typedef struct {
    ngx_bs_pg_entry_e        kind;
    ngx_bs_pg_statement_t   *statement;
    ngx_bs_pg_query_t       *query;
} ngx_bs_pg_entry_t;


struct ngx_bs_pg_conn_s {
    ngx_bs_pg_link_t                  link;
    const ngx_bs_pg_conn_handlers_t  *handlers;
    void                             *data;
    const char                       *lane;         /* for the log */
    ngx_int_t                        *database;     /* whose rows, told there */
    ngx_array_t                      *statements;   /* of the lane, pointers */

    ngx_bs_pg_entry_t                *entries;      /* a ring */
    ngx_uint_t                        entries_max;
    ngx_uint_t                        first;
    ngx_uint_t                        count;

    struct pg_result                 *result;       /* of the first entry */
    ngx_bs_timer_t                    stall;
    ngx_msec_t                        stall_max;
    ngx_msec_t                        progress_at;

    ngx_bs_complaint_t                complaint;
    ngx_log_t                        *log;
    unsigned                          at_sync:1;    /* the first entry's answer
                                                       is in, its Sync is not */
    unsigned                          ready:1;
    unsigned                          read_only:1;  /* its session is */
    unsigned                          retired:1;    /* closes once drained */
    unsigned                          unprepared:1; /* one was refused */
    unsigned                          refused:1;    /* the log knows which */
};


/*
 * Without any answer for `stall_max` the server is taken for dead.  `read_only`
 * and `database` are the caller's to set, before the start.
 */
ngx_int_t ngx_bs_pg_conn_init(ngx_bs_pg_conn_t *conn, ngx_pool_t *pool,
    ngx_bs_pg_conninfo_t *conninfo, ngx_array_t *statements, const char *lane,
    ngx_msec_t stall_max, const ngx_bs_pg_conn_handlers_t *handlers,
    void *data, ngx_log_t *log);

void ngx_bs_pg_conn_start(ngx_bs_pg_conn_t *conn);

/* Calls no handler; what was in flight is forgotten. */
void ngx_bs_pg_conn_stop(ngx_bs_pg_conn_t *conn);

/* No more queries; answers what it has, closes, and connects anew. */
void ngx_bs_pg_conn_retire(ngx_bs_pg_conn_t *conn);

/* The same, and stays closed. */
void ngx_bs_pg_conn_quit(ngx_bs_pg_conn_t *conn);

/* NGX_ERROR: not sent, and the connection is no longer ready. */
ngx_int_t ngx_bs_pg_conn_send(ngx_bs_pg_conn_t *conn,
    ngx_bs_pg_query_t *query);

/*
 * For what is asked before queries: notes what is expected, in the order in
 * which it was sent, and ends it with a Sync.
 */
ngx_bs_pg_entry_t *ngx_bs_pg_conn_push(ngx_bs_pg_conn_t *conn,
    ngx_bs_pg_entry_e kind);
void ngx_bs_pg_conn_sync(ngx_bs_pg_conn_t *conn);
void ngx_bs_pg_conn_ready(ngx_bs_pg_conn_t *conn, ngx_flag_t ready);

#define ngx_bs_pg_conn_has_room(conn)                                         \
    ((conn)->ready && (conn)->count < NGX_BS_PG_DEPTH_MAX)


#endif /* _NGX_BS_PG_CONN_H_INCLUDED_ */
