
/*
 * The address that cron jobs and workers call: /api/v1/heartbeat/{token}, with
 * /start, /fail or an exit code behind it.  The token is all the credential
 * there is.  Pings are stored at once, or kept and answered 202.
 */

#ifndef _NGX_BS_PING_H_INCLUDED_
#define _NGX_BS_PING_H_INCLUDED_


#include "../ngx_bs.h"


#define NGX_BS_PING_PREFIX  "/api/v1/heartbeat/"


ngx_bs_pings_t *ngx_bs_pings_create(ngx_pool_t *pool, ngx_bs_worker_t *worker,
    ngx_log_t *log);
ngx_int_t ngx_bs_pings_register(ngx_bs_pg_pool_t *pg);

void ngx_bs_pings_start(ngx_bs_pings_t *pings);
void ngx_bs_pings_quit(ngx_bs_pings_t *pings);
void ngx_bs_pings_stop(ngx_bs_pings_t *pings);

/* The content handler of paths that begin with NGX_BS_PING_PREFIX. */
ngx_int_t ngx_bs_ping_handler(ngx_http_request_t *r);


#endif /* _NGX_BS_PING_H_INCLUDED_ */
