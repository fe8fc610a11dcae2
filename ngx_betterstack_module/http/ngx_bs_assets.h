
/*
 * The dashboard's files: index.html from memory with a strict content security
 * policy, everything else from disk, precompressed where the client can.
 */

#ifndef _NGX_BS_ASSETS_H_INCLUDED_
#define _NGX_BS_ASSETS_H_INCLUDED_


#include "../ngx_bs.h"


/*
 * Configuration time: reads index.html below `root` and computes its policy.
 * NGX_CONF_OK, or NGX_CONF_ERROR with the reason logged.
 */
char *ngx_bs_assets_load(ngx_conf_t *cf, ngx_str_t *root,
    ngx_bs_assets_t **assets);

/* Content handler of a `betterstack_dashboard` location. */
ngx_int_t ngx_bs_assets_handler(ngx_http_request_t *r);


#endif /* _NGX_BS_ASSETS_H_INCLUDED_ */
