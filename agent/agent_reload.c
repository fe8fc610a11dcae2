
/*
 * What a reload replaces may still be borrowed by a probe under way, so it is
 * kept for as long as a probe can last.
 */

#include "agent_reload.h"

#include "agent_door.h"
#include "clock.h"
#include "tls_authorities.h"

#include <stdlib.h>

#define AGENT_RELOAD_KEEP_MS 130000 /* two attempts of the longest timeout, and some more */

struct agent_replaced {
    agent_replaced_t *next; /* the one before it */
    int64_t at_ms;
    config_t config;
};

static const char *const live[] = {"allow",     "token",      "ca_file",      "hub_ca",
                                   "log_level", "body_limit", "door_modules", "deliver"};


static void
agent_reload_on_changed(const char *name, int taken)
{
    if (taken) {
        log_info("agent", "SIGHUP: %s has changed", name);
    } else {
        log_warn("agent", "SIGHUP: %s has changed; this takes effect with the next start", name);
    }
}


void
agent_reload_forget(agent_t *agent, int64_t age_ms)
{
    agent_replaced_t **place = &agent->replaced;

    while (*place != NULL && clock_ms() - (*place)->at_ms < age_ms) {
        place = &(*place)->next;
    }

    while (*place != NULL) {
        agent_replaced_t *old = *place;

        *place = old->next;
        config_deinit(&old->config);
        free(old);
    }
}


static void
agent_reload_apply(agent_t *agent)
{
    log_level_t level;

    if (log_parse_level(agent->config->log_level, &level) == 0) {
        log_set_level(level);
    }

    agent->env.ca_file = agent->config->ca_file;
    tls_authorities_of(agent->env.authorities, agent->env.ca_file); /* begins to load others */
    agent->env.body_limit = agent->config->body_limit;
    agent_door_reload(agent);
}


void
agent_reload(agent_t *agent)
{
    char error[CONFIG_ERROR_MAX] = "out of memory";
    agent_replaced_t *fresh = calloc(1, sizeof(*fresh));

    if (fresh == NULL || agent->reread(agent->reread_data, &fresh->config, error) != 0) {
        log_error("agent", "SIGHUP: the settings stay as they are: %s", error);
        free(fresh);
        return;
    }

    agent_reload_forget(agent, AGENT_RELOAD_KEEP_MS);
    config_change(agent->config, &fresh->config, live, sizeof(live) / sizeof(live[0]),
                  agent_reload_on_changed);
    fresh->at_ms = clock_ms();
    fresh->next = agent->replaced;
    agent->replaced = fresh;
    agent_reload_apply(agent);
}
