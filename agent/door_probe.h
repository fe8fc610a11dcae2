
/*
 * One scrape of `/probe`: a target, probed as a module says, and what was
 * measured under the names blackbox_exporter gives it.
 */

#ifndef DOOR_PROBE_H
#define DOOR_PROBE_H

#include "check.h"
#include "door_modules.h"
#include "metrics.h"

typedef struct door_probe door_probe_t;

/* The metrics are the callee's to free. */
typedef void (*door_probe_done_cb)(void *data, metrics_t *metrics);

/*
 * `module` belongs to `modules`, which are kept meanwhile; `target` is copied.
 * allowed_ms is what the scrape leaves.  done runs once, from the loop.
 * NULL: no memory, or the target is too long.
 */
door_probe_t *
door_probe_start(const check_env_t *env, door_modules_t *modules, const door_module_t *module,
                 const char *target, int64_t allowed_ms, door_probe_done_cb done, void *data);
void door_probe_cancel(door_probe_t *probe);

#endif
