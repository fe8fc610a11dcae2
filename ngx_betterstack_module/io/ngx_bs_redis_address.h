
/*
 * Where Redis is, as the betterstack_redis directive says it:
 *
 *     redis://[user[:password]@]address[:port][,address[:port]...][/database]
 *     unix:/path/to/socket[:database]
 *
 * User and password may be percent-encoded, and are those of all servers.
 */

#ifndef _NGX_BS_REDIS_ADDRESS_H_INCLUDED_
#define _NGX_BS_REDIS_ADDRESS_H_INCLUDED_


#include "ngx_bs_redis.h"


#define NGX_BS_REDIS_SERVERS_MAX  8


/*
 * NULL, or what is wrong and how to mend it; never repeats the URL.  Further
 * servers are allocated; `address` must stay where it is.
 */
char *ngx_bs_redis_address_parse(ngx_pool_t *pool, ngx_str_t *url,
    ngx_bs_redis_address_t *address);


#endif /* _NGX_BS_REDIS_ADDRESS_H_INCLUDED_ */
