
/*
 * Silence counts only of controls that have answered before, and only when
 * they were asked after the failure.  An answer counts if it came after it: an
 * older one may be of the time before the cable was cut.
 */

#include "health_verdict.h"


health_reach_t
health_reach(const bs_addr_t *address)
{
    bs_addr_t effective = bs_addr_effective(address);

    switch (bs_addr_classify(&effective)) {
    case BS_ADDR_LOOPBACK:
    case BS_ADDR_UNSPECIFIED:
        return HEALTH_HERE;
    case BS_ADDR_PRIVATE:
    case BS_ADDR_LINK_LOCAL:
    case BS_ADDR_METADATA:
    case BS_ADDR_SHARED:
        return HEALTH_NEAR;
    default:
        return HEALTH_FAR;
    }
}


/* --- witnesses ------------------------------------------------------------ */

void
health_witness(health_view_t *view, const bs_addr_t *address, int64_t now_us)
{
    health_reach_t reach = health_reach(address);
    health_witness_t *pair = view->witnesses[reach == HEALTH_FAR];

    if (reach == HEALTH_HERE) {
        return;
    }

    if (!bs_addr_equal(&pair[0].address, address)) {
        pair[1] = pair[0];
        pair[0].address = *address;
    }

    pair[0].at_us = now_us;
}


/* The last answer to a probe of another address, from at least as far. */
static int64_t
health_witnessed(const health_view_t *view, health_reach_t reach, const bs_addr_t *address)
{
    int64_t last_us = 0;

    for (int far = (reach == HEALTH_FAR); far < 2; far++) {
        for (int i = 0; i < 2; i++) {
            const health_witness_t *witness = &view->witnesses[far][i];
            int other = address == NULL || !bs_addr_equal(&witness->address, address);

            if (other && witness->at_us > last_us) {
                last_us = witness->at_us;
            }
        }
    }

    return last_us;
}


/* --- the uplink ----------------------------------------------------------- */

/* What the controls of one or more reaches say together. */
typedef struct {
    unsigned known;    /* have answered before */
    unsigned roles;    /* all that they have in common */
    int64_t silent_us; /* all of them were asked in vain since then; 0: not all of them */
    int64_t mute_us;   /* and they have been silent since then */
    int64_t last_us;   /* their last answer */
} health_sum_t;


static health_sum_t
health_sum(const health_view_t *view, health_reach_t from, health_reach_t to)
{
    health_sum_t sum = {.roles = ~0u, .silent_us = INT64_MAX};

    for (size_t i = 0; i < view->controls_count; i++) {
        const health_control_t *control = view->controls[i];

        if (control->reach < from || control->reach > to || control->answered_us == 0) {
            continue;
        }

        sum.known++;
        sum.roles &= control->roles;

        if (control->silent_us < sum.silent_us) {
            sum.silent_us = control->silent_us;
        }

        if (control->mute_us > sum.mute_us) {
            sum.mute_us = control->mute_us;
        }

        if (control->answered_us > sum.last_us) {
            sum.last_us = control->answered_us;
        }
    }

    return sum;
}


/* Those that tell about targets of this reach: near ones only if there is nothing beyond. */
static health_sum_t
health_sum_for(const health_view_t *view, health_reach_t reach)
{
    health_sum_t sum = health_sum(view, reach, HEALTH_FAR);

    return (sum.known > 0) ? sum : health_sum(view, HEALTH_NEAR, HEALTH_FAR);
}


/*
 * Silence of all: is that the uplink, or only the hub, or the name servers, and
 * nothing else?  A probe of before they were first asked in vain proves nothing,
 * it may have been before the cut.
 */
static health_answer_t
health_all_silent(const health_view_t *view, health_reach_t reach, const health_sum_t *all,
                  int64_t ended_us, const bs_addr_t *address)
{
    health_sum_t near = health_sum(view, HEALTH_NEAR, HEALTH_NEAR);
    int64_t witnessed_us = health_witnessed(view, reach, address);
    int witnessed = witnessed_us > all->mute_us;

    if (all->roles == 0) {
        return HEALTH_GONE;
    }

    if (witnessed && witnessed_us > ended_us - HEALTH_RECENT_US) {
        return HEALTH_ALIVE;
    }

    if ((all->roles & HEALTH_ROLE_HUB) == 0 || near.known == 0 || near.last_us < ended_us) {
        return (near.known > 0 && near.silent_us < ended_us) ? HEALTH_WAIT : HEALTH_GONE;
    }

    /* the hub and all others that have answered, with a gateway that does: cut beyond it */
    return (witnessed_us > 0 && !witnessed) ? HEALTH_GONE : HEALTH_ALIVE;
}


/*
 * Nothing has answered since the agent began, no control and no probe.  A
 * gateway may be silent by nature; but name servers and the hub that nobody has
 * ever heard of, and no target either, are a host that is not connected.
 */
static health_answer_t
health_never_heard(const health_view_t *view, health_reach_t reach, int64_t ended_us)
{
    unsigned count = 0;
    int waiting = 0;

    if (health_witnessed(view, reach, NULL) > 0) {
        return HEALTH_ALIVE;
    }

    for (size_t i = 0; i < view->controls_count; i++) {
        const health_control_t *control = view->controls[i];

        if (control->reach == HEALTH_FAR || (control->reach == HEALTH_NEAR && control->roles != 0))
        {
            count++;
            waiting |= control->silent_us < ended_us;
        }
    }

    if (count == 0) {
        return HEALTH_ALIVE;
    }

    return waiting ? HEALTH_WAIT : HEALTH_GONE;
}


