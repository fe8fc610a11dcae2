
/*
 * A gateway that disappears from the route table stays a control until another
 * one takes its place: that it went is what we want to know.
 */

#include "health_controls.h"

#include "bs_url.h"
#include "clock.h"
#include "gateway.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEALTH_HUB_AGAIN_US 300000000ll /* the hub's name is looked up anew */
#define HEALTH_RESOLVERS_MAX 8
#define HEALTH_ALL "resolvers gateway hub"

/* Where a control comes from; it is found again by what it is called. */
#define HEALTH_RESOLVER "name server"
#define HEALTH_GATEWAY "gateway"
#define HEALTH_HUB "hub"


/* --- the list ------------------------------------------------------------- */

static control_t *
health_controls_add(health_controls_t *controls)
{
    control_t *control =
        (controls->count < HEALTH_CONTROLS_MAX) ? calloc(1, sizeof(*control)) : NULL;

    if (control == NULL) {
        return NULL; /* one proof less */
    }

    control->loop = controls->loop;
    control->id = (uint16_t) clock_us();
    control->on_answer = controls->on_answer;
    control->data = controls->data;
    controls->controls[controls->count++] = control;
    return control;
}


static void
health_controls_remove(health_controls_t *controls, size_t i)
{
    control_stop(controls->controls[i]);
    free(controls->controls[i]);
    controls->controls[i] = controls->controls[--controls->count];
}


static int
health_controls_has(const health_controls_t *controls, control_kind_t kind,
                    const bs_addr_t *address, uint16_t port, unsigned roles)
{
    for (size_t i = 0; i < controls->count; i++) {
        const control_t *control = controls->controls[i];

        if (control->kind == kind && control->port == port && control->state.roles == roles
            && bs_addr_equal(&control->address, address))
        {
            return 1;
        }
    }

    return 0;
}


static void
health_controls_put(health_controls_t *controls, control_kind_t kind, const bs_addr_t *address,
                    uint16_t port, unsigned roles, unsigned scope)
{
    control_t *control;

    if (health_controls_has(controls, kind, address, port, roles)
        || (control = health_controls_add(controls)) == NULL)
    {
        return;
    }

    control->scope = scope;
    control->state.roles = roles;
    control_set(control, kind, address, port,
                (roles & HEALTH_ROLE_HUB)        ? HEALTH_HUB
                : (roles & HEALTH_ROLE_RESOLVER) ? HEALTH_RESOLVER
                                                 : HEALTH_GATEWAY);

    if (roles == 0 && control->state.reach == HEALTH_FAR) {
        control->state.reach = HEALTH_NEAR; /* a gateway, whatever its address looks like */
    }
}


/* --- name servers and gateways -------------------------------------------- */

static void
health_controls_follow_resolvers(health_controls_t *controls)
{
    bs_addr_t addresses[HEALTH_RESOLVERS_MAX];
    uint16_t ports[HEALTH_RESOLVERS_MAX];
    unsigned count = resolve_servers(controls->resolve, addresses, ports, HEALTH_RESOLVERS_MAX);

    for (size_t i = controls->count; i > 0; i--) {
        const control_t *control = controls->controls[i - 1];
        int found = (control->state.roles & HEALTH_ROLE_RESOLVER) == 0;

        for (unsigned j = 0; j < count && !found; j++) {
            found = control->port == ports[j] && bs_addr_equal(&control->address, &addresses[j]);
        }

        if (!found) {
            health_controls_remove(controls, i - 1);
        }
    }

    for (unsigned j = 0; j < count; j++) {
        health_controls_put(controls, CONTROL_DNS, &addresses[j], ports[j], HEALTH_ROLE_RESOLVER,
                            0);
    }
}


static int
health_controls_is_gateway(const control_t *control)
{
    return strncmp(control->label, HEALTH_GATEWAY " ", sizeof(HEALTH_GATEWAY)) == 0;
}


static void
health_controls_follow_gateways(health_controls_t *controls)
{
    gateway_t gateways[GATEWAY_MAX];
    unsigned count = gateway_read(gateways);

    for (size_t i = controls->count; i > 0 && count > 0; i--) {
        const control_t *control = controls->controls[i - 1];
        int found = !health_controls_is_gateway(control);

        for (unsigned j = 0; j < count && !found; j++) {
            found = bs_addr_equal(&control->address, &gateways[j].address);
        }

        if (!found) {
            health_controls_remove(controls, i - 1);
        }
    }

    for (unsigned j = 0; j < count; j++) {
        const gateway_t *gateway = &gateways[j];

        health_controls_put(controls, CONTROL_TCP, &gateway->address, 53, 0, gateway->scope);
        health_controls_put(controls, CONTROL_TCP, &gateway->address, 80, 0, gateway->scope);
        health_controls_put(controls, CONTROL_PING, &gateway->address, 0, 0, gateway->scope);
    }
}


/* --- the hub -------------------------------------------------------------- */

