
/* The doors of the running agent: the socket of `status`, and the one for Prometheus. */

#ifndef AGENT_DOOR_H
#define AGENT_DOOR_H

#include "agent_parts.h"

/*
 * 0, or -1 after saying why: the modules make no sense, or the address of the
 * setting `door` is taken.  Without the local socket the agent runs all the same.
 */
int agent_door_open(agent_t *agent);

/* The modules may have changed; a file that makes no sense changes nothing. */
void agent_door_reload(agent_t *agent);

void agent_door_close(agent_t *agent);

#endif
