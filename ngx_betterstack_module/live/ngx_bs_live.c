
#include "ngx_bs_live.h"
#include "ngx_bs_stream.h"
#include "ngx_bs_topic.h"
#include "../http/ngx_bs_call.h"
#include "../http/ngx_bs_credential.h"
#include "../http/ngx_bs_reply.h"
#include "../http/ngx_bs_request.h"
#include "../io/ngx_bs_timer.h"


#define NGX_BS_LIVE_CHANNEL         "betterstack:events:"

#define NGX_BS_LIVE_VIEWERS_MAX     2048      /* of one worker */
#define NGX_BS_LIVE_TOPIC_MAX       256       /* of one team in one worker */

#define NGX_BS_LIVE_TICK            1000
#define NGX_BS_LIVE_HEARTBEAT_TICKS 5

/* Then the browser comes back, and shows its credential again. */
#define NGX_BS_LIVE_AGE             (9 * 60 * 1000)
#define NGX_BS_LIVE_AGE_JITTER      (2 * 60 * 1000)

#define NGX_BS_LIVE_HELLO_MAX       128


/* In r->pool of its stream. */
typedef struct {
    ngx_queue_t              queue;           /* of the topic */
    ngx_bs_topic_t          *topic;
    ngx_bs_live_t           *live;
    ngx_bs_stream_t         *stream;
    ngx_msec_t               ends;
} ngx_bs_live_viewer_t;


struct ngx_bs_live_s {
    ngx_bs_redis_sub_t      *sub;
    ngx_bs_topics_t          topics;
    ngx_uint_t               count;           /* of viewers */
    ngx_uint_t               ticks;
    ngx_uint_t               stopped;
    ngx_bs_timer_t           tick;
    ngx_bs_zone_t           *zone;
    ngx_log_t               *log;
};


static ngx_int_t ngx_bs_live_opened(ngx_http_request_t *r,
    ngx_bs_call_t *call, ngx_bs_call_row_t *row);
static void ngx_bs_live_channel(ngx_str_t *team_id, u_char *buffer,
    ngx_str_t *channel);
static void ngx_bs_live_enter(ngx_bs_live_viewer_t *viewer);
static void ngx_bs_live_greet(ngx_bs_live_viewer_t *viewer);
static void ngx_bs_live_leave(void *data);
static void ngx_bs_live_up(void *data);
static void ngx_bs_live_down(void *data);
static void ngx_bs_live_message(void *data, ngx_str_t *channel,
    ngx_str_t *payload);
static void ngx_bs_live_tick(void *data);
static ngx_bs_frame_t *ngx_bs_live_state(ngx_bs_live_t *live);
static void ngx_bs_live_send_all(ngx_bs_live_t *live, ngx_bs_frame_t *frame);
static void ngx_bs_live_send(ngx_bs_topic_t *topic,
    ngx_bs_frame_t *frame, ngx_queue_t *doomed);
static void ngx_bs_live_close(ngx_queue_t *doomed, ngx_flag_t abort);
static void ngx_bs_live_end(ngx_bs_live_t *live);


static ngx_bs_pg_statement_t  ngx_bs_live_statement = {
    ngx_string("api.events_open"),
    ngx_bs_call_sql("api.events_open", "$1::bytea"),
    1, NGX_BS_PG_LANE_WRITE, 0
};


static const ngx_bs_redis_sub_handlers_t  ngx_bs_live_handlers = {
    ngx_bs_live_up,
    ngx_bs_live_down,
    ngx_bs_live_message
};


ngx_int_t
ngx_bs_live_register(ngx_bs_pg_pool_t *pg)
{
    return ngx_bs_pg_pool_register(pg, &ngx_bs_live_statement);
}


ngx_bs_live_t *
ngx_bs_live_create(ngx_pool_t *pool, const ngx_bs_redis_address_t *address,
    ngx_bs_zone_t *zone, ngx_log_t *log)
{
    ngx_bs_live_t  *live;

    live = ngx_pcalloc(pool, sizeof(ngx_bs_live_t));
    if (live == NULL) {
        return NULL;
    }

    live->zone = zone;
    live->log = log;

    ngx_bs_timer_init(&live->tick, NGX_BS_TIMER_HOLDS, ngx_bs_live_tick, live,
                      log);

    live->sub = ngx_bs_redis_sub_create(pool, address, &ngx_bs_live_handlers,
                                        live, log);
    if (live->sub == NULL) {
        return NULL;
    }

    ngx_bs_topics_init(&live->topics, live->sub, log);

    return live;
}


