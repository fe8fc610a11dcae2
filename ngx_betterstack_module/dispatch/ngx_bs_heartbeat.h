
/*
 * Tells agents that somebody schedules, region by region: the watermark under
 * a key that expires.  While it is there they wait for jobs; when it is not,
 * they run from the schedule they keep on disk.  The least of all watermarks is
 * kept without expiry, for whoever schedules next.
 */

#ifndef _NGX_BS_HEARTBEAT_H_INCLUDED_
#define _NGX_BS_HEARTBEAT_H_INCLUDED_


#include "ngx_bs_publish.h"


typedef struct {
    ngx_bs_timer_t      timer;
    ngx_bs_publish_t   *publish;
    ngx_bs_redis_t     *redis;
    void              (*wiped)(void *data);
    void               *data;
    int64_t             kept;         /* watermark in Redis; -1: not known */
    int64_t             sent;         /* on its way there */
    unsigned            asked:1;      /* it is */
    unsigned            there:1;      /* put there since the start */
} ngx_bs_heartbeat_t;


/*
 * Calls wiped() when Redis turns out to have lost its data, or to have come
 * back with those of an earlier time.
 */
void ngx_bs_heartbeat_init(ngx_bs_heartbeat_t *heartbeat,
    ngx_bs_publish_t *publish, void (*wiped)(void *data), void *data,
    ngx_log_t *log);
void ngx_bs_heartbeat_start(ngx_bs_heartbeat_t *heartbeat);
void ngx_bs_heartbeat_stop(ngx_bs_heartbeat_t *heartbeat);

/* A watermark that Redis had, seen again: older than what we left there? */
ngx_flag_t ngx_bs_heartbeat_older(ngx_bs_heartbeat_t *heartbeat,
    int64_t watermark);


#endif /* _NGX_BS_HEARTBEAT_H_INCLUDED_ */
