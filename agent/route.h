
/* Could this machine send anything to an address at all?  Nothing is sent to find out. */

#ifndef ROUTE_H
#define ROUTE_H

#include "bs_addr.h"

/* 0, or an errno: of no route (see below), or of what the machine has no more of. */
int route_try(const bs_addr_t *address);

/* Does such an errno say that there is no way from here, so nothing about the other side? */
int route_is_missing(int os_error);

#endif
