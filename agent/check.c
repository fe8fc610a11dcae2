
/*
 * What all kinds of check have in common: the deadline, the address, the end.
 *
 * The deadline belongs to the attempt: one timer, started before the name is
 * resolved, that no target can push back.  The end always goes through closing
 * that timer, so done is never called from inside a start.
 */

#include "check.h"

#include "check_kinds.h"
#include "clock.h"
#include "guard.h"
#include "reason.h"
#include "resolve.h"
#include "route.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>


/* --- the end -------------------------------------------------------------- */

static void
check_on_closed(uv_handle_t *handle)
{
    check_t *check = handle->data;
    check_done_cb done = check->done;
    void *data = check->data;

    free(check->soonest);
    free(check);

    if (done != NULL) {
        done(data);
    }
}


static void
check_stop(check_t *check)
{
    if (check->ended) {
        return;
    }

    check->ended = 1;

    if (check->query != NULL) {
        resolve_cancel(check->query);
        check->query = NULL;
    }

    check->kind->close(check);
    uv_close((uv_handle_t *) &check->deadline, check_on_closed);
}


void
check_cancel(check_t *check)
{
    check->done = NULL;
    check_stop(check);
}


void
check_keep_certificate(check_t *check)
{
    const check_certificate_t *certificate = &check->facts->certificate;

    if (!certificate->seen
        || (check->soonest != NULL && check->soonest->not_after <= certificate->not_after))
    {
        return;
    }

    if (check->soonest == NULL) {
        check->soonest = malloc(sizeof(*check->soonest));
    }

    if (check->soonest != NULL) { /* without memory the last port's counts */
        *check->soonest = *certificate;
    }
}


/* "Unreachable" is the target's failure only if there is a way from here to begin with. */
static void
check_look_for_route(check_facts_t *facts)
{
    char text[BS_ADDR_TEXT_MAX];

    if (facts->failure != BS_REASON_CONNECT_UNREACHABLE || !facts->has_address
        || !route_is_missing(route_try(&facts->address)))
    {
        return;
    }

    bs_addr_format(&facts->address, text);
    facts->failure = BS_REASON_AGENT_UPLINK_DOWN;
    snprintf(facts->detail, sizeof(facts->detail), "this agent has no route to %s", text);
}


void
check_finish(check_t *check)
{
    if (check->ended) {
        return;
    }

    check_look_for_route(check->facts);

    if (check->soonest != NULL && check->facts->failure == BS_REASON_NONE) {
        check_keep_certificate(check);
        check->facts->certificate = *check->soonest;
    }

    check->facts->phases.total_us = -1;
    check_add_phase(&check->facts->phases.total_us,
                    clock_us() - check->started_us - check->paused_us);
    check_stop(check);
}


void
check_fail(check_t *check, bs_reason_t reason, const char *phase, const char *detail)
{
    if (check->ended) {
        return;
    }

    check->facts->failure = reason;
    check->facts->phase = phase;
    snprintf(check->facts->detail, sizeof(check->facts->detail), "%s", detail);
    check_finish(check);
}


static void
check_on_deadline(uv_timer_t *timer)
{
    check_t *check = timer->data;

    if (check->query == NULL) {
        check->kind->on_deadline(check);
        check_finish(check);
        return;
    }

    /* the name was never asked for: that says nothing about it */
    int waiting = resolve_is_waiting(check->query);
    bs_reason_t reason = waiting ? BS_REASON_AGENT_OVERLOADED : BS_REASON_DNS_TIMEOUT;

    check_fail(check, reason, "dns", reason_words(reason));
}


/* --- the address ---------------------------------------------------------- */

void
check_add_phase(int32_t *sum, int64_t us)
{
    if (us < 0) {
        return;
    }

    int64_t total = (*sum < 0) ? us : *sum + us;

    *sum = (total > INT32_MAX) ? INT32_MAX : (int32_t) total;
}


static void
check_take_address(check_t *check, const bs_addr_t *address)
{
    char text[BS_ADDR_TEXT_MAX];

    check->facts->has_address = 1;
    check->facts->address = *address;
    check->facts->port = check->port;
    bs_addr_format(address, text);

    if (check->port == 0) { /* ping knows none */
        snprintf(check->target, sizeof(check->target), "%s", text);
        return;
    }

    snprintf(check->target, sizeof(check->target), (address->family == 6) ? "[%s]:%u" : "%s:%u",
             text, check->port);
}


