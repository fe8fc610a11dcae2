
#include "ngx_bs_account.h"
#include "ngx_bs_body.h"
#include "ngx_bs_call.h"
#include "ngx_bs_json.h"
#include "ngx_bs_login.h"
#include "ngx_bs_origin.h"
#include "ngx_bs_password.h"
#include "ngx_bs_problem.h"
#include "ngx_bs_query.h"
#include "ngx_bs_reply.h"
#include "ngx_bs_request.h"
#include "ngx_bs_session.h"
#include "ngx_bs_text.h"


/* One sign-up or sign-in, in r->pool. */
typedef struct {
    ngx_bs_call_t       call;            /* first: its hook finds us */
    ngx_bs_login_t      login;
    ngx_bs_pg_param_t   lookup;
    char               *user_id;
    char               *hash;
    char               *new_hash;
    u_char              token[NGX_BS_SESSION_TOKEN_LEN];
    u_char              digest[NGX_BS_DIGEST_LEN];
} ngx_bs_account_t;


static ngx_int_t ngx_bs_account_read(ngx_http_request_t *r,
    ngx_bs_body_handler_pt handler);
static ngx_bs_account_t *ngx_bs_account_take(ngx_http_request_t *r,
    ngx_str_t *body, const char **keys);
static char *ngx_bs_account_copy(ngx_http_request_t *r, const char *text);
static void ngx_bs_account_session(ngx_bs_account_t *account,
    ngx_bs_pg_param_t *params);
static ngx_int_t ngx_bs_account_started(ngx_http_request_t *r,
    ngx_bs_call_t *call, ngx_bs_call_row_t *row);

static void ngx_bs_account_sign_up_body(ngx_http_request_t *r,
    ngx_str_t *body);
static void ngx_bs_account_sign_up_hashed(ngx_http_request_t *r, void *data,
    const ngx_bs_password_answer_t *answer);

static void ngx_bs_account_sign_in_body(ngx_http_request_t *r,
    ngx_str_t *body);
static void ngx_bs_account_sign_in_found(ngx_http_request_t *r, void *data,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result);
static void ngx_bs_account_sign_in_verified(ngx_http_request_t *r, void *data,
    const ngx_bs_password_answer_t *answer);
static void ngx_bs_account_sign_in_rehashed(ngx_http_request_t *r, void *data,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result);
static void ngx_bs_account_sign_in_session(ngx_http_request_t *r,
    ngx_bs_account_t *account);
static void ngx_bs_account_refuse(ngx_http_request_t *r);

static ngx_int_t ngx_bs_account_ended(ngx_http_request_t *r,
    ngx_bs_call_t *call, ngx_bs_call_row_t *row);


static ngx_bs_pg_statement_t  ngx_bs_account_sign_up_statement = {
    ngx_string("api.sign_up"),
    ngx_bs_call_sql("api.sign_up", "$1::text, $2::text, $3::text, $4::bytea, "
                                   "$5::text, $6::text, $7::text"),
    7, NGX_BS_PG_LANE_WRITE, 0
};


static ngx_bs_pg_statement_t  ngx_bs_account_lookup_statement = {
    ngx_string("api.sign_in_lookup"),
    ngx_string("SELECT user_id, password_hash "
               "FROM api.sign_in_lookup($1::text)"),
    1, NGX_BS_PG_LANE_READ, 0
};


static ngx_bs_pg_statement_t  ngx_bs_account_rehash_statement = {
    ngx_string("api.password_rehash"),
    ngx_string("SELECT api.password_rehash($1::integer, $2::text, $3::text)"),
    3, NGX_BS_PG_LANE_WRITE, 0
};


static ngx_bs_pg_statement_t  ngx_bs_account_sign_in_statement = {
    ngx_string("api.sign_in"),
    ngx_bs_call_sql("api.sign_in", "$1::integer, $2::text, $3::bytea, "
                                   "$4::text, $5::text"),
    5, NGX_BS_PG_LANE_WRITE, 0
};


static ngx_bs_pg_statement_t  ngx_bs_account_sign_out_statement = {
    ngx_string("api.sign_out"),
    ngx_bs_call_sql("api.sign_out", "$1::bytea"),
    1, NGX_BS_PG_LANE_WRITE, 0
};


static ngx_bs_pg_statement_t  *ngx_bs_account_statements[] = {
    &ngx_bs_account_sign_up_statement,
    &ngx_bs_account_lookup_statement,
    &ngx_bs_account_rehash_statement,
    &ngx_bs_account_sign_in_statement,
    &ngx_bs_account_sign_out_statement,
    NULL
};


static const char  *ngx_bs_account_sign_up_keys[] = {
    "email", "password", "name", NULL
};


static const char  *ngx_bs_account_sign_in_keys[] = {
    "email", "password", NULL
};


