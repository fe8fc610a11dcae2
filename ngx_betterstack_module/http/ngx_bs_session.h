
/*
 * The session's token and the cookie that carries it.
 */

#ifndef _NGX_BS_SESSION_H_INCLUDED_
#define _NGX_BS_SESSION_H_INCLUDED_


#include "ngx_bs_credential.h"


/* "bss_" and 32 random bytes in base64url. */
#define NGX_BS_SESSION_TOKEN_LEN  (sizeof("bss_") - 1 + 43)


/* The session cookie's value, borrowed from the request's headers. */
ngx_flag_t ngx_bs_session_cookie(ngx_http_request_t *r, ngx_str_t *token);

/* A new token; `token` has room for NGX_BS_SESSION_TOKEN_LEN bytes. */
void ngx_bs_session_mint(u_char *token);

/*
 * Adds Set-Cookie: the token for 30 days, kept to TLS when the browser's page
 * came over TLS.
 */
ngx_int_t ngx_bs_session_set_cookie(ngx_http_request_t *r, u_char *token);

/* The cookie that came, for another 30 days: a session in use goes on. */
ngx_int_t ngx_bs_session_renew_cookie(ngx_http_request_t *r);

/* Takes away whatever session cookies came. */
ngx_int_t ngx_bs_session_drop_cookies(ngx_http_request_t *r);


#endif /* _NGX_BS_SESSION_H_INCLUDED_ */
