
/*
 * Who asks: the digest of a bearer token or of the session cookie.  The
 * secret itself never leaves this file; SQL compares digests.
 */

#ifndef _NGX_BS_CREDENTIAL_H_INCLUDED_
#define _NGX_BS_CREDENTIAL_H_INCLUDED_


#include "../ngx_bs.h"


#define NGX_BS_DIGEST_LEN  32


typedef enum {
    NGX_BS_CREDENTIAL_NONE = 0,
    NGX_BS_CREDENTIAL_BEARER,
    NGX_BS_CREDENTIAL_COOKIE
} ngx_bs_credential_e;


typedef struct {
    ngx_bs_credential_e  kind;
    u_char               digest[NGX_BS_DIGEST_LEN];   /* SHA-256 of the token */
} ngx_bs_credential_t;


/* A bearer token wins over a cookie.  Never fails: an absurd one is NONE. */
void ngx_bs_credential_read(ngx_http_request_t *r,
    ngx_bs_credential_t *credential);

/* `digest` has room for NGX_BS_DIGEST_LEN bytes. */
void ngx_bs_credential_digest(const ngx_str_t *token, u_char *digest);

/* Binary bytea, borrowed from the credential, or SQL NULL for NONE. */
void ngx_bs_credential_param(const ngx_bs_credential_t *credential,
    ngx_bs_pg_param_t *param);


#endif /* _NGX_BS_CREDENTIAL_H_INCLUDED_ */
