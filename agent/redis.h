
/*
 * A connection to Redis that comes back by itself, and of several servers
 * finds the one that is the primary.  Commands go out at once or
 * fail at once; each answer, or NULL when the connection was lost first, comes
 * to its callback exactly once, from the loop.
 */

#ifndef REDIS_H
#define REDIS_H

#include "redis_address.h"

#include <hiredis/hiredis.h>
#include <uv.h>

typedef struct redis redis_t;

typedef void (*redis_reply_cb)(void *data, const redisReply *reply);

typedef struct {
    const char *name;    /* for logs */
    int64_t deadline_ms; /* an answer that takes longer ends the connection */
    void (*on_up)(void *data);
    void (*on_down)(void *data); /* only after on_up */
    void *data;
} redis_options_t;

/* `address` is borrowed.  NULL: no memory. */
redis_t *
redis_create(uv_loop_t *loop, const redis_address_t *address, const redis_options_t *options);

/* Callbacks of unanswered commands are called with NULL.  The loop must run once more. */
void redis_destroy(redis_t *redis);

int redis_is_up(const redis_t *redis);

/* 0; or -1: not connected or no memory, and `done` will not be called.  `done` may be NULL. */
int redis_command(redis_t *redis, redis_reply_cb done, void *data, int argc, const char **argv,
                  const size_t *lens);

#endif
