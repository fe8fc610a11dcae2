
#include "ngx_bs_page.h"
#include "ngx_bs_reply.h"

#include <sodium.h>


#define NGX_BS_PAGE_BYTES_MAX  (1024 * 1024)
#define NGX_BS_PAGE_ETAG_LEN   16
#define NGX_BS_PAGE_MAP        "<script type=\"importmap\">"
#define NGX_BS_PAGE_MAP_END    "</script>"

/* What a page may load: nothing that is not its own. */
#define NGX_BS_PAGE_POLICY                                                    \
    "default-src 'none'; script-src 'self'%s%s%s; style-src 'self'; "         \
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; "             \
    "manifest-src 'self'; base-uri 'none'; form-action 'self'; "              \
    "frame-ancestors 'none'"


static ngx_int_t ngx_bs_page_read(ngx_conf_t *cf, const ngx_str_t *root,
    const ngx_str_t *suffix, ngx_str_t *body);
static ngx_int_t ngx_bs_page_read_file(ngx_conf_t *cf, ngx_file_t *file,
    ngx_str_t *body);
static ngx_int_t ngx_bs_page_tag(ngx_conf_t *cf, const ngx_str_t *encoding,
    ngx_bs_page_copy_t *copy);
static ngx_int_t ngx_bs_page_policy(ngx_conf_t *cf, ngx_bs_page_t *page);
static ngx_flag_t ngx_bs_page_map(const ngx_str_t *body, ngx_str_t *map);
static ngx_int_t ngx_bs_page_headers(ngx_http_request_t *r,
    const ngx_bs_page_t *page, ngx_uint_t encoding);


char *
ngx_bs_page_load(ngx_conf_t *cf, const ngx_str_t *root, ngx_bs_page_t *page)
{
    ngx_int_t            rc;
    ngx_uint_t           i;
    ngx_bs_page_copy_t  *copy;

    for (i = 0; i < NGX_BS_ENCODINGS; i++) {

        copy = &page->copies[i];

        rc = ngx_bs_page_read(cf, root, &ngx_bs_encodings[i].suffix,
                              &copy->body);

        if (rc == NGX_DECLINED && i == NGX_BS_ENCODING_IDENTITY) {
            ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                               "\"betterstack_dashboard\": there is no "
                               "index.html in \"%V\"; `make' builds the "
                               "dashboard into build/html", root);
            return NGX_CONF_ERROR;
        }

        if (rc == NGX_DECLINED) {
            continue;
        }

        if (rc != NGX_OK
            || ngx_bs_page_tag(cf, &ngx_bs_encodings[i].name, copy) != NGX_OK)
        {
            return NGX_CONF_ERROR;
        }
    }

    if (ngx_bs_page_policy(cf, page) != NGX_OK) {
        return NGX_CONF_ERROR;
    }

    return NGX_CONF_OK;
}


/* NGX_DECLINED: there is no such file. */

