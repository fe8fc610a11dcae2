
/*
 * hiredis on libuv.  hiredis' own adapter does nothing when libuv reports an
 * error, so a refused connection would hang for ever; and the library has no
 * timeouts.  Both are made up for here.  After any call into hiredis the
 * context may be gone: then the adapter's `context` is NULL.
 */

#include "redis.h"

#include "backoff.h"
#include "clock.h"
#include "log.h"

#include <hiredis/async.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REDIS_TICK_MS 500
#define REDIS_ELSEWHERE_MS 20 /* between two servers of which one is to be the primary */

typedef struct {
    uv_poll_t poll;
    redis_t *redis;
    redisAsyncContext *context;
    int events;
} redis_adapter_t;

typedef struct {
    redis_t *redis;
    redis_reply_cb done;
    void *data;
} redis_pending_t;

struct redis {
    uv_loop_t *loop;
    const redis_address_t *address; /* where it is now */
    const redis_address_t *first;   /* of this round of servers */
    redis_options_t options;
    redisAsyncContext *context; /* NULL between connections */
    int up;
    int replica; /* of the connection's server */
    int closing;
    int resolving;
    uv_timer_t timer; /* deadline while there is a context, pause while not */
    uv_getaddrinfo_t lookup;
    unsigned unanswered;
    int64_t waiting_since_ms; /* of the oldest unanswered command, at the earliest */
    unsigned failures;
};

static void redis_connect(redis_t *redis);


/* --- adapter -------------------------------------------------------------- */

static void
redis_on_poll(uv_poll_t *poll, int status, int events)
{
    redis_adapter_t *adapter = poll->data;

    if (status < 0) {
        redisAsyncHandleRead(adapter->context); /* it finds the error on the socket */
        return;
    }

    if (events & UV_READABLE) {
        redisAsyncHandleRead(adapter->context);
    }

    if ((events & UV_WRITABLE) && adapter->context != NULL) {
        redisAsyncHandleWrite(adapter->context);
    }
}


static void
redis_watch(redis_adapter_t *adapter, int events)
{
    if (adapter->events == events) {
        return; /* hiredis asks for more after each piece, and each time costs two system calls */
    }

    adapter->events = events;

    if (events == 0) {
        uv_poll_stop(&adapter->poll);
    } else {
        uv_poll_start(&adapter->poll, events, redis_on_poll);
    }
}


static void
redis_add_read(void *data)
{
    redis_adapter_t *adapter = data;

    redis_watch(adapter, adapter->events | UV_READABLE);
}


static void
redis_del_read(void *data)
{
    redis_adapter_t *adapter = data;

    redis_watch(adapter, adapter->events & ~UV_READABLE);
}


static void
redis_add_write(void *data)
{
    redis_adapter_t *adapter = data;

    redis_watch(adapter, adapter->events | UV_WRITABLE);
}


static void
redis_del_write(void *data)
{
    redis_adapter_t *adapter = data;

    redis_watch(adapter, adapter->events & ~UV_WRITABLE);
}


static void
redis_on_adapter_closed(uv_handle_t *handle)
{
    free(handle->data);
}


static void
redis_cleanup(void *data)
{
    redis_adapter_t *adapter = data;

    if (adapter->context != NULL) {
        adapter->context->ev.data = NULL;
        adapter->context = NULL;
        uv_close((uv_handle_t *) &adapter->poll, redis_on_adapter_closed);
    }
}


static int
redis_attach(redis_t *redis, redisAsyncContext *context)
{
    redis_adapter_t *adapter = calloc(1, sizeof(*adapter));

    if (adapter == NULL) {
        return -1;
    }

    if (uv_poll_init_socket(redis->loop, &adapter->poll, context->c.fd) != 0) {
        free(adapter);
        return -1;
    }

    adapter->poll.data = adapter;
    adapter->redis = redis;
    adapter->context = context;
    context->ev.data = adapter;
    context->ev.addRead = redis_add_read;
    context->ev.delRead = redis_del_read;
    context->ev.addWrite = redis_add_write;
    context->ev.delWrite = redis_del_write;
    context->ev.cleanup = redis_cleanup;
    return 0;
}


/* --- the connection ------------------------------------------------------- */

static void
redis_on_pause(uv_timer_t *timer)
{
    redis_connect(timer->data);
}


static int
redis_has_others(const redis_t *redis)
{
    return redis->address->next != redis->address;
}


/*
 * To the next server, unless this one was well: it may only have restarted.
 * True when the next has not been asked in this round.
 */
