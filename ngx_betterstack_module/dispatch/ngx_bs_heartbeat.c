
#include "ngx_bs_heartbeat.h"
#include "ngx_bs_watermark.h"

#include <bs_keys.h>


#define NGX_BS_HEARTBEAT_EVERY_MS  500
#define NGX_BS_HEARTBEAT_LIFE_MS   10000


static void ngx_bs_heartbeat_beat(void *data);
static void ngx_bs_heartbeat_set(ngx_bs_heartbeat_t *heartbeat,
    ngx_str_t *key, int64_t watermark, ngx_flag_t expires);


void
ngx_bs_heartbeat_init(ngx_bs_heartbeat_t *heartbeat,
    ngx_bs_publish_t *publish, ngx_log_t *log)
{
    heartbeat->publish = publish;
    heartbeat->redis = publish->redis;

    ngx_bs_timer_init(&heartbeat->timer, NGX_BS_TIMER_YIELDS,
                      ngx_bs_heartbeat_beat, heartbeat, log);
}


void
ngx_bs_heartbeat_start(ngx_bs_heartbeat_t *heartbeat)
{
    ngx_bs_timer_set(&heartbeat->timer, 1);
}


void
ngx_bs_heartbeat_stop(ngx_bs_heartbeat_t *heartbeat)
{
    ngx_bs_timer_clear(&heartbeat->timer);
}


static void
ngx_bs_heartbeat_beat(void *data)
{
    ngx_bs_heartbeat_t  *heartbeat = data;

    int64_t            least;
    ngx_str_t          key = ngx_string(BS_KEY_WATERMARK);
    ngx_uint_t         i;
    ngx_bs_region_t   *region;
    ngx_bs_regions_t  *regions;

    ngx_bs_timer_set(&heartbeat->timer, NGX_BS_HEARTBEAT_EVERY_MS);

    if (!ngx_bs_lease_valid(heartbeat->publish->lease)) {
        return;
    }

    least = ngx_bs_watermark(heartbeat->publish);
    regions = heartbeat->publish->schedule->regions;

    heartbeat->publish->zone->scheduled_monitors =
        heartbeat->publish->schedule->monitors;

    for (i = 0; i < regions->n; i++) {
        region = &regions->elts[i];

        if (region->listed || region->placements) {
            ngx_bs_heartbeat_set(heartbeat, &region->heartbeat_key,
                                 region->watermark, 1);
        }
    }

    ngx_bs_heartbeat_set(heartbeat, &key, least, 0);
}


/* Nobody waits for the answer: the next beat comes anyway. */

static void
ngx_bs_heartbeat_set(ngx_bs_heartbeat_t *heartbeat, ngx_str_t *key,
    int64_t watermark, ngx_flag_t expires)
{
    u_char     number[NGX_INT64_LEN];
    ngx_str_t  argv[] = {
        ngx_string("SET"),
        *key,
        { 0, number },
        ngx_string("PX"),
        ngx_string(ngx_value(NGX_BS_HEARTBEAT_LIFE_MS))
    };

    argv[2].len = ngx_sprintf(number, "%L", watermark) - number;

    (void) ngx_bs_redis_command(heartbeat->redis, expires ? 5 : 3, argv, NULL,
                                NULL);
}