ngx_int_t
ngx_bs_account_register(ngx_bs_pg_pool_t *pg)
{
    ngx_uint_t  i;

    for (i = 0; ngx_bs_account_statements[i]; i++) {

        if (ngx_bs_pg_pool_register(pg, ngx_bs_account_statements[i])
            != NGX_OK)
        {
            return NGX_ERROR;
        }
    }

    return NGX_OK;
}


ngx_int_t
ngx_bs_account_sign_up(ngx_http_request_t *r)
{
    return ngx_bs_account_read(r, ngx_bs_account_sign_up_body);
}


ngx_int_t
ngx_bs_account_sign_in(ngx_http_request_t *r)
{
    return ngx_bs_account_read(r, ngx_bs_account_sign_in_body);
}


static ngx_int_t
ngx_bs_account_read(ngx_http_request_t *r, ngx_bs_body_handler_pt handler)
{
    if (!ngx_bs_origin_own(r)) {
        ngx_bs_request_suspend(r);
        ngx_bs_origin_refuse(r);
        return NGX_DONE;
    }

    if (!ngx_bs_json_content_type(r)) {
        ngx_bs_request_suspend(r);
        ngx_bs_json_refuse_type(r);
        return NGX_DONE;
    }

    return ngx_bs_body_read(r, NGX_BS_JSON_BODY_MAX, handler);
}


/* NULL: refused, and answered. */

static ngx_bs_account_t *
ngx_bs_account_take(ngx_http_request_t *r, ngx_str_t *body, const char **keys)
{
    ngx_bs_account_t  *account;

    account = ngx_pcalloc(r->pool, sizeof(ngx_bs_account_t));

    if (account == NULL) {
        ngx_bs_problem_internal(r, "out of memory", NULL);
        return NULL;
    }

    if (ngx_bs_login_read(r, body, keys, &account->login) != NGX_OK) {
        return NULL;
    }

    return account;
}


static void
ngx_bs_account_sign_up_body(ngx_http_request_t *r, ngx_str_t *body)
{
    size_t             length;
    ngx_bs_account_t  *account;

    static ngx_str_t   field = ngx_string("password");

    account = ngx_bs_account_take(r, body, ngx_bs_account_sign_up_keys);
    if (account == NULL) {
        return;
    }

    length = ngx_bs_text_length(&account->login.password);

    if (length < NGX_BS_PASSWORD_CHARS_MIN
        || length > NGX_BS_PASSWORD_CHARS_MAX)
    {
        ngx_bs_reply_field(r, NGX_BS_UNPROCESSABLE, &field,
                           "must be 10 to 256 characters long");
        return;
    }

    ngx_bs_password_hash(r, &account->login.password,
                         ngx_bs_account_sign_up_hashed, account);
}


static void
ngx_bs_account_sign_up_hashed(ngx_http_request_t *r, void *data,
    const ngx_bs_password_answer_t *answer)
{
    ngx_bs_account_t *account = data;

    ngx_bs_pg_param_t  *params;

    account->hash = ngx_bs_account_copy(r, answer->hash);
    if (account->hash == NULL) {
        return;
    }

    params = account->call.params;

    params[0].value = account->login.email;
    params[1].value = account->login.name;
    params[2].value = account->hash;

    ngx_bs_account_session(account, &params[3]);

    params[6].value = account->login.origin;

    account->call.statement = &ngx_bs_account_sign_up_statement;
    account->call.hook = ngx_bs_account_started;

    ngx_bs_call_run(r, &account->call);
}


/* Three parameters of sign-up and of sign-in. */

static void
ngx_bs_account_session(ngx_bs_account_t *account, ngx_bs_pg_param_t *params)
{
    ngx_str_t  token;

    ngx_bs_session_mint(account->token);

    token.data = account->token;
    token.len = NGX_BS_SESSION_TOKEN_LEN;

    ngx_bs_credential_digest(&token, account->digest);

    params[0].value = (const char *) account->digest;
    params[0].length = NGX_BS_DIGEST_LEN;
    params[0].binary = 1;
    params[1].value = account->login.user_agent;
    params[2].value = account->login.address;
}


/* The cookie is set only for a session that has been committed. */

static ngx_int_t
ngx_bs_account_started(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_call_row_t *row)
{
    ngx_bs_account_t  *account = (ngx_bs_account_t *) call;

    if (row->status >= NGX_HTTP_SPECIAL_RESPONSE) {
        return NGX_OK;
    }

    return ngx_bs_session_set_cookie(r, account->token);
}


static void
ngx_bs_account_sign_in_body(ngx_http_request_t *r, ngx_str_t *body)
{
    ngx_bs_account_t  *account;

    account = ngx_bs_account_take(r, body, ngx_bs_account_sign_in_keys);
    if (account == NULL) {
        return;
    }

    if (account->login.password.len > NGX_BS_PASSWORD_BYTES_MAX) {
        ngx_bs_account_refuse(r);
        return;
    }

    account->lookup.value = account->login.email;

    ngx_bs_query_run(r, &ngx_bs_account_lookup_statement, &account->lookup,
                     ngx_bs_account_sign_in_found, account);
}


