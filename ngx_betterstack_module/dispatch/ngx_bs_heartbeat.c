
#include "ngx_bs_heartbeat.h"
#include "ngx_bs_watermark.h"

#include <bs_keys.h>


#define NGX_BS_HEARTBEAT_EVERY_MS  500
#define NGX_BS_HEARTBEAT_LIFE_MS   10000


static void ngx_bs_heartbeat_beat(void *data);
static void ngx_bs_heartbeat_region(ngx_bs_heartbeat_t *heartbeat,
    ngx_bs_region_t *region);
static void ngx_bs_heartbeat_keep(ngx_bs_heartbeat_t *heartbeat,
    int64_t watermark);
static void ngx_bs_heartbeat_answer(void *data,
    const ngx_bs_redis_reply_t *reply);
static ngx_flag_t ngx_bs_heartbeat_lost(ngx_bs_heartbeat_t *heartbeat,
    const ngx_bs_redis_reply_t *reply);


void
ngx_bs_heartbeat_init(ngx_bs_heartbeat_t *heartbeat,
    ngx_bs_publish_t *publish, void (*wiped)(void *data), void *data,
    ngx_log_t *log)
{
    heartbeat->publish = publish;
    heartbeat->redis = publish->redis;
    heartbeat->wiped = wiped;
    heartbeat->data = data;
    heartbeat->kept = -1;
    heartbeat->asked = 0;

    ngx_bs_timer_init(&heartbeat->timer, NGX_BS_TIMER_YIELDS,
                      ngx_bs_heartbeat_beat, heartbeat, log);
}


void
ngx_bs_heartbeat_start(ngx_bs_heartbeat_t *heartbeat)
{
    heartbeat->there = 0;
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
            ngx_bs_heartbeat_region(heartbeat, region);
        }
    }

    ngx_bs_heartbeat_keep(heartbeat, least);
}


/* Nobody waits for the answer: the next beat comes anyway. */

static void
ngx_bs_heartbeat_region(ngx_bs_heartbeat_t *heartbeat,
    ngx_bs_region_t *region)
{
    u_char     number[NGX_INT64_LEN];
    ngx_str_t  argv[] = {
        ngx_string("SET"),
        region->heartbeat_key,
        { 0, number },
        ngx_string("PX"),
        ngx_string(ngx_value(NGX_BS_HEARTBEAT_LIFE_MS))
    };

    argv[2].len = ngx_sprintf(number, "%L", region->watermark) - number;

    (void) ngx_bs_redis_command(heartbeat->redis, 5, argv, NULL, NULL);
}


/*
 * Once it is there it is only changed (XX), and what was there before is told
 * (GET): so a Redis that has lost its data, or came back with old ones, is
 * found out, by this holder or, as there is no watermark, by the next.
 */

static void
ngx_bs_heartbeat_keep(ngx_bs_heartbeat_t *heartbeat, int64_t watermark)
{
    u_char     number[NGX_INT64_LEN];
    ngx_str_t  argv[] = {
        ngx_string("SET"),
        ngx_string(BS_KEY_WATERMARK),
        { 0, number },
        ngx_string("XX"),
        ngx_string("GET")
    };

    if (heartbeat->asked) {
        return;
    }

    argv[2].len = ngx_sprintf(number, "%L", watermark) - number;

    if (ngx_bs_redis_command(heartbeat->redis, heartbeat->there ? 5 : 3, argv,
                             ngx_bs_heartbeat_answer, heartbeat)
        == NGX_OK)
    {
        heartbeat->asked = 1;
        heartbeat->sent = watermark;
    }
}


static void
ngx_bs_heartbeat_answer(void *data, const ngx_bs_redis_reply_t *reply)
{
    ngx_bs_heartbeat_t  *heartbeat = data;

    ngx_flag_t  lost;

    heartbeat->asked = 0;

    if (reply == NULL
        || ngx_bs_redis_reply_type(reply) == NGX_BS_REDIS_ERROR)
    {
        return;
    }

    lost = heartbeat->there && ngx_bs_heartbeat_lost(heartbeat, reply);

    heartbeat->there = (ngx_bs_redis_reply_type(reply)
                        == NGX_BS_REDIS_STRING);

    if (heartbeat->there) {
        heartbeat->kept = heartbeat->sent;
    }

    if (lost && ngx_bs_timer_is_set(&heartbeat->timer)) {
        heartbeat->wiped(heartbeat->data);

        /* What was just put there promises too much. */

        ngx_bs_timer_set(&heartbeat->timer, 1);
    }
}


static ngx_flag_t
ngx_bs_heartbeat_lost(ngx_bs_heartbeat_t *heartbeat,
    const ngx_bs_redis_reply_t *reply)
{
    off_t      watermark;
    ngx_str_t  text;

    if (ngx_bs_redis_reply_type(reply) != NGX_BS_REDIS_STRING) {
        return 1;
    }

    ngx_bs_redis_reply_string(reply, &text);

    watermark = ngx_atoof(text.data, text.len);

    return ngx_bs_heartbeat_older(heartbeat, watermark);
}


ngx_flag_t
ngx_bs_heartbeat_older(ngx_bs_heartbeat_t *heartbeat, int64_t watermark)
{
    return watermark < heartbeat->kept;
}
