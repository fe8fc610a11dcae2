
#include "ngx_bs_pg_place.h"


static ngx_uint_t ngx_bs_pg_place_count(const char *list);
static const char *ngx_bs_pg_place_item(ngx_pool_t *pool, const char *list,
    ngx_uint_t i);


const char *
ngx_bs_pg_place_split(ngx_pool_t *pool, const ngx_bs_pg_place_t *lists,
    ngx_bs_pg_place_t *places, ngx_uint_t *n)
{
    ngx_uint_t  i, hosts, addresses, ports;

    hosts = ngx_bs_pg_place_count(lists->host);
    addresses = ngx_bs_pg_place_count(lists->hostaddr);
    ports = ngx_bs_pg_place_count(lists->port);

    *n = ngx_max(ngx_max(hosts, addresses), 1);

    if (*n > NGX_BS_PG_PLACES_MAX) {
        return "it names more than 8 servers";
    }

    if (hosts && addresses && hosts != addresses) {
        return "host= and hostaddr= name a different number of servers";
    }

    if (ports > 1 && ports != *n) {
        return "port= must name one port for all servers, or one for each";
    }

    for (i = 0; i < *n; i++) {
        places[i].host = ngx_bs_pg_place_item(pool, lists->host, i);
        places[i].hostaddr = ngx_bs_pg_place_item(pool, lists->hostaddr, i);
        places[i].port = ngx_bs_pg_place_item(pool, lists->port,
                                              ports > 1 ? i : 0);
    }

    return NULL;
}


static ngx_uint_t
ngx_bs_pg_place_count(const char *list)
{
    ngx_uint_t  n;

    if (list == NULL) {
        return 0;
    }

    for (n = 1; *list; list++) {
        n += (*list == ',');
    }

    return n;
}


/* NULL where nothing stands, as libpq takes it: the default. */

static const char *
ngx_bs_pg_place_item(ngx_pool_t *pool, const char *list, ngx_uint_t i)
{
    size_t   len;
    u_char  *item;

    if (list == NULL) {
        return NULL;
    }

    while (i) {
        i -= (*list++ == ',');
    }

    len = strcspn(list, ",");

    if (len == 0) {
        return NULL;
    }

    item = ngx_pnalloc(pool, len + 1);

    if (item) {
        (void) ngx_cpystrn(item, (u_char *) list, len + 1);
    }

    return (const char *) item;
}
