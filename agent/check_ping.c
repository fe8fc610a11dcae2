
/*
 * Ping: several echo requests to one address.  The time of one that came back
 * is what `connect_us` has, as the average of them; the pauses between the packets
 * are the check's own will and no part of the total.
 */

#include "check_kinds.h"

#include "clock.h"
#include "endpoint.h"
#include "icmp.h"
#include "json_writer.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CHECK_PING_SPACING_MS 150
#define CHECK_PING_NO_PORT 1 /* there is none; the reader of endpoints wants one */

typedef struct {
    check_t base;
    endpoint_t endpoint;
    icmp_ping_t *ping;
    int64_t began_us;
} check_ping_t;

typedef struct {
    int32_t min_us;
    int32_t average_us;
    int32_t max_us;
    int32_t jitter_us; /* the average difference of two in a row */
} check_ping_times_t;


static void
check_ping_close(check_t *base)
{
    check_ping_t *check = (check_ping_t *) base;

    if (check->ping != NULL) {
        icmp_cancel(check->ping);
        check->ping = NULL;
    }
}


/* --- what was measured ---------------------------------------------------- */

static check_ping_times_t
check_ping_times(const icmp_result_t *result)
{
    check_ping_times_t times = {INT32_MAX, 0, 0, 0};
    int64_t sum = 0;
    int64_t differences = 0;
    int32_t last = -1;

    for (int i = 0; i < ICMP_PACKETS_MAX; i++) {
        int32_t rtt = result->rtt_us[i];

        if (rtt < 0) {
            continue;
        }

        times.min_us = (rtt < times.min_us) ? rtt : times.min_us;
        times.max_us = (rtt > times.max_us) ? rtt : times.max_us;
        sum += rtt;
        differences += (last >= 0) ? llabs((long long) rtt - last) : 0;
        last = rtt;
    }

    times.average_us = (int32_t) (sum / (int64_t) result->received);
    times.jitter_us =
        (result->received > 1) ? (int32_t) (differences / (int64_t) (result->received - 1)) : 0;
    return times;
}


static void
check_ping_write_int(json_writer_t *json, const char *key, int64_t value)
{
    json_writer_key(json, key);
    json_writer_int(json, value);
}


static void
check_ping_write(check_facts_t *facts, const icmp_result_t *result)
{
    json_writer_t json;

    json_writer_init(&json, facts->measured, sizeof(facts->measured) - 1);
    json_writer_open(&json, '{');
    check_ping_write_int(&json, "packets_sent", result->sent);
    check_ping_write_int(&json, "packets_received", result->received);
    check_ping_write_int(&json, "duplicates", result->duplicates);
    check_ping_write_int(&json, "loss_percent", facts->loss_percent);

    if (result->received > 0) {
        check_ping_times_t times = check_ping_times(result);

        check_ping_write_int(&json, "rtt_min_us", times.min_us);
        check_ping_write_int(&json, "rtt_avg_us", times.average_us);
        check_ping_write_int(&json, "rtt_max_us", times.max_us);
        check_ping_write_int(&json, "jitter_us", times.jitter_us);
    }

    json_writer_key(&json, "rtt_us");
    json_writer_open(&json, '[');

    for (unsigned i = 0; i < result->sent; i++) {
        if (result->rtt_us[i] < 0) {
            json_writer_null(&json);
        } else {
            json_writer_int(&json, result->rtt_us[i]);
        }
    }

    json_writer_close(&json, ']');
    json_writer_close(&json, '}');
    facts->measured[json.overflow ? 0 : json.len] = '\0';
}


static void
check_ping_fail(check_ping_t *check, const icmp_result_t *result)
{
    check_facts_t *facts = check->base.facts;

    facts->phase = "connect";

    switch (result->os_error) {
    case 0:
    case EMSGSIZE: /* a hint to the sender, no refusal */
        facts->failure = BS_REASON_CONNECT_TIMEOUT;
        snprintf(facts->detail, sizeof(facts->detail), "none of %u pings of %s came back",
                 result->sent, check->base.target);
        return;
    case ENOBUFS:
    case ENOMEM:
        facts->failure = BS_REASON_AGENT_OVERLOADED;
        break;
    case EPERM: /* this machine's own packet filter */
        facts->failure = BS_REASON_NOT_RUN;
        break;
    default:
        facts->failure = BS_REASON_CONNECT_UNREACHABLE;
        snprintf(facts->detail, sizeof(facts->detail), "%s cannot be reached: %s",
                 check->base.target, strerror(result->os_error));
        return;
    }

    snprintf(facts->detail, sizeof(facts->detail), "the agent could not send: %s",
             strerror(result->os_error));
}


