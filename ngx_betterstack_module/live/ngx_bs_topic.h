
/*
 * Who looks at which team: a topic is a Redis channel and the viewers of it.
 * It is subscribed to as long as it has one.
 */

#ifndef _NGX_BS_TOPIC_H_INCLUDED_
#define _NGX_BS_TOPIC_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "../io/ngx_bs_redis_sub.h"


#define NGX_BS_TOPIC_CHANNEL_MAX  64


typedef struct {
    ngx_rbtree_t           tree;
    ngx_rbtree_node_t      sentinel;
    ngx_bs_redis_sub_t    *sub;
    ngx_log_t             *log;
} ngx_bs_topics_t;


typedef struct {
    ngx_str_node_t         node;         /* first; by channel */
    ngx_queue_t            viewers;
    ngx_uint_t             count;
    u_char                 channel[NGX_BS_TOPIC_CHANNEL_MAX];
} ngx_bs_topic_t;


void ngx_bs_topics_init(ngx_bs_topics_t *topics, ngx_bs_redis_sub_t *sub,
    ngx_log_t *log);

/* In no order; NULL begins and ends. */
ngx_bs_topic_t *ngx_bs_topics_next(ngx_bs_topics_t *topics,
    ngx_bs_topic_t *topic);

ngx_bs_topic_t *ngx_bs_topic_find(ngx_bs_topics_t *topics,
    const ngx_str_t *channel);

/* Finds or makes it; NULL when out of memory. */
ngx_bs_topic_t *ngx_bs_topic_get(ngx_bs_topics_t *topics,
    const ngx_str_t *channel);

/* Gone, if nobody looks any more. */
void ngx_bs_topic_release(ngx_bs_topics_t *topics, ngx_bs_topic_t *topic);


#endif /* _NGX_BS_TOPIC_H_INCLUDED_ */
