
#include "ngx_bs_xadd.h"

#include <bs_keys.h>


ngx_int_t
ngx_bs_xadd(ngx_bs_redis_t *redis, msgpack_sbuffer *buffer,
    const ngx_str_t *key, const bs_wire_job_t *job,
    ngx_bs_redis_reply_pt callback, void *data)
{
    ngx_str_t  argv[] = {
        ngx_string("XADD"),
        *key,
        ngx_string("MAXLEN"),
        ngx_string("~"),
        ngx_string(BS_KEY_JOBS_MAXLEN),
        ngx_string("*"),
        ngx_string(BS_KEY_JOBS_FIELD),
        ngx_null_string
    };

    msgpack_sbuffer_clear(buffer);

    if (bs_wire_job_encode(buffer, job) != 0) {
        return NGX_BUSY;
    }

    argv[7].data = (u_char *) buffer->data;
    argv[7].len = buffer->size;

    return ngx_bs_redis_command(redis, sizeof(argv) / sizeof(argv[0]), argv,
                                callback, data);
}
