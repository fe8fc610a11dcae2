
/*
 * What a new connection is asked before it may serve: whether the schema is
 * ours, and then to prepare every statement of its lane.
 */

#ifndef _NGX_BS_PG_GREETING_H_INCLUDED_
#define _NGX_BS_PG_GREETING_H_INCLUDED_


#include "ngx_bs_pg_conn.h"


/* On a new connection; the last answer makes it ready. */
void ngx_bs_pg_greeting_start(ngx_bs_pg_conn_t *conn);

/*
 * The answer to one entry that start() or an earlier answer has sent.  NULL, or
 * why the connection is of no use.
 */
const char *ngx_bs_pg_greeting_take(ngx_bs_pg_conn_t *conn,
    const ngx_bs_pg_entry_t *entry, const struct pg_result *res);


#endif /* _NGX_BS_PG_GREETING_H_INCLUDED_ */
