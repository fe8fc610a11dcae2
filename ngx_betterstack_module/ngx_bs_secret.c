
#include "ngx_bs_secret.h"

#include <sodium.h>


/* Fewer bytes can be guessed. */
#define NGX_BS_SECRET_FILE_MIN  32
#define NGX_BS_SECRET_FILE_MAX  4096


static char *ngx_bs_secret_check(ngx_conf_t *cf, ngx_str_t *path,
    ngx_fd_t fd);


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
