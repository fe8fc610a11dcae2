
/*
 * ngx_bs_redis_reply_t is a redisReply under a name that needs no hiredis
 * header.
 */

#include "ngx_bs_redis.h"

#include <hiredis/hiredis.h>


ngx_bs_redis_type_e
ngx_bs_redis_reply_type(const ngx_bs_redis_reply_t *reply)
{
    switch (((const redisReply *) reply)->type) {

    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
        return NGX_BS_REDIS_STRING;

    case REDIS_REPLY_INTEGER:
        return NGX_BS_REDIS_INTEGER;

    case REDIS_REPLY_ARRAY:
        return NGX_BS_REDIS_ARRAY;

    case REDIS_REPLY_NIL:
        return NGX_BS_REDIS_NIL;

    default:

        /* Types of RESP3 come only to those who asked for it. */

        return NGX_BS_REDIS_ERROR;
    }
}


int64_t
ngx_bs_redis_reply_integer(const ngx_bs_redis_reply_t *reply)
{
    return ((const redisReply *) reply)->integer;
}


void
ngx_bs_redis_reply_string(const ngx_bs_redis_reply_t *reply, ngx_str_t *value)
{
    const redisReply  *r = (const redisReply *) reply;

    switch (r->type) {

    case REDIS_REPLY_STRING:
    case REDIS_REPLY_STATUS:
    case REDIS_REPLY_ERROR:
        value->data = (u_char *) r->str;
        value->len = (size_t) r->len;
        break;

    default:
        ngx_str_set(value, "");
    }
}


ngx_uint_t
ngx_bs_redis_reply_count(const ngx_bs_redis_reply_t *reply)
{
    const redisReply  *r = (const redisReply *) reply;

    return (r->type == REDIS_REPLY_ARRAY) ? r->elements : 0;
}


const ngx_bs_redis_reply_t *
ngx_bs_redis_reply_element(const ngx_bs_redis_reply_t *reply, ngx_uint_t i)
{
    return (const ngx_bs_redis_reply_t *)
               ((const redisReply *) reply)->element[i];
}


const char *
ngx_bs_redis_reply_refusal(const ngx_bs_redis_reply_t *reply,
    const ngx_str_t *password)
{
    const char  *text;

    text = ((const redisReply *) reply)->str;

    if (password->len && ngx_strstr(text, (char *) password->data)) {
        return "Redis does not let us in (its answer is not shown, because it "
               "contains the password)";
    }

    return text;
}
