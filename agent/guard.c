
/*
 * A wide range never opens a cloud metadata service: whoever allows 0.0.0.0/0
 * to watch an internal network does not mean to hand out the credentials of
 * the machine.  Those open only when the entry names exactly that address.
 */

#include "guard.h"

#include <string.h>


int
guard_allow(guard_t *guard, const char *cidr, const char **error)
{
    bs_cidr_t range;

    if (guard->count == GUARD_RANGES_MAX) {
        *error = "more than 64 ranges are allowed";
        return -1;
    }

    if (bs_cidr_parse(cidr, strlen(cidr), &range) != 0) {
        *error = "is not an address range such as 10.0.0.0/8 or fd00::/8";
        return -1;
    }

    guard->allowed[guard->count++] = range;
    return 0;
}


static int
guard_opens(const bs_cidr_t *range, const bs_addr_t *addr, bs_addr_class_t cls)
{
    unsigned exact = (range->addr.family == 6) ? 128 : 32;

    if (cls == BS_ADDR_METADATA && range->bits != exact) {
        return 0;
    }

    return bs_cidr_contains(range, addr);
}


bs_addr_class_t
guard_judge(const guard_t *guard, const bs_addr_t *addr)
{
    bs_addr_class_t cls = bs_addr_classify(addr);
    bs_addr_t effective = bs_addr_effective(addr);

    if (cls == BS_ADDR_PUBLIC) {
        return cls;
    }

    for (size_t i = 0; i < guard->count; i++) {
        if (guard_opens(&guard->allowed[i], addr, cls)
            || guard_opens(&guard->allowed[i], &effective, cls)) {
            return BS_ADDR_PUBLIC;
        }
    }

    return cls;
}