/*
 * The gateway answers, but nothing beyond it ever has, no control and no probe:
 * as when house and line come back after a power cut, one by one.  ALIVE: there
 * is nothing beyond that was asked.
 */
static health_answer_t
health_beyond(const health_view_t *view, health_reach_t reach, int64_t ended_us)
{
    unsigned count = (view->hub_unknown != 0);
    int waiting = 0;

    if (reach != HEALTH_FAR || health_witnessed(view, HEALTH_FAR, NULL) > 0) {
        return HEALTH_ALIVE;
    }

    for (size_t i = 0; i < view->controls_count; i++) {
        const health_control_t *control = view->controls[i];

        if (control->reach == HEALTH_FAR && control->answered_us > 0) {
            return HEALTH_ALIVE;
        }

        if (control->reach == HEALTH_FAR) {
            count++;
            waiting |= control->silent_us < ended_us;
        }
    }

    if (count == 0) {
        return HEALTH_ALIVE;
    }

    return waiting ? HEALTH_WAIT : HEALTH_GONE;
}


health_answer_t
health_uplink(const health_view_t *view, health_reach_t reach, int64_t began_us, int64_t ended_us,
              const bs_addr_t *address)
{
    if (reach == HEALTH_HERE) {
        return HEALTH_ALIVE;
    }

    if (view->gone_us[reach] >= began_us && view->gone_us[reach] > 0) {
        return HEALTH_GONE;
    }

    health_sum_t sum = health_sum_for(view, reach);
    health_answer_t beyond = health_beyond(view, reach, ended_us);

    if (sum.known == 0) {
        return health_never_heard(view, reach, ended_us);
    }

    if (beyond != HEALTH_ALIVE) {
        return beyond;
    }

    if (sum.last_us >= ended_us || health_witnessed(view, reach, address) >= ended_us) {
        return HEALTH_ALIVE;
    }

    if (sum.silent_us < ended_us) {
        return HEALTH_WAIT;
    }

    return health_all_silent(view, reach, &sum, ended_us, address);
}


health_answer_t
health_uplink_now(const health_view_t *view, health_reach_t reach)
{
    health_sum_t sum = health_sum_for(view, reach);

    health_answer_t beyond = health_beyond(view, reach, 1);

    if (sum.known == 0) {
        return health_never_heard(view, reach, 1);
    }

    if (beyond != HEALTH_ALIVE) {
        return beyond;
    }

    if (sum.silent_us == 0) {
        return HEALTH_ALIVE;
    }

    return health_uplink(view, reach, INT64_MAX, sum.silent_us, NULL);
}


/* --- name servers --------------------------------------------------------- */

health_answer_t
health_dns(const health_view_t *view, int64_t began_us, int64_t ended_us)
{
    unsigned servers = 0;
    int unknown = 0;

    if (view->dns_gone_us >= began_us && view->dns_gone_us > 0) {
        return HEALTH_GONE;
    }

    for (size_t i = 0; i < view->controls_count; i++) {
        const health_control_t *control = view->controls[i];

        if ((control->roles & HEALTH_ROLE_RESOLVER) == 0) {
            continue;
        }

        if (control->served_us >= ended_us) {
            return HEALTH_ALIVE;
        }

        servers++;
        unknown |= control->silent_us < ended_us && control->answered_us < ended_us;
    }

    if (servers == 0) {
        return HEALTH_ALIVE;
    }

    return unknown ? HEALTH_WAIT : HEALTH_GONE;
}


health_answer_t
health_dns_now(const health_view_t *view)
{
    int64_t since_us = INT64_MAX;

    for (size_t i = 0; i < view->controls_count; i++) {
        const health_control_t *control = view->controls[i];
        int64_t last_us = (control->silent_us > 0) ? control->silent_us : control->answered_us;

        if ((control->roles & HEALTH_ROLE_RESOLVER) != 0 && last_us < since_us) {
            since_us = last_us;
        }
    }

    /* one has not been heard of yet, or never asked */
    if (since_us == 0) {
        return HEALTH_WAIT;
    }

    return health_dns(view, INT64_MAX, since_us);
}


/* --- reasons -------------------------------------------------------------- */

int
health_is_lag(bs_reason_t reason, int64_t stall_us, int64_t timeout_ms)
{
    switch (reason) {
    case BS_REASON_DNS_TIMEOUT:
    case BS_REASON_CONNECT_TIMEOUT:
    case BS_REASON_FIRST_BYTE_TIMEOUT:
    case BS_REASON_READ_TIMEOUT:
    case BS_REASON_TOTAL_TIMEOUT:
        return stall_us >= HEALTH_STALL_MIN_MS * 1000
               && stall_us * HEALTH_TURNS >= timeout_ms * 1000;

    case BS_REASON_CONNECT_RESET:
    case BS_REASON_TLS_HANDSHAKE:
    case BS_REASON_SEND_FAILED:
    case BS_REASON_RESET_MID_BODY:
    case BS_REASON_PROTOCOL_ERROR:
        return stall_us >= HEALTH_PEER_MS * 1000;

    default:
        return 0;
    }
}


int
health_is_lookup(bs_reason_t reason)
{
    return reason == BS_REASON_DNS_SERVFAIL || reason == BS_REASON_DNS_REFUSED
           || reason == BS_REASON_DNS_TIMEOUT;
}


int
health_is_network(bs_reason_t reason)
{
    return (reason >= BS_REASON_DNS_NXDOMAIN && reason <= BS_REASON_TLS_HANDSHAKE)
           || (reason >= BS_REASON_SEND_FAILED && reason <= BS_REASON_PROTOCOL_ERROR);
}