/* Nobody's password takes as long to check as somebody's. */

static void
ngx_bs_account_sign_in_found(ngx_http_request_t *r, void *data,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result)
{
    ngx_bs_account_t *account = data;

    ngx_str_t  id, hash;

    if (outcome != NGX_BS_PG_OK) {
        ngx_bs_problem_reply(r, outcome, result);
        return;
    }

    ngx_str_null(&hash);

    if (ngx_bs_pg_result_rows(result) == 1
        && ngx_bs_pg_result_value(result, 0, 0, &id)
        && ngx_bs_pg_result_value(result, 0, 1, &hash))
    {
        account->user_id = ngx_bs_request_text(r, &id);
        account->hash = ngx_bs_request_text(r, &hash);

        if (account->user_id == NULL || account->hash == NULL) {
            ngx_bs_problem_internal(r, "out of memory", NULL);
            return;
        }
    }

    ngx_bs_password_verify(r, &account->login.password, &hash,
                           ngx_bs_account_sign_in_verified, account);
}


static void
ngx_bs_account_sign_in_verified(ngx_http_request_t *r, void *data,
    const ngx_bs_password_answer_t *answer)
{
    ngx_bs_account_t *account = data;

    ngx_bs_pg_param_t  *params;

    if (!answer->right) {
        ngx_bs_account_refuse(r);
        return;
    }

    if (answer->hash[0] == '\0') {
        ngx_bs_account_sign_in_session(r, account);
        return;
    }

    /* Hashed with weaker parameters than today's. */

    account->new_hash = ngx_bs_account_copy(r, answer->hash);
    if (account->new_hash == NULL) {
        return;
    }

    params = account->call.params;

    params[0].value = account->user_id;
    params[1].value = account->hash;
    params[2].value = account->new_hash;

    ngx_bs_query_run(r, &ngx_bs_account_rehash_statement, params,
                     ngx_bs_account_sign_in_rehashed, account);
}


static void
ngx_bs_account_sign_in_rehashed(ngx_http_request_t *r, void *data,
    ngx_bs_pg_outcome_e outcome, ngx_bs_pg_result_t *result)
{
    ngx_bs_account_t *account = data;

    if (outcome != NGX_BS_PG_OK) {
        ngx_bs_problem_reply(r, outcome, result);
        return;
    }

    account->hash = account->new_hash;

    ngx_bs_account_sign_in_session(r, account);
}


static void
ngx_bs_account_sign_in_session(ngx_http_request_t *r,
    ngx_bs_account_t *account)
{
    ngx_bs_pg_param_t  *params;

    params = account->call.params;

    params[0].value = account->user_id;
    params[1].value = account->hash;

    ngx_bs_account_session(account, &params[2]);

    account->call.statement = &ngx_bs_account_sign_in_statement;
    account->call.hook = ngx_bs_account_started;

    ngx_bs_call_run(r, &account->call);
}


static void
ngx_bs_account_refuse(ngx_http_request_t *r)
{
    ngx_bs_reply_error(r, NGX_HTTP_UNAUTHORIZED,
                       "E-mail or password is wrong");
}


/* NULL: out of memory, and answered. */

static char *
ngx_bs_account_copy(ngx_http_request_t *r, const char *text)
{
    char       *copy;
    ngx_str_t   string;

    string.data = (u_char *) text;
    string.len = ngx_strlen(text);

    copy = ngx_bs_request_text(r, &string);

    if (copy == NULL) {
        ngx_bs_problem_internal(r, "out of memory", NULL);
    }

    return copy;
}


ngx_int_t
ngx_bs_account_sign_out(ngx_http_request_t *r)
{
    ngx_int_t             rc;
    ngx_bs_call_t        *call;
    ngx_bs_credential_t  *credential;

    rc = ngx_http_discard_request_body(r);
    if (rc != NGX_OK) {
        return rc;
    }

    credential = ngx_palloc(r->pool, sizeof(ngx_bs_credential_t));
    call = ngx_pcalloc(r->pool, sizeof(ngx_bs_call_t));

    if (credential == NULL || call == NULL) {
        return NGX_HTTP_INTERNAL_SERVER_ERROR;
    }

    ngx_bs_credential_read(r, credential);

    ngx_bs_request_suspend(r);

    if (credential->kind != NGX_BS_CREDENTIAL_BEARER
        && !ngx_bs_origin_own(r))
    {
        ngx_bs_origin_refuse(r);
        return NGX_DONE;
    }

    ngx_bs_credential_param(credential, &call->params[0]);

    call->statement = &ngx_bs_account_sign_out_statement;
    call->hook = ngx_bs_account_ended;

    ngx_bs_call_run(r, call);

    return NGX_DONE;
}


/* Also when the session had ended by itself: the cookie is of no use. */

static ngx_int_t
ngx_bs_account_ended(ngx_http_request_t *r, ngx_bs_call_t *call,
    ngx_bs_call_row_t *row)
{
    return ngx_bs_session_drop_cookies(r);
}
