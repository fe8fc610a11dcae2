
#include "dispatch/ngx_bs_dispatch.h"
#include "dispatch/ngx_bs_sweep.h"
#include "dispatch/ngx_bs_urgent.h"
#include "history/ngx_bs_hour.h"
#include "history/ngx_bs_seal.h"
#include "http/ngx_bs_route.h"
#include "ingest/ngx_bs_ingest.h"
#include "io/ngx_bs_timer.h"
#include "live/ngx_bs_live.h"
#include "ping/ngx_bs_ping.h"
#include "ngx_bs_worker.h"


/* Passwords being hashed or waiting for it; beyond: 429. */
#define NGX_BS_WORKER_OFFLOAD_MAX  16

/* Charts being made or waiting for it; beyond: 503. */
#define NGX_BS_WORKER_HISTORY_MAX  32


typedef struct {
    ngx_bs_worker_t     worker;
    ngx_pool_t         *pool;
    ngx_connection_t   *watcher;     /* is told of a graceful exit */
    ngx_bs_timer_t      quit;
    unsigned            quitting:1;
} ngx_bs_worker_life_t;


static ngx_int_t ngx_bs_worker_create(ngx_bs_worker_life_t *life,
    ngx_log_t *log);
static ngx_int_t ngx_bs_worker_stores(ngx_bs_worker_life_t *life,
    ngx_log_t *log);
static ngx_int_t ngx_bs_worker_register(ngx_bs_worker_t *worker);
static ngx_int_t ngx_bs_worker_watch(ngx_bs_worker_life_t *life,
    ngx_log_t *log);
static void ngx_bs_worker_exiting(ngx_event_t *rev);
static void ngx_bs_worker_unwatch(ngx_bs_worker_life_t *life);
static void ngx_bs_worker_quit(void *data);


/* The one global of the module: nginx has no place per worker. */
static ngx_bs_worker_life_t  *ngx_bs_worker_life;


ngx_bs_worker_t *
ngx_bs_worker(void)
{
    return ngx_bs_worker_life ? &ngx_bs_worker_life->worker : NULL;
}


ngx_int_t
ngx_bs_worker_start(ngx_cycle_t *cycle, ngx_bs_main_conf_t *conf)
{
    ngx_pool_t            *pool;
    ngx_bs_worker_t       *worker;
    ngx_bs_worker_life_t  *life;

    pool = ngx_create_pool(NGX_DEFAULT_POOL_SIZE, cycle->log);
    if (pool == NULL) {
        return NGX_ERROR;
    }

    life = ngx_pcalloc(pool, sizeof(ngx_bs_worker_life_t));
    if (life == NULL) {
        goto failed;
    }

    life->pool = pool;

    worker = &life->worker;
    worker->conf = conf;
    worker->zone = conf->zone->data;

    /* Whatever is created below may ask for it. */
    ngx_bs_worker_life = life;

    if (ngx_bs_worker_create(life, cycle->log) != NGX_OK
        || ngx_bs_worker_register(worker) != NGX_OK
        || ngx_bs_worker_watch(life, cycle->log) != NGX_OK)
    {
        goto failed;
    }

    ngx_bs_pg_pool_start(worker->pg);

    if (worker->redis) {
        ngx_bs_redis_start(worker->redis);
        ngx_bs_live_start(worker->live);
    }

    if (worker->dispatch) {
        ngx_bs_dispatch_start(worker->dispatch);
    }

    if (worker->sweep) {
        ngx_bs_sweep_start(worker->sweep);
    }

    if (worker->hour) {
        ngx_bs_hour_start(worker->hour);
    }

    if (worker->seal) {
        ngx_bs_seal_start(worker->seal);
    }

    ngx_bs_pings_start(worker->pings);

    return NGX_OK;

failed:

    ngx_bs_worker_life = NULL;
    ngx_destroy_pool(pool);

    return NGX_ERROR;
}


