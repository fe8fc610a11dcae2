
/*
 * The same records in Redis, `betterstack:pings`: for when this nginx ends
 * before they are stored.  Any hub takes them from there; that another stores
 * them, too, does no harm.
 */

#ifndef _NGX_BS_PING_SHELF_H_INCLUDED_
#define _NGX_BS_PING_SHELF_H_INCLUDED_


#include "../io/ngx_bs_redis.h"


/* Nobody waits for this; `redis` may be NULL or away, here and below. */
void ngx_bs_ping_shelf_push(ngx_bs_redis_t *redis, const ngx_str_t *record);

/* As ngx_bs_redis_command(): an integer, how many were taken away. */
ngx_int_t ngx_bs_ping_shelf_remove(ngx_bs_redis_t *redis,
    const ngx_str_t *record, ngx_bs_redis_reply_pt callback, void *data);

/* The first one, as ngx_bs_redis_command(): an array of one string, or none. */
ngx_int_t ngx_bs_ping_shelf_first(ngx_bs_redis_t *redis,
    ngx_bs_redis_reply_pt callback, void *data);


#endif /* _NGX_BS_PING_SHELF_H_INCLUDED_ */
