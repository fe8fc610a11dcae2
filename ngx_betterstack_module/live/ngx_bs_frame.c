
#include "ngx_bs_frame.h"


static ngx_bs_frame_t *ngx_bs_frame_alloc(size_t size, ngx_log_t *log);


ngx_bs_frame_t *
ngx_bs_frame_create(const char *event, const ngx_str_t *data, ngx_log_t *log)
{
    size_t           i, lines;
    u_char          *p;
    ngx_bs_frame_t  *frame;

    if (data->len > NGX_BS_FRAME_DATA_MAX) {
        return NULL;
    }

    lines = 1;

    for (i = 0; i < data->len; i++) {
        lines += (data->data[i] == '\n');
    }

    frame = ngx_bs_frame_alloc(sizeof("event: \ndata: \n\n") + ngx_strlen(event)
                               + data->len
                               + lines * (sizeof("data: ") - 1),
                               log);
    if (frame == NULL) {
        return NULL;
    }

    p = ngx_sprintf(frame->text.data, "event: %s\ndata: ", event);

    for (i = 0; i < data->len; i++) {
        *p++ = data->data[i];

        if (data->data[i] == '\n') {
            p = ngx_cpymem(p, "data: ", sizeof("data: ") - 1);
        }
    }

    p = ngx_cpymem(p, "\n\n", 2);

    frame->text.len = p - frame->text.data;

    return frame;
}


ngx_bs_frame_t *
ngx_bs_frame_raw(const ngx_str_t *text, ngx_log_t *log)
{
    ngx_bs_frame_t  *frame;

    frame = ngx_bs_frame_alloc(text->len, log);
    if (frame == NULL) {
        return NULL;
    }

    ngx_memcpy(frame->text.data, text->data, text->len);
    frame->text.len = text->len;

    return frame;
}


static ngx_bs_frame_t *
ngx_bs_frame_alloc(size_t size, ngx_log_t *log)
{
    ngx_bs_frame_t  *frame;

    frame = ngx_alloc(sizeof(ngx_bs_frame_t) + size, log);
    if (frame == NULL) {
        return NULL;
    }

    frame->holders = 1;
    frame->text.data = (u_char *) frame + sizeof(ngx_bs_frame_t);
    frame->text.len = 0;

    return frame;
}


ngx_bs_frame_t *
ngx_bs_frame_hold(ngx_bs_frame_t *frame)
{
    frame->holders++;

    return frame;
}


void
ngx_bs_frame_release(ngx_bs_frame_t *frame)
{
    if (--frame->holders == 0) {
        ngx_free(frame);
    }
}
