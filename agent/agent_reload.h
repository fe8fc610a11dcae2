
/* SIGHUP: the settings are read again, and those that can change are changed. */

#ifndef AGENT_RELOAD_H
#define AGENT_RELOAD_H

#include "agent_parts.h"

/* A file that makes no sense changes nothing; the log says why. */
void agent_reload(agent_t *agent);

/* Frees what was replaced at least so long ago; 0: all of it. */
void agent_reload_forget(agent_t *agent, int64_t age_ms);

#endif
