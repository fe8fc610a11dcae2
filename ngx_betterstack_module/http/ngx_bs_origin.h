
/*
 * Whether a request was made by our own pages: the defence against other
 * sites that make a browser send its session cookie.
 */

#ifndef _NGX_BS_ORIGIN_H_INCLUDED_
#define _NGX_BS_ORIGIN_H_INCLUDED_


#include "ngx_bs_credential.h"


/*
 * False when the request must be refused with 403: it changes something, no
 * bearer token proves that a program made it, and its Origin is not the Host
 * it came to.
 */
ngx_flag_t ngx_bs_origin_allowed(ngx_http_request_t *r,
    const ngx_bs_credential_t *credential);

/* The same for sign-up and sign-in, which nobody has a credential for. */
ngx_flag_t ngx_bs_origin_own(ngx_http_request_t *r);

/* The connection itself is TLS. */
ngx_flag_t ngx_bs_origin_tls(ngx_http_request_t *r);

/*
 * The page that asks came over TLS, which a proxy may have ended: here the
 * browser's own word, its Origin, is as good as ours.
 */
ngx_flag_t ngx_bs_origin_secure(ngx_http_request_t *r);

/* Sends the 403. */
void ngx_bs_origin_refuse(ngx_http_request_t *r);


#endif /* _NGX_BS_ORIGIN_H_INCLUDED_ */