static void
check_refuse(check_t *check, const bs_addr_t *address, bs_addr_class_t refused)
{
    char text[BS_ADDR_TEXT_MAX];
    check_facts_t *facts = check->facts;

    check_take_address(check, address);
    bs_addr_format(address, text);
    facts->failure = BS_REASON_ADDRESS_BLOCKED;
    facts->phase = "connect";
    snprintf(facts->detail, sizeof(facts->detail),
             "%s is %s, which this agent's configuration does not allow", text,
             bs_addr_class_words(refused));
    check->resolved(check, NULL);
}


/* Of the allowed addresses the one whose turn it is; the second attempt takes the second. */
static void
check_choose(check_t *check, const bs_addr_t *addresses, unsigned count)
{
    unsigned allowed[DNS_ADDRESSES_MAX];
    unsigned allowed_count = 0;
    bs_addr_class_t refused = BS_ADDR_PUBLIC;

    for (unsigned i = 0; i < count; i++) {
        bs_addr_class_t cls = guard_judge(check->env->guard, &addresses[i]);

        if (cls == BS_ADDR_PUBLIC) {
            allowed[allowed_count++] = i;
        } else {
            refused = cls;
        }
    }

    if (allowed_count == 0) {
        check_refuse(check, &addresses[0], refused);
        return;
    }

    const bs_addr_t *address = &addresses[allowed[(unsigned) (check->attempt - 1) % allowed_count]];

    check_take_address(check, address);
    check->resolved(check, address);
}


static void
check_on_resolved(void *data, const dns_answer_t *answer)
{
    check_t *check = data;
    check_facts_t *facts = check->facts;

    check->query = NULL;
    check_add_phase(&facts->phases.dns_us, clock_us() - check->asked_us);

    for (unsigned i = 0; i < answer->count && i < CHECK_ADDRESSES_MAX; i++) {
        facts->addresses[facts->addresses_count++] = answer->addresses[i];
    }

    if (answer->reason == BS_REASON_NONE) {
        check_choose(check, answer->addresses, answer->count);
        return;
    }

    facts->failure = answer->reason;
    facts->phase = "dns";
    snprintf(facts->detail, sizeof(facts->detail), "%.150s: %s", check->host,
             reason_words(answer->reason));
    check->resolved(check, NULL);
}


static void
check_resolve_literal(check_t *check, const bs_addr_t *address)
{
    check_facts_t *facts = check->facts;

    check_add_phase(&facts->phases.dns_us, 0);

    if (check->spec->ip != 0 && check->spec->ip != address->family) {
        facts->failure = BS_REASON_DNS_NO_ADDRESS;
        facts->phase = "dns";
        snprintf(facts->detail, sizeof(facts->detail), "the address is of the other kind");
        check->resolved(check, NULL);
        return;
    }

    check_choose(check, address, 1);
}


void
check_resolve(check_t *check, const char *host, uint16_t port, check_resolved_cb resolved)
{
    bs_addr_t literal;

    check->facts->has_address = 0;
    check->facts->addresses_count = 0;
    check->host = host;
    check->port = port;
    check->resolved = resolved;

    switch (bs_addr_parse_host(host, strlen(host), &literal)) {
    case 0:
        check_resolve_literal(check, &literal);
        return;
    case 1:
        break;
    default:
        check_fail(check, BS_REASON_DNS_NO_ADDRESS, "dns",
                   "the host looks like an address, but is none");
        return;
    }

    check->asked_us = clock_us();
    check->query =
        resolve_start(check->env->resolve, host, check->spec->ip,
                      check->attempt > 1 || check->spec->fresh, check_on_resolved, check);

    if (check->query == NULL) {
        check_fail(check, BS_REASON_AGENT_OVERLOADED, "dns", "out of memory");
    }
}


/* --- the start ------------------------------------------------------------ */

check_t *
check_start(const check_env_t *env, const spec_t *spec, int attempt, check_facts_t *facts,
            check_done_cb done, void *data)
{
    const check_kind_t *kind = check_kind_of(spec->type);
    check_t *check = calloc(1, kind->size);

    if (check == NULL) {
        return NULL;
    }

    facts_init(facts);
    check->kind = kind;
    check->env = env;
    check->spec = spec;
    check->attempt = attempt;
    check->facts = facts;
    check->done = done;
    check->data = data;
    check->started_us = clock_us();

    uv_timer_init(env->loop, &check->deadline);
    check->deadline.data = check;
    uv_update_time(env->loop);
    uv_timer_start(&check->deadline, check_on_deadline, (uint64_t) spec->timeout_ms, 0);
    kind->start(check);
    return check;
}
