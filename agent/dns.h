
/*
 * One question to the DNS at a time each, through c-ares on the event loop.
 * Only the dns* files know c-ares.  done may run inside dns_ask().
 */

#ifndef DNS_H
#define DNS_H

#include "bs_addr.h"
#include "bs_check.h"

#include <uv.h>

#define DNS_ADDRESSES_MAX 16

typedef struct dns dns_t;

typedef struct {
    bs_reason_t reason; /* NONE: there is at least one address */
    int ttl_s;          /* of the address that lives shortest */
    unsigned count;
    bs_addr_t addresses[DNS_ADDRESSES_MAX];
} dns_answer_t;

typedef void (*dns_done_cb)(void *data, const dns_answer_t *answer);

/* `servers`: "192.0.2.53,[2001:db8::53]:5353", or NULL for the system's.  NULL on failure. */
dns_t *dns_create(uv_loop_t *loop, const char *servers);

/* Unanswered questions are forgotten without a call; the loop must run once more. */
void dns_destroy(dns_t *dns);

/* family: 4 or 6 */
void dns_ask(dns_t *dns, const char *host, int family, dns_done_cb done, void *data);

/*
 * Takes up changed servers of the system, for the questions from now on.  Must
 * not be called from done.
 */
void dns_follow_system(dns_t *dns);

/* The servers in use; returns how many, at most `max`. */
unsigned dns_servers(const dns_t *dns, bs_addr_t *addresses, uint16_t *ports, unsigned max);

#endif
