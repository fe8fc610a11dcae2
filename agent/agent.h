
/*
 * The running agent: makes everything, connects one thing's events to the
 * other's doing, and takes it down in order.
 */

#ifndef AGENT_H
#define AGENT_H

#include "config.h"
#include "redis_address.h"

/* Reads the settings once more, into `config`: 0, or -1 with a sentence and nothing to deinit. */
typedef int (*agent_reread_cb)(void *data, config_t *config, char *error);

/*
 * Runs until a signal or a mistake that only people can mend.  Returns the
 * exit status.  SIGHUP changes `config`, which stays the caller's.
 */
int agent_run(config_t *config, const redis_address_t *redis, agent_reread_cb reread, void *data);

#endif
