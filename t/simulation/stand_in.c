
#include "agent_model.h"

#include "clock.h"
#include "descriptors.h"
#include "health_controls.h"
#include "lag.h"

#include <stdlib.h>

static struct {
    events_t *events;
    agent_model_t *agent;
} stand_in;


void
stand_in_events(events_t *events)
{
    stand_in.events = events;
}


void
stand_in_run(agent_model_t *agent)
{
    stand_in.agent = agent;
}


/* --- clocks --------------------------------------------------------------- */

/* The linker leads the agent's calls here (--wrap).  Only the wall clock can be wrong. */
int __wrap_clock_gettime(clockid_t clock, struct timespec *ts);

int
__wrap_clock_gettime(clockid_t clock, struct timespec *ts)
{
    int64_t us = stand_in.events->now_us;

    if (clock == CLOCK_REALTIME && stand_in.agent != NULL) {
        us += agent_model_clock_error_us(stand_in.agent);
    }

    ts->tv_sec = us / 1000000;
    ts->tv_nsec = us % 1000000 * 1000;
    return 0;
}


/* --- timers --------------------------------------------------------------- */

int
uv_timer_init(uv_loop_t *loop, uv_timer_t *timer)
{
    timer->loop = loop;
    timer->start_id = 0;
    return 0;
}


/* `number` is that of the start; one that was started anew or stopped since has another. */
static void
stand_in_timer(void *data, uint64_t number)
{
    uv_timer_t *timer = data;

    if (timer->start_id != number) {
        return;
    }

    if (timer->repeat > 0) {
        events_at(stand_in.events, stand_in.events->now_us + (int64_t) timer->repeat * 1000,
                  stand_in.agent, stand_in_timer, timer, number);
    }

    timer->timer_cb(timer);
}


int
uv_timer_start(uv_timer_t *timer, uv_timer_cb callback, uint64_t ms, uint64_t repeat_ms)
{
    timer->timer_cb = callback;
    timer->repeat = repeat_ms;
    timer->start_id++;
    events_at(stand_in.events, stand_in.events->now_us + (int64_t) ms * 1000, stand_in.agent,
              stand_in_timer, timer, timer->start_id);
    return 0;
}


int
uv_timer_stop(uv_timer_t *timer)
{
    timer->start_id++;
    return 0;
}


void
uv_close(uv_handle_t *handle, uv_close_cb closed)
{
    uv_timer_stop((uv_timer_t *) handle);
    closed(handle);
}


/* --- the loop, descriptors -------------------------------------------------- */

int64_t
lag_since(const lag_t *lag, int64_t since_us)
{
    return lag_history_since(&lag->history, since_us);
}


unsigned
lag_busy(const lag_t *lag, unsigned window_ms)
{
    return lag_history_busy(&lag->history, clock_us(), (int64_t) window_ms * 1000);
}


unsigned
descriptors_open(void)
{
    return 100;
}


unsigned
descriptors_max(void)
{
    return 20000;
}


int
descriptors_are_exhausted(void)
{
    return 0;
}


/* --- control targets ------------------------------------------------------ */

health_reach_t
control_reach(const bs_addr_t *address)
{
    return health_reach(address);
}


int
control_has_route(const bs_addr_t *address)
{
    (void) address; /* a cut cable leaves the routes where they are */
    return 1;
}


static void
stand_in_control(health_controls_t *controls, health_reach_t reach, unsigned roles,
                 const char *label)
{
    control_t *control = calloc(1, sizeof(*control));

    control->state.reach = reach;
    control->state.roles = roles;
    control->data = controls;
    snprintf(control->label, sizeof(control->label), "%s", label);
    controls->controls[controls->count++] = control;
}


/* Every other agent's name servers are in its own network. */
int
health_controls_init(health_controls_t *controls, const config_t *config, char *error)
{
    const agent_model_t *agent = (const agent_model_t *) (void *) controls->loop;
    health_reach_t servers = (agent->number % 2 == 0) ? HEALTH_FAR : HEALTH_NEAR;

    (void) config;
    error[0] = '\0';
    stand_in_control(controls, servers, HEALTH_ROLE_RESOLVER, "name server 1");
    stand_in_control(controls, servers, HEALTH_ROLE_RESOLVER, "name server 2");
    stand_in_control(controls, HEALTH_NEAR, 0, "gateway");
    stand_in_control(controls, HEALTH_FAR, HEALTH_ROLE_HUB, "hub");
    return 0;
}


void
health_controls_deinit(health_controls_t *controls)
{
    while (controls->count > 0) {
        free(controls->controls[--controls->count]);
    }
}


void
health_controls_refresh(health_controls_t *controls)
{
    (void) controls; /* they stay the same */
}


static void
stand_in_answered(health_control_t *state)
{
    state->answered_us = clock_us();
    state->silent_us = 0;
    state->mute_us = 0;
}


void
health_controls_hub_answered(health_controls_t *controls, int64_t now_us)
{
    (void) now_us;

    for (size_t i = 0; i < controls->count; i++) {
        if (controls->controls[i]->state.roles & HEALTH_ROLE_HUB) {
            stand_in_answered(&controls->controls[i]->state);
        }
    }
}


/* An answer came to the question of this number. */
static void
stand_in_on_answer(void *data, uint64_t number)
{
    control_t *control = data;
    health_controls_t *controls = control->data;

    if (!control->asking || control->id != (uint16_t) number) {
        return;
    }

    control->asking = 0;
    stand_in_answered(&control->state);

    if ((control->state.roles & HEALTH_ROLE_RESOLVER) != 0
        && !agent_model_has(stand_in.agent, FAULT_RESOLVER_FAILS))
    {
        control->state.served_us = clock_us();
        control->state.serves = 1;
    }

    controls->on_answer(controls->data, control);
}


static int
stand_in_reaches(const control_t *control)
{
    const agent_model_t *agent = stand_in.agent;

    if (agent_model_has(agent, FAULT_CABLE)
        || (control->state.reach == HEALTH_FAR && agent_model_has(agent, FAULT_UPLINK)))
    {
        return 0;
    }

    if (control->state.roles & HEALTH_ROLE_HUB) {
        return agent_model_reaches_hub(agent);
    }

    return (control->state.roles & HEALTH_ROLE_RESOLVER) == 0
           || !agent_model_has(agent, FAULT_RESOLVER_DEAD);
}


void
health_controls_ask(health_controls_t *controls)
{
    for (size_t i = 0; i < controls->count; i++) {
        control_t *control = controls->controls[i];

        if (control->asking) {
            continue;
        }

        control->asking = 1;
        control->id++;
        control->asked_us = clock_us();
        control->deadline_us = control->asked_us + CONTROL_DEADLINE_MS * 1000;

        if (stand_in_reaches(control)) {
            int64_t way_us = chance_between(&stand_in.agent->world->chance, 1000, 40000);

            events_at(stand_in.events, control->asked_us + way_us, stand_in.agent,
                      stand_in_on_answer, control, control->id);
        }
    }
}


unsigned
health_controls_tick(health_controls_t *controls, int64_t now_us)
{
    unsigned asking = 0;

    for (size_t i = 0; i < controls->count; i++) {
        control_t *control = controls->controls[i];

        if (control->asking && now_us >= control->deadline_us) {
            control->asking = 0;
            control->state.silent_us = control->asked_us;

            if (control->state.mute_us == 0) {
                control->state.mute_us = control->asked_us;
            }
        }

        asking += (control->asking != 0);
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