static ngx_int_t
ngx_bs_page_read(ngx_conf_t *cf, const ngx_str_t *root,
    const ngx_str_t *suffix, ngx_str_t *body)
{
    u_char      *p;
    size_t       size;
    ngx_int_t    rc;
    ngx_file_t   file;

    size = root->len + sizeof("/index.html") + suffix->len;

    ngx_memzero(&file, sizeof(ngx_file_t));

    p = ngx_pnalloc(cf->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    file.name.data = p;
    file.name.len = size - 1;
    file.log = cf->log;

    p = ngx_sprintf(p, "%V/index.html%V", root, suffix);
    *p = '\0';

    file.fd = ngx_open_file(file.name.data, NGX_FILE_RDONLY, NGX_FILE_OPEN, 0);

    if (file.fd == NGX_INVALID_FILE) {

        if (ngx_errno == NGX_ENOENT) {
            return NGX_DECLINED;
        }

        ngx_conf_log_error(NGX_LOG_EMERG, cf, ngx_errno,
                           "\"betterstack_dashboard\": cannot open \"%V\"",
                           &file.name);
        return NGX_ERROR;
    }

    rc = ngx_bs_page_read_file(cf, &file, body);

    (void) ngx_close_file(file.fd);

    return rc;
}


static ngx_int_t
ngx_bs_page_read_file(ngx_conf_t *cf, ngx_file_t *file, ngx_str_t *body)
{
    ssize_t  n;

    if (ngx_fd_info(file->fd, &file->info) == NGX_FILE_ERROR
        || !ngx_is_file(&file->info)
        || ngx_file_size(&file->info) == 0
        || ngx_file_size(&file->info) > NGX_BS_PAGE_BYTES_MAX)
    {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"betterstack_dashboard\": \"%V\" must be a file "
                           "of 1 to %d bytes", &file->name,
                           NGX_BS_PAGE_BYTES_MAX);
        return NGX_ERROR;
    }

    body->len = (size_t) ngx_file_size(&file->info);
    body->data = ngx_pnalloc(cf->pool, body->len);
    if (body->data == NULL) {
        return NGX_ERROR;
    }

    n = ngx_read_file(file, body->data, body->len, 0);

    if (n != (ssize_t) body->len) {
        ngx_conf_log_error(NGX_LOG_EMERG, cf, 0,
                           "\"betterstack_dashboard\": cannot read \"%V\"",
                           &file->name);
        return NGX_ERROR;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_bs_page_tag(ngx_conf_t *cf, const ngx_str_t *encoding,
    ngx_bs_page_copy_t *copy)
{
    u_char  *p;
    u_char   digest[crypto_hash_sha256_BYTES];

    (void) crypto_hash_sha256(digest, copy->body.data, copy->body.len);

    p = ngx_pnalloc(cf->pool, NGX_BS_PAGE_ETAG_LEN + encoding->len + 3);
    if (p == NULL) {
        return NGX_ERROR;
    }

    copy->etag.data = p;

    *p++ = '"';
    p = ngx_hex_dump(p, digest, NGX_BS_PAGE_ETAG_LEN / 2);
    p = ngx_sprintf(p, "%s%V\"", encoding->len ? "-" : "", encoding);

    copy->etag.len = p - copy->etag.data;

    return NGX_OK;
}


/* An import map must be inline; its digest lets just this one in. */

static ngx_int_t
ngx_bs_page_policy(ngx_conf_t *cf, ngx_bs_page_t *page)
{
    char       text[sodium_base64_ENCODED_LEN(crypto_hash_sha256_BYTES,
                                              sodium_base64_VARIANT_ORIGINAL)];
    u_char     digest[crypto_hash_sha256_BYTES];
    size_t     size;
    ngx_str_t  map;

    text[0] = '\0';

    if (ngx_bs_page_map(&page->copies[NGX_BS_ENCODING_IDENTITY].body, &map)) {
        (void) crypto_hash_sha256(digest, map.data, map.len);
        (void) sodium_bin2base64(text, sizeof(text), digest, sizeof(digest),
                                 sodium_base64_VARIANT_ORIGINAL);
    }

    size = sizeof(NGX_BS_PAGE_POLICY) + sizeof(" 'sha256-'") + sizeof(text);

    page->policy.data = ngx_pnalloc(cf->pool, size);
    if (page->policy.data == NULL) {
        return NGX_ERROR;
    }

    page->policy.len = ngx_snprintf(page->policy.data, size,
                                    NGX_BS_PAGE_POLICY,
                                    text[0] ? " 'sha256-" : "", text,
                                    text[0] ? "'" : "")
                       - page->policy.data;

    return NGX_OK;
}


static ngx_flag_t
ngx_bs_page_map(const ngx_str_t *body, ngx_str_t *map)
{
    u_char  *end, *last;

    last = body->data + body->len;

    map->data = ngx_strlcasestrn(body->data, last,
                                 (u_char *) NGX_BS_PAGE_MAP,
                                 sizeof(NGX_BS_PAGE_MAP) - 2);
    if (map->data == NULL) {
        return 0;
    }

    map->data += sizeof(NGX_BS_PAGE_MAP) - 1;

    end = ngx_strlcasestrn(map->data, last, (u_char *) NGX_BS_PAGE_MAP_END,
                           sizeof(NGX_BS_PAGE_MAP_END) - 2);
    if (end == NULL) {
        return 0;
    }

    map->len = end - map->data;

    return 1;
}


ngx_int_t
ngx_bs_page_send(ngx_http_request_t *r, const ngx_bs_page_t *page)
{
    ngx_int_t                  rc;
    ngx_uint_t                 encoding;
    const ngx_bs_page_copy_t  *copy;

    for (encoding = 0; encoding < NGX_BS_ENCODING_IDENTITY; encoding++) {

        if (page->copies[encoding].body.len
            && ngx_bs_encoding_accepted(r, encoding))
        {
            break;
        }
    }

    copy = &page->copies[encoding];

    if (ngx_bs_page_headers(r, page, encoding) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    return ngx_bs_reply_send_body(r, &copy->body);
}


static ngx_int_t
ngx_bs_page_headers(ngx_http_request_t *r, const ngx_bs_page_t *page,
    ngx_uint_t encoding)
{
    ngx_uint_t  i;

    static struct {
        const char  *name;
        ngx_str_t    value;
    } headers[] = {
        { "Cache-Control", ngx_string("no-cache") },
        { "X-Content-Type-Options", ngx_string("nosniff") },
        { "X-Frame-Options", ngx_string("DENY") },
        /* Its address may be a secret: /acknowledge/TOKEN. */
        { "Referrer-Policy", ngx_string("no-referrer") },
        { "Cross-Origin-Opener-Policy", ngx_string("same-origin") },
        { NULL, ngx_null_string }
    };

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = page->copies[encoding].body.len;

    ngx_str_set(&r->headers_out.content_type, "text/html; charset=utf-8");
    r->headers_out.content_type_len = sizeof("text/html") - 1;
    r->headers_out.content_type_lowcase = NULL;

    for (i = 0; headers[i].name; i++) {

        if (ngx_bs_reply_header(r, headers[i].name, &headers[i].value)
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    if (ngx_bs_reply_header(r, "Content-Security-Policy",
                            (ngx_str_t *) &page->policy)
        != NGX_OK
        || ngx_bs_encoding_header(r, encoding) != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_bs_reply_etag(r, &page->copies[encoding].etag);
}
