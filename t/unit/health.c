
/* Whose fault a failure was: the decisions, without any socket. */

#include "../../agent/gateway.h"
#include "../../agent/health_verdict.h"

#include "tap.h"

#define MS 1000ll
#define BEGAN (100000 * MS)
#define ENDED (101000 * MS)
#define AFTER (101010 * MS)
#define BEFORE (95000 * MS)

static health_control_t resolver;
static health_control_t hub;
static health_control_t host;
static health_control_t gateway;
static health_view_t view;

static bs_addr_t
address(const char *text)
{
    bs_addr_t result;

    bs_addr_parse(text, strlen(text), &result);
    return result;
}


/* All have answered before, were asked after the failure, and were silent. */
static void
reset(void)
{
    health_control_t silent = {
        .silent_us = ENDED, .mute_us = BEFORE, .answered_us = BEFORE, .served_us = BEFORE};

    resolver = hub = host = gateway = silent;
    resolver.reach = hub.reach = host.reach = HEALTH_FAR;
    gateway.reach = HEALTH_NEAR;
    resolver.roles = HEALTH_ROLE_RESOLVER;
    hub.roles = HEALTH_ROLE_HUB;
    view = (health_view_t){.controls = {&resolver, &hub, &host, &gateway}, .controls_count = 4};
}


static int
far(void)
{
    return (int) health_uplink(&view, HEALTH_FAR, BEGAN, ENDED, NULL);
}


static int
near(void)
{
    return (int) health_uplink(&view, HEALTH_NEAR, BEGAN, ENDED, NULL);
}


static void
uplink(void)
{
    reset();
    is_int(far(), HEALTH_GONE, "all silent: gone");
    is_int(near(), HEALTH_GONE, "for near targets as well");
    is_int((int) health_uplink(&view, HEALTH_HERE, BEGAN, ENDED, NULL), HEALTH_ALIVE,
           "for those of this host never");
    hub.answered_us = AFTER;
    is_int(far(), HEALTH_ALIVE, "one answer afterwards: alive");
    hub.answered_us = ENDED - 1;
    is_int(far(), HEALTH_GONE, "an answer before the end of the attempt proves nothing");

    reset();
    hub.silent_us = 0;
    is_int(far(), HEALTH_WAIT, "one may still answer: wait");
    resolver.answered_us = AFTER;
    is_int(far(), HEALTH_ALIVE, "but not for it when another one has");
    reset();
    host.silent_us = ENDED - 1;
    is_int(far(), HEALTH_WAIT, "one was not asked since: wait");
    is_int((int) health_uplink_now(&view, HEALTH_FAR), HEALTH_GONE,
           "but by all that is known it is gone");
    host.silent_us = 0;
    is_int((int) health_uplink_now(&view, HEALTH_FAR), HEALTH_ALIVE,
           "not when one has answered last");

    reset();
    gateway.answered_us = AFTER;
    is_int(far(), HEALTH_GONE, "the gateway alone does not prove what is beyond it");
    is_int(near(), HEALTH_ALIVE, "but what is near");
    resolver.answered_us = hub.answered_us = host.answered_us = 0;
    is_int(far(), HEALTH_GONE, "nor if nothing beyond has ever answered");
    is_int((int) health_uplink_now(&view, HEALTH_FAR), HEALTH_GONE, "by all that is known");
    is_int(near(), HEALTH_ALIVE, "which is nothing to what is near");
    hub.silent_us = 0;
    is_int(far(), HEALTH_WAIT, "something beyond is still being asked: wait");
    hub.silent_us = ENDED;
    resolver.reach = hub.reach = host.reach = HEALTH_NEAR;
    is_int(far(), HEALTH_ALIVE, "with nothing beyond to ask it is all there is");
    view.hub_unknown = 1;
    is_int(far(), HEALTH_GONE, "a hub whose name could not be looked up is beyond it");
    view.hub_unknown = 0;
    resolver.reach = hub.reach = host.reach = HEALTH_FAR;
    health_witness(&view, &(bs_addr_t){.family = 4, .bytes = {203, 0, 113, 2}}, BEFORE);
    is_int(far(), HEALTH_ALIVE, "and if a probe got beyond it once, controls there are blocked");
    view.witnesses[1][0] = (health_witness_t){.at_us = 0};
    gateway.answered_us = BEFORE;
    is_int(far(), HEALTH_GONE, "then its silence counts, too");
    gateway.answered_us = 0;
    is_int(far(), HEALTH_GONE, "nobody has ever answered, and no probe: not connected");
    resolver.silent_us = 0;
    is_int(far(), HEALTH_WAIT, "as soon as all have been asked");
    resolver.reach = hub.reach = host.reach = HEALTH_HERE;
    is_int(far(), HEALTH_ALIVE, "a gateway that has never answered says nothing");
    is_int(near(), HEALTH_ALIVE, "nor for what is near");
}


