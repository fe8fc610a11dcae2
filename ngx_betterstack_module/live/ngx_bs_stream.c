
#include "ngx_bs_stream.h"
#include "../http/ngx_bs_reply.h"
#include "../http/ngx_bs_request.h"


/* Beyond either, the client is too slow; its browser comes back by itself. */
#define NGX_BS_STREAM_WAITING_BYTES_MAX   (512 * 1024)
#define NGX_BS_STREAM_WAITING_FRAMES_MAX  256


/* A frame on its way out; used again once it has left. */
typedef struct ngx_bs_stream_piece_s  ngx_bs_stream_piece_t;

struct ngx_bs_stream_piece_s {
    ngx_buf_t                buf;
    ngx_chain_t              link;
    ngx_bs_frame_t          *frame;
    ngx_bs_stream_piece_t   *next;
};


struct ngx_bs_stream_s {
    ngx_http_request_t      *request;
    ngx_bs_stream_piece_t   *waiting;
    ngx_bs_stream_piece_t  **last;
    ngx_bs_stream_piece_t   *free;
    size_t                   waiting_bytes;
    ngx_uint_t               waiting_frames;
    void                   (*gone)(void *data);   /* NULL: has been called */
    void                    *data;
};


static ngx_int_t ngx_bs_stream_header(ngx_http_request_t *r);
static ngx_bs_stream_t *ngx_bs_stream_create(ngx_http_request_t *r);
static ngx_bs_stream_piece_t *ngx_bs_stream_piece(ngx_bs_stream_t *stream,
    ngx_bs_frame_t *frame);
static ngx_int_t ngx_bs_stream_output(ngx_bs_stream_t *stream,
    ngx_chain_t *out);
static void ngx_bs_stream_sweep(ngx_bs_stream_t *stream);
static void ngx_bs_stream_writer(ngx_http_request_t *r);
static ngx_int_t ngx_bs_stream_write(ngx_bs_stream_t *stream);
static void ngx_bs_stream_gone(void *data);
static void ngx_bs_stream_release(void *data);


ngx_bs_stream_t *
ngx_bs_stream_open(ngx_http_request_t *r, void (*gone)(void *data), void *data)
{
    ngx_int_t           rc;
    ngx_bs_stream_t    *stream;
    ngx_bs_request_t   *request;
    ngx_http_cleanup_t *cln;

    stream = ngx_bs_stream_create(r);
    request = ngx_bs_request(r);
    cln = ngx_http_cleanup_add(r, 0);

    if (stream == NULL
        || request == NULL
        || cln == NULL
        || ngx_bs_stream_header(r) != NGX_OK)
    {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return NULL;
    }

    ngx_bs_reply_count(NGX_HTTP_OK);

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        ngx_http_finalize_request(r, rc);
        return NULL;
    }

    stream->gone = gone;
    stream->data = data;

    cln->handler = ngx_bs_stream_gone;
    cln->data = stream;

    request->state = stream;

    ngx_bs_request_wait(r);
    r->write_event_handler = ngx_bs_stream_writer;

    return stream;
}


