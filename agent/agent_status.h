
/*
 * What the running agent says about itself, from one table: to `status` as
 * JSON, to Prometheus as metrics.
 */

#ifndef AGENT_STATUS_H
#define AGENT_STATUS_H

#include "metrics.h"

/* `data` is the agent_t. */
void agent_status_write_metrics(void *data, metrics_t *metrics);

/* malloc'ed; NULL: no memory. */
char *agent_status_write_json(void *data);

#endif