static void
blocked(void)
{
    bs_addr_t other = address("203.0.113.2");

    reset();
    resolver.answered_us = hub.answered_us = host.answered_us = gateway.answered_us = 0;
    health_witness(&view, &other, BEFORE);
    is_int(far(), HEALTH_ALIVE,
           "controls that never answered are no proof once a probe has succeeded");
}


static void
one_of_a_kind(void)
{
    bs_addr_t target = address("203.0.113.1");
    bs_addr_t other = address("203.0.113.2");

    reset();
    host.answered_us = resolver.answered_us = gateway.answered_us = 0;
    is_int(far(), HEALTH_GONE, "only the hub is known, it is silent, and so is everything");
    health_witness(&view, &other, BEFORE + 1);
    is_int(far(), HEALTH_ALIVE, "but a probe has succeeded since: it is the hub that is gone");
    is_int((int) health_uplink(&view, HEALTH_FAR, BEGAN, ENDED, &other), HEALTH_GONE,
           "not a probe of the same address");
    health_witness(&view, &target, BEFORE + 2);
    is_int((int) health_uplink(&view, HEALTH_FAR, BEGAN, ENDED, &target), HEALTH_ALIVE,
           "one before that counts as well");

    hub.mute_us = ENDED;
    is_int((int) health_uplink(&view, HEALTH_FAR, BEGAN, ENDED, &target), HEALTH_GONE,
           "not one of before the hub was asked in vain: that may have been before the cut");

    reset();
    host.answered_us = resolver.answered_us = 0;
    gateway.answered_us = AFTER;
    is_int(far(), HEALTH_ALIVE, "the hub alone is silent and the gateway answers: alive");
    hub.mute_us = ENDED;
    health_witness(&view, &other, BEFORE + 1);
    is_int(far(), HEALTH_GONE, "unless others have answered before, and none since");
    is_int((int) health_uplink(&view, HEALTH_FAR, BEGAN, ENDED, &other), HEALTH_ALIVE,
           "others than the target itself");
    hub.silent_us = hub.mute_us = ENDED + 4 * HEALTH_RECENT_US;
    gateway.answered_us = hub.silent_us + 1;
    is_int((int) health_uplink(&view, HEALTH_FAR, ENDED + 3 * HEALTH_RECENT_US,
                               ENDED + 4 * HEALTH_RECENT_US, &target),
           HEALTH_GONE, "however long ago");
    reset();
    host.answered_us = resolver.answered_us = 0;
    gateway.answered_us = AFTER;
    health_witness(&view, &other, BEFORE + 1);
    is_int(far(), HEALTH_ALIVE, "one has answered since: alive");
    reset();
    host.answered_us = resolver.answered_us = 0;
    gateway.answered_us = BEFORE;
    is_int(far(), HEALTH_GONE, "the gateway is silent as well: gone");

    reset();
    host.answered_us = hub.answered_us = 0;
    gateway.answered_us = AFTER;
    is_int(far(), HEALTH_GONE, "only name servers are known, and nothing else succeeds: gone");
    health_witness(&view, &other, BEFORE + 1);
    is_int(far(), HEALTH_ALIVE, "something else has succeeded since: alive");
}


static void
witnesses(void)
{
    bs_addr_t other = address("203.0.113.2");
    bs_addr_t lan = address("10.0.0.7");
    bs_addr_t loop = address("127.0.0.1");

    reset();
    health_witness(&view, &other, AFTER);
    is_int(far(), HEALTH_ALIVE, "a probe that succeeds after the failure proves the uplink");
    reset();
    health_witness(&view, &other, ENDED - 1);
    is_int(far(), HEALTH_GONE, "one before its end does not");
    reset();
    health_witness(&view, &lan, AFTER);
    is_int(far(), HEALTH_GONE, "one in the local network does not");
    is_int(near(), HEALTH_ALIVE, "but for targets there");
    reset();
    health_witness(&view, &loop, AFTER);
    is_int(near(), HEALTH_GONE, "one of this host proves nothing");
    reset();
    hub.answered_us = AFTER;
    view.gone_us[HEALTH_FAR] = BEGAN + 1;
    is_int(far(), HEALTH_GONE, "gone during the attempt, though alive after it: gone");
    view.gone_us[HEALTH_FAR] = BEGAN - 1;
    is_int(far(), HEALTH_ALIVE, "gone before the attempt is past");
}