void
ngx_bs_live_start(ngx_bs_live_t *live)
{
    ngx_bs_redis_sub_start(live->sub);
}


void
ngx_bs_live_stop(ngx_bs_live_t *live)
{
    live->stopped = 1;

    /* A fast exit leaves them to the kernel. */

    if (ngx_exiting) {
        ngx_bs_live_end(live);
    }

    ngx_bs_timer_clear(&live->tick);
    ngx_bs_redis_sub_stop(live->sub);
}


void
ngx_bs_live_publish(ngx_bs_worker_t *worker, ngx_str_t *team_id,
    ngx_str_t *event)
{
    u_char     channel[NGX_BS_TOPIC_CHANNEL_MAX];
    ngx_str_t  argv[3];

    if (worker->redis == NULL) {
        return;
    }

    ngx_str_set(&argv[0], "PUBLISH");

    ngx_bs_live_channel(team_id, channel, &argv[1]);

    argv[2] = *event;

    if (ngx_bs_redis_command(worker->redis, 3, argv, NULL, NULL) == NGX_OK) {
        ngx_bs_zone_count(worker->zone, events_published);

    } else {
        ngx_bs_zone_count(worker->zone, redis_failures);
    }
}


/* `buffer` has room for NGX_BS_TOPIC_CHANNEL_MAX bytes. */

static void
ngx_bs_live_channel(ngx_str_t *team_id, u_char *buffer, ngx_str_t *channel)
{
    channel->data = buffer;
    channel->len = ngx_snprintf(buffer, NGX_BS_TOPIC_CHANNEL_MAX,
                                NGX_BS_LIVE_CHANNEL "%V", team_id)
                   - buffer;
}