static int
redis_turn(redis_t *redis, int was_up)
{
    if (was_up) {
        redis->first = redis->address;
        return 0;
    }

    redis->address = redis->address->next;
    return redis->address != redis->first;
}


/* The context is gone, or is going without our help. */
static void
redis_lost(redis_t *redis, const char *why)
{
    int was_up = redis->up;

    redis->context = NULL;
    redis->up = 0;
    redis->unanswered = 0;

    if (redis->closing) {
        return;
    }

    int elsewhere = redis_turn(redis, was_up);

    redis->failures += !elsewhere;

    if (!elsewhere && (was_up || redis->failures == 1)) {
        log_warn("redis", "%s: %s; trying again", redis->options.name, why);
    }

    int64_t pause_ms = elsewhere ? REDIS_ELSEWHERE_MS : backoff_ms(redis->failures, 0);

    uv_timer_start(&redis->timer, redis_on_pause, (uint64_t) pause_ms, 0);

    if (was_up) {
        redis->options.on_down(redis->options.data);
    }
}


/* Ends a connection from our side.  Not from within a callback of hiredis. */
static void
redis_drop(redis_t *redis, const char *why)
{
    redisAsyncContext *context = redis->context;

    redis->context = NULL; /* so that the callbacks below know that it is our doing */

    if (context != NULL) {
        context->data = NULL;
        redisAsyncFree(context);
    }

    redis_lost(redis, why);
}


static void
redis_on_tick(uv_timer_t *timer)
{
    redis_t *redis = timer->data;

    if (redis->unanswered > 0 && clock_ms() - redis->waiting_since_ms > redis->options.deadline_ms)
    {
        redis_drop(redis, redis->up ? "no answer in time" : "no connection in time");
    }
}


static void
redis_on_disconnected(const redisAsyncContext *context, int status)
{
    redis_t *redis = context->data;

    if (redis != NULL) {
        redis_lost(redis, (status == REDIS_OK || context->errstr[0] == '\0') ? "connection closed"
                                                                             : context->errstr);
    }
}


static void
redis_on_connected(const redisAsyncContext *context, int status)
{
    redis_t *redis = context->data;

    if (redis != NULL && status != REDIS_OK) {
        redis_lost(redis, context->errstr[0] != '\0' ? context->errstr : "connection failed");
    }
}


/* A primary has become a replica under us, and there is another primary. */
static int
redis_is_demoted(const redis_t *redis, const redisReply *reply)
{
    return reply != NULL && reply->type == REDIS_REPLY_ERROR && redis->up && redis_has_others(redis)
           && strstr(reply->str, "READONLY") != NULL;
}


static void
redis_on_reply(redisAsyncContext *context, void *raw, void *private_data)
{
    redis_pending_t *pending = private_data;
    redis_t *redis = pending->redis;
    redis_reply_cb done = pending->done;
    void *data = pending->data;

    (void) context;

    free(pending);

    if (raw != NULL) {
        redis->unanswered -= (redis->unanswered > 0);
        redis->waiting_since_ms = clock_ms();
    }

    int demoted = redis_is_demoted(redis, raw);

    if (done != NULL) {
        done(data, raw);
    }

    if (demoted && redis->context != NULL) {
        redisAsyncDisconnect(redis->context);
    }
}


int
redis_command(redis_t *redis, redis_reply_cb done, void *data, int argc, const char **argv,
              const size_t *lens)
{
    redis_pending_t *pending;

    if (redis->context == NULL || (pending = malloc(sizeof(*pending))) == NULL) {
        return -1;
    }

    pending->redis = redis;
    pending->done = done;
    pending->data = data;

    if (redisAsyncCommandArgv(redis->context, redis_on_reply, pending, argc, argv, lens)
        != REDIS_OK) {
        free(pending);
        return -1;
    }

    if (redis->unanswered++ == 0) {
        redis->waiting_since_ms = clock_ms();
    }

    return 0;
}


/* Who may not ask finds out by what commands are answered. */
static void
redis_on_role(void *data, const redisReply *reply)
{
    redis_t *redis = data;

    redis->replica = reply != NULL && reply->type == REDIS_REPLY_ARRAY && reply->elements > 0
                     && reply->element[0]->type == REDIS_REPLY_STRING
                     && strcmp(reply->element[0]->str, "master") != 0;
}


