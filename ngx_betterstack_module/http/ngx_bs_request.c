
#include "ngx_bs_request.h"


ngx_bs_request_t *
ngx_bs_request(ngx_http_request_t *r)
{
    ngx_bs_request_t  *request;

    request = ngx_http_get_module_ctx(r, ngx_betterstack_module);

    if (request == NULL) {
        request = ngx_pcalloc(r->pool, sizeof(ngx_bs_request_t));
        if (request == NULL) {
            return NULL;
        }

        ngx_http_set_ctx(r, request, ngx_betterstack_module);
    }

    return request;
}


void
ngx_bs_request_suspend(ngx_http_request_t *r)
{
    r->main->count++;
}


void
ngx_bs_request_wait(ngx_http_request_t *r)
{
    /* A body that is still being thrown away keeps its own reader. */

    if (!r->discard_body) {
        r->read_event_handler = ngx_http_test_reading;
    }

    r->write_event_handler = ngx_http_request_empty_handler;
}


ngx_uint_t
ngx_bs_request_header(ngx_http_request_t *r, const char *name,
    ngx_str_t *value)
{
    size_t            len;
    ngx_uint_t        i, count;
    ngx_list_part_t  *part;
    ngx_table_elt_t  *header;

    len = ngx_strlen(name);
    count = 0;

    for (part = &r->headers_in.headers.part; part; part = part->next) {
        header = part->elts;

        for (i = 0; i < part->nelts; i++) {

            if (header[i].key.len != len
                || ngx_strncasecmp(header[i].key.data, (u_char *) name, len)
                   != 0)
            {
                continue;
            }

            if (count++ == 0) {
                *value = header[i].value;
            }
        }
    }

    return count;
}


char *
ngx_bs_request_text(ngx_http_request_t *r, const ngx_str_t *text)
{
    u_char  *copy;

    copy = ngx_pnalloc(r->pool, text->len + 1);
    if (copy == NULL) {
        return NULL;
    }

    if (text->len) {
        ngx_memcpy(copy, text->data, text->len);
    }

    copy[text->len] = '\0';

    return (char *) copy;
}
