
/*
 * Questions wait in a list until the verdict about them is no longer "wait":
 * looked at anew when a control answers, when a probe of something else
 * succeeds, and every HEALTH_TICK_MS, which is also what ends the silence of a
 * control.  A timer runs only while somebody is asked or asks.
 */

#include "health.h"

#include "clock.h"
#include "descriptors.h"
#include "health_controls.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEALTH_TICK_MS 50
#define HEALTH_LATE_US 300000 /* a tick that late: answers may lie there unread */
#define HEALTH_GAP_US 250000  /* between two times that everybody is asked */
#define HEALTH_WAIT_MAX_US 5000000
#define HEALTH_LOOKUP_US 11000000 /* a probe may join a question that was asked that long before */
#define HEALTH_LAG_MINUTE_US 60000000

struct health {
    uv_loop_t *loop;
    const lag_t *lag;
    health_controls_t controls;
    health_view_t view;
    uv_timer_t period;
    uv_timer_t tick;
    int closing;
    TAILQ_HEAD(, health_question) questions;
    unsigned questions_count;
    int64_t asked_us;  /* everybody, the last time */
    int64_t ticked_us; /* 0: the timer does not run */
    int uplink;
    int dns;
    int gone[HEALTH_FAR + 1];
    int dns_gone;
    char answered[CONTROL_LABEL_MAX]; /* who answered last */
    int clock_known;
    int64_t hub_ahead_ms;   /* the hub's wall clock minus our steady one */
    int64_t clock_spare_ms; /* half of the round trip */
};

static void health_settle_all(health_t *health);
static void health_on_tick(uv_timer_t *timer);


/* --- the clock ------------------------------------------------------------ */

/* Goes on while the machine sleeps, as the hub's does. */
static int64_t
health_steady_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_BOOTTIME, &ts);
    return (int64_t) ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}


void
health_on_hub_time(health_t *health, int64_t hub_ms, int64_t sent_us, int64_t received_us)
{
    int64_t half_ms = (received_us - sent_us) / 2000;

    health->clock_known = 1;
    health->clock_spare_ms = half_ms;
    health->hub_ahead_ms = hub_ms + half_ms - health_steady_ms();
    health_controls_hub_answered(&health->controls, received_us);
}


/* The hub's clock minus ours: a jump of ours shows at once, without asking the hub again. */
static int64_t
health_clock_offset_ms(const health_t *health)
{
    return health->clock_known ? health->hub_ahead_ms + health_steady_ms() - clock_wall_ms() : 0;
}


static int
health_is_clock_off(const health_t *health)
{
    int64_t offset_ms = health_clock_offset_ms(health);

    return llabs(offset_ms) > HEALTH_CLOCK_MAX_MS + health->clock_spare_ms;
}


/* --- asking --------------------------------------------------------------- */

static void
health_run(health_t *health, uint64_t ms)
{
    if (health->ticked_us == 0 || ms == 0) {
        health->ticked_us = clock_us();
        uv_timer_start(&health->tick, health_on_tick, ms, HEALTH_TICK_MS);
    }
}


/* Controls come and go, with name servers and gateways. */
static void
health_see(health_t *health)
{
    health->view.controls_count = health->controls.count;
    health->view.hub_unknown =
        health->controls.hub_host[0] != '\0' && health->controls.hub_address.family == 0;

    for (size_t i = 0; i < health->controls.count; i++) {
        health->view.controls[i] = &health->controls.controls[i]->state;
    }
}


static void
health_ask_everybody(health_t *health)
{
    health->asked_us = clock_us();
    health_controls_ask(&health->controls);
    health_run(health, HEALTH_TICK_MS);
}


static void
health_ask_soon(health_t *health)
{
    if (clock_us() - health->asked_us >= HEALTH_GAP_US) {
        health_ask_everybody(health);
    } else {
        health_run(health, HEALTH_TICK_MS);
    }
}


static void
health_on_control(void *data, control_t *control)
{
    health_t *health = data;

    snprintf(health->answered, sizeof(health->answered), "%s", control->label);
    health_run(health, 0);
}


void
health_on_answer(health_t *health, const bs_addr_t *address)
{
    health_witness(&health->view, address, clock_us());

    if (health->questions_count > 0) {
        health_run(health, 0);
    }
}


/* --- the state ------------------------------------------------------------ */

static void
health_note(int *state, health_answer_t answer, const char *what, unsigned controls)
{
    if (answer == HEALTH_WAIT || *state == (answer == HEALTH_ALIVE)) {
        return;
    }

    *state = (answer == HEALTH_ALIVE);

    if (*state) {
        log_info("health", "%s: back", what);
    } else {
        log_warn("health",
                 "%s: gone, by what %u control targets say; failures do not count until it is back",
                 what, controls);
    }
}


