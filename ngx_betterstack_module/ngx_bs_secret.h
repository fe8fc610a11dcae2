
/*
 * The key for signed links and encrypted fields, from betterstack_secret.
 */

#ifndef _NGX_BS_SECRET_H_INCLUDED_
#define _NGX_BS_SECRET_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_BS_SECRET_LEN  32


/*
 * Configuration time: reads the file and derives the key from it.  NGX_CONF_OK,
 * or NGX_CONF_ERROR after saying what is wrong with the file.
 */
char *ngx_bs_secret_load(ngx_conf_t *cf, ngx_str_t *path, ngx_str_t *secret);


/*
 * What a session of Postgres is set to, so that SQL can seal and sign with keys
 * of their own, derived from the secret (HKDF-SHA256); empty without one.  NULL
 * for lack of memory.
 */
const char *ngx_bs_secret_session(ngx_pool_t *pool, const ngx_str_t *secret);


#endif /* _NGX_BS_SECRET_H_INCLUDED_ */
