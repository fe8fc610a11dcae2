
/*
 * One client of server-sent events: a response that has no end yet.  Frames
 * wait in a bounded queue while the client is slow.
 */

#ifndef _NGX_BS_STREAM_H_INCLUDED_
#define _NGX_BS_STREAM_H_INCLUDED_


#include "../ngx_bs.h"
#include "ngx_bs_frame.h"


typedef struct ngx_bs_stream_s  ngx_bs_stream_t;


/*
 * Sends the header of a suspended request.  `gone` is called once, when the
 * client has left or the stream was closed; afterwards the stream must not be
 * used.  NULL: the request has been finalized, `gone` is never called.
 */
ngx_bs_stream_t *ngx_bs_stream_open(ngx_http_request_t *r,
    void (*gone)(void *data), void *data);

/*
 * Never closes the stream, so it may be called while walking through streams.
 * NGX_ERROR: it broke or is too slow; close it when the walk is over.
 */
ngx_int_t ngx_bs_stream_send(ngx_bs_stream_t *stream, ngx_bs_frame_t *frame);

/*
 * Calls `gone`.  With `abort` the connection is dropped, otherwise what waits
 * is still sent.
 */
void ngx_bs_stream_close(ngx_bs_stream_t *stream, ngx_flag_t abort);


#endif /* _NGX_BS_STREAM_H_INCLUDED_ */
