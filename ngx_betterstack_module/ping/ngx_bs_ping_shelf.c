
#include "ngx_bs_ping_shelf.h"

#include <bs_keys.h>


/* The newest that are kept there. */
#define NGX_BS_PING_SHELF_FROM  "-10000"


void
ngx_bs_ping_shelf_push(ngx_bs_redis_t *redis, const ngx_str_t *record)
{
    ngx_str_t  push[] = {
        ngx_string("RPUSH"),
        ngx_string(BS_KEY_PINGS),
        *record
    };
    ngx_str_t  trim[] = {
        ngx_string("LTRIM"),
        ngx_string(BS_KEY_PINGS),
        ngx_string(NGX_BS_PING_SHELF_FROM),
        ngx_string("-1")
    };

    if (redis) {
        (void) ngx_bs_redis_command(redis, 3, push, NULL, NULL);
        (void) ngx_bs_redis_command(redis, 4, trim, NULL, NULL);
    }
}


ngx_int_t
ngx_bs_ping_shelf_remove(ngx_bs_redis_t *redis, const ngx_str_t *record,
    ngx_bs_redis_reply_pt callback, void *data)
{
    ngx_str_t  argv[] = {
        ngx_string("LREM"),
        ngx_string(BS_KEY_PINGS),
        ngx_string("1"),
        *record
    };

    return redis ? ngx_bs_redis_command(redis, 4, argv, callback, data)
                 : NGX_DECLINED;
}


ngx_int_t
ngx_bs_ping_shelf_first(ngx_bs_redis_t *redis, ngx_bs_redis_reply_pt callback,
    void *data)
{
    ngx_str_t  argv[] = {
        ngx_string("LRANGE"),
        ngx_string(BS_KEY_PINGS),
        ngx_string("0"),
        ngx_string("0")
    };

    return redis ? ngx_bs_redis_command(redis, 4, argv, callback, data)
                 : NGX_DECLINED;
}
