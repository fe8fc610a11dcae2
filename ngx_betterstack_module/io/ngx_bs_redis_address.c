
#include "ngx_bs_redis_address.h"


#define NGX_BS_REDIS_PORT          6379
#define NGX_BS_REDIS_DATABASE_MAX  65535


static char *ngx_bs_redis_address_tcp(ngx_pool_t *pool, u_char *p,
    u_char *last, ngx_bs_redis_address_t *address);
static char *ngx_bs_redis_address_unix(ngx_pool_t *pool, u_char *p,
    u_char *last, ngx_bs_redis_address_t *address);
static char *ngx_bs_redis_address_credentials(ngx_pool_t *pool, u_char *p,
    u_char *last, ngx_bs_redis_address_t *address);
static char *ngx_bs_redis_address_list(ngx_pool_t *pool, u_char *p,
    u_char *last, ngx_bs_redis_address_t *address);
static char *ngx_bs_redis_address_host(ngx_pool_t *pool, u_char *p,
    u_char *last, ngx_bs_redis_address_t *address);
static char *ngx_bs_redis_address_inet(ngx_pool_t *pool, u_char *p,
    u_char *last, in_port_t port, ngx_bs_redis_address_t *address);
static char *ngx_bs_redis_address_local(ngx_pool_t *pool,
    ngx_bs_redis_address_t *address);
static char *ngx_bs_redis_address_database(u_char *p, u_char *last,
    ngx_bs_redis_address_t *address);
static ngx_int_t ngx_bs_redis_address_copy(ngx_pool_t *pool, ngx_str_t *dst,
    u_char *p, u_char *last, ngx_flag_t decode);


char *
ngx_bs_redis_address_parse(ngx_pool_t *pool, ngx_str_t *url,
    ngx_bs_redis_address_t *address)
{
    u_char  *p, *last;

    ngx_memzero(address, sizeof(ngx_bs_redis_address_t));

    ngx_str_set(&address->username, "");
    ngx_str_set(&address->password, "");
    address->next = address;

    p = url->data;
    last = url->data + url->len;

    if (url->len > 8 && ngx_strncasecmp(p, (u_char *) "redis://", 8) == 0) {
        return ngx_bs_redis_address_tcp(pool, p + 8, last, address);
    }

    if (url->len > 5 && ngx_strncasecmp(p, (u_char *) "unix:", 5) == 0) {
        return ngx_bs_redis_address_unix(pool, p + 5, last, address);
    }

    if (url->len >= 9 && ngx_strncasecmp(p, (u_char *) "rediss://", 9) == 0) {
        return "this build has no TLS to Redis: use a Unix socket, a loopback "
               "address, or a tunnel such as stunnel or WireGuard";
    }

    return "it must be redis://[user:password@]address[:port][/database], "
           "perhaps with several addresses separated by commas, or "
           "unix:/path/to/socket[:database]";
}


static char *
ngx_bs_redis_address_tcp(ngx_pool_t *pool, u_char *p, u_char *last,
    ngx_bs_redis_address_t *address)
{
    char    *wrong;
    u_char  *at, *slash;

    /* A password may contain "@" and "/": the last "@" is the one. */

    for (at = last - 1; at >= p && *at != '@'; at--) { /* void */ }

    if (at >= p) {
        wrong = ngx_bs_redis_address_credentials(pool, p, at, address);
        if (wrong) {
            return wrong;
        }

        p = at + 1;
    }

    slash = ngx_strlchr(p, last, '/');

    if (slash) {
        wrong = ngx_bs_redis_address_database(slash + 1, last, address);
        if (wrong) {
            return wrong;
        }

        last = slash;
    }

    return ngx_bs_redis_address_list(pool, p, last, address);
}


/* All servers have what has been read into the first. */

static char *
ngx_bs_redis_address_list(ngx_pool_t *pool, u_char *p, u_char *last,
    ngx_bs_redis_address_t *address)
{
    char                    *wrong;
    u_char                  *comma;
    ngx_uint_t               n;
    ngx_bs_redis_address_t  *server;

    server = address;

    for (n = 1; /* void */ ; n++) {

        comma = ngx_strlchr(p, last, ',');

        wrong = ngx_bs_redis_address_host(pool, p, comma ? comma : last,
                                          server);
        if (wrong || comma == NULL) {
            return wrong;
        }

        if (n == NGX_BS_REDIS_SERVERS_MAX) {
            return "it names more than 8 servers";
        }

        server->next = ngx_palloc(pool, sizeof(ngx_bs_redis_address_t));
        if (server->next == NULL) {
            return "out of memory";
        }

        *server->next = *address;
        server = server->next;
        server->next = address;

        p = comma + 1;
    }
}


