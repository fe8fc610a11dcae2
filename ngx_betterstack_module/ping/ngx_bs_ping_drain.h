
/*
 * Stores what waits, oldest first and one at a time, as soon as Postgres is
 * there: by the first worker of every nginx, first what is in shared memory,
 * then what others have left in Redis.
 */

#ifndef _NGX_BS_PING_DRAIN_H_INCLUDED_
#define _NGX_BS_PING_DRAIN_H_INCLUDED_


#include "ngx_bs_ping_queue.h"
#include "../io/ngx_bs_complaint.h"
#include "../io/ngx_bs_timer.h"


typedef struct {
    ngx_bs_timer_t        timer;
    ngx_bs_worker_t      *worker;
    ngx_bs_ping_queue_t  *queue;
    ngx_bs_pg_query_t    *query;
    ngx_str_t             record;       /* under way; data NULL: none is */
    uint64_t              number;       /* in the queue; 0: from Redis */
    int64_t               looked;       /* into Redis; steady clock */
    ngx_bs_complaint_t    complaint;
    ngx_log_t            *log;
    unsigned              asked:1;      /* Redis, and it has not answered */
    unsigned              stopped:1;
} ngx_bs_ping_drain_t;


void ngx_bs_ping_drain_init(ngx_bs_ping_drain_t *drain,
    ngx_bs_worker_t *worker, ngx_bs_ping_queue_t *queue, ngx_log_t *log);
void ngx_bs_ping_drain_start(ngx_bs_ping_drain_t *drain);

/* A graceful exit began: what is under way ends; the next worker goes on. */
void ngx_bs_ping_drain_quit(ngx_bs_ping_drain_t *drain);
void ngx_bs_ping_drain_stop(ngx_bs_ping_drain_t *drain);


#endif /* _NGX_BS_PING_DRAIN_H_INCLUDED_ */