/* Gone until the opposite is seen: so the moment in which it comes back still counts as gone. */
static void
health_stamp(int *was_gone, health_answer_t answer, int64_t *gone_us)
{
    if (*was_gone || answer == HEALTH_GONE) {
        *gone_us = clock_us();
    }

    *was_gone = (answer == HEALTH_GONE) || (*was_gone && answer == HEALTH_WAIT);
}


/* What is known by now, apart from any question. */
static void
health_look(health_t *health)
{
    health_view_t *view = &health->view;
    unsigned controls = (unsigned) view->controls_count;
    health_answer_t far = health_uplink_now(view, HEALTH_FAR);
    health_answer_t dns = health_dns_now(view);

    health_stamp(&health->gone[HEALTH_NEAR], health_uplink_now(view, HEALTH_NEAR),
                 &view->gone_us[HEALTH_NEAR]);
    health_stamp(&health->gone[HEALTH_FAR], far, &view->gone_us[HEALTH_FAR]);
    health_stamp(&health->dns_gone, dns, &view->dns_gone_us);
    health_note(&health->uplink, far, "uplink", controls);
    health_note(&health->dns, dns, "name servers", controls);
}


static void
health_on_tick(uv_timer_t *timer)
{
    health_t *health = timer->data;
    int64_t now_us = clock_us();

    if (now_us - health->ticked_us > HEALTH_LATE_US) {
        health_controls_extend(&health->controls, now_us + HEALTH_LATE_US);
    }

    health->ticked_us = now_us;

    unsigned asking = health_controls_tick(&health->controls, now_us);

    health_see(health);
    health_look(health);
    health_settle_all(health);

    if (health->questions_count > 0) {
        if (now_us - health->asked_us >= HEALTH_GAP_US) {
            health_ask_everybody(health);
        }

    } else if (asking == 0) {
        uv_timer_stop(&health->tick);
        health->ticked_us = 0;
    }
}


static void
health_on_period(uv_timer_t *timer)
{
    health_t *health = timer->data;

    health_controls_refresh(&health->controls);
    health_ask_everybody(health);
}


/* --- questions ------------------------------------------------------------ */

static void
health_find(health_finding_t *finding, bs_reason_t reason, const char *words)
{
    finding->reason = reason;
    snprintf(finding->words, sizeof(finding->words), "%s", words);
}


static void
health_find_gone(const health_t *health, health_finding_t *finding)
{
    finding->reason = BS_REASON_AGENT_UPLINK_DOWN;
    snprintf(
        finding->words, sizeof(finding->words),
        "none of the agent's control targets answered any more within %d ms after the failure; "
        "the last that did was %s",
        CONTROL_DEADLINE_MS, health->answered[0] != '\0' ? health->answered : "none of them");
}


static void
health_find_alive(const health_t *health, const health_question_t *question,
                  health_finding_t *finding)
{
    int known = 0;

    for (size_t i = 0; i < health->view.controls_count; i++) {
        known |= health->view.controls[i]->answered_us >= question->ended_us;
    }

    finding->reason = BS_REASON_NONE;
    snprintf(finding->words, sizeof(finding->words),
             known ? "the agent's uplink was alive: %s answered after the failure"
                   : "nothing spoke against the agent's uplink",
             health->answered);
}


/* 1 with *finding, or 0: controls are still being asked. */
static int
health_conclude(const health_t *health, const health_question_t *question,
                health_finding_t *finding)
{
    const bs_addr_t *address = question->has_address ? &question->address : NULL;
    health_reach_t reach = (address != NULL) ? control_reach(address) : HEALTH_FAR;
    int lookup = question->asks_dns && health_is_lookup(question->reason);
    int64_t began_us = question->began_us - (lookup ? HEALTH_LOOKUP_US : 0);
    health_answer_t uplink =
        health_uplink(&health->view, reach, began_us, question->ended_us, address);
    health_answer_t dns =
        lookup ? health_dns(&health->view, began_us, question->ended_us) : HEALTH_ALIVE;

    if (uplink == HEALTH_GONE) {
        health_find_gone(health, finding);

    } else if (uplink == HEALTH_ALIVE && dns == HEALTH_GONE) {
        health_find(finding, BS_REASON_AGENT_DNS_DOWN,
                    "none of the agent's own name servers answered after the failure");

    } else if (uplink == HEALTH_ALIVE && dns == HEALTH_ALIVE) {
        health_find_alive(health, question, finding);

    } else if (clock_us() - question->ended_us > HEALTH_WAIT_MAX_US) {
        health_find(finding, BS_REASON_AGENT_OVERLOADED,
                    "the agent did not come to look at its own uplink in time");

    } else {
        return 0;
    }

    return 1;
}


