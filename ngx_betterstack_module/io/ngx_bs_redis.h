
/*
 * The worker's Redis connection for commands.  Pipelined, bounded, with a
 * deadline per command; reconnects by itself.  Nothing above io/ includes
 * hiredis.
 */

#ifndef _NGX_BS_REDIS_H_INCLUDED_
#define _NGX_BS_REDIS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>

#include "../ngx_bs_zone.h"


/*
 * Parsed from the betterstack_redis directive at configuration time.  Of
 * several servers the one that is a primary is used.
 */
typedef struct ngx_bs_redis_address_s  ngx_bs_redis_address_t;

struct ngx_bs_redis_address_s {
    ngx_str_t                host;      /* numeric, or a Unix path */
    in_port_t                port;      /* 0: Unix path */
    ngx_uint_t               database;
    ngx_str_t                username;  /* may be empty; zero-terminated */
    ngx_str_t                password;  /* may be empty; zero-terminated */
    ngx_addr_t              *addr;
    ngx_bs_redis_address_t  *next;      /* in a ring; itself when alone */
};


typedef struct ngx_bs_redis_s        ngx_bs_redis_t;
typedef struct ngx_bs_redis_reply_s  ngx_bs_redis_reply_t;


typedef enum {
    NGX_BS_REDIS_NIL = 0,
    NGX_BS_REDIS_STRING,      /* and status */
    NGX_BS_REDIS_INTEGER,
    NGX_BS_REDIS_ARRAY,
    NGX_BS_REDIS_ERROR
} ngx_bs_redis_type_e;


/* Called once per accepted command; NULL reply: the connection was lost or
 * the deadline passed.  The reply is borrowed for the duration of the call. */
typedef void (*ngx_bs_redis_reply_pt)(void *data,
    const ngx_bs_redis_reply_t *reply);


ngx_bs_redis_type_e ngx_bs_redis_reply_type(const ngx_bs_redis_reply_t *reply);
int64_t ngx_bs_redis_reply_integer(const ngx_bs_redis_reply_t *reply);
/* For strings, statuses and errors. */
void ngx_bs_redis_reply_string(const ngx_bs_redis_reply_t *reply,
    ngx_str_t *value);
/*
 * The text of an error, fit for the log: a server that does not know AUTH
 * quotes its arguments.  `password` is zero-terminated and may be empty.
 */
const char *ngx_bs_redis_reply_refusal(const ngx_bs_redis_reply_t *reply,
    const ngx_str_t *password);
ngx_uint_t ngx_bs_redis_reply_count(const ngx_bs_redis_reply_t *reply);
const ngx_bs_redis_reply_t *ngx_bs_redis_reply_element(
    const ngx_bs_redis_reply_t *reply, ngx_uint_t i);


ngx_bs_redis_t *ngx_bs_redis_create(ngx_pool_t *pool,
    const ngx_bs_redis_address_t *address, ngx_bs_zone_t *zone,
    ngx_log_t *log);

/* At most one observer each: connected (authenticated, selected) and lost. */
void ngx_bs_redis_observe(ngx_bs_redis_t *redis, void (*up)(void *data),
    void (*down)(void *data), void *data);

void ngx_bs_redis_start(ngx_bs_redis_t *redis);
void ngx_bs_redis_stop(ngx_bs_redis_t *redis);
ngx_flag_t ngx_bs_redis_ready(const ngx_bs_redis_t *redis);

/*
 * Queues one command; arguments are copied.  `callback` may be NULL.  NGX_OK:
 * the callback will be called once, never from inside this call.
 * NGX_DECLINED: not connected.  NGX_BUSY: too many commands are unanswered.
 */
ngx_int_t ngx_bs_redis_command(ngx_bs_redis_t *redis, ngx_uint_t argc,
    const ngx_str_t *argv, ngx_bs_redis_reply_pt callback, void *data);


#endif /* _NGX_BS_REDIS_H_INCLUDED_ */
