
/*
 * The request's body as one piece of memory, read without blocking, bounded.
 */

#ifndef _NGX_BS_BODY_H_INCLUDED_
#define _NGX_BS_BODY_H_INCLUDED_


#include "../ngx_bs.h"


/* `body` lives as long as r->pool; zero length when there was none. */
typedef void (*ngx_bs_body_handler_pt)(ngx_http_request_t *r, ngx_str_t *body);


/*
 * From a content handler: returns what that handler returns.  The handler is
 * called once the whole body is in memory, with the request suspended (it must
 * end in a reply or a query).  A body over `limit` bytes gets 413.
 */
ngx_int_t ngx_bs_body_read(ngx_http_request_t *r, size_t limit,
    ngx_bs_body_handler_pt handler);


#endif /* _NGX_BS_BODY_H_INCLUDED_ */
