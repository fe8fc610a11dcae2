
/*
 * What the rest of the hub sees of PostgreSQL: statements, parameters,
 * results.  Nothing above io/ includes libpq.
 */

#ifndef _NGX_BS_PG_H_INCLUDED_
#define _NGX_BS_PG_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* No statement function has more arguments; arrays are stack-sized. */
#define NGX_BS_PG_PARAMS_MAX  24


/*
 * Lanes keep a slow report from delaying a read: each has connections of its
 * own, a bounded pipeline depth and a bounded waiting queue.  Sessions of the
 * read lane are read-only, so a read is sent once more, to another connection,
 * when the first dies under it.  So are those of the lane for history: charts
 * of long ranges.  Whatever keeps history (sealing, rollups) is on the lane
 * for upkeep, in small steps.  These two have one connection each, where
 * anything is registered for them.
 */
typedef enum {
    NGX_BS_PG_LANE_READ = 0,
    NGX_BS_PG_LANE_WRITE,
    NGX_BS_PG_LANE_REPORT,
    NGX_BS_PG_LANE_HISTORY,
    NGX_BS_PG_LANE_UPKEEP,
    NGX_BS_PG_LANES
} ngx_bs_pg_lane_e;


/*
 * One statement, prepared on every connection of its lane.  Lives as long as
 * the worker.  `binary` asks for all result columns in binary format.
 */
typedef struct {
    ngx_str_t          name;       /* of the prepared one, zero-terminated */
    ngx_str_t          sql;        /* zero-terminated */
    ngx_uint_t         nparams;
    ngx_bs_pg_lane_e   lane;
    unsigned           binary:1;
} ngx_bs_pg_statement_t;


/* One parameter; value NULL is SQL NULL.  Text values are zero-terminated. */
typedef struct {
    const char        *value;
    int                length;     /* bytes; needed for binary only */
    unsigned           binary:1;
} ngx_bs_pg_param_t;


typedef enum {
    NGX_BS_PG_OK = 0,      /* committed: its Sync was answered; rows valid */
    NGX_BS_PG_FAILED,      /* it raised: sqlstate() and others tell */
    NGX_BS_PG_LOST,        /* sent, then the connection died: outcome unknown */
    NGX_BS_PG_UNAVAILABLE, /* never sent: no connection in time */
    NGX_BS_PG_TIMEOUT      /* the deadline passed; outcome unknown */
} ngx_bs_pg_outcome_e;


typedef struct ngx_bs_pg_result_s  ngx_bs_pg_result_t;
typedef struct ngx_bs_pg_query_s   ngx_bs_pg_query_t;


/*
 * Called exactly once per accepted query, never from inside submit().  The
 * result is NULL unless the outcome is OK or FAILED; the callee owns it and
 * frees it with ngx_bs_pg_result_free().
 */
typedef void (*ngx_bs_pg_done_pt)(void *data, ngx_bs_pg_outcome_e outcome,
    ngx_bs_pg_result_t *result);


ngx_uint_t ngx_bs_pg_result_rows(const ngx_bs_pg_result_t *result);

/* By its name; NGX_ERROR: there is none. */
ngx_int_t ngx_bs_pg_result_column(const ngx_bs_pg_result_t *result,
    const char *name);

/* False for SQL NULL; *value is the result's own and zero-terminated. */
ngx_flag_t ngx_bs_pg_result_value(const ngx_bs_pg_result_t *result,
    ngx_uint_t row, ngx_uint_t column, ngx_str_t *value);

/*
 * A bytea in text format, as ngx_bs_pg_result_value() gives it; `bytes` has
 * room for half as many.  NGX_ERROR: it is none.
 */
ngx_int_t ngx_bs_pg_result_bytes(const ngx_str_t *value, u_char *bytes,
    size_t *len);

/* Five characters, or an empty string. */
void ngx_bs_pg_result_sqlstate(const ngx_bs_pg_result_t *result,
    ngx_str_t *sqlstate);
void ngx_bs_pg_result_constraint(const ngx_bs_pg_result_t *result,
    ngx_str_t *constraint);
/* Primary message, no trailing newline: for the log, never for clients. */
void ngx_bs_pg_result_message(const ngx_bs_pg_result_t *result,
    ngx_str_t *message);

void ngx_bs_pg_result_free(ngx_bs_pg_result_t *result);


#endif /* _NGX_BS_PG_H_INCLUDED_ */
