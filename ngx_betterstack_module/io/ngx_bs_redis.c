
#include "ngx_bs_redis_link.h"


/* Sent and not answered: more means that Redis does not keep up. */
#define NGX_BS_REDIS_COMMANDS_MAX     10000

#define NGX_BS_REDIS_COMMAND_TIMEOUT  2000


typedef struct {
    ngx_queue_t             queue;
    ngx_msec_t              expires;
    ngx_bs_redis_reply_pt   callback;
    void                   *data;
} ngx_bs_redis_command_t;


struct ngx_bs_redis_s {
    ngx_bs_redis_link_t     link;
    ngx_queue_t             commands;     /* in the order of their replies */
    ngx_uint_t              ncommands;
    ngx_bs_timer_t          deadline;     /* of the first of them */
    void                  (*up)(void *data);
    void                  (*down)(void *data);
    void                   *data;
    ngx_bs_zone_t          *zone;
    ngx_log_t              *log;
};


static void ngx_bs_redis_up(void *data);
static ngx_int_t ngx_bs_redis_reply(void *data,
    const ngx_bs_redis_reply_t *reply);
static void ngx_bs_redis_down(void *data);
static ngx_bs_redis_command_t *ngx_bs_redis_shift(ngx_bs_redis_t *redis);
static void ngx_bs_redis_deadline(void *data);


static const ngx_bs_redis_link_handlers_t  ngx_bs_redis_handlers = {
    ngx_bs_redis_up,
    ngx_bs_redis_reply,
    ngx_bs_redis_down
};


ngx_bs_redis_t *
ngx_bs_redis_create(ngx_pool_t *pool, const ngx_bs_redis_address_t *address,
    ngx_bs_zone_t *zone, ngx_log_t *log)
{
    ngx_bs_redis_t  *redis;

    redis = ngx_pcalloc(pool, sizeof(ngx_bs_redis_t));
    if (redis == NULL) {
        return NULL;
    }

    redis->zone = zone;
    redis->log = log;

    ngx_queue_init(&redis->commands);

    /* A lease given back on the way out must still be written. */

    ngx_bs_timer_init(&redis->deadline, NGX_BS_TIMER_HOLDS,
                      ngx_bs_redis_deadline, redis, log);

    ngx_bs_redis_link_init(&redis->link, address, "command",
                           &ngx_bs_redis_handlers, redis, log);

    return redis;
}


void
ngx_bs_redis_observe(ngx_bs_redis_t *redis, void (*up)(void *data),
    void (*down)(void *data), void *data)
{
    redis->up = up;
    redis->down = down;
    redis->data = data;
}


void
ngx_bs_redis_start(ngx_bs_redis_t *redis)
{
    ngx_bs_redis_link_start(&redis->link);
}


void
ngx_bs_redis_stop(ngx_bs_redis_t *redis)
{
    ngx_bs_redis_link_stop(&redis->link);

    while (redis->ncommands) {
        ngx_free(ngx_bs_redis_shift(redis));
    }

    ngx_bs_timer_clear(&redis->deadline);
}


ngx_flag_t
ngx_bs_redis_ready(const ngx_bs_redis_t *redis)
{
    return redis->link.up;
}


ngx_int_t
ngx_bs_redis_command(ngx_bs_redis_t *redis, ngx_uint_t argc,
    const ngx_str_t *argv, ngx_bs_redis_reply_pt callback, void *data)
{
    ngx_int_t                rc;
    ngx_bs_redis_command_t  *command;

    if (!redis->link.up) {
        return NGX_DECLINED;
    }

    if (redis->ncommands >= NGX_BS_REDIS_COMMANDS_MAX) {
        return NGX_BUSY;
    }

    command = ngx_alloc(sizeof(ngx_bs_redis_command_t), redis->log);
    if (command == NULL) {
        return NGX_ERROR;
    }

    rc = ngx_bs_redis_link_send(&redis->link, argc, argv);

    if (rc != NGX_OK) {
        ngx_free(command);
        return rc;
    }

    command->callback = callback;
    command->data = data;
    command->expires = ngx_current_msec + NGX_BS_REDIS_COMMAND_TIMEOUT;

    ngx_queue_insert_tail(&redis->commands, &command->queue);

    if (redis->ncommands++ == 0) {
        ngx_bs_timer_set(&redis->deadline, NGX_BS_REDIS_COMMAND_TIMEOUT);
    }

    return NGX_OK;
}


