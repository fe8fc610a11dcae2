
/*
 * What the running agent says about itself, from one table: to `status` as
 * JSON, to Prometheus as metrics, to the hub in each report.
 */

#ifndef AGENT_STATUS_H
#define AGENT_STATUS_H

#include "metrics.h"
#include "report.h"

/* `data` is the agent_t. */
void agent_status_write_metrics(void *data, metrics_t *metrics);

/* Names are literals. */
void agent_status_say(void *data, bs_wire_report_t *report);

/* malloc'ed; NULL: no memory. */
char *agent_status_write_json(void *data);

#endif
