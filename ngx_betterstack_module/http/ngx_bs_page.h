
/*
 * index.html, read at configuration time and served from memory: the page and
 * the policy that names its inline import map always belong together.
 */

#ifndef _NGX_BS_PAGE_H_INCLUDED_
#define _NGX_BS_PAGE_H_INCLUDED_


#include "../ngx_bs.h"
#include "ngx_bs_encoding.h"


typedef struct {
    ngx_str_t    body;        /* empty: there is no such copy */
    ngx_str_t    etag;
} ngx_bs_page_copy_t;


typedef struct {
    ngx_str_t            policy;
    ngx_bs_page_copy_t   copies[NGX_BS_ENCODINGS];
} ngx_bs_page_t;


/* `root` has no slash at its end. */
char *ngx_bs_page_load(ngx_conf_t *cf, const ngx_str_t *root,
    ngx_bs_page_t *page);

/* Returns what a content handler returns. */
ngx_int_t ngx_bs_page_send(ngx_http_request_t *r, const ngx_bs_page_t *page);


#endif /* _NGX_BS_PAGE_H_INCLUDED_ */
