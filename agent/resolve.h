
/*
 * Names to addresses.  Answers are kept as long as their TTL
 * says, many askers of one name share one question, and only so many questions
 * are on the wire at once.
 *
 * done runs once, from the loop, never inside resolve_start().  A cancelled
 * query calls nothing any more.
 */

#ifndef RESOLVE_H
#define RESOLVE_H

#include "dns.h"

typedef struct resolve resolve_t;
typedef struct resolve_query resolve_query_t;

/* `servers` as in dns_create().  NULL on failure. */
resolve_t *resolve_create(uv_loop_t *loop, const char *servers);
/* All queries must be over or cancelled; the loop must run once more. */
void resolve_destroy(resolve_t *resolve);

/*
 * family: 4, 6, or 0 for IPv4 and, only if there is none, IPv6.
 * fresh: neither a kept answer is good enough nor one to a question that was
 * put before this call.  NULL when out of memory.
 */
resolve_query_t *resolve_start(resolve_t *resolve, const char *host, int family, int fresh,
                               dns_done_cb done, void *data);
void resolve_cancel(resolve_query_t *query);

/* The name servers in use; returns how many, at most `max`. */
unsigned
resolve_servers(const resolve_t *resolve, bs_addr_t *addresses, uint16_t *ports, unsigned max);

/* Has nobody been asked yet, because too many questions are on the wire? */
int resolve_is_waiting(const resolve_query_t *query);

#endif
