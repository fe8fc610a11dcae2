
#include "ngx_bs_body.h"
#include "ngx_bs_reply.h"
#include "ngx_bs_request.h"


static ngx_int_t ngx_bs_body_start(ngx_http_request_t *r);
static void ngx_bs_body_ready(ngx_http_request_t *r);
static ngx_int_t ngx_bs_body_join(ngx_http_request_t *r, size_t limit,
    ngx_str_t *body);
static ngx_int_t ngx_bs_body_head(ngx_http_request_t *r, size_t limit,
    ngx_str_t *body);
static void ngx_bs_body_too_large(ngx_http_request_t *r);


void
ngx_bs_body_reserve(ngx_conf_t *cf, size_t limit)
{
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_conf_get_module_loc_conf(cf, ngx_http_core_module);

    if (clcf->client_body_buffer_size < limit) {
        clcf->client_body_buffer_size = limit;
    }
}


ngx_int_t
ngx_bs_body_read(ngx_http_request_t *r, size_t limit,
    ngx_bs_body_handler_pt handler)
{
    ngx_bs_request_t  *request;

    if (r->headers_in.content_length_n > (off_t) limit) {
        ngx_bs_request_suspend(r);
        ngx_bs_body_too_large(r);
        return NGX_DONE;
    }

    request = ngx_bs_request(r);
    if (request == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    request->body_handler = handler;
    request->body_limit = limit;
    request->body_cut = 0;

    r->request_body_in_single_buf = 1;

    return ngx_bs_body_start(r);
}


ngx_int_t
ngx_bs_body_read_head(ngx_http_request_t *r, size_t limit,
    ngx_bs_body_handler_pt handler)
{
    ngx_bs_request_t  *request;

    request = ngx_bs_request(r);
    if (request == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    request->body_handler = handler;
    request->body_limit = limit;
    request->body_cut = 1;

    return ngx_bs_body_start(r);
}


static ngx_int_t
ngx_bs_body_start(ngx_http_request_t *r)
{
    ngx_int_t  rc;

    rc = ngx_http_read_client_request_body(r, ngx_bs_body_ready);

    if (rc >= NGX_HTTP_SPECIAL_RESPONSE) {
        return rc;
    }

    return NGX_DONE;
}


static void
ngx_bs_body_ready(ngx_http_request_t *r)
{
    ngx_int_t          rc;
    ngx_str_t          body;
    ngx_bs_request_t  *request;

    request = ngx_bs_request(r);

    rc = request->body_cut ? ngx_bs_body_head(r, request->body_limit, &body)
                           : ngx_bs_body_join(r, request->body_limit, &body);

    if (rc == NGX_DECLINED) {
        ngx_bs_body_too_large(r);
        return;
    }

    if (rc != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    request->body_handler(r, &body);
}


/*
 * One buffer is borrowed, several (chunked, HTTP/2) are copied together.  A
 * buffer in a file means that it did not fit into memory: see
 * ngx_bs_body_reserve().
 */

static ngx_int_t
ngx_bs_body_join(ngx_http_request_t *r, size_t limit, ngx_str_t *body)
{
    u_char       *p;
    ngx_uint_t    n;
    ngx_chain_t  *cl, *first;

    ngx_str_null(body);

    if (r->request_body == NULL || r->request_body->bufs == NULL) {
        return NGX_OK;
    }

    first = r->request_body->bufs;
    n = 0;

    for (cl = first; cl; cl = cl->next) {

        if (cl->buf->in_file) {
            return NGX_DECLINED;
        }

        body->len += cl->buf->last - cl->buf->pos;
        n++;

        if (body->len > limit) {
            return NGX_DECLINED;
        }
    }

    if (n == 1) {
        body->data = first->buf->pos;
        return NGX_OK;
    }

    body->data = ngx_pnalloc(r->pool, body->len);
    if (body->data == NULL) {
        return NGX_ERROR;
    }

    p = body->data;

    for (cl = first; cl; cl = cl->next) {

        if (cl->buf->last != cl->buf->pos) {
            p = ngx_cpymem(p, cl->buf->pos, cl->buf->last - cl->buf->pos);
        }
    }

    return NGX_OK;
}


/*
 * A long one is in a file that nginx has just written, so reading its beginning
 * waits for no disk.
 */

static ngx_int_t
ngx_bs_body_head(ngx_http_request_t *r, size_t limit, ngx_str_t *body)
{
    size_t        n;
    ssize_t       size;
    ngx_buf_t    *b;
    ngx_chain_t  *cl;

    ngx_str_null(body);

    if (r->request_body == NULL || r->request_body->bufs == NULL) {
        return NGX_OK;
    }

    body->data = ngx_pnalloc(r->pool, limit);
    if (body->data == NULL) {
        return NGX_ERROR;
    }

    for (cl = r->request_body->bufs; cl && body->len < limit; cl = cl->next) {
        b = cl->buf;
        n = ngx_min(limit - body->len, (size_t) ngx_buf_size(b));

        if (n == 0) {
            continue;    /* a body that was announced, and is empty */
        }

        if (!b->in_file) {
            ngx_memcpy(body->data + body->len, b->pos, n);
            body->len += n;
            continue;
        }

        size = ngx_read_file(b->file, body->data + body->len, n, b->file_pos);

        if (size == NGX_ERROR) {
            return NGX_ERROR;
        }

        body->len += size;
    }

    return NGX_OK;
}


void
ngx_bs_body_wipe(ngx_http_request_t *r, ngx_str_t *body)
{
    ngx_chain_t  *cl;

    if (body->len == 0) {
        return;
    }

    ngx_explicit_memzero(body->data, body->len);

    for (cl = r->request_body->bufs; cl; cl = cl->next) {

        if (cl->buf->last != cl->buf->pos) {
            ngx_explicit_memzero(cl->buf->pos, cl->buf->last - cl->buf->pos);
        }
    }
}


static void
ngx_bs_body_too_large(ngx_http_request_t *r)
{
    ngx_bs_reply_error(r, NGX_HTTP_REQUEST_ENTITY_TOO_LARGE,
                       "The request body is too large");
}
