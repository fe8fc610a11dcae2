
#include "ngx_bs_session.h"
#include "ngx_bs_origin.h"
#include "ngx_bs_reply.h"
#include "ngx_bs_request.h"

#include <sodium.h>


#define NGX_BS_SESSION_COOKIE_AGE_S  (30 * 24 * 3600)
#define NGX_BS_SESSION_RANDOM_BYTES  32
#define NGX_BS_SESSION_COOKIE_MAX    256


static ngx_flag_t ngx_bs_session_find(ngx_http_request_t *r,
    const ngx_str_t *name, ngx_str_t *token);
static ngx_int_t ngx_bs_session_send(ngx_http_request_t *r,
    const ngx_str_t *name, const ngx_str_t *token);


/*
 * The __Host- prefix makes browsers refuse the cookie from anyone but this
 * host over TLS; over plain HTTP they would refuse it from us, too.
 */
static const ngx_str_t  ngx_bs_session_safe = ngx_string("__Host-betterstack");
static const ngx_str_t  ngx_bs_session_plain = ngx_string("betterstack");


ngx_flag_t
ngx_bs_session_cookie(ngx_http_request_t *r, ngx_str_t *token)
{
    if (ngx_bs_session_find(r, &ngx_bs_session_safe, token)) {
        return 1;
    }

    return !ngx_bs_origin_tls(r)
           && ngx_bs_session_find(r, &ngx_bs_session_plain, token);
}


/*
 * By the very name and nothing else: nginx's own search takes names in
 * any case and ends a cookie at a comma, too, and so would find a __Host-
 * cookie in what another host may set.
 */

static ngx_flag_t
ngx_bs_session_find(ngx_http_request_t *r, const ngx_str_t *name,
    ngx_str_t *token)
{
    u_char     *p, *end, *last;
    ngx_str_t   cookies;

    if (ngx_bs_request_header(r, "cookie", &cookies) == 0) {
        return 0;
    }

    last = cookies.data + cookies.len;

    for (p = cookies.data; p < last; p = end + 1) {

        while (p < last && *p == ' ') {
            p++;
        }

        end = ngx_strlchr(p, last, ';');
        if (end == NULL) {
            end = last;
        }

        if ((size_t) (end - p) > name->len
            && ngx_memcmp(p, name->data, name->len) == 0
            && p[name->len] == '=')
        {
            token->data = p + name->len + 1;
            token->len = end - token->data;

            return 1;
        }
    }

    return 0;
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
ngx_bs_session_set_cookie(ngx_http_request_t *r, u_char *token)
{
    ngx_str_t  value;

    value.data = token;
    value.len = NGX_BS_SESSION_TOKEN_LEN;

    return ngx_bs_session_send(r, ngx_bs_origin_secure(r)
                                  ? &ngx_bs_session_safe
                                  : &ngx_bs_session_plain,
                               &value);
}


ngx_int_t
ngx_bs_session_renew_cookie(ngx_http_request_t *r)
{
    ngx_str_t         token;
    const ngx_str_t  *name;

    name = ngx_bs_session_find(r, &ngx_bs_session_safe, &token)
           ? &ngx_bs_session_safe : &ngx_bs_session_plain;

    if (!ngx_bs_session_cookie(r, &token)
        || token.len != NGX_BS_SESSION_TOKEN_LEN)
    {
        return NGX_OK;
    }

    return ngx_bs_session_send(r, name, &token);
}


ngx_int_t
ngx_bs_session_drop_cookies(ngx_http_request_t *r)
{
    ngx_str_t  token, none;

    ngx_str_null(&none);

    if (ngx_bs_session_find(r, &ngx_bs_session_safe, &token)
        && ngx_bs_session_send(r, &ngx_bs_session_safe, &none) != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (ngx_bs_session_find(r, &ngx_bs_session_plain, &token)) {
        return ngx_bs_session_send(r, &ngx_bs_session_plain, &none);
    }

    return NGX_OK;
}


/* An empty token takes the cookie away. */

static ngx_int_t
ngx_bs_session_send(ngx_http_request_t *r, const ngx_str_t *name,
    const ngx_str_t *token)
{
    u_char     *p;
    ngx_str_t   cookie;

    cookie.data = ngx_pnalloc(r->pool, NGX_BS_SESSION_COOKIE_MAX);
    if (cookie.data == NULL) {
        return NGX_ERROR;
    }

    p = ngx_snprintf(cookie.data, NGX_BS_SESSION_COOKIE_MAX,
                     "%V=%V; Path=/; HttpOnly; SameSite=Lax; Max-Age=%d%s",
                     name, token, token->len ? NGX_BS_SESSION_COOKIE_AGE_S : 0,
                     name == &ngx_bs_session_safe ? "; Secure" : "");

    cookie.len = p - cookie.data;

    return ngx_bs_reply_header(r, "Set-Cookie", &cookie);
}
