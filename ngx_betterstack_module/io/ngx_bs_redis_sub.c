
#include "ngx_bs_redis_link.h"
#include "ngx_bs_redis_sub.h"


/* How often silence is questioned, and for how long it may last. */
#define NGX_BS_REDIS_SUB_PING    10000
#define NGX_BS_REDIS_SUB_PONG    5000

/* Channels in one SUBSCRIBE. */
#define NGX_BS_REDIS_SUB_BATCH   (NGX_BS_REDIS_ARGS_MAX - 1)


struct ngx_bs_redis_sub_s {
    ngx_bs_redis_link_t                 link;
    ngx_rbtree_t                        channels;     /* ngx_str_node_t */
    ngx_rbtree_node_t                   sentinel;
    ngx_bs_timer_t                      liveness;
    const ngx_bs_redis_sub_handlers_t  *handlers;
    void                               *data;
    ngx_log_t                          *log;
    unsigned                            ready:1;
    unsigned                            pinged:1;     /* and no pong yet */
};


static ngx_str_node_t *ngx_bs_redis_sub_find(ngx_bs_redis_sub_t *sub,
    const ngx_str_t *channel);
static ngx_int_t ngx_bs_redis_sub_send(ngx_bs_redis_sub_t *sub, char *verb,
    const ngx_str_t *channel);
static void ngx_bs_redis_sub_up(void *data);
static ngx_int_t ngx_bs_redis_sub_again(ngx_bs_redis_sub_t *sub);
static ngx_int_t ngx_bs_redis_sub_ping(ngx_bs_redis_sub_t *sub);
static ngx_int_t ngx_bs_redis_sub_reply(void *data,
    const ngx_bs_redis_reply_t *reply);
static void ngx_bs_redis_sub_message(ngx_bs_redis_sub_t *sub,
    const ngx_bs_redis_reply_t *reply);
static void ngx_bs_redis_sub_pong(ngx_bs_redis_sub_t *sub);
static void ngx_bs_redis_sub_down(void *data);
static void ngx_bs_redis_sub_liveness(void *data);


static const ngx_bs_redis_link_handlers_t  ngx_bs_redis_sub_handlers = {
    ngx_bs_redis_sub_up,
    ngx_bs_redis_sub_reply,
    ngx_bs_redis_sub_down
};


ngx_bs_redis_sub_t *
ngx_bs_redis_sub_create(ngx_pool_t *pool,
    const ngx_bs_redis_address_t *address,
    const ngx_bs_redis_sub_handlers_t *handlers, void *data, ngx_log_t *log)
{
    ngx_bs_redis_sub_t  *sub;

    sub = ngx_pcalloc(pool, sizeof(ngx_bs_redis_sub_t));
    if (sub == NULL) {
        return NULL;
    }

    sub->handlers = handlers;
    sub->data = data;
    sub->log = log;

    ngx_rbtree_init(&sub->channels, &sub->sentinel,
                    ngx_str_rbtree_insert_value);

    ngx_bs_timer_init(&sub->liveness, NGX_BS_TIMER_YIELDS,
                      ngx_bs_redis_sub_liveness, sub, log);

    ngx_bs_redis_link_init(&sub->link, address, "subscription",
                           &ngx_bs_redis_sub_handlers, sub, log);

    return sub;
}


void
ngx_bs_redis_sub_start(ngx_bs_redis_sub_t *sub)
{
    ngx_bs_redis_link_start(&sub->link);
}


void
ngx_bs_redis_sub_stop(ngx_bs_redis_sub_t *sub)
{
    ngx_rbtree_node_t  *root;

    ngx_bs_redis_link_stop(&sub->link);
    ngx_bs_timer_clear(&sub->liveness);
    sub->ready = 0;

    while (sub->channels.root != &sub->sentinel) {
        root = sub->channels.root;
        ngx_rbtree_delete(&sub->channels, root);
        ngx_free(root);
    }
}