static char *
ngx_bs_redis_address_unix(ngx_pool_t *pool, u_char *p, u_char *last,
    ngx_bs_redis_address_t *address)
{
    char    *wrong;
    u_char  *colon;

    colon = ngx_strlchr(p, last, ':');

    if (colon) {
        wrong = ngx_bs_redis_address_database(colon + 1, last, address);
        if (wrong) {
            return wrong;
        }

        last = colon;
    }

    if (p == last || *p != '/') {
        return "the path of the Unix socket must be absolute";
    }

    if ((size_t) (last - p) >= sizeof(((struct sockaddr_un *) 0)->sun_path)) {
        return "the path of the Unix socket is longer than the system allows";
    }

    if (ngx_bs_redis_address_copy(pool, &address->host, p, last, 0)
        != NGX_OK)
    {
        return "out of memory";
    }

    return ngx_bs_redis_address_local(pool, address);
}


static char *
ngx_bs_redis_address_credentials(ngx_pool_t *pool, u_char *p, u_char *last,
    ngx_bs_redis_address_t *address)
{
    u_char  *colon;

    colon = ngx_strlchr(p, last, ':');

    if (colon == NULL || colon + 1 == last) {
        return "a user needs a password: redis://user:password@address, or "
               "redis://:password@address for the default user";
    }

    if (ngx_bs_redis_address_copy(pool, &address->username, p, colon, 1)
        != NGX_OK
        || ngx_bs_redis_address_copy(pool, &address->password, colon + 1,
                                     last, 1)
           != NGX_OK)
    {
        return "out of memory";
    }

    return NULL;
}


static char *
ngx_bs_redis_address_host(ngx_pool_t *pool, u_char *p, u_char *last,
    ngx_bs_redis_address_t *address)
{
    u_char     *end, *colon;
    ngx_int_t   port;

    if (p < last && *p == '[') {

        p++;
        end = ngx_strlchr(p, last, ']');

        if (end == NULL || (end + 1 != last && end[1] != ':')) {
            return "an IPv6 address stands in brackets: redis://[::1]:6379/0";
        }

        colon = (end + 1 == last) ? NULL : end + 1;

    } else {
        colon = ngx_strlchr(p, last, ':');
        end = colon ? colon : last;
    }

    port = NGX_BS_REDIS_PORT;

    if (colon) {
        port = ngx_atoi(colon + 1, last - colon - 1);

        if (port < 1 || port > 65535) {
            return "the port is not between 1 and 65535";
        }
    }

    return ngx_bs_redis_address_inet(pool, p, end, (in_port_t) port, address);
}


static char *
ngx_bs_redis_address_inet(ngx_pool_t *pool, u_char *p, u_char *last,
    in_port_t port, ngx_bs_redis_address_t *address)
{
    address->addr = ngx_pcalloc(pool, sizeof(ngx_addr_t));
    if (address->addr == NULL) {
        return "out of memory";
    }

    if (p == last || ngx_parse_addr(pool, address->addr, p, last - p)
                     != NGX_OK)
    {
        return "the host is not a numeric address, and looking a name up "
               "would block nginx: write its address, for example "
               "redis://127.0.0.1:6379/0";
    }

    address->port = port;
    ngx_inet_set_port(address->addr->sockaddr, port);

    if (ngx_bs_redis_address_copy(pool, &address->host, p, last, 0) != NGX_OK) {
        return "out of memory";
    }

    address->addr->name = address->host;

    return NULL;
}


static char *
ngx_bs_redis_address_database(u_char *p, u_char *last,
    ngx_bs_redis_address_t *address)
{
    ngx_int_t  database;

    if (p == last) {
        return NULL;
    }

    database = ngx_atoi(p, last - p);

    if (database == NGX_ERROR || database > NGX_BS_REDIS_DATABASE_MAX) {
        return "the database must be a small number, as in "
               "redis://127.0.0.1:6379/0";
    }

    address->database = (ngx_uint_t) database;

    return NULL;
}


static ngx_int_t
ngx_bs_redis_address_copy(ngx_pool_t *pool, ngx_str_t *dst, u_char *p,
    u_char *last, ngx_flag_t decode)
{
    u_char  *d;

    dst->data = ngx_pnalloc(pool, last - p + 1);
    if (dst->data == NULL) {
        return NGX_ERROR;
    }

    d = dst->data;

    if (decode) {
        ngx_unescape_uri(&d, &p, last - p, 0);

    } else {
        d = ngx_cpymem(d, p, last - p);
    }

    *d = '\0';
    dst->len = d - dst->data;

    return NGX_OK;
}


static char *
ngx_bs_redis_address_local(ngx_pool_t *pool, ngx_bs_redis_address_t *address)
{
    struct sockaddr_un  *saun;

    address->addr = ngx_pcalloc(pool, sizeof(ngx_addr_t));
    saun = ngx_pcalloc(pool, sizeof(struct sockaddr_un));

    if (address->addr == NULL || saun == NULL) {
        return "out of memory";
    }

    saun->sun_family = AF_UNIX;
    ngx_memcpy(saun->sun_path, address->host.data, address->host.len);

    address->addr->sockaddr = (struct sockaddr *) saun;
    address->addr->socklen = sizeof(struct sockaddr_un);
    address->addr->name = address->host;

    return NULL;
}
