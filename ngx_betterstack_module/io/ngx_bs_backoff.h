
/*
 * How long to wait before the next try: doubles from `min` to `max`, with
 * half of it random so that many workers do not come back in step.
 */

#ifndef _NGX_BS_BACKOFF_H_INCLUDED_
#define _NGX_BS_BACKOFF_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


typedef struct {
    ngx_msec_t  min;
    ngx_msec_t  max;
    ngx_msec_t  next;
} ngx_bs_backoff_t;


void ngx_bs_backoff_init(ngx_bs_backoff_t *backoff, ngx_msec_t min,
    ngx_msec_t max);
void ngx_bs_backoff_reset(ngx_bs_backoff_t *backoff);
ngx_msec_t ngx_bs_backoff_next(ngx_bs_backoff_t *backoff);


#endif /* _NGX_BS_BACKOFF_H_INCLUDED_ */