static void
health_controls_set_hub(health_controls_t *controls, const bs_addr_t *address)
{
    if (bs_addr_equal(&controls->hub_address, address)) {
        return;
    }

    for (size_t i = controls->count; i > 0; i--) {
        if (controls->controls[i - 1]->state.roles & HEALTH_ROLE_HUB) {
            health_controls_remove(controls, i - 1);
        }
    }

    controls->hub_address = *address;
    health_controls_put(controls, CONTROL_TCP, address, controls->hub_port, HEALTH_ROLE_HUB, 0);
}


void
health_controls_hub_answered(health_controls_t *controls, int64_t now_us)
{
    for (size_t i = 0; i < controls->count; i++) {
        health_control_t *state = &controls->controls[i]->state;

        if (state->roles & HEALTH_ROLE_HUB) {
            state->answered_us = now_us;
            state->silent_us = 0;
            state->mute_us = 0;
        }
    }
}


static void
health_controls_on_hub(void *data, const dns_answer_t *answer)
{
    health_controls_t *controls = data;

    controls->hub_query = NULL;

    for (unsigned i = 0; i < answer->count; i++) {
        if (bs_addr_equal(&controls->hub_address, &answer->addresses[i])) {
            return;
        }
    }

    if (answer->count > 0) {
        health_controls_set_hub(controls, &answer->addresses[0]);
    }
}


static void
health_controls_follow_hub(health_controls_t *controls)
{
    int64_t now_us = clock_us();

    if (controls->hub_host[0] == '\0' || controls->hub_query != NULL
        || (controls->hub_address.family != 0
            && now_us - controls->hub_asked_us < HEALTH_HUB_AGAIN_US))
    {
        return;
    }

    controls->hub_asked_us = now_us;
    controls->hub_query = resolve_start(controls->resolve, controls->hub_host, 0, 0,
                                        health_controls_on_hub, controls);
}


static void
health_controls_want_hub(health_controls_t *controls, const char *text)
{
    bs_url_t url;
    const char *error;

    if (bs_url_parse(text, strlen(text), &url, &error) != 0) {
        return; /* whoever talks to the hub says so */
    }

    controls->hub_port = url.port;

    if (url.is_address) {
        health_controls_set_hub(controls, &url.addr);
    } else {
        snprintf(controls->hub_host, sizeof(controls->hub_host), "%s", url.host);
    }

    bs_url_free(&url);
}


/* --- the setting ---------------------------------------------------------- */

static int
health_controls_read_word(health_controls_t *controls, const char *word, const char *hub,
                          const char **error)
{
    if (strcmp(word, "resolvers") == 0) {
        controls->wants_resolvers = 1;
        return 0;
    }

    if (strcmp(word, "gateway") == 0) {
        controls->wants_gateway = 1;
        return 0;
    }

    if (strcmp(word, "hub") == 0) {
        controls->wants_hub = 1;
        health_controls_want_hub(controls, hub);
        return 0;
    }

    control_t *control = health_controls_add(controls);

    if (control == NULL) {
        *error = "one more than there may be";
        return -1;
    }

    return control_parse(control, word, error);
}


int
health_controls_init(health_controls_t *controls, const config_t *config, char *error)
{
    const char *setting = (config->control != NULL) ? config->control : HEALTH_ALL;
    char *copy = strdup(setting);
    char *rest = NULL;
    const char *words = "out of memory";
    int result = (copy == NULL) ? -1 : 0;
    char *word = (copy == NULL) ? NULL : strtok_r(copy, " ,\t", &rest);

    for (; word != NULL && result == 0; word = strtok_r(NULL, " ,\t", &rest)) {
        result = health_controls_read_word(controls, word, config->hub, &words);

        if (result != 0) {
            snprintf(error, CONFIG_ERROR_MAX, "control: \"%.100s\" %s", word, words);
        }
    }

    free(copy);
    return result;
}


void
health_controls_deinit(health_controls_t *controls)
{
    if (controls->hub_query != NULL) {
        resolve_cancel(controls->hub_query);
    }

    while (controls->count > 0) {
        health_controls_remove(controls, controls->count - 1);
    }
}


/* --- asking --------------------------------------------------------------- */

void
health_controls_refresh(health_controls_t *controls)
{
    if (controls->wants_resolvers) {
        health_controls_follow_resolvers(controls);
    }

    if (controls->wants_gateway) {
        health_controls_follow_gateways(controls);
    }

    if (controls->wants_hub) {
        health_controls_follow_hub(controls);
    }
}


void
health_controls_ask(health_controls_t *controls)
{
    int64_t now_us = clock_us();

    for (size_t i = 0; i < controls->count; i++) {
        if (!controls->controls[i]->asking) {
            control_ask(controls->controls[i], now_us);
        }
    }
}


unsigned
health_controls_tick(health_controls_t *controls, int64_t now_us)
{
    unsigned asking = 0;

    for (size_t i = 0; i < controls->count; i++) {
        control_tick(controls->controls[i], now_us);
        asking += (controls->controls[i]->asking != 0);
    }

    return asking;
}


void
health_controls_extend(health_controls_t *controls, int64_t until_us)
{
    for (size_t i = 0; i < controls->count; i++) {
        control_t *control = controls->controls[i];

        if (control->asking && control->deadline_us < until_us) {
            control->deadline_us = until_us;
        }
    }
}
