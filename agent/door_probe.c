
#include "door_probe.h"

#include "clock.h"
#include "door_probe_metrics.h"
#include "probe.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define DOOR_PROBE_TARGET_MAX 2048

struct door_probe {
    door_modules_t *modules;
    const door_module_t *module;
    const check_env_t *env;
    spec_t spec;
    int64_t deadline_ms;
    int fell_back; /* to the kind of address that is not preferred */
    probe_t *probe;
    door_probe_done_cb done;
    void *data;
    char url[DOOR_PROBE_TARGET_MAX + 8];
};


static void
door_probe_free(door_probe_t *probe)
{
    door_modules_unref(probe->modules);
    free(probe);
}


static void door_probe_on_done(void *data, const probe_result_t *result);


/* The name has no address of the kind that is preferred: any other will do.  0: it is asked for. */
static int
door_probe_fall_back(door_probe_t *probe, bs_reason_t reason)
{
    int64_t rest_ms = probe->deadline_ms - clock_ms();

    if (!probe->module->ip_fallback || probe->fell_back || rest_ms < 1
        || (reason != BS_REASON_DNS_NO_ADDRESS && reason != BS_REASON_DNS_SERVFAIL
            && reason != BS_REASON_DNS_REFUSED))
    {
        return -1;
    }

    probe->fell_back = 1;
    probe->spec.ip = 0;
    probe->spec.timeout_ms = rest_ms;
    probe->probe = probe_start(probe->env, &probe->spec, 1, door_probe_on_done, probe);
    return (probe->probe != NULL) ? 0 : -1;
}


static void
door_probe_on_done(void *data, const probe_result_t *result)
{
    door_probe_t *probe = data;
    metrics_t metrics;

    if (door_probe_fall_back(probe, result->verdict.reason) == 0) {
        return;
    }

    metrics_init(&metrics);
    door_probe_metrics_write(&metrics, probe->module, result);
    probe->done(probe->data, &metrics);
    door_probe_free(probe);
}


/* Prometheus' targets are often bare hosts; for HTTP that means http. */
static void
door_probe_set_url(door_probe_t *probe, const char *target)
{
    int bare = probe->module->prober == DOOR_HTTP && strncasecmp(target, "http://", 7) != 0
               && strncasecmp(target, "https://", 8) != 0;

    snprintf(probe->url, sizeof(probe->url), "%s%s", bare ? "http://" : "", target);
    probe->spec.url = probe->url;
}


door_probe_t *
door_probe_start(const check_env_t *env, door_modules_t *modules, const door_module_t *module,
                 const char *target, int64_t allowed_ms, door_probe_done_cb done, void *data)
{
    door_probe_t *probe = calloc(1, sizeof(*probe));

    if (probe == NULL || strlen(target) > DOOR_PROBE_TARGET_MAX) {
        free(probe);
        return NULL;
    }

    probe->modules = door_modules_ref(modules);
    probe->module = module;
    probe->spec = module->spec;
    probe->done = done;
    probe->data = data;
    probe->spec.timeout_ms = allowed_ms;

    if (module->timeout_ms != 0 && module->timeout_ms < allowed_ms) {
        probe->spec.timeout_ms = module->timeout_ms;
    }

    probe->env = env;
    probe->deadline_ms = clock_ms() + probe->spec.timeout_ms;
    door_probe_set_url(probe, target);

    /* one attempt: how often to look is Prometheus' to decide */
    probe->probe = probe_start(env, &probe->spec, 1, door_probe_on_done, probe);

    if (probe->probe == NULL) {
        door_probe_free(probe);
        return NULL;
    }

    return probe;
}


void
door_probe_cancel(door_probe_t *probe)
{
    probe_cancel(probe->probe);
    door_probe_free(probe);
}
