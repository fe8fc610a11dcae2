
/*
 * Pings that wait for Postgres, in shared memory: first in, first out, for all
 * workers of this nginx.  Bounded in number and in bytes.  It survives workers
 * and reloads, not the end of nginx (ngx_bs_ping_shelf.h does).
 */

#ifndef _NGX_BS_PING_QUEUE_H_INCLUDED_
#define _NGX_BS_PING_QUEUE_H_INCLUDED_


#include "../ngx_bs.h"


#define NGX_BS_PING_QUEUE_MAX    10000
/* Of the zone's memory it may have one part in so many. */
#define NGX_BS_PING_QUEUE_SHARE  4


typedef struct ngx_bs_ping_shared_s  ngx_bs_ping_shared_t;


typedef struct {
    ngx_slab_pool_t        *slab;
    ngx_bs_ping_shared_t   *shared;
    size_t                  bytes_max;
} ngx_bs_ping_queue_t;


/* The queue of this zone, made by whoever comes first. */
ngx_int_t ngx_bs_ping_queue_init(ngx_bs_ping_queue_t *queue,
    ngx_shm_zone_t *zone);

/* NGX_OK, or NGX_BUSY: it is full. */
ngx_int_t ngx_bs_ping_queue_push(ngx_bs_ping_queue_t *queue,
    const ngx_str_t *record);

/*
 * A copy of the first record, from ngx_alloc(), and the number it has.
 * NGX_DECLINED: there is none.  NGX_ERROR: no memory.
 */
ngx_int_t ngx_bs_ping_queue_first(ngx_bs_ping_queue_t *queue,
    ngx_str_t *record, uint64_t *number, ngx_log_t *log);

/* Takes the first away, if it still is the one of this number. */
void ngx_bs_ping_queue_remove(ngx_bs_ping_queue_t *queue, uint64_t number);

ngx_uint_t ngx_bs_ping_queue_count(const ngx_bs_ping_queue_t *queue);


#endif /* _NGX_BS_PING_QUEUE_H_INCLUDED_ */
