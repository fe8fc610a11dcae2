
/* A probe's result in blackbox_exporter's metrics.  Pure. */

#ifndef DOOR_PROBE_METRICS_H
#define DOOR_PROBE_METRICS_H

#include "door_modules.h"
#include "metrics.h"
#include "probe.h"

void door_probe_metrics_write(metrics_t *metrics, const door_module_t *module,
                              const probe_result_t *result);

#endif
