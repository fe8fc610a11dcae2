
/*
 * One connection to PostgreSQL as bytes: connects, watches the socket, says
 * when there is input, and comes back with backoff after every failure.  What
 * is spoken over it is its owner's: a pipelined connection or a watch.
 *
 * With several servers it goes from one to the next, and waits only when it
 * has been refused by all: so it follows the primary.
 */

#ifndef _NGX_BS_PG_LINK_H_INCLUDED_
#define _NGX_BS_PG_LINK_H_INCLUDED_


#include "ngx_bs_backoff.h"
#include "ngx_bs_fd.h"
#include "ngx_bs_pg_conninfo.h"
#include "ngx_bs_timer.h"


/* Longest part of one of libpq's messages that is kept. */
#define NGX_BS_PG_REASON_MAX  256


typedef struct {
    /* Connected and authenticated: the owner's greeting may be sent. */
    void  (*up)(void *data);

    /* Bytes came: take what PQisBusy() says is complete. */
    void  (*input)(void *data);

    /* Gone and released; `pg` is NULL.  One line, without a newline. */
    void  (*down)(void *data, ngx_str_t *reason);
} ngx_bs_pg_link_handlers_t;


typedef struct {
    struct pg_conn                   *pg;        /* PGconn; NULL: none */
    ngx_bs_fd_t                       fd;
    ngx_bs_pg_conninfo_t             *conninfo;  /* the server it is at */
    ngx_bs_pg_conninfo_t             *first;     /* of this round */
    ngx_bs_backoff_t                  backoff;
    ngx_bs_timer_t                    connect;   /* when to try */
    ngx_bs_timer_t                    greeting;  /* until it must be usable */
    ngx_bs_timer_t                    failure;   /* a failure to be told */
    const ngx_bs_pg_link_handlers_t  *handlers;
    void                             *data;
    ngx_log_t                        *log;
    unsigned                          running:1;
    unsigned                          connected:1;
    unsigned                          writing:1;   /* PQconnectPoll()'s wish */
    unsigned                          usable:1;
    unsigned                          elsewhere:1; /* failed; another server is
                                                      tried at once */
    unsigned                          reading:1;   /* set by the owner while it
                                                      takes results */
} ngx_bs_pg_link_t;


void ngx_bs_pg_link_init(ngx_bs_pg_link_t *link,
    ngx_bs_pg_conninfo_t *conninfo, const ngx_bs_pg_link_handlers_t *handlers,
    void *data, ngx_log_t *log);

/* May be called outside the event loop: connects in its next turn. */
void ngx_bs_pg_link_start(ngx_bs_pg_link_t *link);

/* Calls no handler. */
void ngx_bs_pg_link_stop(ngx_bs_pg_link_t *link);

/* The server answers: no more deadline of the link's. */
void ngx_bs_pg_link_greeted(ngx_bs_pg_link_t *link);

/* All is well: the next failure is a new one, and waits little. */
void ngx_bs_pg_link_usable(ngx_bs_pg_link_t *link);

/* After each send.  A failure is told later, never from inside. */
void ngx_bs_pg_link_flush(ngx_bs_pg_link_t *link);

/*
 * Closes, calls `down` and connects again after backoff.  `reason` NULL: what
 * libpq says.  From inside `up` and `input` only as the last thing.
 */
void ngx_bs_pg_link_fail(ngx_bs_pg_link_t *link, const char *reason);

/* The same a little later, for callers that must not be called back now. */
void ngx_bs_pg_link_fail_later(ngx_bs_pg_link_t *link);

/* Closes without `down` and connects again at once. */
void ngx_bs_pg_link_renew(ngx_bs_pg_link_t *link);


#endif /* _NGX_BS_PG_LINK_H_INCLUDED_ */
