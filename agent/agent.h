
/*
 * The running agent: makes everything, connects one thing's events to the
 * other's doing, and takes it down in order.
 */

#ifndef AGENT_H
#define AGENT_H

#include "config.h"
#include "redis_address.h"

/* Runs until a signal or a mistake that only people can mend.  Returns the exit status. */
int agent_run(const config_t *config, const redis_address_t *redis);

#endif