static void
name_servers(void)
{
    reset();
    is_int((int) health_dns(&view, BEGAN, ENDED), HEALTH_GONE, "all name servers silent");
    resolver.answered_us = AFTER;
    is_int((int) health_dns(&view, BEGAN, ENDED), HEALTH_GONE, "an answer without service is none");
    resolver.served_us = AFTER;
    is_int((int) health_dns(&view, BEGAN, ENDED), HEALTH_ALIVE, "one serves");
    resolver.served_us = 0;
    resolver.answered_us = 0;
    is_int((int) health_dns(&view, BEGAN, ENDED), HEALTH_GONE,
           "those that never served count here");
    is_int((int) health_dns_now(&view), HEALTH_GONE, "by all that is known");
    resolver.silent_us = 0;
    is_int((int) health_dns_now(&view), HEALTH_WAIT, "before the first answer nothing is known");
    is_int((int) health_dns(&view, BEGAN, ENDED), HEALTH_WAIT, "one is being asked");
    view.controls_count = 0;
    is_int((int) health_dns(&view, BEGAN, ENDED), HEALTH_ALIVE, "without any there is no doubt");
}


static void
lag(void)
{
    ok(health_is_lag(BS_REASON_CONNECT_TIMEOUT, 2000 * MS, 1000),
       "a stall longer than the deadline");
    ok(health_is_lag(BS_REASON_TOTAL_TIMEOUT, 2500 * MS, 10000), "a quarter of it");
    ok(!health_is_lag(BS_REASON_TOTAL_TIMEOUT, 2000 * MS, 10000), "less is no excuse");
    ok(!health_is_lag(BS_REASON_FIRST_BYTE_TIMEOUT, 60 * MS, 200), "nor is a short one");
    ok(health_is_lag(BS_REASON_CONNECT_RESET, 1500 * MS, 30000),
       "a server may have given up on us");
    ok(!health_is_lag(BS_REASON_CONNECT_REFUSED, 9000 * MS, 1000), "nobody refuses because of it");
    ok(!health_is_lag(BS_REASON_STATUS_UNEXPECTED, 9000 * MS, 1000), "nor answers something else");
    ok(health_is_network(BS_REASON_DNS_NXDOMAIN) && health_is_network(BS_REASON_TLS_HANDSHAKE)
           && health_is_network(BS_REASON_PROTOCOL_ERROR),
       "reasons of the way");
    ok(!health_is_network(BS_REASON_TLS_EXPIRED) && !health_is_network(BS_REASON_KEYWORD_MISSING)
           && !health_is_network(BS_REASON_ADDRESS_BLOCKED),
       "and those of an answer");
}


static void
gateways(void)
{
    char text[BS_ADDR_TEXT_MAX];
    char interface[32];
    bs_addr_t found;

    ok(gateway_parse_v4("eth0\t00000000\t0102A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0\n", &found),
       "a default route");
    bs_addr_format(&found, text);
    is_str(text, "192.168.2.1", "and its gateway");
    ok(!gateway_parse_v4("eth0\t0002A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0\n", &found),
       "a network is none");
    ok(!gateway_parse_v4("Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\n",
                         &found),
       "nor is the heading");
    ok(gateway_parse_v6(
           "00000000000000000000000000000000 00 00000000000000000000000000000000 00 "
           "fe800000000000000000000000000001 00000400 00000001 00000000 00450003     eth0\n",
           &found, interface),
       "one of IPv6");
    bs_addr_format(&found, text);
    is_str(text, "fe80::1", "its gateway");
    is_str(interface, "eth0", "and where that is");
    ok(!gateway_parse_v6(
           "fd000000000000000000000000000000 08 00000000000000000000000000000000 00 "
           "00000000000000000000000000000000 00000100 00000001 00000000 00000001     eth0\n",
           &found, interface),
       "a network is none");
}


int
main(void)
{
    uplink();
    blocked();
    one_of_a_kind();
    witnesses();
    name_servers();
    lag();
    gateways();
    return done();
}
