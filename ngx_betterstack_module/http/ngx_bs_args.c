
#include "ngx_bs_args.h"
#include "ngx_bs_origin.h"
#include "ngx_bs_request.h"
#include "ngx_bs_text.h"


#define NGX_BS_ARGS_MAX           33      /* "_url" is one of them */
#define NGX_BS_ARGS_NAME_MAX      64
#define NGX_BS_ARGS_VALUE_MAX   2048
#define NGX_BS_ARGS_PROBLEM_MAX  256


typedef struct {
    ngx_str_t    name;
    ngx_str_t    value;
} ngx_bs_arg_t;


typedef struct {
    ngx_http_request_t  *request;
    ngx_str_t           *problem;
    ngx_uint_t           count;
    ngx_bs_arg_t         args[NGX_BS_ARGS_MAX];
} ngx_bs_args_t;


static ngx_int_t ngx_bs_args_url(ngx_bs_args_t *args);
static void ngx_bs_args_scheme(ngx_http_request_t *r, ngx_str_t *scheme);
static ngx_int_t ngx_bs_args_parse(ngx_bs_args_t *args);
static ngx_int_t ngx_bs_args_parse_one(ngx_bs_args_t *args, u_char *p,
    u_char *last);
static ngx_int_t ngx_bs_args_decode(ngx_bs_args_t *args, ngx_str_t *text);
static ngx_int_t ngx_bs_args_check(ngx_bs_args_t *args, ngx_bs_arg_t *arg);
static ngx_int_t ngx_bs_args_refuse(ngx_bs_args_t *args, ngx_bs_arg_t *arg,
    const char *what);
static ngx_int_t ngx_bs_args_write(ngx_bs_args_t *args, ngx_str_t *json);
static u_char *ngx_bs_args_quote(u_char *p, ngx_str_t *text);


ngx_int_t
ngx_bs_args_json(ngx_http_request_t *r, ngx_str_t *json, ngx_str_t *problem)
{
    ngx_int_t      rc;
    ngx_bs_args_t  args;

    args.request = r;
    args.problem = problem;
    args.count = 0;

    if (ngx_bs_args_url(&args) != NGX_OK) {
        return NGX_ERROR;
    }

    rc = ngx_bs_args_parse(&args);
    if (rc != NGX_OK) {
        return rc;
    }

    return ngx_bs_args_write(&args, json);
}


/* Without a host that can be text, links stay relative. */

static ngx_int_t
ngx_bs_args_url(ngx_bs_args_t *args)
{
    ngx_str_t           *host, *url, scheme;
    ngx_bs_arg_t        *arg;
    ngx_http_request_t  *r;

    r = args->request;

    if (r->headers_in.host == NULL
        || !ngx_bs_text_valid(&r->headers_in.host->value))
    {
        return NGX_OK;
    }

    host = &r->headers_in.host->value;
    ngx_bs_args_scheme(r, &scheme);

    arg = &args->args[args->count];
    url = &arg->value;

    url->data = ngx_pnalloc(r->pool, scheme.len + sizeof("://") - 1 + host->len
                                     + r->uri.len);
    if (url->data == NULL) {
        return NGX_ERROR;
    }

    url->len = ngx_sprintf(url->data, "%V://%V%V", &scheme, host, &r->uri)
               - url->data;

    ngx_str_set(&arg->name, "_url");
    args->count++;

    return NGX_OK;
}


/*
 * A proxy in front of us may say https, so that nobody who follows a link
 * sends a token in the clear.  No site can make a browser say it, no cache
 * keeps the answer: a client that lies misleads only itself.
 */

static void
ngx_bs_args_scheme(ngx_http_request_t *r, ngx_str_t *scheme)
{
    ngx_str_t  said;

    ngx_str_set(scheme, "http");

    if (ngx_bs_origin_tls(r)
        || (ngx_bs_request_header(r, "x-forwarded-proto", &said) == 1
            && said.len == 5
            && ngx_strncasecmp(said.data, (u_char *) "https", 5) == 0))
    {
        ngx_str_set(scheme, "https");
    }
}


