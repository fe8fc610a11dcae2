
/*
 * What the directives say (one main configuration), and what one worker owns.
 */

#ifndef _NGX_BS_H_INCLUDED_
#define _NGX_BS_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_http.h>

#include "ngx_bs_zone.h"
#include "io/ngx_bs_offload.h"
#include "io/ngx_bs_pg_pool.h"
#include "io/ngx_bs_redis.h"


extern ngx_module_t  ngx_betterstack_module;


typedef struct ngx_bs_assets_s    ngx_bs_assets_t;      /* http/ngx_bs_assets */
typedef struct ngx_bs_live_s      ngx_bs_live_t;        /* live/ngx_bs_live */
typedef struct ngx_bs_dispatch_s  ngx_bs_dispatch_t;    /* dispatch/ */
typedef struct ngx_bs_urgent_s    ngx_bs_urgent_t;      /* dispatch/ */
typedef struct ngx_bs_sweep_s     ngx_bs_sweep_t;       /* dispatch/ */
typedef struct ngx_bs_pings_s     ngx_bs_pings_t;       /* ping/ */
typedef struct ngx_bs_hour_s      ngx_bs_hour_t;        /* history/ */
typedef struct ngx_bs_seal_s      ngx_bs_seal_t;        /* history/ */


typedef struct {
    ngx_shm_zone_t          *zone;             /* data: ngx_bs_zone_t * */
    ngx_str_t                postgres;         /* conninfo, zero-terminated */
    ngx_uint_t               connections;      /* per lane and worker */
    ngx_str_t                replica;          /* conninfo; len == 0: none */
    ngx_uint_t               replica_connections;
    ngx_bs_redis_address_t   redis;            /* host.len == 0: not set */
    ngx_str_t                secret;           /* 32 bytes, from the file */
    const char              *session;          /* ngx_bs_secret_session() */
    ngx_flag_t               scheduler;
    ngx_thread_pool_t       *threads;
} ngx_bs_main_conf_t;


typedef struct {
    ngx_bs_assets_t         *assets;           /* betterstack_dashboard only */
} ngx_bs_loc_conf_t;


/* Built in init_process, released in exit_process.  The one worker global. */
typedef struct {
    ngx_bs_main_conf_t      *conf;
    ngx_bs_zone_t           *zone;
    ngx_bs_pg_pool_t        *pg;
    ngx_bs_redis_t          *redis;            /* NULL when not configured */
    ngx_bs_offload_t        *offload;
    ngx_bs_offload_t        *history;          /* answers of history/ */
    ngx_bs_live_t           *live;             /* NULL without Redis */
    ngx_bs_dispatch_t       *dispatch;         /* NULL: no scheduler here */
    ngx_bs_urgent_t         *urgent;
    ngx_bs_sweep_t          *sweep;            /* the first worker's */
    ngx_bs_pings_t          *pings;
    ngx_bs_hour_t           *hour;             /* the first worker's */
    ngx_bs_seal_t           *seal;             /* the first worker's */
} ngx_bs_worker_t;


/* NULL in processes that are not workers. */
ngx_bs_worker_t *ngx_bs_worker(void);


#endif /* _NGX_BS_H_INCLUDED_ */