/* The answer to the last command of the greeting: now we are really in. */
static void
redis_on_greeted(void *data, const redisReply *reply)
{
    redis_t *redis = data;

    if (reply == NULL || redis->context == NULL) {
        return;
    }

    if (redis->replica) {
        redisAsyncDisconnect(redis->context);
        return;
    }

    if (reply->type == REDIS_REPLY_ERROR) {
        if (redis->failures <= 1) {
            log_error("redis", "%s: %s", redis->options.name, reply->str);
        }

        redisAsyncDisconnect(redis->context);
        return;
    }

    redis->failures = 0;
    redis->up = 1;
    redis->options.on_up(redis->options.data);
}


static void
redis_greet(redis_t *redis)
{
    const redis_address_t *address = redis->address;
    char db[16];

    if (address->password != NULL) {
        const char *argv[3] = {"AUTH"};
        int argc = 1;

        if (address->username != NULL) {
            argv[argc++] = address->username;
        }

        argv[argc++] = address->password;
        redis_command(redis, NULL, NULL, argc, argv, NULL);
    }

    redis->replica = 0;

    if (redis_has_others(redis)) {
        const char *role[] = {"ROLE"};

        redis_command(redis, redis_on_role, redis, 1, role, NULL);
    }

    snprintf(db, sizeof(db), "%u", address->db);

    const char *select[] = {"SELECT", db};

    redis_command(redis, redis_on_greeted, redis, 2, select, NULL);
}


static void
redis_open(redis_t *redis, const char *host)
{
    const redis_address_t *address = redis->address;
    redisAsyncContext *context;

    context = (address->path != NULL) ? redisAsyncConnectUnix(address->path)
                                      : redisAsyncConnect(host, address->port);

    if (context == NULL || context->err != 0 || redis_attach(redis, context) != 0) {
        char why[128];

        snprintf(why, sizeof(why), "%s",
                 (context != NULL && context->err != 0) ? context->errstr : "out of memory");

        if (context != NULL) {
            redisAsyncFree(context);
        }

        redis_lost(redis, why);
        return;
    }

    context->data = redis;
    redis->context = context;
    redisAsyncSetConnectCallback(context, redis_on_connected); /* asks for the first write event */
    redisAsyncSetDisconnectCallback(context, redis_on_disconnected);
    uv_timer_start(&redis->timer, redis_on_tick, REDIS_TICK_MS, REDIS_TICK_MS);
    redis_greet(redis);
}


static void
redis_on_closed(uv_handle_t *handle)
{
    free(handle->data);
}


static void
redis_on_looked_up(uv_getaddrinfo_t *lookup, int status, struct addrinfo *found)
{
    redis_t *redis = lookup->data;
    char host[NI_MAXHOST];

    redis->resolving = 0;

    if (redis->closing) {
        uv_freeaddrinfo(found);
        uv_close((uv_handle_t *) &redis->timer, redis_on_closed);
        return;
    }

    if (status != 0) {
        redis_lost(redis, uv_strerror(status));
        return;
    }

    int named =
        getnameinfo(found->ai_addr, found->ai_addrlen, host, sizeof(host), NULL, 0, NI_NUMERICHOST);

    uv_freeaddrinfo(found);

    if (named != 0) {
        redis_lost(redis, gai_strerror(named));
        return;
    }

    redis_open(redis, host);
}


/* hiredis would look names up itself, and block. */
static void
redis_connect(redis_t *redis)
{
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};

    if (redis->address->path != NULL) {
        redis_open(redis, NULL);
        return;
    }

    redis->lookup.data = redis;

    int status = uv_getaddrinfo(redis->loop, &redis->lookup, redis_on_looked_up,
                                redis->address->host, NULL, &hints);

    if (status != 0) {
        redis_lost(redis, uv_strerror(status));
        return;
    }

    redis->resolving = 1;
}


int
redis_is_up(const redis_t *redis)
{
    return redis->up;
}


redis_t *
redis_create(uv_loop_t *loop, const redis_address_t *address, const redis_options_t *options)
{
    redis_t *redis = calloc(1, sizeof(*redis));

    if (redis == NULL) {
        return NULL;
    }

    redis->loop = loop;
    redis->address = address;
    redis->first = address;
    redis->options = *options;
    uv_timer_init(loop, &redis->timer);
    redis->timer.data = redis;
    uv_timer_start(&redis->timer, redis_on_pause, 0, 0);
    return redis;
}


void
redis_destroy(redis_t *redis)
{
    redis->closing = 1;
    uv_timer_stop(&redis->timer);

    if (redis->context != NULL) {
        redis_drop(redis, "closing");
    }

    /* a name that is being looked up still points here; its callback ends us then */
    if (!redis->resolving) {
        uv_close((uv_handle_t *) &redis->timer, redis_on_closed);
    }
}
