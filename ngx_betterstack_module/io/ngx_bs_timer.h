
/*
 * A timer with a plain callback.  Debug builds of nginx read `fd` out of
 * whatever an event's data points at; this owns a place they may read.
 */

#ifndef _NGX_BS_TIMER_H_INCLUDED_
#define _NGX_BS_TIMER_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>
#include <ngx_event.h>


typedef struct {
    ngx_event_t    event;          /* first: the handler finds us through it */
    void          *ident[4];       /* laid out as ngx_connection_t up to fd */
    void         (*handler)(void *data);
    void          *data;
} ngx_bs_timer_t;


/*
 * A graceful exit waits for timers of kind NGX_BS_TIMER_HOLDS, and only for
 * those: use it while somebody waits for an answer, never for housekeeping.
 */
#define NGX_BS_TIMER_YIELDS  1
#define NGX_BS_TIMER_HOLDS   0

void ngx_bs_timer_init(ngx_bs_timer_t *timer, ngx_uint_t kind,
    void (*handler)(void *data), void *data, ngx_log_t *log);

/* Sets, or sets anew, `delay` milliseconds from now. */
void ngx_bs_timer_set(ngx_bs_timer_t *timer, ngx_msec_t delay);

/* Calls the handler later in this turn of the event loop, once. */
void ngx_bs_timer_post(ngx_bs_timer_t *timer);

/* Takes back both of the above; harmless when there is nothing. */
void ngx_bs_timer_clear(ngx_bs_timer_t *timer);

#define ngx_bs_timer_is_set(timer)  ((timer)->event.timer_set)


#endif /* _NGX_BS_TIMER_H_INCLUDED_ */
