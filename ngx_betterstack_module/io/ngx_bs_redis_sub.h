
/*
 * The worker's Redis subscriber connection.  One per worker, whatever the
 * number of viewers.  Subscriptions are remembered and made again after each
 * reconnect; messages in the gap are lost, and `up` tells the owner so.
 */

#ifndef _NGX_BS_REDIS_SUB_H_INCLUDED_
#define _NGX_BS_REDIS_SUB_H_INCLUDED_


#include "ngx_bs_redis.h"


typedef struct ngx_bs_redis_sub_s  ngx_bs_redis_sub_t;


typedef struct {
    void  (*up)(void *data);      /* subscribed again to everything */
    void  (*down)(void *data);
    void  (*message)(void *data, ngx_str_t *channel, ngx_str_t *payload);
} ngx_bs_redis_sub_handlers_t;


ngx_bs_redis_sub_t *ngx_bs_redis_sub_create(ngx_pool_t *pool,
    const ngx_bs_redis_address_t *address,
    const ngx_bs_redis_sub_handlers_t *handlers, void *data, ngx_log_t *log);

void ngx_bs_redis_sub_start(ngx_bs_redis_sub_t *sub);
void ngx_bs_redis_sub_stop(ngx_bs_redis_sub_t *sub);
ngx_flag_t ngx_bs_redis_sub_ready(const ngx_bs_redis_sub_t *sub);

/* Channel names are copied.  Works while disconnected, too. */
ngx_int_t ngx_bs_redis_sub_subscribe(ngx_bs_redis_sub_t *sub,
    const ngx_str_t *channel);
void ngx_bs_redis_sub_unsubscribe(ngx_bs_redis_sub_t *sub,
    const ngx_str_t *channel);


#endif /* _NGX_BS_REDIS_SUB_H_INCLUDED_ */
