
/*
 * Every answer of the API leaves through here.  Each function sends, and
 * finalizes the suspended request; afterwards r must not be touched.
 */

#ifndef _NGX_BS_REPLY_H_INCLUDED_
#define _NGX_BS_REPLY_H_INCLUDED_


#include "../ngx_bs.h"


#define NGX_BS_UNPROCESSABLE  422


/* `body` must live as long as r->pool; zero length sends no body. */
void ngx_bs_reply(ngx_http_request_t *r, ngx_uint_t status,
    const ngx_str_t *content_type, ngx_str_t *body);

/*
 * 200 with what a client may keep, and ask about again by its ETag: 304 if it
 * is the same.  For documents that programs fetch over and over.
 */
void ngx_bs_reply_document(ngx_http_request_t *r,
    const ngx_str_t *content_type, ngx_str_t *body);

void ngx_bs_reply_json(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t *body);

/* {"errors":"<message>"}; message is a literal that needs no escaping. */
void ngx_bs_reply_error(ngx_http_request_t *r, ngx_uint_t status,
    const char *message);

/* The same for any valid UTF-8: it is escaped. */
void ngx_bs_reply_message(ngx_http_request_t *r, ngx_uint_t status,
    const ngx_str_t *message);

/* {"errors":{"<field>":["<message>"]}}; the field is escaped. */
void ngx_bs_reply_field(ngx_http_request_t *r, ngx_uint_t status,
    const ngx_str_t *field, const char *message);

/* 503 with Retry-After: 1. */
void ngx_bs_reply_unavailable(ngx_http_request_t *r, const char *message);

/* 429 with Retry-After: 1. */
void ngx_bs_reply_too_many(ngx_http_request_t *r, const char *message);

/* From a content handler: its answer to all but GET and HEAD. */
ngx_int_t ngx_bs_reply_read_only(ngx_http_request_t *r);

/* Name must be a literal; value must live as long as r->pool. */
ngx_int_t ngx_bs_reply_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value);

/* The validator by which nginx answers 304; as long as r->pool. */
ngx_int_t ngx_bs_reply_etag(ngx_http_request_t *r, const ngx_str_t *etag);

/* After the header: the whole body, which must live as long as r->pool. */
ngx_int_t ngx_bs_reply_send_body(ngx_http_request_t *r,
    const ngx_str_t *body);

/* Counts an answer that is sent by someone else (a stream). */
void ngx_bs_reply_count(ngx_uint_t status);


#endif /* _NGX_BS_REPLY_H_INCLUDED_ */
