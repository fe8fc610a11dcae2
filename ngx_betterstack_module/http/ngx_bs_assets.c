
#include "ngx_bs_assets.h"
#include "ngx_bs_encoding.h"
#include "ngx_bs_page.h"
#include "ngx_bs_reply.h"


#define NGX_BS_ASSETS_PREFIX   "/assets/"
#define NGX_BS_ASSETS_PATH_MAX 1024

/* Before a link's token, which has dots and is no file. */
#define NGX_BS_ASSETS_LINK     "/acknowledge/"


struct ngx_bs_assets_s {
    ngx_str_t       root;      /* no slash at its end */
    ngx_bs_page_t   page;
};


/* Of our own files: a server without mime.types must not break the modules. */
typedef struct {
    ngx_str_t    extension;
    ngx_str_t    type;
    ngx_uint_t   compressible;
} ngx_bs_assets_type_t;


/* A file that has been found, and which copy of it. */
typedef struct {
    ngx_str_t                    path;
    ngx_uint_t                   encoding;
    ngx_open_file_info_t         info;
    const ngx_bs_assets_type_t  *type;
} ngx_bs_assets_file_t;


static ngx_flag_t ngx_bs_assets_safe(const ngx_str_t *uri);
static ngx_flag_t ngx_bs_assets_has_dot(const ngx_str_t *uri);
static const ngx_bs_assets_type_t *ngx_bs_assets_type(
    const ngx_str_t *extension);
static ngx_int_t ngx_bs_assets_find(ngx_http_request_t *r,
    ngx_bs_assets_t *assets, ngx_bs_assets_file_t *file);
static ngx_int_t ngx_bs_assets_open(ngx_http_request_t *r,
    ngx_bs_assets_t *assets, ngx_bs_assets_file_t *file);
static ngx_int_t ngx_bs_assets_send(ngx_http_request_t *r,
    ngx_bs_assets_file_t *file, ngx_flag_t forever);
static ngx_int_t ngx_bs_assets_headers(ngx_http_request_t *r,
    ngx_bs_assets_file_t *file, ngx_flag_t forever);
static ngx_int_t ngx_bs_assets_refuse_method(ngx_http_request_t *r);


static const ngx_bs_assets_type_t  ngx_bs_assets_types[] = {
    { ngx_string("js"), ngx_string("text/javascript; charset=utf-8"), 1 },
    { ngx_string("css"), ngx_string("text/css; charset=utf-8"), 1 },
    { ngx_string("svg"), ngx_string("image/svg+xml"), 1 },
    { ngx_string("html"), ngx_string("text/html; charset=utf-8"), 1 },
    { ngx_string("json"), ngx_string("application/json"), 1 },
    { ngx_string("txt"), ngx_string("text/plain; charset=utf-8"), 1 },
    { ngx_string("webmanifest"), ngx_string("application/manifest+json"), 1 },
    { ngx_string("woff2"), ngx_string("font/woff2"), 0 },
    { ngx_string("png"), ngx_string("image/png"), 0 },
    { ngx_string("ico"), ngx_string("image/x-icon"), 0 },
    { ngx_null_string, ngx_null_string, 0 }
};


char *
ngx_bs_assets_load(ngx_conf_t *cf, ngx_str_t *root, ngx_bs_assets_t **assets)
{
    ngx_bs_assets_t  *loaded;

    loaded = ngx_pcalloc(cf->pool, sizeof(ngx_bs_assets_t));
    if (loaded == NULL) {
        return NGX_CONF_ERROR;
    }

    loaded->root = *root;

    while (loaded->root.len > 1
           && loaded->root.data[loaded->root.len - 1] == '/')
    {
        loaded->root.len--;
    }

    *assets = loaded;

    return ngx_bs_page_load(cf, &loaded->root, &loaded->page);
}


/*
 * Versioned files are there or not; any other path without a file is a place
 * inside the dashboard, which its script finds by itself.
 */

ngx_int_t
ngx_bs_assets_handler(ngx_http_request_t *r)
{
    ngx_int_t              rc;
    ngx_flag_t             versioned;
    ngx_bs_loc_conf_t     *blcf;
    ngx_bs_assets_file_t   file;

    if (!(r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD))) {
        return ngx_bs_assets_refuse_method(r);
    }

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    blcf = ngx_http_get_module_loc_conf(r, ngx_betterstack_module);

    versioned = r->uri.len > sizeof(NGX_BS_ASSETS_PREFIX) - 1
                && ngx_memcmp(r->uri.data, NGX_BS_ASSETS_PREFIX,
                              sizeof(NGX_BS_ASSETS_PREFIX) - 1)
                   == 0;

    rc = ngx_bs_assets_find(r, blcf->assets, &file);

    if (rc == NGX_OK) {
        return ngx_bs_assets_send(r, &file, versioned);
    }

    if (rc != NGX_DECLINED) {
        return rc;
    }

    if (versioned || ngx_bs_assets_has_dot(&r->uri)) {
        return NGX_HTTP_NOT_FOUND;
    }

    return ngx_bs_page_send(r, &blcf->assets->page);
}


