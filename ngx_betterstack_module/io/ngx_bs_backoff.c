
#include "ngx_bs_backoff.h"


void
ngx_bs_backoff_init(ngx_bs_backoff_t *backoff, ngx_msec_t min, ngx_msec_t max)
{
    backoff->min = min;
    backoff->max = max;
    backoff->next = min;
}


void
ngx_bs_backoff_reset(ngx_bs_backoff_t *backoff)
{
    backoff->next = backoff->min;
}


ngx_msec_t
ngx_bs_backoff_next(ngx_bs_backoff_t *backoff)
{
    ngx_msec_t  delay;

    delay = backoff->next;
    backoff->next = ngx_min(delay * 2, backoff->max);

    return delay / 2 + (ngx_msec_t) ngx_random() % (delay / 2 + 1);
}
