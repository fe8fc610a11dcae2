
/*
 * What is to be sent to Redis: one buffer that grows up to a limit and starts
 * anew whenever it has run empty.
 */

#include "ngx_bs_redis_output.h"


#define NGX_BS_REDIS_OUTPUT_MIN  4096

/* Room for "*<argc>" or "$<length>" with its line end. */
#define NGX_BS_REDIS_HEADER_MAX  (1 + NGX_SIZE_T_LEN + 2)


static ngx_int_t ngx_bs_redis_output_reserve(ngx_bs_redis_output_t *output,
    size_t n, ngx_log_t *log);


ngx_int_t
ngx_bs_redis_output_command(ngx_bs_redis_output_t *output, ngx_uint_t argc,
    const ngx_str_t *argv, ngx_log_t *log)
{
    size_t      n;
    u_char     *p;
    ngx_int_t   rc;
    ngx_uint_t  i;

    n = NGX_BS_REDIS_HEADER_MAX;

    for (i = 0; i < argc; i++) {

        /* Also keeps the sum from running over. */

        if (argv[i].len > NGX_BS_REDIS_OUTPUT_MAX) {
            return NGX_BUSY;
        }

        n += NGX_BS_REDIS_HEADER_MAX + argv[i].len + 2;
    }

    rc = ngx_bs_redis_output_reserve(output, n, log);
    if (rc != NGX_OK) {
        return rc;
    }

    p = output->data + output->end;

    p = ngx_sprintf(p, "*%ui" CRLF, argc);

    for (i = 0; i < argc; i++) {
        p = ngx_sprintf(p, "$%uz" CRLF, argv[i].len);
        p = ngx_cpymem(p, argv[i].data, argv[i].len);
        *p++ = CR;
        *p++ = LF;
    }

    output->end = p - output->data;

    return NGX_OK;
}


void
ngx_bs_redis_output_sent(ngx_bs_redis_output_t *output, size_t n)
{
    output->start += n;

    if (output->start == output->end) {
        output->start = 0;
        output->end = 0;
    }
}


void
ngx_bs_redis_output_free(ngx_bs_redis_output_t *output)
{
    if (output->data) {
        ngx_free(output->data);
    }

    ngx_memzero(output, sizeof(ngx_bs_redis_output_t));
}


static ngx_int_t
ngx_bs_redis_output_reserve(ngx_bs_redis_output_t *output, size_t n,
    ngx_log_t *log)
{
    size_t   used, size;
    u_char  *data;

    if (n <= output->size - output->end) {
        return NGX_OK;
    }

    used = output->end - output->start;

    if (n > NGX_BS_REDIS_OUTPUT_MAX - used) {
        return NGX_BUSY;
    }

    size = ngx_max(output->size, NGX_BS_REDIS_OUTPUT_MIN);

    while (size < used + n) {
        size *= 2;
    }

    data = ngx_alloc(size, log);
    if (data == NULL) {
        return NGX_ERROR;
    }

    if (output->data) {
        ngx_memcpy(data, output->data + output->start, used);
        ngx_free(output->data);
    }

    output->data = data;
    output->size = size;
    output->start = 0;
    output->end = used;

    return NGX_OK;
}
