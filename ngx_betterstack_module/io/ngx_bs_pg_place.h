
/*
 * The servers that a connection string names: libpq's lists of hosts, numeric
 * addresses and ports, one by one.  libpq would go through such a list by
 * itself, but would wait for ever for the first that does not answer.
 */

#ifndef _NGX_BS_PG_PLACE_H_INCLUDED_
#define _NGX_BS_PG_PLACE_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_BS_PG_PLACES_MAX  8


typedef struct {
    const char  *host;        /* NULL: not said; all zero-terminated */
    const char  *hostaddr;
    const char  *port;
} ngx_bs_pg_place_t;


/*
 * Splits the lists, each of which may be NULL, into at most
 * NGX_BS_PG_PLACES_MAX places.  NULL, or what is wrong with the lists.
 */
const char *ngx_bs_pg_place_split(ngx_pool_t *pool,
    const ngx_bs_pg_place_t *lists, ngx_bs_pg_place_t *places, ngx_uint_t *n);


#endif /* _NGX_BS_PG_PLACE_H_INCLUDED_ */