ngx_int_t
ngx_bs_live_handler(ngx_http_request_t *r)
{
    ngx_int_t             rc;
    ngx_bs_live_t        *live;
    ngx_bs_call_t        *call;
    ngx_bs_credential_t  *credential;

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    call = ngx_pcalloc(r->pool, sizeof(ngx_bs_call_t));
    credential = ngx_palloc(r->pool, sizeof(ngx_bs_credential_t));

    if (call == NULL || credential == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_bs_request_suspend(r);

    live = ngx_bs_worker()->live;

    if (live == NULL) {
        ngx_bs_reply_unavailable(r, "There are no live events without Redis");
        return NGX_DONE;
    }

    if (live->count >= NGX_BS_LIVE_VIEWERS_MAX) {
        ngx_bs_reply_unavailable(r, "Too many live streams are open");
        return NGX_DONE;
    }

    ngx_bs_credential_read(r, credential);
    ngx_bs_credential_param(credential, &call->params[0]);

    call->statement = &ngx_bs_live_statement;
    call->hook = ngx_bs_live_opened;

    ngx_bs_call_run(r, call);

    return NGX_DONE;
}


static ngx_int_t
ngx_bs_live_opened(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_call_row_t *row)
{
    u_char                 buffer[NGX_BS_TOPIC_CHANNEL_MAX];
    ngx_str_t              channel;
    ngx_bs_live_t         *live;
    ngx_bs_topic_t        *topic;
    ngx_bs_stream_t       *stream;
    ngx_bs_live_viewer_t  *viewer;

    if (row->status != NGX_HTTP_OK) {
        return NGX_OK;
    }

    live = ngx_bs_worker()->live;

    if (live->stopped) {
        ngx_bs_reply_unavailable(r, "This process ends; please try again");
        return NGX_DONE;
    }

    viewer = ngx_pcalloc(r->pool, sizeof(ngx_bs_live_viewer_t));

    ngx_bs_live_channel(&row->team_id, buffer, &channel);
    topic = ngx_bs_topic_get(&live->topics, &channel);

    if (viewer == NULL || topic == NULL) {

        if (topic) {
            ngx_bs_topic_release(&live->topics, topic);
        }

        return NGX_ERROR;
    }

    if (topic->count >= NGX_BS_LIVE_TOPIC_MAX) {
        ngx_bs_reply_unavailable(r, "Too many live streams are open");
        return NGX_DONE;
    }

    viewer->live = live;
    viewer->topic = topic;
    viewer->ends = ngx_current_msec + NGX_BS_LIVE_AGE
                   + (ngx_msec_t) ngx_random() % NGX_BS_LIVE_AGE_JITTER;

    stream = ngx_bs_stream_open(r, ngx_bs_live_leave, viewer);

    if (stream == NULL) {
        /* and the viewer is gone with its request */
        ngx_bs_topic_release(&live->topics, topic);
        return NGX_DONE;
    }

    viewer->stream = stream;

    ngx_bs_live_enter(viewer);
    ngx_bs_live_greet(viewer);

    return NGX_DONE;
}


static void
ngx_bs_live_enter(ngx_bs_live_viewer_t *viewer)
{
    ngx_bs_live_t  *live;

    live = viewer->live;

    ngx_queue_insert_tail(&viewer->topic->viewers, &viewer->queue);
    viewer->topic->count++;

    ngx_bs_zone_count(live->zone, live_streams);

    if (live->count++ == 0) {
        ngx_bs_timer_set(&live->tick, NGX_BS_LIVE_TICK);
    }
}


/* Called when the stream ends, whatever ended it. */

static void
ngx_bs_live_leave(void *data)
{
    ngx_bs_live_viewer_t *viewer = data;

    ngx_bs_live_t  *live;

    live = viewer->live;

    ngx_queue_remove(&viewer->queue);
    viewer->topic->count--;

    ngx_bs_topic_release(&live->topics, viewer->topic);

    ngx_bs_zone_add_n(live->zone, live_streams, -1);

    if (--live->count == 0) {
        ngx_bs_timer_clear(&live->tick);
    }
}


static void
ngx_bs_live_greet(ngx_bs_live_viewer_t *viewer)
{
    u_char           text[NGX_BS_LIVE_HELLO_MAX];
    ngx_int_t        rc;
    ngx_str_t        hello;
    ngx_time_t      *now;
    ngx_bs_frame_t  *frame, *state;

    now = ngx_timeofday();

    hello.data = text;
    hello.len = ngx_snprintf(text, sizeof(text),
                             "retry: 2000\nevent: hello\n"
                             "data: {\"time\": %T%03M}\n\n",
                             now->sec, now->msec)
                - text;

    frame = ngx_bs_frame_raw(&hello, viewer->live->log);
    state = NULL;

    if (!ngx_bs_redis_sub_ready(viewer->live->sub)) {
        state = ngx_bs_live_state(viewer->live);
    }

    rc = frame ? ngx_bs_stream_send(viewer->stream, frame) : NGX_ERROR;

    if (rc == NGX_OK && state) {
        rc = ngx_bs_stream_send(viewer->stream, state);
    }

    if (frame) {
        ngx_bs_frame_release(frame);
    }

    if (state) {
        ngx_bs_frame_release(state);
    }

    if (rc != NGX_OK) {
        ngx_bs_stream_close(viewer->stream, 1);
    }
}


static void
ngx_bs_live_up(void *data)
{
    ngx_bs_live_t *live = data;

    ngx_bs_live_send_all(live, ngx_bs_live_state(live));
}


static void
ngx_bs_live_down(void *data)
{
    ngx_bs_live_t *live = data;

    ngx_bs_live_send_all(live, ngx_bs_live_state(live));
}


/* Offline: poll.  Online: events come again, but some may have been missed. */

static ngx_bs_frame_t *
ngx_bs_live_state(ngx_bs_live_t *live)
{
    ngx_str_t  none = ngx_string("{}");

    return ngx_bs_frame_create(ngx_bs_redis_sub_ready(live->sub) ? "online"
                                                                 : "offline",
                               &none, live->log);
}


static void
ngx_bs_live_message(void *data, ngx_str_t *channel, ngx_str_t *payload)
{
    ngx_bs_live_t *live = data;

    ngx_queue_t      doomed;
    ngx_bs_frame_t  *frame;
    ngx_bs_topic_t  *topic;

    topic = ngx_bs_topic_find(&live->topics, channel);

    if (topic == NULL) {
        return;
    }

    frame = ngx_bs_frame_create("change", payload, live->log);

    if (frame == NULL) {
        ngx_log_error(NGX_LOG_ERR, live->log, 0,
                      "betterstack: an event of %uz bytes was dropped",
                      payload->len);
        return;
    }

    ngx_bs_zone_count(live->zone, events_relayed);

    ngx_queue_init(&doomed);

    ngx_bs_live_send(topic, frame, &doomed);

    ngx_bs_frame_release(frame);
    ngx_bs_live_close(&doomed, 1);
}


/*
 * A request has no timer while it streams: this one keeps a graceful exit
 * waiting until ngx_bs_live_stop() has ended all streams.
 */

static void
ngx_bs_live_tick(void *data)
{
    ngx_bs_live_t *live = data;

    ngx_str_t  comment = ngx_string(":\n\n");

    ngx_bs_timer_set(&live->tick, NGX_BS_LIVE_TICK);

    ngx_bs_live_end(live);

    if (++live->ticks % NGX_BS_LIVE_HEARTBEAT_TICKS == 0 && live->count > 0) {
        ngx_bs_live_send_all(live, ngx_bs_frame_raw(&comment, live->log));
    }
}


/* Takes the frame over; NULL is none. */

static void
ngx_bs_live_send_all(ngx_bs_live_t *live, ngx_bs_frame_t *frame)
{
    ngx_queue_t      doomed;
    ngx_bs_topic_t  *topic;

    if (frame == NULL) {
        return;
    }

    ngx_queue_init(&doomed);

    for (topic = ngx_bs_topics_next(&live->topics, NULL);
         topic;
         topic = ngx_bs_topics_next(&live->topics, topic))
    {
        ngx_bs_live_send(topic, frame, &doomed);
    }

    ngx_bs_frame_release(frame);
    ngx_bs_live_close(&doomed, 1);
}


/*
 * Whoever cannot be sent to moves to `doomed`: closing a stream may free its
 * topic, so it waits until nobody walks through topics.
 */

static void
ngx_bs_live_send(ngx_bs_topic_t *topic, ngx_bs_frame_t *frame,
    ngx_queue_t *doomed)
{
    ngx_queue_t           *q, *next;
    ngx_bs_live_viewer_t  *viewer;

    for (q = ngx_queue_head(&topic->viewers);
         q != ngx_queue_sentinel(&topic->viewers);
         q = next)
    {
        next = ngx_queue_next(q);
        viewer = ngx_queue_data(q, ngx_bs_live_viewer_t, queue);

        if (ngx_bs_stream_send(viewer->stream, frame) != NGX_OK) {
            ngx_queue_remove(q);
            ngx_queue_insert_tail(doomed, q);
        }
    }
}


static void
ngx_bs_live_close(ngx_queue_t *doomed, ngx_flag_t abort)
{
    ngx_queue_t           *q;
    ngx_bs_live_viewer_t  *viewer;

    while (!ngx_queue_empty(doomed)) {
        q = ngx_queue_head(doomed);
        viewer = ngx_queue_data(q, ngx_bs_live_viewer_t, queue);

        ngx_bs_stream_close(viewer->stream, abort);
    }
}


/* The streams that are old enough; all of them when the process ends. */

static void
ngx_bs_live_end(ngx_bs_live_t *live)
{
    ngx_queue_t           *q, *next, ended;
    ngx_bs_topic_t        *topic;
    ngx_bs_live_viewer_t  *viewer;

    ngx_queue_init(&ended);

    for (topic = ngx_bs_topics_next(&live->topics, NULL);
         topic;
         topic = ngx_bs_topics_next(&live->topics, topic))
    {
        for (q = ngx_queue_head(&topic->viewers);
             q != ngx_queue_sentinel(&topic->viewers);
             q = next)
        {
            next = ngx_queue_next(q);
            viewer = ngx_queue_data(q, ngx_bs_live_viewer_t, queue);

            if (live->stopped
                || (ngx_msec_int_t) (viewer->ends - ngx_current_msec) <= 0)
            {
                ngx_queue_remove(q);
                ngx_queue_insert_tail(&ended, q);
            }
        }
    }

    ngx_bs_live_close(&ended, 0);
}
