
#include "ngx_bs_json.h"
#include "ngx_bs_reply.h"
#include "ngx_bs_request.h"

#include <malloc.h>


#define NGX_BS_JSON_PROBLEM_MAX  128


static void ngx_bs_json_free(void *p);
static const char *ngx_bs_json_words(const json_error_t *error);


void
ngx_bs_json_init(void)
{
    json_set_alloc_funcs(malloc, ngx_bs_json_free);
}


/* Sign-in has a password in its body, and jansson copies while it parses. */

static void
ngx_bs_json_free(void *p)
{
    if (p != NULL) {
        ngx_explicit_memzero(p, malloc_usable_size(p));
        free(p);
    }
}


ngx_flag_t
ngx_bs_json_content_type(ngx_http_request_t *r)
{
    static const size_t  len = sizeof("application/json") - 1;

    ngx_str_t  type;

    if (ngx_bs_request_header(r, "content-type", &type) != 1
        || type.len < len
        || ngx_strncasecmp(type.data, (u_char *) "application/json", len) != 0)
    {
        return 0;
    }

    return type.len == len || type.data[len] == ';' || type.data[len] == ' ';
}


void
ngx_bs_json_refuse_type(ngx_http_request_t *r)
{
    ngx_bs_reply_error(r, NGX_HTTP_UNSUPPORTED_MEDIA_TYPE,
                       "The Content-Type must be application/json");
}


json_t *
ngx_bs_json_object(ngx_http_request_t *r, const ngx_str_t *body,
    ngx_str_t *problem)
{
    u_char        *p;
    json_t        *root;
    json_error_t   error;

    root = json_loadb((const char *) body->data, body->len,
                      JSON_REJECT_DUPLICATES|JSON_DECODE_ANY, &error);

    if (root != NULL && json_is_object(root)) {
        return root;
    }

    p = ngx_pnalloc(r->pool, NGX_BS_JSON_PROBLEM_MAX);
    if (p == NULL) {
        ngx_str_set(problem, "The body must be a JSON object");
        json_decref(root);
        return NULL;
    }

    problem->data = p;

    if (root != NULL || body->len == 0) {
        p = ngx_cpymem(p, "The body must be a JSON object",
                       sizeof("The body must be a JSON object") - 1);

    } else {
        p = ngx_snprintf(p, NGX_BS_JSON_PROBLEM_MAX,
                         "The body %s: line %d, column %d",
                         ngx_bs_json_words(&error), error.line, error.column);
    }

    problem->len = p - problem->data;
    json_decref(root);

    return NULL;
}


/* jansson's own words quote the body, which may be a password. */

static const char *
ngx_bs_json_words(const json_error_t *error)
{
    switch (json_error_code(error)) {

    case json_error_duplicate_key:
        return "has a key twice in one object";

    case json_error_invalid_utf8:
        return "is not valid UTF-8";

    case json_error_null_character:
    case json_error_null_byte_in_key:
        return "has a zero byte in a string";

    case json_error_numeric_overflow:
        return "has a number that is too large";

    case json_error_stack_overflow:
        return "is nested too deeply";

    default:
        return "is not valid JSON";
    }
}


ngx_flag_t
ngx_bs_json_string(json_t *json, ngx_str_t *value)
{
    if (!json_is_string(json)) {
        return 0;
    }

    value->data = (u_char *) json_string_value(json);
    value->len = json_string_length(json);

    return 1;
}


u_char *
ngx_bs_json_time(u_char *p, uint64_t time_ms)
{
    ngx_tm_t  tm;

    if (time_ms == 0) {
        return ngx_cpymem(p, "null", sizeof("null") - 1);
    }

    ngx_gmtime((time_t) (time_ms / 1000), &tm);

    return ngx_sprintf(p, "\"%4d-%02d-%02dT%02d:%02d:%02d.%03dZ\"",
                       tm.ngx_tm_year, tm.ngx_tm_mon, tm.ngx_tm_mday,
                       tm.ngx_tm_hour, tm.ngx_tm_min, tm.ngx_tm_sec,
                       (int) (time_ms % 1000));
}
