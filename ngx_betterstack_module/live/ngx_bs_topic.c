
#include "ngx_bs_topic.h"


void
ngx_bs_topics_init(ngx_bs_topics_t *topics, ngx_bs_redis_sub_t *sub,
    ngx_log_t *log)
{
    topics->sub = sub;
    topics->log = log;

    ngx_rbtree_init(&topics->tree, &topics->sentinel,
                    ngx_str_rbtree_insert_value);
}


ngx_bs_topic_t *
ngx_bs_topics_next(ngx_bs_topics_t *topics, ngx_bs_topic_t *topic)
{
    if (topic) {
        return (ngx_bs_topic_t *)
                   ngx_rbtree_next(&topics->tree, &topic->node.node);
    }

    if (topics->tree.root == &topics->sentinel) {
        return NULL;
    }

    return (ngx_bs_topic_t *)
               ngx_rbtree_min(topics->tree.root, &topics->sentinel);
}


ngx_bs_topic_t *
ngx_bs_topic_find(ngx_bs_topics_t *topics, const ngx_str_t *channel)
{
    return (ngx_bs_topic_t *)
               ngx_str_rbtree_lookup(&topics->tree, (ngx_str_t *) channel,
                                     ngx_crc32_long(channel->data,
                                                    channel->len));
}


ngx_bs_topic_t *
ngx_bs_topic_get(ngx_bs_topics_t *topics, const ngx_str_t *channel)
{
    ngx_bs_topic_t  *topic;

    topic = ngx_bs_topic_find(topics, channel);

    if (topic || channel->len > NGX_BS_TOPIC_CHANNEL_MAX) {
        return topic;
    }

    topic = ngx_calloc(sizeof(ngx_bs_topic_t), topics->log);
    if (topic == NULL) {
        return NULL;
    }

    if (ngx_bs_redis_sub_subscribe(topics->sub, channel) != NGX_OK) {
        ngx_free(topic);
        return NULL;
    }

    ngx_queue_init(&topic->viewers);

    ngx_memcpy(topic->channel, channel->data, channel->len);

    topic->node.node.key = ngx_crc32_long(channel->data, channel->len);
    topic->node.str.data = topic->channel;
    topic->node.str.len = channel->len;

    ngx_rbtree_insert(&topics->tree, &topic->node.node);

    return topic;
}


void
ngx_bs_topic_release(ngx_bs_topics_t *topics, ngx_bs_topic_t *topic)
{
    if (topic->count > 0) {
        return;
    }

    ngx_bs_redis_sub_unsubscribe(topics->sub, &topic->node.str);

    ngx_rbtree_delete(&topics->tree, &topic->node.node);
    ngx_free(topic);
}