static void
health_settle_all(health_t *health)
{
    health_question_t *next = TAILQ_FIRST(&health->questions);

    while (next != NULL) {
        health_question_t *question = next;
        health_finding_t finding;

        next = TAILQ_NEXT(question, link);

        if (health_conclude(health, question, &finding)) {
            health_forget(health, question);
            question->answered(question->data, &finding);
        }
    }
}


/* What needs no control target.  1 with *finding, else 0. */
static int
health_conclude_at_once(const health_t *health, const health_question_t *question,
                        health_finding_t *finding)
{
    int64_t stall_us = lag_since(health->lag, question->began_us);
    const bs_addr_t *address = question->has_address ? &question->address : NULL;

    finding->reason = BS_REASON_NONE;
    finding->words[0] = '\0';

    if (health_is_clock_off(health)) {
        finding->reason = BS_REASON_AGENT_CLOCK;
        snprintf(finding->words, sizeof(finding->words),
                 "the agent's clock and the hub's are %.1f s apart",
                 (double) health_clock_offset_ms(health) / 1000);
        return 1;
    }

    if (health_is_lag(question->reason, stall_us, question->timeout_ms)) {
        finding->reason = BS_REASON_AGENT_OVERLOADED;
        snprintf(finding->words, sizeof(finding->words),
                 "the agent itself stood still for %.0f ms during the probe",
                 (double) stall_us / 1000);
        return 1;
    }

    if (!health_is_network(question->reason)) {
        return 1;
    }

    if (descriptors_are_exhausted()) {
        health_find(finding, BS_REASON_AGENT_OVERLOADED, "the agent has no file descriptor left");
        return 1;
    }

    if (address != NULL && control_reach(address) == HEALTH_HERE) {
        return 1;
    }

    if (address != NULL && !control_has_route(address)) {
        health_find(finding, BS_REASON_AGENT_UPLINK_DOWN,
                    "the agent's host has no route to this address");
        return 1;
    }

    return 0;
}


int
health_ask(health_t *health, health_question_t *question, health_finding_t *finding)
{
    question->ended_us = clock_us();

    if (health_conclude_at_once(health, question, finding)) {
        return 1;
    }

    health_ask_soon(health);
    health_see(health);

    if (health_conclude(health, question, finding)) {
        return 1;
    }

    TAILQ_INSERT_TAIL(&health->questions, question, link);
    health->questions_count++;
    return 0;
}


void
health_forget(health_t *health, health_question_t *question)
{
    TAILQ_REMOVE(&health->questions, question, link);
    health->questions_count--;
}


/* --- the whole ------------------------------------------------------------ */

void
health_summary(const health_t *health, health_summary_t *summary)
{
    *summary = (health_summary_t){
        .uplink = health->uplink,
        .dns = health->dns,
        .clock_known = health->clock_known,
        .clock_offset_ms = health_clock_offset_ms(health),
        .lag_max_us = lag_since(health->lag, clock_us() - HEALTH_LAG_MINUTE_US),
        .busy_permille = lag_busy(health->lag, 1000),
        .fds = descriptors_open(),
        .fds_max = descriptors_max(),
        .failures_asking = health->questions_count,
    };
}


health_t *
health_create(uv_loop_t *loop, const config_t *config, struct resolve *resolve, const lag_t *lag)
{
    char error[CONFIG_ERROR_MAX];
    health_t *health = calloc(1, sizeof(*health));

    if (health == NULL) {
        log_error("health", "out of memory");
        return NULL;
    }

    health->loop = loop;
    health->lag = lag;
    health->uplink = 1;
    health->dns = 1;
    health->controls.loop = loop;
    health->controls.resolve = resolve;
    health->controls.on_answer = health_on_control;
    health->controls.data = health;
    TAILQ_INIT(&health->questions);

    if (health_controls_init(&health->controls, config, error) != 0) {
        log_error("health", "%s", error);
        health_controls_deinit(&health->controls);
        free(health);
        return NULL;
    }

    uv_timer_init(loop, &health->period);
    uv_timer_init(loop, &health->tick);
    health->period.data = health;
    health->tick.data = health;
    uv_timer_start(&health->period, health_on_period, 0, HEALTH_PERIOD_MS);
    return health;
}


static void
health_on_closed(uv_handle_t *handle)
{
    health_t *health = handle->data;

    if (--health->closing == 0) {
        free(health);
    }
}


void
health_destroy(health_t *health)
{
    health_controls_deinit(&health->controls);
    health->closing = 2;
    uv_close((uv_handle_t *) &health->period, health_on_closed);
    uv_close((uv_handle_t *) &health->tick, health_on_closed);
}
