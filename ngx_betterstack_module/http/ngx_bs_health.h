
/*
 * GET /healthz: whether this hub can serve, and proof that it works.
 */

#ifndef _NGX_BS_HEALTH_H_INCLUDED_
#define _NGX_BS_HEALTH_H_INCLUDED_


#include "../ngx_bs.h"


/* Content handler of a `betterstack_health` location. */
ngx_int_t ngx_bs_health_handler(ngx_http_request_t *r);


#endif /* _NGX_BS_HEALTH_H_INCLUDED_ */
