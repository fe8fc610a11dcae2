
/*
 * Signing up, in and out: the endpoints that mint or end a session.  The
 * password is turned into a hash here and never reaches SQL or a log.
 */

#ifndef _NGX_BS_ACCOUNT_H_INCLUDED_
#define _NGX_BS_ACCOUNT_H_INCLUDED_


#include "../ngx_bs.h"


/* Content handlers, reached from the route table. */
ngx_int_t ngx_bs_account_sign_up(ngx_http_request_t *r);
ngx_int_t ngx_bs_account_sign_in(ngx_http_request_t *r);
ngx_int_t ngx_bs_account_sign_out(ngx_http_request_t *r);

ngx_int_t ngx_bs_account_register(ngx_bs_pg_pool_t *pg);


#endif /* _NGX_BS_ACCOUNT_H_INCLUDED_ */
