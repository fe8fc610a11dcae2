
/*
 * The address policy of this agent: public addresses may be probed, all others
 * only when the agent's own configuration opens their range.  Judged is the
 * address that is about to be connected to, never a name.
 */

#ifndef GUARD_H
#define GUARD_H

#include "bs_addr.h"

#define GUARD_RANGES_MAX 64

typedef struct guard {
    bs_cidr_t allowed[GUARD_RANGES_MAX];
    size_t count;
} guard_t;

/* Opens a range ("10.0.0.0/8") or one address.  0, or -1 with *error a literal. */
int guard_allow(guard_t *guard, const char *cidr, const char **error);

/* BS_ADDR_PUBLIC if the address may be connected to, else the class that forbids it. */
bs_addr_class_t guard_judge(const guard_t *guard, const bs_addr_t *addr);

#endif