ngx_flag_t
ngx_bs_redis_sub_ready(const ngx_bs_redis_sub_t *sub)
{
    return sub->ready;
}


ngx_int_t
ngx_bs_redis_sub_subscribe(ngx_bs_redis_sub_t *sub, const ngx_str_t *channel)
{
    ngx_str_node_t  *node;

    if (ngx_bs_redis_sub_find(sub, channel)) {
        return NGX_OK;
    }

    node = ngx_alloc(sizeof(ngx_str_node_t) + channel->len, sub->log);
    if (node == NULL) {
        return NGX_ERROR;
    }

    node->str.data = (u_char *) (node + 1);
    node->str.len = channel->len;
    ngx_memcpy(node->str.data, channel->data, channel->len);

    node->node.key = ngx_crc32_short(channel->data, channel->len);
    ngx_rbtree_insert(&sub->channels, &node->node);

    /* What cannot be sent now will be, when it has connected again. */

    (void) ngx_bs_redis_sub_send(sub, "SUBSCRIBE", channel);

    return NGX_OK;
}


void
ngx_bs_redis_sub_unsubscribe(ngx_bs_redis_sub_t *sub,
    const ngx_str_t *channel)
{
    ngx_str_node_t  *node;

    node = ngx_bs_redis_sub_find(sub, channel);

    if (node == NULL) {
        return;
    }

    (void) ngx_bs_redis_sub_send(sub, "UNSUBSCRIBE", &node->str);

    ngx_rbtree_delete(&sub->channels, &node->node);
    ngx_free(node);
}


static ngx_str_node_t *
ngx_bs_redis_sub_find(ngx_bs_redis_sub_t *sub, const ngx_str_t *channel)
{
    return ngx_str_rbtree_lookup(&sub->channels, (ngx_str_t *) channel,
                           ngx_crc32_short(channel->data, channel->len));
}


static ngx_int_t
ngx_bs_redis_sub_send(ngx_bs_redis_sub_t *sub, char *verb,
    const ngx_str_t *channel)
{
    ngx_int_t  rc;
    ngx_str_t  argv[2];

    argv[0].data = (u_char *) verb;
    argv[0].len = ngx_strlen(verb);
    argv[1] = *channel;

    rc = ngx_bs_redis_link_send(&sub->link, 2, argv);

    if (rc == NGX_BUSY || rc == NGX_ERROR) {

        /* Redis has another idea of the channels now: it is told anew. */

        ngx_bs_timer_set(&sub->liveness, 0);
        sub->pinged = 1;
    }

    return rc;
}


static void
ngx_bs_redis_sub_up(void *data)
{
    ngx_bs_redis_sub_t  *sub = data;

    sub->pinged = 0;

    /* Answers come in order: the pong says that all subscriptions hold. */

    if (ngx_bs_redis_sub_again(sub) != NGX_OK
        || ngx_bs_redis_sub_ping(sub) != NGX_OK)
    {
        ngx_bs_timer_set(&sub->liveness, 0);
        sub->pinged = 1;
    }
}


static ngx_int_t
ngx_bs_redis_sub_again(ngx_bs_redis_sub_t *sub)
{
    ngx_str_t           argv[NGX_BS_REDIS_SUB_BATCH + 1];
    ngx_int_t           rc;
    ngx_uint_t          n;
    ngx_rbtree_node_t  *node;

    if (sub->channels.root == &sub->sentinel) {
        return NGX_OK;
    }

    ngx_str_set(&argv[0], "SUBSCRIBE");
    n = 0;

    for (node = ngx_rbtree_min(sub->channels.root, &sub->sentinel);
         node;
         node = ngx_rbtree_next(&sub->channels, node))
    {
        argv[++n] = ((ngx_str_node_t *) node)->str;

        if (n == NGX_BS_REDIS_SUB_BATCH) {

            rc = ngx_bs_redis_link_send(&sub->link, n + 1, argv);
            if (rc != NGX_OK) {
                return rc;
            }

            n = 0;
        }
    }

    return n ? ngx_bs_redis_link_send(&sub->link, n + 1, argv) : NGX_OK;
}


