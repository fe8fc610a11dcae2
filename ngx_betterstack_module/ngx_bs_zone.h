
/*
 * Counters and last-progress marks of all workers, in shared memory: what
 * /healthz and /metrics show.  Plain atomics, valid after any store; none of
 * them is needed for correctness.
 */

#ifndef _NGX_BS_ZONE_H_INCLUDED_
#define _NGX_BS_ZONE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    /* milliseconds since the epoch; 0: never */
    ngx_atomic_t  last_slot_dispatched;      /* the slot itself */
    ngx_atomic_t  last_dispatch_at;          /* when it was published */
    ngx_atomic_t  last_report_committed_at;
    ngx_atomic_t  last_sweep_at;             /* answered, by us or not */

    ngx_atomic_t  scheduler_pid;             /* lease holder here, or 0 */
    ngx_atomic_t  schema_version;            /* last seen + 1; 0 unknown */

    /* gauges */
    ngx_atomic_t  scheduled_monitors;
    ngx_atomic_t  live_streams;
    ngx_atomic_t  pg_connections_ready;
    ngx_atomic_t  replica_lag;               /* ms, as last seen */
    ngx_atomic_t  seal_lag;                  /* s; of the oldest closed day */
    ngx_atomic_t  seal_troubled;             /* days that cannot be sealed */

    /* counters */
    ngx_atomic_t  requests[6];               /* by status class; [0] unused */
    ngx_atomic_t  requests_refused_busy;     /* 503: a lane's queue was full */
    ngx_atomic_t  pg_queries;
    ngx_atomic_t  pg_failures;
    ngx_atomic_t  pg_lost;
    ngx_atomic_t  pg_reconnects;
    ngx_atomic_t  replica_queries;           /* reads of history sent to it */
    ngx_atomic_t  replica_passed;            /* not: it was away or behind */
    ngx_atomic_t  replica_failed;            /* sent, then asked elsewhere */
    ngx_atomic_t  retention_steps;
    ngx_atomic_t  retention_failed;
    ngx_atomic_t  redis_reconnects;
    ngx_atomic_t  redis_failures;
    ngx_atomic_t  jobs_published;
    ngx_atomic_t  jobs_failed;               /* XADD not answered OK: retried */
    ngx_atomic_t  jobs_expired;              /* slots not published in time */
    ngx_atomic_t  urgent_published;
    ngx_atomic_t  urgent_failed;             /* Redis away: not retried */
    ngx_atomic_t  urgent_refused;            /* more than allowed at once */
    ngx_atomic_t  sweeps;
    ngx_atomic_t  sweeps_failed;
    ngx_atomic_t  sweeps_skipped;            /* the last was under way */
    ngx_atomic_t  hour_steps;                /* of rolling up hours */
    ngx_atomic_t  hour_steps_failed;
    ngx_atomic_t  hour_rollups;              /* in them */
    ngx_atomic_t  hour_ticks;                /* of which these are */
    ngx_atomic_t  lease_acquired;
    ngx_atomic_t  reports;
    ngx_atomic_t  reports_malformed;
    ngx_atomic_t  ticks_stored;
    ngx_atomic_t  ticks_duplicate;
    ngx_atomic_t  ticks_refused;
    ngx_atomic_t  ticks_mended;              /* values dropped: not valid */
    ngx_atomic_t  pings;
    ngx_atomic_t  pings_kept;                /* Postgres was away */
    ngx_atomic_t  pings_stored_late;         /* of these */
    ngx_atomic_t  pings_dropped;             /* no database will take them */
    ngx_atomic_t  pings_refused;             /* 503: too many were kept */
    ngx_atomic_t  passwords_hashed;
    ngx_atomic_t  passwords_refused;         /* 429 */
    ngx_atomic_t  history_answers;           /* made of rows in history/ */
    ngx_atomic_t  history_threads;           /* of these in a thread */
    ngx_atomic_t  history_us;                /* CPU that they took */
    ngx_atomic_t  history_damaged;           /* rows left out */
    ngx_atomic_t  events_published;
    ngx_atomic_t  events_relayed;
    ngx_atomic_t  seal_steps;
    ngx_atomic_t  seal_days;
    ngx_atomic_t  seal_ticks;
    ngx_atomic_t  seal_late;                 /* merged in after sealing */
    ngx_atomic_t  seal_failures;
    ngx_atomic_t  seal_damaged;              /* packed rows, each time met */

    void         *pings_shared;              /* ping/ngx_bs_ping_queue */
} ngx_bs_zone_t;


/* Directive-time: creates the zone named in `value`, size in bytes. */
ngx_shm_zone_t *ngx_bs_zone_add(ngx_conf_t *cf, ngx_str_t *name, size_t size,
    void *tag);

#define ngx_bs_zone_count(zone, member)                                       \
    (void) ngx_atomic_fetch_add(&(zone)->member, 1)

#define ngx_bs_zone_add_n(zone, member, n)                                    \
    (void) ngx_atomic_fetch_add(&(zone)->member, (n))


#endif /* _NGX_BS_ZONE_H_INCLUDED_ */