static ngx_int_t
ngx_bs_assets_refuse_method(ngx_http_request_t *r)
{
    static ngx_str_t  allow = ngx_string("GET, HEAD");

    if (ngx_bs_reply_header(r, "Allow", &allow) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    return NGX_HTTP_NOT_ALLOWED;
}


/* NGX_DECLINED: there is no such file. */

static ngx_int_t
ngx_bs_assets_find(ngx_http_request_t *r, ngx_bs_assets_t *assets,
    ngx_bs_assets_file_t *file)
{
    ngx_int_t  rc;

    if (!ngx_bs_assets_safe(&r->uri)
        || (r->uri.len == sizeof("/index.html") - 1
            && ngx_memcmp(r->uri.data, "/index.html", r->uri.len) == 0))
    {
        return NGX_DECLINED;
    }

    file->type = ngx_bs_assets_type(&r->exten);

    for (file->encoding = 0;
         file->encoding < NGX_BS_ENCODINGS;
         file->encoding++)
    {
        if (file->encoding != NGX_BS_ENCODING_IDENTITY
            && (file->type == NULL || !file->type->compressible))
        {
            continue;
        }

        if (!ngx_bs_encoding_accepted(r, file->encoding)) {
            continue;
        }

        rc = ngx_bs_assets_open(r, assets, file);

        if (rc != NGX_DECLINED) {
            return rc;
        }
    }

    return NGX_DECLINED;
}


/*
 * Only what our own files are called.  nginx has resolved dots already; that
 * no part may begin with one keeps hidden files hidden, too.
 */

static ngx_flag_t
ngx_bs_assets_safe(const ngx_str_t *uri)
{
    size_t  i;
    u_char  c;

    if (uri->len > NGX_BS_ASSETS_PATH_MAX
        || uri->len == 0
        || uri->data[uri->len - 1] == '/')
    {
        return 0;
    }

    for (i = 0; i < uri->len; i++) {
        c = uri->data[i];

        if (c == '/' || c == '.') {

            if (i + 1 < uri->len && uri->data[i + 1] == '.') {
                return 0;
            }

            continue;
        }

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')
              || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '@'))
        {
            return 0;
        }
    }

    return 1;
}


/* In its last part, or before any: somebody asks for a file, not a place. */

static ngx_flag_t
ngx_bs_assets_has_dot(const ngx_str_t *uri)
{
    size_t      i;
    ngx_flag_t  last;

    if (uri->len == sizeof("/index.html") - 1
        && ngx_memcmp(uri->data, "/index.html", uri->len) == 0)
    {
        return 0;
    }

    if (uri->len > sizeof(NGX_BS_ASSETS_LINK) - 1
        && ngx_memcmp(uri->data, NGX_BS_ASSETS_LINK,
                      sizeof(NGX_BS_ASSETS_LINK) - 1)
           == 0)
    {
        return 0;
    }

    last = 1;

    for (i = uri->len; i-- > 0; /* void */) {

        if (uri->data[i] == '/') {
            last = 0;

        } else if (uri->data[i] == '.'
                   && (last || (i > 0 && uri->data[i - 1] == '/')))
        {
            return 1;
        }
    }

    return 0;
}


static const ngx_bs_assets_type_t *
ngx_bs_assets_type(const ngx_str_t *extension)
{
    const ngx_bs_assets_type_t  *type;

    for (type = ngx_bs_assets_types; type->extension.len; type++) {

        if (type->extension.len == extension->len
            && ngx_memcmp(type->extension.data, extension->data,
                          extension->len)
               == 0)
        {
            return type;
        }
    }

    return NULL;
}


