
/*
 * What a statement that decides has to tell, in the rows of its answer: live
 * events (team_id, event) and urgent jobs (confirm_*).  Only what is committed
 * is passed on: call it with the answer, never before.
 */

#ifndef _NGX_BS_NEWS_H_INCLUDED_
#define _NGX_BS_NEWS_H_INCLUDED_


#include "../ngx_bs.h"


void ngx_bs_news_publish(ngx_bs_worker_t *worker,
    const ngx_bs_pg_result_t *result);


#endif /* _NGX_BS_NEWS_H_INCLUDED_ */
