
/*
 * Live events: published on Redis by whoever commits a change, relayed by each
 * worker to its own open streams (server-sent events).
 */

#ifndef _NGX_BS_LIVE_H_INCLUDED_
#define _NGX_BS_LIVE_H_INCLUDED_


#include "../ngx_bs.h"


ngx_bs_live_t *ngx_bs_live_create(ngx_pool_t *pool,
    const ngx_bs_redis_address_t *address, ngx_bs_zone_t *zone,
    ngx_log_t *log);
void ngx_bs_live_start(ngx_bs_live_t *live);
void ngx_bs_live_stop(ngx_bs_live_t *live);

/*
 * PUBLISH betterstack:events:<team_id> <event> (JSON text).  Fire and forget:
 * without Redis it is counted and dropped, dashboards poll.
 */
void ngx_bs_live_publish(ngx_bs_worker_t *worker, ngx_str_t *team_id,
    ngx_str_t *event);

/* The content handler of GET /api/v2/events, reached from the route table. */
ngx_int_t ngx_bs_live_handler(ngx_http_request_t *r);

/* Statements this folder needs; called once at worker start. */
ngx_int_t ngx_bs_live_register(ngx_bs_pg_pool_t *pg);


#endif /* _NGX_BS_LIVE_H_INCLUDED_ */
