
/*
 * One server-sent event, encoded once and shared by all streams that send it.
 */

#ifndef _NGX_BS_FRAME_H_INCLUDED_
#define _NGX_BS_FRAME_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


#define NGX_BS_FRAME_DATA_MAX  (256 * 1024)


typedef struct {
    ngx_uint_t   holders;
    ngx_str_t    text;
} ngx_bs_frame_t;


/*
 * Held once, by the caller.  Newlines in `data` are kept.  NULL: out of
 * memory, or more than NGX_BS_FRAME_DATA_MAX.
 */
ngx_bs_frame_t *ngx_bs_frame_create(const char *event, const ngx_str_t *data,
    ngx_log_t *log);

/* Text as it is to be sent, empty line and all. */
ngx_bs_frame_t *ngx_bs_frame_raw(const ngx_str_t *text, ngx_log_t *log);

ngx_bs_frame_t *ngx_bs_frame_hold(ngx_bs_frame_t *frame);

/* The last holder frees it. */
void ngx_bs_frame_release(ngx_bs_frame_t *frame);


#endif /* _NGX_BS_FRAME_H_INCLUDED_ */
