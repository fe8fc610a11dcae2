
#include "ngx_bs_secret.h"

#include <sodium.h>


/* Fewer bytes can be guessed. */
#define NGX_BS_SECRET_FILE_MIN  32
#define NGX_BS_SECRET_FILE_MAX  4096


#define NGX_BS_SECRET_SEAL      "betterstack channel secrets v1"
#define NGX_BS_SECRET_SIGN      "betterstack signed links v1"
#define NGX_BS_SECRET_INFO_MAX  64

#define NGX_BS_SECRET_OPTIONS                                                 \
    "-c betterstack.key_seal=%*s -c betterstack.key_sign=%*s%Z"


static char *ngx_bs_secret_check(ngx_conf_t *cf, ngx_str_t *path,
    ngx_fd_t fd);
static void ngx_bs_secret_derive(const ngx_str_t *secret, const char *info,
    u_char hex[2 * NGX_BS_SECRET_LEN]);
static void ngx_bs_secret_hmac(const u_char *key, const u_char *data,
    size_t len, u_char *out);


char *
ngx_bs_secret_load(ngx_conf_t *cf, ngx_str_t *path, ngx_str_t *secret)
{
    char      *rv;
    u_char     file[NGX_BS_SECRET_FILE_MAX];
    ssize_t    n;
    ngx_fd_t   fd;

    secret->data = ngx_pnalloc(cf->pool, NGX_BS_SECRET_LEN);
    if (secret->data == NULL) {
        return NGX_CONF_ERROR;
    }

    fd = ngx_open_file(path->data, NGX_FILE_RDONLY|NGX_FILE_NONBLOCK,
                       NGX_FILE_OPEN, 0);
    if (fd == NGX_INVALID_FILE) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "\"betterstack_secret\": cannot open \"%V\"; make "
                           "it with: (umask 077; head -c 32 /dev/urandom > "
                           "\"%V\")",
                           path, path);
        return NGX_CONF_ERROR;
    }

    rv = ngx_bs_secret_check(cf, path, fd);

    if (rv == NGX_CONF_OK) {

        n = ngx_read_fd(fd, file, NGX_BS_SECRET_FILE_MAX);

        if (n < NGX_BS_SECRET_FILE_MIN) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"betterstack_secret\": \"%V\" must have at "
                               "least %d bytes; make it with: head -c 32 "
                               "/dev/urandom > \"%V\"",
                               path, NGX_BS_SECRET_FILE_MIN, path);
            rv = NGX_CONF_ERROR;

        } else {
            (void) crypto_hash_sha256(secret->data, file,
                                      (unsigned long long) n);
            secret->len = NGX_BS_SECRET_LEN;
        }

        sodium_memzero(file, sizeof(file));
    }

    if (ngx_close_file(fd) == NGX_FILE_ERROR) {
        ngx_conf_log_error(NGX_LOG_ALERT, cf, ngx_errno,
                           ngx_close_file_n " \"%V\" failed", path);
    }

    return rv;
}


static char *
ngx_bs_secret_check(ngx_conf_t *cf, ngx_str_t *path, ngx_fd_t fd)
{
    ngx_file_info_t  info;

    if (ngx_fd_info(fd, &info) == NGX_FILE_ERROR || !ngx_is_file(&info)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"betterstack_secret\": \"%V\" is not a file",
                           path);
        return NGX_CONF_ERROR;
    }

    if (info.st_mode & (S_IROTH|S_IWOTH)) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"betterstack_secret\": \"%V\" is open to "
                           "everybody on this machine; close it with: "
                           "chmod o-rw \"%V\"", path, path);
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


const char *
ngx_bs_secret_session(ngx_pool_t *pool, const ngx_str_t *secret)
{
    u_char  *session;
    u_char   seal[2 * NGX_BS_SECRET_LEN], sign[2 * NGX_BS_SECRET_LEN];

    if (secret->len == 0) {
        return "";
    }

    session = ngx_pnalloc(pool, sizeof(NGX_BS_SECRET_OPTIONS) + sizeof(seal)
                                + sizeof(sign));
    if (session == NULL) {
        return NULL;
    }

    ngx_bs_secret_derive(secret, NGX_BS_SECRET_SEAL, seal);
    ngx_bs_secret_derive(secret, NGX_BS_SECRET_SIGN, sign);

    (void) ngx_sprintf(session, NGX_BS_SECRET_OPTIONS, sizeof(seal), seal,
                       sizeof(sign), sign);

    sodium_memzero(seal, sizeof(seal));
    sodium_memzero(sign, sizeof(sign));

    return (const char *) session;
}


/* RFC 5869 without salt; one block of output is all that is needed. */

static void
ngx_bs_secret_derive(const ngx_str_t *secret, const char *info,
    u_char hex[2 * NGX_BS_SECRET_LEN])
{
    size_t        len;
    u_char        pseudorandom[crypto_auth_hmacsha256_BYTES];
    u_char        key[crypto_auth_hmacsha256_BYTES];
    u_char        block[NGX_BS_SECRET_INFO_MAX + 1];
    const u_char  salt[crypto_auth_hmacsha256_BYTES] = { 0 };

    len = ngx_min(ngx_strlen(info), NGX_BS_SECRET_INFO_MAX);

    ngx_memcpy(block, info, len);
    block[len] = 1;

    ngx_bs_secret_hmac(salt, secret->data, secret->len, pseudorandom);
    ngx_bs_secret_hmac(pseudorandom, block, len + 1, key);

    (void) ngx_hex_dump(hex, key, NGX_BS_SECRET_LEN);

    sodium_memzero(pseudorandom, sizeof(pseudorandom));
    sodium_memzero(key, sizeof(key));
}


static void
ngx_bs_secret_hmac(const u_char *key, const u_char *data, size_t len,
    u_char *out)
{
    crypto_auth_hmacsha256_state  state;

    (void) crypto_auth_hmacsha256_init(&state, key,
                                       crypto_auth_hmacsha256_BYTES);
    (void) crypto_auth_hmacsha256_update(&state, data, len);
    (void) crypto_auth_hmacsha256_final(&state, out);

    sodium_memzero(&state, sizeof(state));
}
