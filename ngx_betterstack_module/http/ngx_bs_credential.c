
#include "ngx_bs_credential.h"
#include "ngx_bs_request.h"
#include "ngx_bs_session.h"

#include <sodium.h>


/* Ours are 47 bytes long. */
#define NGX_BS_CREDENTIAL_TOKEN_MAX  128


static ngx_flag_t ngx_bs_credential_bearer(ngx_http_request_t *r,
    ngx_str_t *token);


void
ngx_bs_credential_read(ngx_http_request_t *r, ngx_bs_credential_t *credential)
{
    ngx_str_t            token;
    ngx_bs_credential_e  kind;

    credential->kind = NGX_BS_CREDENTIAL_NONE;

    if (ngx_bs_credential_bearer(r, &token)) {
        kind = NGX_BS_CREDENTIAL_BEARER;

    } else if (ngx_bs_session_cookie(r, &token)) {
        kind = NGX_BS_CREDENTIAL_COOKIE;

    } else {
        return;
    }

    if (token.len == 0 || token.len > NGX_BS_CREDENTIAL_TOKEN_MAX) {
        return;
    }

    ngx_bs_credential_digest(&token, credential->digest);
    credential->kind = kind;
}


/* Another scheme (a proxy's Basic) says nothing about the cookie. */

static ngx_flag_t
ngx_bs_credential_bearer(ngx_http_request_t *r, ngx_str_t *token)
{
    static const size_t  len = sizeof("Bearer ") - 1;

    if (ngx_bs_request_header(r, "authorization", token) == 0
        || token->len < len
        || ngx_strncasecmp(token->data, (u_char *) "Bearer ", len) != 0)
    {
        return 0;
    }

    token->data += len;
    token->len -= len;

    while (token->len && token->data[0] == ' ') {
        token->data++;
        token->len--;
    }

    return 1;
}


void
ngx_bs_credential_digest(const ngx_str_t *token, u_char *digest)
{
    (void) crypto_hash_sha256(digest, token->data, token->len);
}


void
ngx_bs_credential_param(const ngx_bs_credential_t *credential,
    ngx_bs_pg_param_t *param)
{
    param->binary = 1;

    if (credential->kind == NGX_BS_CREDENTIAL_NONE) {
        param->value = NULL;
        param->length = 0;
        return;
    }

    param->value = (const char *) credential->digest;
    param->length = NGX_BS_DIGEST_LEN;
}
