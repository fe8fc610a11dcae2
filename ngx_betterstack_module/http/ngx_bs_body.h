
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


/*
 * The same, but of a longer body the first `limit` bytes are taken, and the
 * rest is thrown away (nginx' client_max_body_size holds).
 */
ngx_int_t ngx_bs_body_read_head(ngx_http_request_t *r, size_t limit,
    ngx_bs_body_handler_pt handler);

/* A body with a secret in it, as soon as the secret has been taken out. */
void ngx_bs_body_wipe(ngx_http_request_t *r, ngx_str_t *body);

/*
 * Configuration time, when locations are merged: raises
 * client_body_buffer_size of the location at hand, so that bodies up to
 * `limit` never go through a temporary file.
 */
void ngx_bs_body_reserve(ngx_conf_t *cf, size_t limit);


#endif /* _NGX_BS_BODY_H_INCLUDED_ */
