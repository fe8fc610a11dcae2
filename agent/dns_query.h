
/*
 * One question to one server, whose answer is kept as it is: for monitors of
 * name servers.  Over UDP, and over TCP if the answer is truncated; lost packets
 * are sent again.  Nothing is cached.
 *
 * done runs once, from the loop, never inside dns_query_start().
 */

#ifndef DNS_QUERY_H
#define DNS_QUERY_H

#include "bs_addr.h"
#include "dns_records.h"

#include <uv.h>

typedef struct dns_query dns_query_t;

typedef enum {
    DNS_QUERY_ANSWERED, /* look at the rcode */
    DNS_QUERY_TIMEOUT,
    DNS_QUERY_REFUSED,   /* nobody listens there */
    DNS_QUERY_MALFORMED, /* what came is no answer to this question */
    DNS_QUERY_NO_NAME,   /* the question cannot be put: no such name can be */
    DNS_QUERY_AGENT      /* our own trouble */
} dns_query_end_t;

typedef struct {
    dns_query_end_t end;
    unsigned retries;
    dns_records_t records;
} dns_query_result_t;

/* The result is valid within the callback. */
typedef void (*dns_query_done_cb)(void *data, const dns_query_result_t *result);

/* Asks exactly this server for `name` and `type` (as of dns_records_type()).  NULL: no memory. */
dns_query_t *
dns_query_start(uv_loop_t *loop, const bs_addr_t *server, uint16_t port, const char *name, int type,
                int64_t timeout_ms, dns_query_done_cb done, void *data);

/* To be called in any case; done is not called any more. */
void dns_query_cancel(dns_query_t *query);

#endif