static ngx_int_t
ngx_bs_assets_open(ngx_http_request_t *r, ngx_bs_assets_t *assets,
    ngx_bs_assets_file_t *file)
{
    u_char                    *p;
    ngx_str_t                 *suffix;
    ngx_open_file_info_t      *of;
    ngx_http_core_loc_conf_t  *clcf;

    clcf = ngx_http_get_module_loc_conf(r, ngx_http_core_module);
    suffix = &ngx_bs_encodings[file->encoding].suffix;

    p = ngx_pnalloc(r->pool, assets->root.len + r->uri.len + suffix->len + 1);
    if (p == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    file->path.data = p;

    p = ngx_sprintf(p, "%V%V%V", &assets->root, &r->uri, suffix);
    *p = '\0';

    file->path.len = p - file->path.data;

    of = &file->info;
    ngx_memzero(of, sizeof(ngx_open_file_info_t));

    of->read_ahead = clcf->read_ahead;
    of->directio = clcf->directio;
    of->valid = clcf->open_file_cache_valid;
    of->min_uses = clcf->open_file_cache_min_uses;
    of->errors = clcf->open_file_cache_errors;
    of->events = clcf->open_file_cache_events;

    if (ngx_http_set_disable_symlinks(r, clcf, &file->path, of) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    if (ngx_open_cached_file(clcf->open_file_cache, &file->path, of, r->pool)
        == NGX_OK)
    {
        return of->is_file ? NGX_OK : NGX_DECLINED;
    }

    switch (of->err) {

    case 0:
        return NGX_HTTP_INTERNAL_SERVER_ERROR;

    case NGX_ENOENT:
    case NGX_ENOTDIR:
    case NGX_ENAMETOOLONG:
        return NGX_DECLINED;

    default:
        ngx_log_error(NGX_LOG_ERR, r->connection->log, of->err,
                      "betterstack: %s \"%V\" failed", of->failed,
                      &file->path);
        return of->err == NGX_EACCES ? NGX_HTTP_FORBIDDEN
                                     : NGX_HTTP_INTERNAL_SERVER_ERROR;
    }
}


static ngx_int_t
ngx_bs_assets_send(ngx_http_request_t *r, ngx_bs_assets_file_t *file,
    ngx_flag_t forever)
{
    ngx_int_t     rc;
    ngx_buf_t    *b;
    ngx_chain_t   out;

    if (ngx_bs_assets_headers(r, file, forever) != NGX_OK) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b = ngx_calloc_buf(r->pool);
    if (b == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    b->file = ngx_pcalloc(r->pool, sizeof(ngx_file_t));
    if (b->file == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    rc = ngx_http_send_header(r);

    if (rc == NGX_ERROR || rc > NGX_OK || r->header_only) {
        return rc;
    }

    b->file_pos = 0;
    b->file_last = file->info.size;
    b->in_file = b->file_last ? 1 : 0;
    b->last_buf = (r == r->main);
    b->last_in_chain = 1;
    b->sync = (b->last_buf || b->in_file) ? 0 : 1;

    b->file->fd = file->info.fd;
    b->file->name = file->path;
    b->file->log = r->connection->log;
    b->file->directio = file->info.is_directio;

    out.buf = b;
    out.next = NULL;

    return ngx_http_output_filter(r, &out);
}


static ngx_int_t
ngx_bs_assets_headers(ngx_http_request_t *r, ngx_bs_assets_file_t *file,
    ngx_flag_t forever)
{
    u_char            *semicolon;
    const ngx_str_t   *type;

    static ngx_str_t   immutable =
                           ngx_string("public, max-age=31536000, immutable");
    static ngx_str_t   no_cache = ngx_string("no-cache");
    static ngx_str_t   nosniff = ngx_string("nosniff");

    r->headers_out.status = NGX_HTTP_OK;
    r->headers_out.content_length_n = file->info.size;
    r->headers_out.last_modified_time = file->info.mtime;
    r->allow_ranges = 1;

    if (ngx_http_set_etag(r) != NGX_OK) {
        return NGX_ERROR;
    }

    if (file->type) {
        type = &file->type->type;
        semicolon = ngx_strlchr(type->data, type->data + type->len, ';');

        r->headers_out.content_type = *type;
        r->headers_out.content_type_len = semicolon
                                          ? (size_t) (semicolon - type->data)
                                          : type->len;
        r->headers_out.content_type_lowcase = NULL;

        if (file->type->compressible
            && ngx_bs_encoding_header(r, file->encoding) != NGX_OK)
        {
            return NGX_ERROR;
        }

    } else if (ngx_http_set_content_type(r) != NGX_OK) {
        return NGX_ERROR;
    }

    if (ngx_bs_reply_header(r, "Cache-Control",
                            forever ? &immutable : &no_cache)
        != NGX_OK)
    {
        return NGX_ERROR;
    }

    return ngx_bs_reply_header(r, "X-Content-Type-Options", &nosniff);
}
