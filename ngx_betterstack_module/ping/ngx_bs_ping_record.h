
/*
 * One ping of a heartbeat, and how it is written down while Postgres is away:
 * a JSON array, the same bytes in shared memory and in Redis.
 */

#ifndef _NGX_BS_PING_RECORD_H_INCLUDED_
#define _NGX_BS_PING_RECORD_H_INCLUDED_


#include "../http/ngx_bs_credential.h"

#include <jansson.h>


#define NGX_BS_PING_OUTPUT_MAX   16384
#define NGX_BS_PING_ADDRESS_MAX  64

/* The output with every byte escaped, and the rest. */
#define NGX_BS_PING_RECORD_MAX   (NGX_BS_PING_OUTPUT_MAX * 6 + 1024)


typedef enum {
    NGX_BS_PING_SUCCESS = 0,
    NGX_BS_PING_FAIL,
    NGX_BS_PING_START,
    NGX_BS_PING_WHATS
} ngx_bs_ping_what_e;


/* Texts are valid UTF-8 without zero bytes, and borrowed. */
typedef struct {
    u_char               digest[NGX_BS_DIGEST_LEN];   /* of the token */
    ngx_bs_ping_what_e   what;
    ngx_int_t            exit_code;                   /* -1: none was given */
    int64_t              at_us;                       /* when it arrived */
    ngx_str_t            address;
    ngx_str_t            output;
} ngx_bs_ping_t;


/* As SQL wants it. */
const char *ngx_bs_ping_what(ngx_bs_ping_what_e what);

/* Allocated with ngx_alloc(), the caller's; data NULL: no memory. */
void ngx_bs_ping_encode(const ngx_bs_ping_t *ping, ngx_str_t *record,
    ngx_log_t *log);

/*
 * What `ping` borrows from lives until json_decref() of the answer; NULL: this
 * is no ping.
 */
json_t *ngx_bs_ping_decode(const ngx_str_t *record, ngx_bs_ping_t *ping);


#endif /* _NGX_BS_PING_RECORD_H_INCLUDED_ */
