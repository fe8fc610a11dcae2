
#include "ngx_bs_session.h"
#include "ngx_bs_reply.h"
#include "../ngx_bs_compat.h"

#include <sodium.h>


#define NGX_BS_SESSION_COOKIE_AGE_S  (30 * 24 * 3600)
#define NGX_BS_SESSION_RANDOM_BYTES  32
#define NGX_BS_SESSION_COOKIE_MAX    256


static ngx_flag_t ngx_bs_session_tls(ngx_http_request_t *r);
static void ngx_bs_session_cookie_name(ngx_http_request_t *r,
    ngx_str_t *name);


/*
 * The __Host- prefix makes browsers refuse the cookie from anyone but this
 * host over TLS; over plain HTTP they would refuse it from us, too.
 */

static void
ngx_bs_session_cookie_name(ngx_http_request_t *r, ngx_str_t *name)
{
    if (ngx_bs_session_tls(r)) {
        ngx_str_set(name, "__Host-betterstack");

    } else {
        ngx_str_set(name, "betterstack");
    }
}


static ngx_flag_t
ngx_bs_session_tls(ngx_http_request_t *r)
{
#if (NGX_HTTP_SSL)
    return r->connection->ssl != NULL;
#else
    return 0;
#endif
}


ngx_flag_t
ngx_bs_session_cookie(ngx_http_request_t *r, ngx_str_t *token)
{
    ngx_str_t  name;

    ngx_bs_session_cookie_name(r, &name);

    return ngx_bs_cookie_find(r, &name, token) == NGX_OK;
}


void
ngx_bs_session_mint(u_char *token)
{
    u_char  random[NGX_BS_SESSION_RANDOM_BYTES];
    char    text[sodium_base64_ENCODED_LEN(NGX_BS_SESSION_RANDOM_BYTES,
                                     sodium_base64_VARIANT_URLSAFE_NO_PADDING)];

    randombytes_buf(random, sizeof(random));

    (void) sodium_bin2base64(text, sizeof(text), random, sizeof(random),
                             sodium_base64_VARIANT_URLSAFE_NO_PADDING);

    token = ngx_cpymem(token, "bss_", sizeof("bss_") - 1);
    ngx_memcpy(token, text, sizeof(text) - 1);

    sodium_memzero(random, sizeof(random));
    sodium_memzero(text, sizeof(text));
}


ngx_int_t
ngx_bs_session_set_cookie(ngx_http_request_t *r, const u_char *token)
{
    u_char     *p;
    ngx_str_t   name, value, cookie;

    ngx_bs_session_cookie_name(r, &name);

    value.data = (u_char *) token;
    value.len = (token == NULL) ? 0 : NGX_BS_SESSION_TOKEN_LEN;

    cookie.data = ngx_pnalloc(r->pool, NGX_BS_SESSION_COOKIE_MAX);
    if (cookie.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_snprintf(cookie.data, NGX_BS_SESSION_COOKIE_MAX,
                     "%V=%V; Path=/; HttpOnly; SameSite=Lax; Max-Age=%d%s",
                     &name, &value,
                     (token == NULL) ? 0 : NGX_BS_SESSION_COOKIE_AGE_S,
                     ngx_bs_session_tls(r) ? "; Secure" : "");

    cookie.len = p - cookie.data;

    return ngx_bs_reply_header(r, "Set-Cookie", &cookie);
}


ngx_int_t
ngx_bs_session_renew_cookie(ngx_http_request_t *r)
{
    ngx_str_t  token;

    if (!ngx_bs_session_cookie(r, &token)
        || token.len != NGX_BS_SESSION_TOKEN_LEN)
    {
        return NGX_OK;
    }

    return ngx_bs_session_set_cookie(r, token.data);
}
