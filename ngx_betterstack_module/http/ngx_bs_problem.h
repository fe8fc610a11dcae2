
/*
 * What went wrong in Postgres, as an HTTP answer: SQLSTATE and constraint to
 * status and field, in one table.  Logs what the client must not see.
 */

#ifndef _NGX_BS_PROBLEM_H_INCLUDED_
#define _NGX_BS_PROBLEM_H_INCLUDED_


#include "../ngx_bs.h"


/* For any outcome but NGX_BS_PG_OK.  Sends and finalizes. */
void ngx_bs_problem_reply(ngx_http_request_t *r, ngx_bs_pg_outcome_e outcome,
    const ngx_bs_pg_result_t *result);

/* For what ngx_bs_pg_pool_submit() answered instead of NGX_OK.  The same. */
void ngx_bs_problem_refused(ngx_http_request_t *r, ngx_int_t rc);

/*
 * 500: something that cannot happen did.  `what` goes to the log, together
 * with an id that the client is told.
 */
void ngx_bs_problem_internal(ngx_http_request_t *r, const char *what,
    ngx_str_t *detail);

/*
 * The statement did nothing and may be run again: serialization, deadlock, or
 * the database was just brought to another version.
 */
ngx_flag_t ngx_bs_problem_transient(ngx_bs_pg_outcome_e outcome,
    const ngx_bs_pg_result_t *result);


#endif /* _NGX_BS_PROBLEM_H_INCLUDED_ */
