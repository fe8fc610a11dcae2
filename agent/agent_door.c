
#include "agent_door.h"

#include "agent_status.h"

#include <unistd.h>


static door_modules_t *
agent_door_load(const agent_t *agent)
{
    char error[DOOR_MODULES_ERROR_MAX];
    door_modules_t *modules = door_modules_load(agent->config->door_modules, error);

    if (modules == NULL) {
        log_error("door", "door_modules: %s", error);
    }

    return modules;
}


static int
agent_door_open_network(agent_t *agent)
{
    char error[DOOR_ERROR_MAX];
    int listener = door_listen(agent->config->door, error);

    if (listener < 0) {
        log_error("door", "door: %s", error);
        return -1;
    }

    door_modules_t *modules = agent_door_load(agent);

    if (modules == NULL) {
        close(listener);
        return -1;
    }

    door_options_t options = {
        .env = &agent->env,
        .modules = modules,
        .write_metrics = agent_status_write_metrics,
        .data = agent,
    };

    agent->door = door_open(&agent->loop, listener, &options);
    door_modules_unref(modules);

    if (agent->door == NULL) {
        log_error("door", "out of memory");
        return -1;
    }

    log_info("door", "Prometheus may ask at http://%s/metrics and /probe", agent->config->door);
    return 0;
}


static void
agent_door_open_local(agent_t *agent)
{
    char error[DOOR_ERROR_MAX];
    int listener = door_listen_local(agent->state.socket, error);
    door_options_t options = {.write_status = agent_status_write_json, .data = agent};

    if (listener >= 0) {
        agent->local_door = door_open(&agent->loop, listener, &options);
    }

    if (agent->local_door == NULL) {
        log_warn("door", "betterstack-agent status will find nothing: %s",
                 (listener < 0) ? error : "out of memory");
    }
}


int
agent_door_open(agent_t *agent)
{
    agent_door_open_local(agent);
    return (agent->config->door != NULL) ? agent_door_open_network(agent) : 0;
}


void
agent_door_reload(agent_t *agent)
{
    if (agent->door == NULL) {
        return;
    }

    door_modules_t *modules = agent_door_load(agent);

    if (modules != NULL) {
        door_set_modules(agent->door, modules);
        door_modules_unref(modules);
    }
}


void
agent_door_close(agent_t *agent)
{
    if (agent->local_door != NULL) {
        unlink(agent->state.socket);
    }

    door_close(agent->local_door);
    door_close(agent->door);
}
