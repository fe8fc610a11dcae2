
/*
 * Which control targets there are: those of the setting, the name servers in
 * use, the default gateways, the hub.  The last three follow what changes.
 */

#ifndef HEALTH_CONTROLS_H
#define HEALTH_CONTROLS_H

#include "config.h"
#include "control.h"
#include "resolve.h"

typedef struct {
    uv_loop_t *loop;
    resolve_t *resolve;
    int wants_resolvers;
    int wants_gateway;
    int wants_hub;
    char hub_host[256]; /* a name; "" if it is an address */
    uint16_t hub_port;
    bs_addr_t hub_address;
    int64_t hub_asked_us;
    resolve_query_t *hub_query;
    control_t *controls[HEALTH_CONTROLS_MAX];
    size_t count;
    void (*on_answer)(void *data, control_t *control);
    void *data;
} health_controls_t;

/* 0, or -1 with a sentence in `error` (CONFIG_ERROR_MAX bytes).  Zero before. */
int health_controls_init(health_controls_t *controls, const config_t *config, char *error);
void health_controls_deinit(health_controls_t *controls);

/* Looks what has changed: servers, gateways, the hub's address. */
void health_controls_refresh(health_controls_t *controls);

/* The hub was heard of in another way. */
void health_controls_hub_answered(health_controls_t *controls, int64_t now_us);

/* Asks everybody who is not being asked already. */
void health_controls_ask(health_controls_t *controls);

/* As control_tick(); returns how many are still being asked. */
unsigned health_controls_tick(health_controls_t *controls, int64_t now_us);

/* The loop stood still: whoever is being asked gets this much more time. */
void health_controls_extend(health_controls_t *controls, int64_t until_us);

#endif
