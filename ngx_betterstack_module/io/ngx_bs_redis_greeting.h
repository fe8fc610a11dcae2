
/*
 * What a connection to Redis begins with: who we are, whether the server is the
 * primary where there are others, and which database.
 */

#ifndef _NGX_BS_REDIS_GREETING_H_INCLUDED_
#define _NGX_BS_REDIS_GREETING_H_INCLUDED_


#include "ngx_bs_redis_link.h"


struct redisReply;


/* Appends it; link->greetings is how many replies are to come. */
ngx_int_t ngx_bs_redis_greeting_send(ngx_bs_redis_link_t *link);

/* The next of these replies.  NGX_ERROR: the link has failed over it. */
ngx_int_t ngx_bs_redis_greeting_take(ngx_bs_redis_link_t *link,
    const struct redisReply *reply);


#endif /* _NGX_BS_REDIS_GREETING_H_INCLUDED_ */
