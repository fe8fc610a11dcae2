
/*
 * The link in a message by which its receiver acknowledges, without signing
 * in: /api/v1/acknowledge/TOKEN.  GET tells what it is about and changes
 * nothing, whoever follows links in mails; POST acknowledges.
 */

#ifndef _NGX_BS_ACKNOWLEDGE_H_INCLUDED_
#define _NGX_BS_ACKNOWLEDGE_H_INCLUDED_


#include "../ngx_bs.h"


#define NGX_BS_ACKNOWLEDGE_PREFIX  "/api/v1/acknowledge/"


/* Content handler of what begins with the prefix. */
ngx_int_t ngx_bs_acknowledge_handler(ngx_http_request_t *r);

ngx_int_t ngx_bs_acknowledge_register(ngx_bs_pg_pool_t *pg);


#endif /* _NGX_BS_ACKNOWLEDGE_H_INCLUDED_ */
