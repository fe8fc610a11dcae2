
/*
 * One connection to Redis: connects, authenticates, selects, takes requests
 * in Redis' protocol and gives replies in their order; comes back with backoff
 * after every failure.  Commands and subscriptions are its owners' affair.
 *
 * With several servers it asks each for its role, goes from one to the next,
 * and stays with one that is a primary.
 *
 * The socket is an ordinary nginx connection, replies are parsed by hiredis'
 * reader.  Its asynchronous interface is not used: it aborts the process on a
 * reply that nobody asked for, and frees its context under whoever calls it.
 */

#ifndef _NGX_BS_REDIS_LINK_H_INCLUDED_
#define _NGX_BS_REDIS_LINK_H_INCLUDED_


#include <ngx_event_connect.h>

#include "ngx_bs_backoff.h"
#include "ngx_bs_complaint.h"
#include "ngx_bs_redis.h"
#include "ngx_bs_redis_output.h"
#include "ngx_bs_timer.h"


/* Redis itself allows more; ours are short. */
#define NGX_BS_REDIS_ARGS_MAX  128


typedef struct {
    /* Authenticated and selected; the owner says when it is usable. */
    void  (*up)(void *data);

    /*
     * One reply; borrowed.  NGX_ERROR when nothing waited for it: the
     * connection is dropped, if the owner has not done so.  Must not stop the
     * link.
     */
    ngx_int_t  (*reply)(void *data, const ngx_bs_redis_reply_t *reply);

    /* Gone and released.  Only after `up`. */
    void  (*down)(void *data);
} ngx_bs_redis_link_handlers_t;


typedef struct {
    ngx_connection_t                    *connection;  /* NULL: none */
    const ngx_bs_redis_address_t        *address;     /* where it is now */
    const ngx_bs_redis_address_t        *first;       /* of this round */
    const char                          *name;        /* for the log, CLIENT */
    struct redisReader                  *reader;
    size_t                               unparsed;    /* bytes of one reply */

    ngx_bs_redis_output_t                output;

    ngx_bs_backoff_t                     backoff;
    ngx_bs_timer_t                       connect;     /* when to try */
    ngx_bs_timer_t                       greeting;    /* until it must be up */
    ngx_bs_timer_t                       flush;       /* once a turn */
    ngx_uint_t                           greetings;   /* replies to come */

    const ngx_bs_redis_link_handlers_t  *handlers;
    void                                *data;
    ngx_bs_complaint_t                   complaint;
    ngx_log_t                           *log;
    unsigned                             running:1;
    unsigned                             connected:1;
    unsigned                             up:1;
    unsigned                             usable:1;
    unsigned                             elsewhere:1; /* the next server is
                                                         tried at once */
} ngx_bs_redis_link_t;


/* The address and the name must outlive the link. */
void ngx_bs_redis_link_init(ngx_bs_redis_link_t *link,
    const ngx_bs_redis_address_t *address, const char *name,
    const ngx_bs_redis_link_handlers_t *handlers, void *data, ngx_log_t *log);

void ngx_bs_redis_link_start(ngx_bs_redis_link_t *link);

/* Calls no handler. */
void ngx_bs_redis_link_stop(ngx_bs_redis_link_t *link);

/*
 * All is well: the next failure is a new one, is told, and waits little.  Not
 * before that: a server that takes a connection and refuses what it is for
 * would be asked again without a pause.
 */
void ngx_bs_redis_link_usable(ngx_bs_redis_link_t *link);

/*
 * Appends one command; everything appended in one turn of the event loop is
 * sent with one call.  NGX_BUSY: too much is unsent.
 */
ngx_int_t ngx_bs_redis_link_send(ngx_bs_redis_link_t *link, ngx_uint_t argc,
    const ngx_str_t *argv);

/* The same for what comes before it is up. */
ngx_int_t ngx_bs_redis_link_append(ngx_bs_redis_link_t *link,
    ngx_uint_t argc, const ngx_str_t *argv);

/* There is another server that may be the primary. */
#define ngx_bs_redis_link_has_others(link)                                    \
    ((link)->address->next != (link)->address)

/* Closes, calls `down`, and connects again after backoff. */
void ngx_bs_redis_link_fail(ngx_bs_redis_link_t *link, const char *reason);

/* The errno of a system call, 0 for none, is told with the reason. */
void ngx_bs_redis_link_fail_errno(ngx_bs_redis_link_t *link,
    const char *reason, ngx_err_t err);


#endif /* _NGX_BS_REDIS_LINK_H_INCLUDED_ */
