
/*
 * Password hashing (argon2id) off the event loop.  The password is copied
 * into memory of its own and wiped as soon as it has been hashed.
 */

#ifndef _NGX_BS_PASSWORD_H_INCLUDED_
#define _NGX_BS_PASSWORD_H_INCLUDED_


#include "../ngx_bs.h"


#define NGX_BS_PASSWORD_CHARS_MIN  10
#define NGX_BS_PASSWORD_CHARS_MAX  256
#define NGX_BS_PASSWORD_BYTES_MAX  (NGX_BS_PASSWORD_CHARS_MAX * 4)
#define NGX_BS_PASSWORD_HASH_SIZE  128


typedef struct {
    unsigned    right:1;       /* verified, or hashed */
    /* The new hash; after verifying, only if the stored one is too weak. */
    char        hash[NGX_BS_PASSWORD_HASH_SIZE];
} ngx_bs_password_answer_t;


/* As ngx_bs_query_handler_pt.  The answer is borrowed. */
typedef void (*ngx_bs_password_handler_pt)(ngx_http_request_t *r, void *data,
    const ngx_bs_password_answer_t *answer);


/* Once per process.  NGX_ERROR: libsodium has no randomness. */
ngx_int_t ngx_bs_password_init(void);

/*
 * For a suspended request.  `password` is copied and wiped before anything
 * else.  When too many wait already, 429 with Retry-After is sent at once.
 */
void ngx_bs_password_hash(ngx_http_request_t *r, ngx_str_t *password,
    ngx_bs_password_handler_pt handler, void *data);

/*
 * An empty `hash` is that of nobody: it takes as long, and is never right.
 */
void ngx_bs_password_verify(ngx_http_request_t *r, ngx_str_t *password,
    const ngx_str_t *hash, ngx_bs_password_handler_pt handler, void *data);


#endif /* _NGX_BS_PASSWORD_H_INCLUDED_ */
