
#include "ngx_bs_timer.h"


static void ngx_bs_timer_event(ngx_event_t *ev);


void
ngx_bs_timer_init(ngx_bs_timer_t *timer, ngx_uint_t kind,
    void (*handler)(void *data), void *data, ngx_log_t *log)
{
    ngx_memzero(timer, sizeof(ngx_bs_timer_t));

    timer->ident[3] = (void *) -1;
    timer->handler = handler;
    timer->data = data;

    timer->event.data = timer->ident;
    timer->event.handler = ngx_bs_timer_event;
    timer->event.log = log;
    timer->event.cancelable = (kind == NGX_BS_TIMER_YIELDS);
}


void
ngx_bs_timer_set(ngx_bs_timer_t *timer, ngx_msec_t delay)
{
    /* ngx_add_timer() alone would keep an old time that is close by. */

    if (timer->event.timer_set) {
        ngx_del_timer(&timer->event);
    }

    ngx_add_timer(&timer->event, delay);
}


void
ngx_bs_timer_post(ngx_bs_timer_t *timer)
{
    ngx_post_event(&timer->event, &ngx_posted_events);
}


void
ngx_bs_timer_clear(ngx_bs_timer_t *timer)
{
    if (timer->event.timer_set) {
        ngx_del_timer(&timer->event);
    }

    if (timer->event.posted) {
        ngx_delete_posted_event(&timer->event);
    }
}


static void
ngx_bs_timer_event(ngx_event_t *ev)
{
    ngx_bs_timer_t  *timer = (ngx_bs_timer_t *) ev;

    timer->handler(timer->data);
}
