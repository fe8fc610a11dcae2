
#include "ngx_bs_encoding.h"
#include "ngx_bs_reply.h"
#include "ngx_bs_request.h"


static ngx_flag_t ngx_bs_encoding_named(const u_char *p, const u_char *last,
    const ngx_str_t *name);


ngx_bs_encoding_t  ngx_bs_encodings[NGX_BS_ENCODINGS] = {
    { ngx_string("br"), ngx_string(".br") },
    { ngx_string("gzip"), ngx_string(".gz") },
    { ngx_null_string, ngx_null_string }
};


ngx_flag_t
ngx_bs_encoding_accepted(ngx_http_request_t *r, ngx_uint_t encoding)
{
    u_char     *p, *end, *last;
    ngx_str_t   accept;

    if (encoding == NGX_BS_ENCODING_IDENTITY) {
        return 1;
    }

    if (ngx_bs_request_header(r, "accept-encoding", &accept) == 0) {
        return 0;
    }

    last = accept.data + accept.len;

    for (p = accept.data; p < last; p = end + 1) {

        end = ngx_strlchr(p, last, ',');
        if (end == NULL) {
            end = last;
        }

        while (p < end && (*p == ' ' || *p == '\t')) {
            p++;
        }

        if (ngx_bs_encoding_named(p, end, &ngx_bs_encodings[encoding].name)) {
            return 1;
        }
    }

    return 0;
}


/* One element of the list: "gzip", "gzip;q=0.5"; but "gzip;q=0" refuses. */

static ngx_flag_t
ngx_bs_encoding_named(const u_char *p, const u_char *last,
    const ngx_str_t *name)
{
    if ((size_t) (last - p) < name->len
        || ngx_strncasecmp((u_char *) p, name->data, name->len) != 0)
    {
        return 0;
    }

    p += name->len;

    while (p < last && (*p == ' ' || *p == '\t' || *p == ';')) {
        p++;
    }

    if (p == last) {
        return 1;
    }

    if (p[-1] == name->data[name->len - 1]) {
        return 0;                   /* another name that begins like ours */
    }

    if (last - p < 3 || (p[0] | 0x20) != 'q' || p[1] != '=') {
        return 1;
    }

    for (p += 2; p < last; p++) {
        if (*p >= '1' && *p <= '9') {
            return 1;
        }
    }

    return 0;
}


ngx_int_t
ngx_bs_encoding_header(ngx_http_request_t *r, ngx_uint_t encoding)
{
    ngx_table_elt_t   *h;

    static ngx_str_t   vary = ngx_string("Accept-Encoding");

    if (ngx_bs_reply_header(r, "Vary", &vary) != NGX_OK) {
        return NGX_ERROR;
    }

    if (encoding == NGX_BS_ENCODING_IDENTITY) {
        return NGX_OK;
    }

    h = ngx_list_push(&r->headers_out.headers);
    if (h == NULL) {
        return NGX_ERROR;
    }

    ngx_memzero(h, sizeof(ngx_table_elt_t));

    h->hash = 1;
    ngx_str_set(&h->key, "Content-Encoding");
    h->value = ngx_bs_encodings[encoding].name;

    /* Filters that compress look here. */

    r->headers_out.content_encoding = h;

    return NGX_OK;
}
