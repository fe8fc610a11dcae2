
/*
 * When the domain of a website ends, found out beside its probes: never waited
 * for, and no part of their verdict.
 */

#ifndef DOMAIN_END_H
#define DOMAIN_END_H

#include "check.h"

/*
 * What is known now, in seconds since the epoch; 0 if nothing is, or if the
 * monitor does not want to know.  Calls make it known for later calls.
 */
int64_t domain_end_known(const check_env_t *env, const spec_t *spec);

#endif
