
/*
 * Whether a failure was the agent's own, from what its control targets did and
 * what the loop did.  Pure: no sockets, no clock.
 *
 * Three kinds of controls: those of this machine prove nothing about the
 * uplink; those near (the gateway, private addresses) prove that the link is
 * there; only those beyond prove the uplink, if any such is known to work.
 */

#ifndef HEALTH_VERDICT_H
#define HEALTH_VERDICT_H

#include "bs_addr.h"
#include "bs_check.h"

#include <stddef.h>
#include <stdint.h>

#define HEALTH_CONTROLS_MAX 32
#define HEALTH_RECENT_US 150000000ll /* an answer to a probe that old says nothing any more */
#define HEALTH_CLOCK_MAX_MS 10000
#define HEALTH_TURNS 4 /* of the loop that an exchange takes at least; each may have been late */
#define HEALTH_STALL_MIN_MS 100
#define HEALTH_PEER_MS 1000 /* after so long a silence of ours a server may give up */

typedef enum { HEALTH_HERE, HEALTH_NEAR, HEALTH_FAR } health_reach_t;
typedef enum { HEALTH_WAIT, HEALTH_ALIVE, HEALTH_GONE } health_answer_t;

#define HEALTH_ROLE_HUB 1
#define HEALTH_ROLE_RESOLVER 2 /* of those that the agent's own lookups ask */

/* Times are of clock_us(); 0: never. */
typedef struct {
    health_reach_t reach;
    unsigned roles;
    int64_t answered_us; /* the last answer of any kind */
    int64_t served_us;   /* the last answer of a name server that works */
    int64_t silent_us;   /* when it was asked in vain; 0 again with an answer */
    int64_t mute_us;     /* the first time since its last answer; 0 again as well */
    int serves;          /* it has worked as one before */
} health_control_t;

/* The last answers to probes, from two different addresses each, near and far. */
typedef struct {
    bs_addr_t address;
    int64_t at_us;
} health_witness_t;

typedef struct {
    health_witness_t witnesses[2][2]; /* [far][newest first] */
    const health_control_t *controls[HEALTH_CONTROLS_MAX];
    size_t controls_count;
    int hub_unknown;                 /* it is a control, but nobody has told its address yet */
    int64_t gone_us[HEALTH_FAR + 1]; /* when it was last found to be gone, for this reach */
    int64_t dns_gone_us;
} health_view_t;

health_reach_t health_reach(const bs_addr_t *address);

void health_witness(health_view_t *view, const bs_addr_t *address, int64_t now_us);

/*
 * Was the way to a target of this reach alive during and after an attempt that
 * began and ended then?  `address` of the target, or NULL.
 */
health_answer_t health_uplink(const health_view_t *view, health_reach_t reach, int64_t began_us,
                              int64_t ended_us, const bs_addr_t *address);

/* And is it alive by the last that is known of it, apart from any attempt? */
health_answer_t health_uplink_now(const health_view_t *view, health_reach_t reach);

/* And the agent's own name servers? */
health_answer_t health_dns(const health_view_t *view, int64_t began_us, int64_t ended_us);

/* As health_uplink_now(). */
health_answer_t health_dns_now(const health_view_t *view);

/* Could a stall of the loop have caused it? */
int health_is_lag(bs_reason_t reason, int64_t stall_us, int64_t timeout_ms);

/* Does it tell that something did not come through, so that the way matters? */
int health_is_network(bs_reason_t reason);
/* Did a name server not answer, or not work? */
int health_is_lookup(bs_reason_t reason);

#endif
