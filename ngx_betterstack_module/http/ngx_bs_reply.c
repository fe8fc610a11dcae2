
#include "ngx_bs_reply.h"

#include <sodium.h>


#define NGX_BS_REPLY_TAG_LEN  32


static void ngx_bs_reply_finish(ngx_http_request_t *r, ngx_uint_t status,
    const ngx_str_t *content_type, ngx_str_t *cache, ngx_str_t *body);
static ngx_int_t ngx_bs_reply_send(ngx_http_request_t *r, ngx_uint_t status,
    const ngx_str_t *content_type, ngx_str_t *cache, ngx_str_t *body);
static ngx_int_t ngx_bs_reply_security(ngx_http_request_t *r,
    ngx_uint_t status, ngx_str_t *cache);
static ngx_int_t ngx_bs_reply_tag(ngx_http_request_t *r,
    const ngx_str_t *body);
static void ngx_bs_reply_retry(ngx_http_request_t *r, ngx_uint_t status,
    const char *message);


static const ngx_str_t  ngx_bs_reply_json_type =
    ngx_string("application/json; charset=utf-8");


/*
 * Answers are about one account and about now: no cache may keep them.
 */

void
ngx_bs_reply(ngx_http_request_t *r, ngx_uint_t status,
    const ngx_str_t *content_type, ngx_str_t *body)
{
    static ngx_str_t  no_store = ngx_string("no-store");

    ngx_bs_reply_finish(r, status, content_type, &no_store, body);
}


