
#include "ngx_bs_origin.h"
#include "ngx_bs_reply.h"
#include "ngx_bs_request.h"


static void ngx_bs_origin_without_port(ngx_str_t *host, const char *port);


ngx_flag_t
ngx_bs_origin_allowed(ngx_http_request_t *r,
    const ngx_bs_credential_t *credential)
{
    if (r->method & (NGX_HTTP_GET|NGX_HTTP_HEAD)) {
        return 1;
    }

    if (credential->kind != NGX_BS_CREDENTIAL_COOKIE) {
        return 1;
    }

    return ngx_bs_origin_own(r);
}


/*
 * Behind a proxy that ends TLS we see http where the browser sees https; the
 * other way round it is a page that anybody on its way may have changed.
 */

ngx_flag_t
ngx_bs_origin_own(ngx_http_request_t *r)
{
    const char  *port;
    ngx_str_t    origin, host;

    if (ngx_bs_request_header(r, "origin", &origin) != 1
        || r->headers_in.host == NULL)
    {
        return 0;
    }

    if (origin.len > 7
        && !ngx_bs_origin_tls(r)
        && ngx_strncasecmp(origin.data, (u_char *) "http://", 7) == 0)
    {
        origin.data += 7;
        origin.len -= 7;
        port = ":80";

    } else if (origin.len > 8
               && ngx_strncasecmp(origin.data, (u_char *) "https://", 8) == 0)
    {
        origin.data += 8;
        origin.len -= 8;
        port = ":443";

    } else {
        return 0;
    }

    host = r->headers_in.host->value;

    ngx_bs_origin_without_port(&origin, port);
    ngx_bs_origin_without_port(&host, port);

    return origin.len == host.len
           && ngx_strncasecmp(origin.data, host.data, host.len) == 0;
}


static void
ngx_bs_origin_without_port(ngx_str_t *host, const char *port)
{
    size_t  len;

    len = ngx_strlen(port);

    if (host->len > len
        && ngx_memcmp(host->data + host->len - len, port, len) == 0)
    {
        host->len -= len;
    }
}


ngx_flag_t
ngx_bs_origin_tls(ngx_http_request_t *r)
{
#if (NGX_HTTP_SSL)
    return r->connection->ssl != NULL;
#else
    return 0;
#endif
}


ngx_flag_t
ngx_bs_origin_secure(ngx_http_request_t *r)
{
    ngx_str_t  origin;

    return ngx_bs_origin_tls(r)
           || (ngx_bs_request_header(r, "origin", &origin) == 1
               && origin.len > 8
               && ngx_strncasecmp(origin.data, (u_char *) "https://", 8) == 0);
}


void
ngx_bs_origin_refuse(ngx_http_request_t *r)
{
    ngx_bs_reply_error(r, NGX_HTTP_FORBIDDEN,
                       "The Origin header must name the host that is asked");
}
