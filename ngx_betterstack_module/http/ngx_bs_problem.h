
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


#endif /* _NGX_BS_PROBLEM_H_INCLUDED_ */
