
/*
 * What the toolkit keeps for one request: the module's only use of its
 * context slot.  Lives in r->pool.
 */

#ifndef _NGX_BS_REQUEST_H_INCLUDED_
#define _NGX_BS_REQUEST_H_INCLUDED_


#include "ngx_bs_body.h"


typedef struct {
    ngx_bs_body_handler_pt   body_handler;
    size_t                   body_limit;
    ngx_uint_t               body_cut;   /* and what is longer is cut */
    void                    *state;      /* of the handler that serves it */
} ngx_bs_request_t;


/* Made at the first call; NULL when out of memory. */
ngx_bs_request_t *ngx_bs_request(ngx_http_request_t *r);

/* From a content handler: r may now be answered later. */
void ngx_bs_request_suspend(ngx_http_request_t *r);

/*
 * While nothing but an answer from elsewhere can move the request on: a client
 * that leaves is noticed, and its request ends.
 */
void ngx_bs_request_wait(ngx_http_request_t *r);

/*
 * How many fields of this name (lower case) came, and the value of the first.
 */
ngx_uint_t ngx_bs_request_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value);

/* A zero-terminated copy in r->pool; NULL when out of memory. */
char *ngx_bs_request_text(ngx_http_request_t *r, const ngx_str_t *text);


#endif /* _NGX_BS_REQUEST_H_INCLUDED_ */
