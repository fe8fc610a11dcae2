
/*
 * Bytes on their way to Redis, bounded.
 */

#ifndef _NGX_BS_REDIS_OUTPUT_H_INCLUDED_
#define _NGX_BS_REDIS_OUTPUT_H_INCLUDED_


#include <ngx_config.h>
#include <ngx_core.h>


/* A Redis that reads nothing may keep so much of a worker's memory. */
#define NGX_BS_REDIS_OUTPUT_MAX  (16 * 1024 * 1024)


/* All zero is an empty one. */
typedef struct {
    u_char  *data;
    size_t   size;
    size_t   start;      /* unsent: from here */
    size_t   end;        /* to here */
} ngx_bs_redis_output_t;


/* NGX_BUSY: over the limit, nothing was added.  NGX_ERROR: no memory. */
ngx_int_t ngx_bs_redis_output_command(ngx_bs_redis_output_t *output,
    ngx_uint_t argc, const ngx_str_t *argv, ngx_log_t *log);

void ngx_bs_redis_output_sent(ngx_bs_redis_output_t *output, size_t n);
void ngx_bs_redis_output_free(ngx_bs_redis_output_t *output);


#endif /* _NGX_BS_REDIS_OUTPUT_H_INCLUDED_ */
