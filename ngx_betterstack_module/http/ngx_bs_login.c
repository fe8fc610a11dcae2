
#include "ngx_bs_login.h"
#include "ngx_bs_body.h"
#include "ngx_bs_json.h"
#include "ngx_bs_problem.h"
#include "ngx_bs_reply.h"
#include "ngx_bs_request.h"
#include "ngx_bs_text.h"


#define NGX_BS_LOGIN_USER_AGENT_MAX  512
#define NGX_BS_LOGIN_ORIGIN_MAX      255


static ngx_int_t ngx_bs_login_take(ngx_http_request_t *r, json_t *root,
    ngx_bs_login_t *login);
static ngx_int_t ngx_bs_login_known(ngx_http_request_t *r, json_t *root,
    const char **keys);
static ngx_int_t ngx_bs_login_text(ngx_http_request_t *r, json_t *root,
    const char *key, ngx_str_t *text);
static ngx_int_t ngx_bs_login_client(ngx_http_request_t *r,
    ngx_bs_login_t *login);
static char *ngx_bs_login_header(ngx_http_request_t *r, const char *name,
    size_t max);
static void ngx_bs_login_wipe(void *data);


ngx_int_t
ngx_bs_login_read(ngx_http_request_t *r, ngx_str_t *body, const char **keys,
    ngx_bs_login_t *login)
{
    json_t              *root;
    ngx_int_t            rc;
    ngx_str_t            problem;
    ngx_pool_cleanup_t  *cln;

    root = ngx_bs_json_object(r, body, &problem);

    ngx_bs_body_wipe(r, body);

    if (root == NULL) {
        ngx_bs_reply_message(r, NGX_HTTP_BAD_REQUEST, &problem);
        return NGX_DECLINED;
    }

    cln = ngx_pool_cleanup_add(r->pool, 0);

    if (cln == NULL || ngx_bs_login_client(r, login) != NGX_OK) {
        json_decref(root);
        ngx_bs_problem_internal(r, "out of memory", NULL);
        return NGX_DECLINED;
    }

    cln->handler = ngx_bs_login_wipe;
    cln->data = login;

    rc = ngx_bs_login_known(r, root, keys);

    if (rc == NGX_OK) {
        rc = ngx_bs_login_take(r, root, login);
    }

    json_decref(root);

    return rc;
}


/* The password, wherever the request ends: a pool's memory is used again. */

static void
ngx_bs_login_wipe(void *data)
{
    ngx_bs_login_t *login = data;

    if (login->password.len) {
        ngx_explicit_memzero(login->password.data, login->password.len);
    }
}


static ngx_int_t
ngx_bs_login_known(ngx_http_request_t *r, json_t *root, const char **keys)
{
    json_t      *value;
    ngx_str_t    field;
    ngx_uint_t   i;
    const char  *key;

    json_object_foreach(root, key, value) {

        for (i = 0; keys[i] && ngx_strcmp(keys[i], key) != 0; i++) {
            /* void */
        }

        if (keys[i] == NULL) {
            field.data = (u_char *) key;
            field.len = ngx_strlen(key);

            ngx_bs_reply_field(r, NGX_BS_UNPROCESSABLE, &field,
                               "is not a known attribute");
            return NGX_DECLINED;
        }
    }

    return NGX_OK;
}


static ngx_int_t
ngx_bs_login_take(ngx_http_request_t *r, json_t *root, ngx_bs_login_t *login)
{
    ngx_str_t  email, name;

    static ngx_str_t  email_key = ngx_string("email");
    static ngx_str_t  password_key = ngx_string("password");

    if (ngx_bs_login_text(r, root, "email", &email) != NGX_OK
        || ngx_bs_login_text(r, root, "name", &name) != NGX_OK
        || ngx_bs_login_text(r, root, "password", &login->password) != NGX_OK)
    {
        return NGX_DECLINED;
    }

    if (email.data == NULL || login->password.data == NULL) {
        ngx_bs_reply_field(r, NGX_BS_UNPROCESSABLE,
                           email.data ? &password_key : &email_key,
                           "is required");
        return NGX_DECLINED;
    }

    login->email = (char *) email.data;
    login->name = (char *) name.data;

    return NGX_OK;
}


/* A member that is absent or null is text->data == NULL. */

static ngx_int_t
ngx_bs_login_text(ngx_http_request_t *r, json_t *root, const char *key,
    ngx_str_t *text)
{
    json_t     *member;
    ngx_str_t   value, field;

    ngx_str_null(text);

    member = json_object_get(root, key);

    if (member == NULL || json_is_null(member)) {
        return NGX_OK;
    }

    if (!ngx_bs_json_string(member, &value)) {
        field.data = (u_char *) key;
        field.len = ngx_strlen(key);

        ngx_bs_reply_field(r, NGX_BS_UNPROCESSABLE, &field, "must be text");
        return NGX_DECLINED;
    }

    text->len = value.len;
    text->data = (u_char *) ngx_bs_request_text(r, &value);

    if (text->data == NULL) {
        ngx_bs_problem_internal(r, "out of memory", NULL);
        return NGX_DECLINED;
    }

    return NGX_OK;
}


static ngx_int_t
ngx_bs_login_client(ngx_http_request_t *r, ngx_bs_login_t *login)
{
    login->user_agent = ngx_bs_login_header(r, "user-agent",
                                            NGX_BS_LOGIN_USER_AGENT_MAX);
    login->origin = ngx_bs_login_header(r, "origin", NGX_BS_LOGIN_ORIGIN_MAX);
    login->address = ngx_bs_request_text(r, &r->connection->addr_text);

    return (login->user_agent && login->origin && login->address)
           ? NGX_OK : NGX_ERROR;
}


/* What is too long, or no text that Postgres can hold, is as good as none. */

static char *
ngx_bs_login_header(ngx_http_request_t *r, const char *name, size_t max)
{
    ngx_str_t  value;

    if (ngx_bs_request_header(r, name, &value) == 0
        || value.len > max
        || !ngx_bs_text_valid(&value))
    {
        ngx_str_null(&value);
    }

    return ngx_bs_request_text(r, &value);
}
