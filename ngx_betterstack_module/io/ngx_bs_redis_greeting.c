
#include "ngx_bs_redis_greeting.h"

#include <hiredis/hiredis.h>


/* Replies of the greeting that are still to come when it is this one's turn. */
#define NGX_BS_REDIS_GREETING_ROLE     3
#define NGX_BS_REDIS_GREETING_NAME     1


static ngx_int_t ngx_bs_redis_greeting_role(ngx_bs_redis_link_t *link,
    const redisReply *reply);


ngx_int_t
ngx_bs_redis_greeting_send(ngx_bs_redis_link_t *link)
{
    u_char                         number[NGX_INT_T_LEN];
    ngx_int_t                      rc;
    ngx_str_t                      argv[3];
    const ngx_bs_redis_address_t  *address;

    address = link->address;
    link->greetings = 0;
    rc = NGX_OK;

    if (address->password.len) {
        ngx_str_set(&argv[0], "AUTH");
        argv[1] = address->username.len ? address->username : address->password;
        argv[2] = address->password;

        rc |= ngx_bs_redis_link_append(link, address->username.len ? 3 : 2,
                                       argv);
        link->greetings++;
    }

    /* Of one server alone only what it answers to commands can be told. */

    if (ngx_bs_redis_link_has_others(link)) {
        ngx_str_set(&argv[0], "ROLE");

        rc |= ngx_bs_redis_link_append(link, 1, argv);
        link->greetings++;
    }

    /* Also when it is 0: the reply to it proves that we may talk. */

    ngx_str_set(&argv[0], "SELECT");
    argv[1].data = number;
    argv[1].len = ngx_sprintf(number, "%ui", address->database) - number;

    rc |= ngx_bs_redis_link_append(link, 2, argv);
    link->greetings++;

    ngx_str_set(&argv[0], "CLIENT");
    ngx_str_set(&argv[1], "SETNAME");
    ngx_str_set(&argv[2], "betterstack-hub");

    rc |= ngx_bs_redis_link_append(link, 3, argv);
    link->greetings++;

    return rc;
}


ngx_int_t
ngx_bs_redis_greeting_take(ngx_bs_redis_link_t *link, const redisReply *reply)
{
    ngx_uint_t  left;

    left = link->greetings--;

    if (left == NGX_BS_REDIS_GREETING_ROLE
        && ngx_bs_redis_link_has_others(link))
    {
        return ngx_bs_redis_greeting_role(link, reply);
    }

    if (reply->type != REDIS_REPLY_ERROR) {
        return NGX_OK;
    }

    /* SETNAME, the last, may be forbidden: it is a courtesy. */

    if (left == NGX_BS_REDIS_GREETING_NAME) {
        ngx_log_error(NGX_LOG_INFO, link->log, 0,
                      "betterstack: Redis refuses CLIENT SETNAME: %s",
                      reply->str);
        return NGX_OK;
    }

    ngx_bs_redis_link_fail(link,
        ngx_bs_redis_reply_refusal((const ngx_bs_redis_reply_t *) reply,
                                   &link->address->password));

    return NGX_ERROR;
}


/* Who may not ask finds out by what commands are answered. */

static ngx_int_t
ngx_bs_redis_greeting_role(ngx_bs_redis_link_t *link, const redisReply *reply)
{
    const char  *role;

    if (reply->type != REDIS_REPLY_ARRAY || reply->elements == 0
        || reply->element[0]->type != REDIS_REPLY_STRING)
    {
        return NGX_OK;
    }

    role = reply->element[0]->str;

    if (ngx_strcmp(role, "master") == 0) {
        return NGX_OK;
    }

    ngx_bs_redis_link_fail(link, ngx_strcmp(role, "sentinel") == 0
                   ? "it is a Sentinel: the servers themselves are to be named"
                   : "it is a replica");

    return NGX_ERROR;
}
