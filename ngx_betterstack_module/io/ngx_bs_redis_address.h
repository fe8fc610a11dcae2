
/*
 * Where Redis is, as the betterstack_redis directive says it:
 *
 *     redis://[user[:password]@]address[:port][/database]
 *     unix:/path/to/socket[:database]
 *
 * User and password may be percent-encoded.
 */

#ifndef _NGX_BS_REDIS_ADDRESS_H_INCLUDED_
#define _NGX_BS_REDIS_ADDRESS_H_INCLUDED_


#include "ngx_bs_redis.h"


/* NULL, or what is wrong and how to mend it; never repeats the URL. */
char *ngx_bs_redis_address_parse(ngx_pool_t *pool, ngx_str_t *url,
    ngx_bs_redis_address_t *address);

/* NULL when out of memory; the address has been parsed by the above. */
ngx_addr_t *ngx_bs_redis_address_resolve(ngx_pool_t *pool,
    const ngx_bs_redis_address_t *address);


#endif /* _NGX_BS_REDIS_ADDRESS_H_INCLUDED_ */
