
/*
 * Keeps a schedule as Postgres has it: one streamed load, then each changed
 * monitor by name.  While Postgres is away the schedule stays as it was.
 */

#ifndef _NGX_BS_REFRESH_H_INCLUDED_
#define _NGX_BS_REFRESH_H_INCLUDED_


#include "ngx_bs_schedule.h"
#include "../io/ngx_bs_pg_watch.h"
#include "../io/ngx_bs_timer.h"


#define NGX_BS_REFRESH_IDS_MAX      2048   /* beyond: everything is loaded */
#define NGX_BS_REFRESH_BATCH_MAX    256


typedef struct {
    /* Slots of monitors that are new to the schedule come after this. */
    int64_t  (*after)(void *data);
    /* The schedule is complete, or has changed. */
    void     (*changed)(void *data);
} ngx_bs_refresh_handlers_t;


typedef struct {
    ngx_bs_timer_t                    timer;
    ngx_bs_pg_watch_t                *watch;
    ngx_bs_pg_pool_t                 *pg;
    ngx_bs_pg_query_t                *query;      /* of monitors_changed */
    ngx_bs_pg_query_t                *slugs;      /* of region_slugs */
    ngx_bs_schedule_t                *schedule;
    const ngx_bs_refresh_handlers_t  *handlers;
    void                             *data;
    ngx_log_t                        *log;
    int64_t                           after;      /* of the load under way */
    int64_t                           loaded_at;  /* steady clock */
    uint32_t                         *ids;        /* changed, not fetched */
    ngx_uint_t                        nids;
    ngx_uint_t                        nasked;     /* the first of them */
    unsigned                          on:1;
    unsigned                          gathering:1;  /* the timer is short */
    unsigned                          loading:1;
    unsigned                          loaded:1;   /* complete at least once */
    unsigned                          reload:1;   /* wanted */
    unsigned                          regions:1;  /* wanted */
} ngx_bs_refresh_t;


ngx_int_t ngx_bs_refresh_init(ngx_bs_refresh_t *refresh, ngx_pool_t *pool,
    ngx_bs_worker_t *worker, ngx_bs_schedule_t *schedule,
    const ngx_bs_refresh_handlers_t *handlers, void *data, ngx_log_t *log);
ngx_int_t ngx_bs_refresh_register(ngx_bs_pg_pool_t *pg);

/* May alternate any number of times; after a stop nothing is loaded. */
void ngx_bs_refresh_start(ngx_bs_refresh_t *refresh);
void ngx_bs_refresh_stop(ngx_bs_refresh_t *refresh);


#endif /* _NGX_BS_REFRESH_H_INCLUDED_ */