static ngx_int_t
ngx_bs_args_parse(ngx_bs_args_t *args)
{
    u_char     *p, *end, *last;
    ngx_int_t   rc;
    ngx_str_t  *query;

    query = &args->request->args;
    last = query->data + query->len;

    for (p = query->data; p < last; p = end + 1) {

        end = ngx_strlchr(p, last, '&');
        if (end == NULL) {
            end = last;
        }

        if (end == p) {
            continue;
        }

        rc = ngx_bs_args_parse_one(args, p, end);
        if (rc != NGX_OK) {
            return rc;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_bs_args_parse_one(ngx_bs_args_t *args, u_char *p, u_char *last)
{
    u_char        *equals;
    ngx_int_t      rc;
    ngx_bs_arg_t  *arg;

    if (args->count == NGX_BS_ARGS_MAX) {
        ngx_str_set(args->problem, "There are too many parameters");
        return NGX_DECLINED;
    }

    arg = &args->args[args->count];

    equals = ngx_strlchr(p, last, '=');

    arg->name.data = p;
    arg->name.len = (equals ? equals : last) - p;
    arg->value.data = equals ? equals + 1 : last;
    arg->value.len = last - arg->value.data;

    rc = ngx_bs_args_decode(args, &arg->name);

    if (rc != NGX_OK
        || arg->name.len == 0
        || arg->name.len > NGX_BS_ARGS_NAME_MAX
        || arg->name.data[0] == '_'
        || !ngx_bs_text_valid(&arg->name))
    {
        if (rc == NGX_ERROR) {
            return NGX_ERROR;
        }

        ngx_str_set(args->problem, "The name of a parameter is not valid");
        return NGX_DECLINED;
    }

    rc = ngx_bs_args_decode(args, &arg->value);

    if (rc == NGX_ERROR) {
        return NGX_ERROR;
    }

    if (rc == NGX_DECLINED) {
        return ngx_bs_args_refuse(args, arg, "is not percent-encoded rightly");
    }

    return ngx_bs_args_check(args, arg);
}


static ngx_int_t
ngx_bs_args_decode(ngx_bs_args_t *args, ngx_str_t *text)
{
    ngx_str_t  decoded;

    decoded.data = ngx_pnalloc(args->request->pool, text->len + 1);
    if (decoded.data == NULL) {
        return NGX_ERROR;
    }

    if (ngx_bs_text_decode(text, &decoded) != NGX_OK) {
        return NGX_DECLINED;
    }

    *text = decoded;

    return NGX_OK;
}


static ngx_int_t
ngx_bs_args_check(ngx_bs_args_t *args, ngx_bs_arg_t *arg)
{
    ngx_uint_t     i;
    ngx_bs_arg_t  *other;

    if (arg->value.len > NGX_BS_ARGS_VALUE_MAX) {
        return ngx_bs_args_refuse(args, arg, "is too long");
    }

    if (!ngx_bs_text_valid(&arg->value)) {
        return ngx_bs_args_refuse(args, arg, "is not valid UTF-8");
    }

    for (i = 0; i < args->count; i++) {
        other = &args->args[i];

        if (other->name.len == arg->name.len
            && ngx_memcmp(other->name.data, arg->name.data, arg->name.len)
               == 0)
        {
            return ngx_bs_args_refuse(args, arg, "is given more than once");
        }
    }

    args->count++;

    return NGX_OK;
}


static ngx_int_t
ngx_bs_args_refuse(ngx_bs_args_t *args, ngx_bs_arg_t *arg, const char *what)
{
    u_char  *p;

    p = ngx_pnalloc(args->request->pool, NGX_BS_ARGS_PROBLEM_MAX);
    if (p == NULL) {
        return NGX_ERROR;
    }

    args->problem->data = p;
    args->problem->len = ngx_snprintf(p, NGX_BS_ARGS_PROBLEM_MAX,
                                      "Parameter %V %s", &arg->name, what)
                         - p;

    return NGX_DECLINED;
}


static ngx_int_t
ngx_bs_args_write(ngx_bs_args_t *args, ngx_str_t *json)
{
    size_t         size;
    u_char        *p;
    ngx_uint_t     i;
    ngx_bs_arg_t  *arg;

    size = sizeof("{}");

    for (i = 0; i < args->count; i++) {
        arg = &args->args[i];

        size += sizeof("\"\":\"\",") - 1 + arg->name.len + arg->value.len
                + ngx_escape_json(NULL, arg->name.data, arg->name.len)
                + ngx_escape_json(NULL, arg->value.data, arg->value.len);
    }

    p = ngx_pnalloc(args->request->pool, size);
    if (p == NULL) {
        return NGX_ERROR;
    }

    json->data = p;
    *p++ = '{';

    for (i = 0; i < args->count; i++) {

        if (i > 0) {
            *p++ = ',';
        }

        p = ngx_bs_args_quote(p, &args->args[i].name);
        *p++ = ':';
        p = ngx_bs_args_quote(p, &args->args[i].value);
    }

    *p++ = '}';
    *p = '\0';

    json->len = p - json->data;

    return NGX_OK;
}


static u_char *
ngx_bs_args_quote(u_char *p, ngx_str_t *text)
{
    *p++ = '"';
    p = (u_char *) ngx_escape_json(p, text->data, text->len);
    *p++ = '"';

    return p;
}