static ngx_int_t
ngx_bs_redis_sub_ping(ngx_bs_redis_sub_t *sub)
{
    ngx_int_t  rc;
    ngx_str_t  argv[1];

    ngx_str_set(&argv[0], "PING");

    rc = ngx_bs_redis_link_send(&sub->link, 1, argv);

    if (rc == NGX_OK) {
        sub->pinged = 1;
        ngx_bs_timer_set(&sub->liveness, NGX_BS_REDIS_SUB_PONG);
    }

    return rc;
}


/*
 * On a subscribed connection everything is an array that says what it is;
 * without any channel a pong is a status.
 */

static ngx_int_t
ngx_bs_redis_sub_reply(void *data, const ngx_bs_redis_reply_t *reply)
{
    ngx_str_t            kind;
    ngx_bs_redis_sub_t  *sub = data;

    switch (ngx_bs_redis_reply_type(reply)) {

    case NGX_BS_REDIS_STRING:
        ngx_bs_redis_reply_string(reply, &kind);
        break;

    case NGX_BS_REDIS_ARRAY:

        if (ngx_bs_redis_reply_count(reply) == 0) {
            return NGX_ERROR;
        }

        ngx_bs_redis_reply_string(ngx_bs_redis_reply_element(reply, 0), &kind);
        break;

    case NGX_BS_REDIS_ERROR:
        ngx_bs_redis_reply_string(reply, &kind);
        ngx_bs_redis_link_fail(&sub->link, (char *) kind.data);
        return NGX_ERROR;

    default:
        return NGX_ERROR;
    }

    if (kind.len == 7 && ngx_strncmp(kind.data, "message", 7) == 0) {
        ngx_bs_redis_sub_message(sub, reply);

    } else if (kind.len == 4
               && ngx_strncasecmp(kind.data, (u_char *) "pong", 4) == 0)
    {
        ngx_bs_redis_sub_pong(sub);
    }

    /* The rest confirms a SUBSCRIBE or UNSUBSCRIBE. */

    return NGX_OK;
}


static void
ngx_bs_redis_sub_message(ngx_bs_redis_sub_t *sub,
    const ngx_bs_redis_reply_t *reply)
{
    ngx_str_t  channel, payload;

    if (ngx_bs_redis_reply_count(reply) != 3) {
        return;
    }

    ngx_bs_redis_reply_string(ngx_bs_redis_reply_element(reply, 1), &channel);
    ngx_bs_redis_reply_string(ngx_bs_redis_reply_element(reply, 2), &payload);

    /* One that was on its way while its channel was given up. */

    if (ngx_bs_redis_sub_find(sub, &channel)) {
        sub->handlers->message(sub->data, &channel, &payload);
    }
}


static void
ngx_bs_redis_sub_pong(ngx_bs_redis_sub_t *sub)
{
    sub->pinged = 0;
    ngx_bs_timer_set(&sub->liveness, NGX_BS_REDIS_SUB_PING);

    if (!sub->ready) {
        sub->ready = 1;
        ngx_bs_redis_link_usable(&sub->link);
        sub->handlers->up(sub->data);
    }
}


static void
ngx_bs_redis_sub_down(void *data)
{
    ngx_bs_redis_sub_t  *sub = data;

    ngx_bs_timer_clear(&sub->liveness);

    if (sub->ready) {
        sub->ready = 0;
        sub->handlers->down(sub->data);
    }
}


static void
ngx_bs_redis_sub_liveness(void *data)
{
    ngx_bs_redis_sub_t  *sub = data;

    if (sub->pinged || ngx_bs_redis_sub_ping(sub) != NGX_OK) {
        ngx_bs_redis_link_fail(&sub->link, "Redis does not answer");
    }
}