static ngx_int_t
ngx_bs_stream_header(ngx_http_request_t *r)
{
    static ngx_str_t  no_store = ngx_string("no-store");
    static ngx_str_t  no = ngx_string("no");
    static ngx_str_t  nosniff = ngx_string("nosniff");

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = -1;

    ngx_str_set(&r->headers_out.content_type, "text/event-stream");
    r->headers_out.content_type_len = r->headers_out.content_type.len;
    r->headers_out.content_type_lowcase = NULL;

    r->keepalive = 0;
    r->disable_not_modified = 1;

    if (ngx_bs_reply_header(r, "Cache-Control", &no_store) != NGX_OK
        || ngx_bs_reply_header(r, "X-Accel-Buffering", &no) != NGX_OK
        || ngx_bs_reply_header(r, "X-Content-Type-Options", &nosniff)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    return NGX_OK;
}


/*
 * Frames are released with the pool, not with the request: HTTP/2 may still
 * have them in its output queue when the request has ended.
 */

static ngx_bs_stream_t *
ngx_bs_stream_create(ngx_http_request_t *r)
{
    ngx_bs_stream_t     *stream;
    ngx_pool_cleanup_t  *cln;

    stream = ngx_pcalloc(r->pool, sizeof(ngx_bs_stream_t));
    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (stream == NULL || cln == NULL) {
        return NULL;
    }

    stream->request = r;
    stream->last = &stream->waiting;

    cln->handler = ngx_bs_stream_release;
    cln->data = stream;

    return stream;
}


ngx_int_t
ngx_bs_stream_send(ngx_bs_stream_t *stream, ngx_bs_frame_t *frame)
{
    ngx_connection_t       *c;
    ngx_bs_stream_piece_t  *piece;

    if (stream->waiting_bytes + frame->text.len
        > NGX_BS_STREAM_WAITING_BYTES_MAX
        || stream->waiting_frames == NGX_BS_STREAM_WAITING_FRAMES_MAX)
    {
        return NGX_ERROR;
    }

    piece = ngx_bs_stream_piece(stream, frame);
    if (piece == NULL) {
        return NGX_ERROR;
    }

    c = stream->request->connection;
    ngx_http_set_log_request(c->log, stream->request);

    return ngx_bs_stream_output(stream, &piece->link);
}


static ngx_bs_stream_piece_t *
ngx_bs_stream_piece(ngx_bs_stream_t *stream, ngx_bs_frame_t *frame)
{
    ngx_bs_stream_piece_t  *piece;

    piece = stream->free;

    if (piece) {
        stream->free = piece->next;

    } else {
        piece = ngx_palloc(stream->request->pool,
                           sizeof(ngx_bs_stream_piece_t));
        if (piece == NULL) {
            return NULL;
        }
    }

    ngx_memzero(piece, sizeof(ngx_bs_stream_piece_t));

    piece->frame = ngx_bs_frame_hold(frame);

    piece->buf.start = frame->text.data;
    piece->buf.pos = frame->text.data;
    piece->buf.last = frame->text.data + frame->text.len;
    piece->buf.end = piece->buf.last;
    piece->buf.tag = (ngx_buf_tag_t) &ngx_betterstack_module;
    piece->buf.memory = 1;
    piece->buf.flush = 1;

    piece->link.buf = &piece->buf;

    *stream->last = piece;
    stream->last = &piece->next;

    stream->waiting_bytes += frame->text.len;
    stream->waiting_frames++;

    return piece;
}


static ngx_int_t
ngx_bs_stream_output(ngx_bs_stream_t *stream, ngx_chain_t *out)
{
    ngx_int_t                  rc;
    ngx_event_t               *wev;
    ngx_http_request_t        *r;
    ngx_http_core_loc_conf_t  *clcf;

    r = stream->request;
    wev = r->connection->write;

    rc = ngx_http_output_filter(r, out);

    ngx_bs_stream_sweep(stream);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (!r->buffered && !r->connection->buffered) {

        if (wev->timer_set && !wev->delayed) {
            ngx_del_timer(wev);
        }

        return NGX_OK;
    }

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    /* More to send is no progress: only the writer sets the timer anew. */

    if (!wev->timer_set) {
        ngx_add_timer(wev, clcf->send_timeout);
    }

    return ngx_handle_write_event(wev, clcf->send_lowat);
}


static void
ngx_bs_stream_sweep(ngx_bs_stream_t *stream)
{
    ngx_bs_stream_piece_t  *piece;

    while (stream->waiting && ngx_buf_size(&stream->waiting->buf) == 0) {

        piece = stream->waiting;

        stream->waiting = piece->next;

        if (stream->waiting == NULL) {
            stream->last = &stream->waiting;
        }

        stream->waiting_bytes -= piece->frame->text.len;
        stream->waiting_frames--;

        ngx_bs_frame_release(piece->frame);
        piece->frame = NULL;

        piece->next = stream->free;
        stream->free = piece;
    }
}


static void
ngx_bs_stream_writer(ngx_http_request_t *r)
{
    ngx_bs_stream_t  *stream;

    stream = ngx_bs_request(r)->state;

    if (ngx_bs_stream_write(stream) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_ERROR);
    }
}


static ngx_int_t
ngx_bs_stream_write(ngx_bs_stream_t *stream)
{
    ngx_event_t               *wev;
    ngx_http_request_t        *r;
    ngx_http_core_loc_conf_t  *clcf;

    r = stream->request;
    wev = r->connection->write;
    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);

    if (wev->timedout) {
        ngx_log_error(NGX_LOG_INFO, r->connection->log, NGX_ETIMEDOUT,
                      "betterstack: a reader of events is too slow");
        r->connection->timedout = 1;
        return NGX_ERROR;
    }

    if (wev->delayed || r->aio) {
        return ngx_handle_write_event(wev, clcf->send_lowat);
    }

    if (wev->timer_set) {
        ngx_del_timer(wev);
    }

    /* Without the postpone filter nginx takes an empty chain for an error. */

    if (!r->buffered && !r->connection->buffered) {
        return NGX_OK;
    }

    return ngx_bs_stream_output(stream, NULL);
}


void
ngx_bs_stream_close(ngx_bs_stream_t *stream, ngx_flag_t abort)
{
    ngx_int_t            rc;
    ngx_connection_t    *c;
    ngx_http_request_t  *r;

    r = stream->request;
    c = r->connection;

    ngx_http_set_log_request(c->log, r);

    ngx_bs_stream_gone(stream);

    rc = abort ? NGX_ERROR : ngx_http_send_special(r, NGX_HTTP_LAST);

    ngx_http_finalize_request(r, rc);

    ngx_http_run_posted_requests(c);
}


static void
ngx_bs_stream_gone(void *data)
{
    ngx_bs_stream_t *stream = data;

    void  (*gone)(void *data);

    gone = stream->gone;
    stream->gone = NULL;

    if (gone) {
        gone(stream->data);
    }
}


static void
ngx_bs_stream_release(void *data)
{
    ngx_bs_stream_t *stream = data;

    ngx_bs_stream_piece_t  *piece;

    for (piece = stream->waiting; piece; piece = piece->next) {
        ngx_bs_frame_release(piece->frame);
    }
}