static void
check_ping_note(check_ping_t *check)
{
    check_facts_t *facts = check->base.facts;
    const icmp_result_t *result = icmp_result(check->ping);

    facts->loss_percent = 100 * (result->sent - result->received) / result->sent;
    check_ping_write(facts, result);

    if (result->received == 0) {
        check_ping_fail(check, result);
        return;
    }

    facts->phase = "done";
    facts->phases.connect_us = check_ping_times(result).average_us;
    check->base.paused_us = clock_us() - check->began_us - facts->phases.connect_us;

    if (result->received < result->sent) {
        snprintf(facts->detail, sizeof(facts->detail), "%u of %u pings of %s did not come back",
                 result->sent - result->received, result->sent, check->base.target);
    }
}


static void
check_ping_on_done(void *data)
{
    check_ping_t *check = data;

    check_ping_note(check);
    check_finish(&check->base);
}


static void
check_ping_on_deadline(check_t *base)
{
    check_ping_note((check_ping_t *) base);
}


/* --- the start ------------------------------------------------------------ */

static void
check_ping_refused(check_ping_t *check, int error)
{
    switch (error) {
    case EPERM:
    case EACCES:
        check_fail(&check->base, BS_REASON_NOT_RUN, "start",
                   "this agent may not send pings: put its group into the range of the sysctl "
                   "net.ipv4.ping_group_range, or give it the capability CAP_NET_RAW");
        return;
    case EAFNOSUPPORT:
    case EPROTONOSUPPORT:
        check_fail(&check->base, BS_REASON_NOT_RUN, "start",
                   "this agent's machine has no such protocol as this address needs");
        return;
    default:
        check_fail(&check->base, BS_REASON_AGENT_OVERLOADED, "start", strerror(error));
    }
}


/* The kernel turns a mapped address into its IPv4 one for TCP and UDP; ICMP is another protocol. */
static bs_addr_t
check_ping_unmap(const bs_addr_t *address)
{
    static const uint8_t mapped[12] = {[10] = 0xff, [11] = 0xff};
    int is_mapped = address->family == 6 && memcmp(address->bytes, mapped, sizeof(mapped)) == 0;

    return is_mapped ? bs_addr_effective(address) : *address;
}


static void
check_ping_on_resolved(check_t *base, const bs_addr_t *address)
{
    check_ping_t *check = (check_ping_t *) base;
    bs_addr_t to;
    int error;

    if (address == NULL) {
        check_finish(base);
        return;
    }

    /* all packets go out in the first half of what is left */
    unsigned packets = (unsigned) base->spec->packets;
    int64_t left_ms = base->spec->timeout_ms - (clock_us() - base->started_us) / 1000;
    int64_t spacing_ms = left_ms / 2 / packets;

    spacing_ms = (spacing_ms > CHECK_PING_SPACING_MS) ? CHECK_PING_SPACING_MS : spacing_ms;
    spacing_ms = (spacing_ms < 1) ? 1 : spacing_ms;
    check->began_us = clock_us();
    to = check_ping_unmap(address);
    check->ping =
        icmp_start(base->env->icmp, &to, packets, spacing_ms, check_ping_on_done, check, &error);

    if (check->ping == NULL) {
        check_ping_refused(check, error);
    }
}


static void
check_ping_start(check_t *base)
{
    check_ping_t *check = (check_ping_t *) base;
    const char *error;

    if (endpoint_read(base->spec, CHECK_PING_NO_PORT, &check->endpoint, &error) != 0) {
        check_fail(base, BS_REASON_NOT_RUN, "start", error);
        return;
    }

    check_resolve(base, check->endpoint.host, 0, check_ping_on_resolved);
}


const check_kind_t check_ping_kind = {
    .size = sizeof(check_ping_t),
    .start = check_ping_start,
    .on_deadline = check_ping_on_deadline,
    .close = check_ping_close,
};
