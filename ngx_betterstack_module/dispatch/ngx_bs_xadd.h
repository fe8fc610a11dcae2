
/*
 * One job into the stream of its region: encoded and handed to Redis.
 */

#ifndef _NGX_BS_XADD_H_INCLUDED_
#define _NGX_BS_XADD_H_INCLUDED_


#include "../io/ngx_bs_redis.h"

#include <bs_wire.h>


/*
 * As ngx_bs_redis_command(); `key` is the stream's.  `buffer` is scratch: what
 * it held is gone.  NGX_BUSY also for lack of memory.
 */
ngx_int_t ngx_bs_xadd(ngx_bs_redis_t *redis, msgpack_sbuffer *buffer,
    const ngx_str_t *key, const bs_wire_job_t *job,
    ngx_bs_redis_reply_pt callback, void *data);


#endif /* _NGX_BS_XADD_H_INCLUDED_ */
