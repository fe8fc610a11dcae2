
/*
 * Who schedules: one worker of all hubs, the one whose token is in Redis under
 * BS_KEY_LEASE.  The key expires by itself when its holder dies; a holder
 * that cannot renew stops by its own clock, which is always a little ahead
 * of Redis' expiry, before anybody else can begin.
 */

#ifndef _NGX_BS_LEASE_H_INCLUDED_
#define _NGX_BS_LEASE_H_INCLUDED_


#include "../ngx_bs.h"
#include "../io/ngx_bs_complaint.h"
#include "../io/ngx_bs_timer.h"


#define NGX_BS_LEASE_MS        5000
#define NGX_BS_LEASE_RENEW_MS  1500
#define NGX_BS_LEASE_TRY_MS    300


typedef struct {
    /* Could schedule if it had the lease; if not, others may have it. */
    ngx_flag_t  (*able)(void *data);
    /* watermark: where the last holder stopped, -1 if nobody knows */
    void        (*acquired)(void *data, int64_t watermark);
    /* `taken`: somebody else may have it; else Redis is out of reach */
    void        (*lost)(void *data, ngx_flag_t taken);
    /* Not ours, and somebody has it: said after each vain try. */
    void        (*denied)(void *data);
    void        (*released)(void *data);
} ngx_bs_lease_handlers_t;


#define NGX_BS_LEASE_TOKEN_LEN  (NGX_MAXHOSTNAMELEN + 64)


typedef struct {
    ngx_bs_timer_t                  timer;
    ngx_bs_redis_t                 *redis;
    ngx_bs_zone_t                  *zone;
    ngx_log_t                      *log;
    const ngx_bs_lease_handlers_t  *handlers;
    void                           *data;
    int64_t                         until;     /* steady clock */
    int64_t                         asked_at;
    ngx_bs_complaint_t              complaint;
    ngx_str_t                       token;
    u_char                          token_data[NGX_BS_LEASE_TOKEN_LEN];
    unsigned                        held:1;
    unsigned                        asked:1;   /* a try is not answered yet */
    unsigned                        resigned:1;
} ngx_bs_lease_t;


/* All arguments outlive the lease, and the lease the Redis connection. */
void ngx_bs_lease_init(ngx_bs_lease_t *lease, ngx_bs_worker_t *worker,
    const ngx_bs_lease_handlers_t *handlers, void *data, ngx_log_t *log);
void ngx_bs_lease_start(ngx_bs_lease_t *lease);

/* Asks the clock each time: true only while nobody else can hold it. */
ngx_flag_t ngx_bs_lease_valid(ngx_bs_lease_t *lease);

/* No further try and no renewal; what is held stays held until it expires. */
void ngx_bs_lease_resign(ngx_bs_lease_t *lease);

/*
 * True if Redis may think that it is ours: held, or asked for and not answered.
 */
#define ngx_bs_lease_owed(lease)  ((lease)->held || (lease)->asked)

/*
 * Gives it back together with the watermark (-1: leaves that alone).  NGX_OK:
 * released() will be called, whatever Redis says; anything else: Redis is out
 * of reach.
 */
ngx_int_t ngx_bs_lease_release(ngx_bs_lease_t *lease, int64_t watermark);


#endif /* _NGX_BS_LEASE_H_INCLUDED_ */
