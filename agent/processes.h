
/*
 * Several agents on one machine, for more probes than one loop can start on
 * time: each is a process of its own, named <name>/<i> and with its own state
 * <state>/<i>, and nothing is shared between them.  This one only watches: what
 * dies is started again, signals are passed on, and it ends with the last.
 */

#ifndef PROCESSES_H
#define PROCESSES_H

#include "agent.h"

#define PROCESSES_MAX CONFIG_PROCESSES_MAX

/* config->processes of them; agent_run() for one.  The exit status. */
int
processes_run(config_t *config, const redis_address_t *redis, agent_reread_cb reread, void *data);

#endif