static ngx_int_t
ngx_bs_worker_create(ngx_bs_worker_life_t *life, ngx_log_t *log)
{
    ngx_bs_worker_t     *worker;
    ngx_bs_main_conf_t  *conf;

    worker = &life->worker;
    conf = worker->conf;

    worker->offload = ngx_bs_offload_create(life->pool, conf->threads,
                                            NGX_BS_WORKER_OFFLOAD_MAX, log);

    worker->history = ngx_bs_offload_create(life->pool, conf->threads,
                                            NGX_BS_WORKER_HISTORY_MAX, log);

    if (worker->offload == NULL || worker->history == NULL
        || ngx_bs_worker_stores(life, log) != NGX_OK)
    {
        return NGX_ERROR;
    }

    worker->urgent = ngx_bs_urgent_create(life->pool, worker, log);

    worker->pings = ngx_bs_pings_create(life->pool, worker, log);

    if (worker->urgent == NULL || worker->pings == NULL) {
        return NGX_ERROR;
    }

    if (ngx_worker == 0) {
        worker->sweep = ngx_bs_sweep_create(life->pool, worker, log);
        worker->seal = ngx_bs_seal_create(life->pool, worker, log);
        worker->hour = ngx_bs_hour_create(life->pool, worker, log);

        if (worker->sweep == NULL || worker->seal == NULL
            || worker->hour == NULL)
        {
            return NGX_ERROR;
        }
    }

    if (conf->scheduler) {
        worker->dispatch = ngx_bs_dispatch_create(life->pool, worker, log);

        if (worker->dispatch == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_bs_worker_stores(ngx_bs_worker_life_t *life, ngx_log_t *log)
{
    ngx_bs_worker_t     *worker;
    ngx_bs_main_conf_t  *conf;

    worker = &life->worker;
    conf = worker->conf;

    worker->pg = ngx_bs_pg_pool_create(life->pool, &conf->postgres,
                                       conf->session, conf->connections,
                                       worker->zone, log);

    if (worker->pg == NULL) {
        return NGX_ERROR;
    }

    if (conf->replica.len
        && ngx_bs_pg_pool_replica(worker->pg, &conf->replica,
                                  conf->replica_connections)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (conf->redis.host.len) {
        worker->redis = ngx_bs_redis_create(life->pool, &conf->redis,
                                            worker->zone, log);

        worker->live = ngx_bs_live_create(life->pool, &conf->redis,
                                          worker->zone, log);

        if (worker->redis == NULL || worker->live == NULL) {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_bs_worker_register(ngx_bs_worker_t *worker)
{
    if (ngx_bs_route_register(worker->pg) != NGX_OK
        || ngx_bs_live_register(worker->pg) != NGX_OK
        || ngx_bs_ingest_register(worker->pg) != NGX_OK
        || ngx_bs_pings_register(worker->pg) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (worker->sweep && ngx_bs_sweep_register(worker->pg) != NGX_OK) {
        return NGX_ERROR;
    }

    if (worker->hour && ngx_bs_hour_register(worker->pg) != NGX_OK) {
        return NGX_ERROR;
    }

    if (worker->seal && ngx_bs_seal_register(worker->pg) != NGX_OK) {
        return NGX_ERROR;
    }

    if (worker->dispatch == NULL) {
        return NGX_OK;
    }

    return ngx_bs_dispatch_register(worker->pg);
}


/*
 * nginx has no hook for the beginning of a graceful exit, but it calls the
 * read handler of every idle connection then.  This one has no socket; -2
 * passes for one where nginx looks for -1.
 */

static ngx_int_t
ngx_bs_worker_watch(ngx_bs_worker_life_t *life, ngx_log_t *log)
{
    ngx_connection_t  *c, *saved;

    saved = NULL;

    if (ngx_cycle->files) {
        saved = ngx_cycle->files[0];
    }

    c = ngx_get_connection(0, log);

    if (ngx_cycle->files) {
        ngx_cycle->files[0] = saved;
    }

    if (c == NULL) {
        return NGX_ERROR;
    }

    c->fd = (ngx_socket_t) -2;
    c->idle = 1;
    c->data = life;
    c->read->handler = ngx_bs_worker_exiting;
    c->read->log = log;
    c->write->log = log;

    life->watcher = c;

    ngx_bs_timer_init(&life->quit, NGX_BS_TIMER_HOLDS, ngx_bs_worker_quit,
                      life, log);

    return NGX_OK;
}


/*
 * Runs outside the event loop, just before nginx looks whether any timer is
 * left: this one keeps it there for long enough to give the lease back.
 */

static void
ngx_bs_worker_exiting(ngx_event_t *rev)
{
    ngx_connection_t      *c;
    ngx_bs_worker_life_t  *life;

    c = rev->data;
    life = c->data;

    ngx_bs_worker_unwatch(life);
    ngx_bs_timer_set(&life->quit, 0);
}


static void
ngx_bs_worker_unwatch(ngx_bs_worker_life_t *life)
{
    ngx_connection_t  *c;

    c = life->watcher;

    if (c == NULL) {
        return;
    }

    life->watcher = NULL;

    /* ngx_free_connection() uses it as an index where there is a table. */
    c->fd = ngx_cycle->files ? 0 : (ngx_socket_t) -1;
    ngx_free_connection(c);
    c->fd = (ngx_socket_t) -1;
}


static void
ngx_bs_worker_quit(void *data)
{
    ngx_bs_worker_t       *worker;
    ngx_bs_worker_life_t  *life = data;

    worker = &life->worker;
    life->quitting = 1;

    ngx_bs_pings_quit(worker->pings);

    if (worker->sweep) {
        ngx_bs_sweep_quit(worker->sweep);
    }

    if (worker->hour) {
        ngx_bs_hour_quit(worker->hour);
    }

    if (worker->seal) {
        ngx_bs_seal_quit(worker->seal);
    }

    if (worker->dispatch) {
        ngx_bs_dispatch_quit(worker->dispatch);
    }

    if (worker->live) {
        ngx_bs_live_stop(worker->live);
    }

    ngx_bs_pg_pool_quit(worker->pg);
}


void
ngx_bs_worker_stop(void)
{
    ngx_pool_t            *pool;
    ngx_bs_worker_t       *worker;
    ngx_bs_worker_life_t  *life;

    life = ngx_bs_worker_life;

    if (life == NULL) {
        return;
    }

    worker = &life->worker;

    ngx_bs_worker_unwatch(life);
    ngx_bs_timer_clear(&life->quit);

    ngx_bs_pings_stop(worker->pings);

    if (worker->sweep) {
        ngx_bs_sweep_stop(worker->sweep);
    }

    if (worker->hour) {
        ngx_bs_hour_stop(worker->hour);
    }

    if (worker->seal) {
        ngx_bs_seal_stop(worker->seal);
    }

    if (worker->dispatch) {
        ngx_bs_dispatch_stop(worker->dispatch);
    }

    if (worker->live && !life->quitting) {
        ngx_bs_live_stop(worker->live);
    }

    if (worker->redis) {
        ngx_bs_redis_stop(worker->redis);
    }

    ngx_bs_pg_pool_stop(worker->pg);

    ngx_bs_worker_life = NULL;

    pool = life->pool;
    ngx_destroy_pool(pool);
}