void
ngx_bs_reply_document(ngx_http_request_t *r, const ngx_str_t *content_type,
    ngx_str_t *body)
{
    static ngx_str_t  ask_again = ngx_string("private, no-cache");

    if (ngx_bs_reply_tag(r, body) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_bs_reply_finish(r, NGX_HTTP_OK, content_type, &ask_again, body);
}


static void
ngx_bs_reply_finish(ngx_http_request_t *r, ngx_uint_t status,
    const ngx_str_t *content_type, ngx_str_t *cache, ngx_str_t *body)
{
    ngx_int_t  rc;

    ngx_bs_reply_count(status);

    /*
     * A body that nobody read would be taken for the next request; nginx reads
     * and drops it.  Nothing happens when it has been read.
     */
    if (ngx_http_discard_request_body(r) != NGX_OK) {
        r->keepalive = 0;
    }

    rc = ngx_bs_reply_send(r, status, content_type, cache, body);

    ngx_http_finalize_request(r, rc);
}


void
ngx_bs_reply_count(ngx_uint_t status)
{
    ngx_bs_worker_t  *worker;

    worker = ngx_bs_worker();

    if (worker != NULL && status / 100 < 6) {
        ngx_bs_zone_count(worker->zone, requests[status / 100]);
    }
}


static ngx_int_t
ngx_bs_reply_send(ngx_http_request_t *r, ngx_uint_t status,
    const ngx_str_t *content_type, ngx_str_t *cache, ngx_str_t *body)
{
    u_char     *semicolon;
    ngx_int_t   rc;

    r->headers_out.status = status;
    r->headers_out.content_length_n = body->len;

    /*
     * Without a validator there is nothing to compare with: nginx would say
     * 412 or 304 of a change that has been made.
     */
    if (r->headers_out.etag == NULL) {
        r->disable_not_modified = 1;
    }

    if (status == NGX_BS_UNPROCESSABLE) {
        /* nginx has no words for this one */
        ngx_str_set(&r->headers_out.status_line, "422 Unprocessable Content");
    }

    if (body->len) {
        r->headers_out.content_type = *content_type;
        r->headers_out.content_type_lowcase = NULL;

        /* gzip_types and charset_types compare only what stands before ';' */

        semicolon = ngx_strlchr(content_type->data,
                                content_type->data + content_type->len, ';');
        r->headers_out.content_type_len = semicolon
                                          ? (size_t) (semicolon
                                                      - content_type->data)
                                          : content_type->len;
    }

    if (ngx_bs_reply_security(r, status, cache) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_bs_reply_send_body(r, body);
}


ngx_int_t
ngx_bs_reply_send_body(ngx_http_request_t *r, const ngx_str_t *body)
{
    ngx_buf_t    *b;
    ngx_chain_t   out;

    if (body->len == 0) {
        return ngx_http_send_special(r, NGX_HTTP_LAST);
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_ERROR;
    }

    b->pos = body->data;
    b->last = body->data + body->len;
    b->memory = 1;
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


/*
 * No browser may take an answer for anything but what it says it is.
 */

static ngx_int_t
ngx_bs_reply_security(ngx_http_request_t *r, ngx_uint_t status,
    ngx_str_t *cache)
{
    static ngx_str_t  nosniff = ngx_string("nosniff");
    static ngx_str_t  bearer = ngx_string("Bearer");

    if (ngx_bs_reply_header(r, "Cache-Control", cache) != NGX_OK
        || ngx_bs_reply_header(r, "X-Content-Type-Options", &nosniff)
           != NGX_OK)
    {
        return NGX_ERROR;
    }

    if (status == NGX_HTTP_UNAUTHORIZED) {
        return ngx_bs_reply_header(r, "WWW-Authenticate", &bearer);
    }

    return NGX_OK;
}


void
ngx_bs_reply_json(ngx_http_request_t *r, ngx_uint_t status, ngx_str_t *body)
{
    ngx_bs_reply(r, status, &ngx_bs_reply_json_type, body);
}


void
ngx_bs_reply_error(ngx_http_request_t *r, ngx_uint_t status,
    const char *message)
{
    ngx_str_t  text;

    text.data = (u_char *) message;
    text.len = ngx_strlen(message);

    ngx_bs_reply_message(r, status, &text);
}


void
ngx_bs_reply_message(ngx_http_request_t *r, ngx_uint_t status,
    const ngx_str_t *message)
{
    u_char     *p;
    size_t      escape;
    ngx_str_t   body;

    escape = ngx_escape_json(NULL, message->data, message->len);

    body.data = ngx_pnalloc(r->pool, sizeof("{\"errors\":\"\"}") - 1
                                     + message->len + escape);
    if (body.data == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    p = ngx_cpymem(body.data, "{\"errors\":\"", sizeof("{\"errors\":\"") - 1);
    p = (u_char *) ngx_escape_json(p, message->data, message->len);
    p = ngx_cpymem(p, "\"}", 2);

    body.len = p - body.data;

    ngx_bs_reply_json(r, status, &body);
}


void
ngx_bs_reply_field(ngx_http_request_t *r, ngx_uint_t status,
    const ngx_str_t *field, const char *message)
{
    u_char     *p;
    size_t      size;
    ngx_str_t   body;

    size = sizeof("{\"errors\":{\"\":[\"\"]}}") - 1 + field->len
           + ngx_escape_json(NULL, field->data, field->len)
           + ngx_strlen(message);

    body.data = ngx_pnalloc(r->pool, size);
    if (body.data == NULL) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    p = ngx_cpymem(body.data, "{\"errors\":{\"",
                   sizeof("{\"errors\":{\"") - 1);
    p = (u_char *) ngx_escape_json(p, field->data, field->len);
    p = ngx_sprintf(p, "\":[\"%s\"]}}", message);

    body.len = p - body.data;

    ngx_bs_reply_json(r, status, &body);
}


void
ngx_bs_reply_unavailable(ngx_http_request_t *r, const char *message)
{
    ngx_bs_reply_retry(r, NGX_HTTP_SERVICE_UNAVAILABLE, message);
}


void
ngx_bs_reply_too_many(ngx_http_request_t *r, const char *message)
{
    ngx_bs_reply_retry(r, NGX_HTTP_TOO_MANY_REQUESTS, message);
}


static void
ngx_bs_reply_retry(ngx_http_request_t *r, ngx_uint_t status,
    const char *message)
{
    static ngx_str_t  second = ngx_string("1");

    if (ngx_bs_reply_header(r, "Retry-After", &second) != NGX_OK) {
        ngx_http_finalize_request(r, NGX_HTTP_INTERNAL_SERVER_ERROR);
        return;
    }

    ngx_bs_reply_error(r, status, message);
}


ngx_int_t
ngx_bs_reply_read_only(ngx_http_request_t *r)
{
    static ngx_str_t  allow = ngx_string("GET, HEAD");

    if (ngx_bs_reply_header(r, "Allow", &allow) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    r->main->count++;

    ngx_bs_reply_error(r, NGX_HTTP_NOT_ALLOWED,
                       "This method is not allowed here");
    return NGX_DONE;
}


ngx_int_t
ngx_bs_reply_header(ngx_http_request_t *r, const char *name, ngx_str_t *value)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    /* zeroed: nginx 1.23 added a link that must be NULL */

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    h->key.data = (u_char *) name;
    h->key.len = ngx_strlen(name);
    h->value = *value;

    return NGX_OK;
}


static ngx_int_t
ngx_bs_reply_tag(ngx_http_request_t *r, const ngx_str_t *body)
{
    u_char     *p;
    u_char      digest[crypto_hash_sha256_BYTES];
    ngx_str_t   etag;

    (void) crypto_hash_sha256(digest, body->data, body->len);

    etag.len = NGX_BS_REPLY_TAG_LEN + 2;
    etag.data = ngx_pnalloc(r->pool, etag.len);
    if (etag.data == NULL) {
        return NGX_ERROR;
    }

    p = etag.data;

    *p++ = '"';
    p = ngx_hex_dump(p, digest, NGX_BS_REPLY_TAG_LEN / 2);
    *p = '"';

    return ngx_bs_reply_etag(r, &etag);
}


ngx_int_t
ngx_bs_reply_etag(ngx_http_request_t *r, const ngx_str_t *etag)
{
    ngx_table_elt_t  *h;

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    ngx_str_set(&h->key, "ETag");
    h->value = *etag;

    r->headers_out.etag = h;

    return NGX_OK;
}