static void
ngx_bs_redis_up(void *data)
{
    ngx_bs_redis_t  *redis = data;

    ngx_bs_redis_link_usable(&redis->link);

    if (redis->up) {
        redis->up(redis->data);
    }
}


static ngx_int_t
ngx_bs_redis_reply(void *data, const ngx_bs_redis_reply_t *reply)
{
    ngx_str_t                text;
    ngx_flag_t               demoted;
    ngx_bs_redis_t          *redis = data;
    ngx_bs_redis_command_t  *command;

    demoted = 0;

    if (redis->ncommands == 0) {
        return NGX_ERROR;
    }

    if (ngx_bs_redis_reply_type(reply) == NGX_BS_REDIS_ERROR) {
        ngx_bs_zone_count(redis->zone, redis_failures);

        ngx_bs_redis_reply_string(reply, &text);
        ngx_log_error(NGX_LOG_INFO, redis->log, 0,
                      "betterstack: Redis answers \"%V\"", &text);

        demoted = ngx_bs_redis_link_has_others(&redis->link)
                  && ngx_strlcasestrn(text.data, text.data + text.len,
                                      (u_char *) "READONLY", 8 - 1) != NULL;
    }

    command = ngx_bs_redis_shift(redis);

    if (redis->ncommands == 0) {

        /* Waits for nothing: a graceful exit may go on. */

        ngx_bs_timer_clear(&redis->deadline);
    }

    if (command->callback) {
        command->callback(command->data, reply);
    }

    ngx_free(command);

    if (demoted) {
        ngx_bs_redis_link_fail(&redis->link, "it has become a replica");
        return NGX_ERROR;
    }

    return NGX_OK;
}


static void
ngx_bs_redis_down(void *data)
{
    ngx_uint_t               n;
    ngx_bs_redis_t          *redis = data;
    ngx_bs_redis_command_t  *command;

    ngx_bs_zone_count(redis->zone, redis_reconnects);
    ngx_bs_timer_clear(&redis->deadline);

    /* None can be added meanwhile, because the link is not up. */

    for (n = redis->ncommands; n; n--) {

        command = ngx_bs_redis_shift(redis);

        ngx_bs_zone_count(redis->zone, redis_failures);

        if (command->callback) {
            command->callback(command->data, NULL);
        }

        ngx_free(command);
    }

    if (redis->down) {
        redis->down(redis->data);
    }
}


static ngx_bs_redis_command_t *
ngx_bs_redis_shift(ngx_bs_redis_t *redis)
{
    ngx_queue_t  *q;

    q = ngx_queue_head(&redis->commands);
    ngx_queue_remove(q);
    redis->ncommands--;

    return ngx_queue_data(q, ngx_bs_redis_command_t, queue);
}


/*
 * Replies are known by their place only, so one that does not come leaves
 * nothing to wait for: the connection goes.
 */

static void
ngx_bs_redis_deadline(void *data)
{
    ngx_queue_t             *q;
    ngx_msec_int_t           left;
    ngx_bs_redis_t          *redis = data;
    ngx_bs_redis_command_t  *command;

    q = ngx_queue_head(&redis->commands);
    command = ngx_queue_data(q, ngx_bs_redis_command_t, queue);

    left = (ngx_msec_int_t) (command->expires - ngx_current_msec);

    if (left > 0) {

        /* Set for one that is answered: it is not moved with every reply. */

        ngx_bs_timer_set(&redis->deadline, (ngx_msec_t) left);
        return;
    }

    ngx_bs_redis_link_fail(&redis->link, "Redis does not answer a command");
}
