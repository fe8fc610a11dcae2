
/*
 * The body of a sign-up or sign-in, taken apart: what was sent, and by whom.
 */

#ifndef _NGX_BS_LOGIN_H_INCLUDED_
#define _NGX_BS_LOGIN_H_INCLUDED_


#include "../ngx_bs.h"


/* Texts are zero-terminated, in r->pool. */
typedef struct {
    char       *email;
    char       *name;          /* NULL: none given */
    char       *user_agent;    /* may be empty */
    char       *address;
    char       *origin;        /* may be empty */
    ngx_str_t   password;      /* wiped when the request ends, at the latest */
} ngx_bs_login_t;


/*
 * Wipes `body`.  `keys` (ending in NULL) are the members that may be there.
 * NGX_DECLINED: refused, and answered.
 */
ngx_int_t ngx_bs_login_read(ngx_http_request_t *r, ngx_str_t *body,
    const char **keys, ngx_bs_login_t *login);


#endif /* _NGX_BS_LOGIN_H_INCLUDED_ */
