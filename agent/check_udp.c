
/*
 * A UDP port: it is sent a text, and an answer holds another one.  Silence of
 * a port says nothing, so without an answer it is not up.  What is sent may
 * get lost on the way, so it is sent once more after half of the time.
 */

#include "check_kinds.h"

#include "clock.h"
#include "datagram.h"
#include "endpoint.h"
#include "json_writer.h"
#include "reason.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define CHECK_UDP_ANSWERS_MAX 1000 /* of one port; an empty one costs, too */

typedef struct {
    check_t base;
    endpoint_t endpoint;
    unsigned port_index;
    bs_addr_t address; /* the one that was judged, for all ports */
    char address_text[BS_ADDR_TEXT_MAX];
    datagram_t *datagram;
    int64_t asked_us;
    unsigned answers; /* of this port */
    int64_t seen;     /* bytes of them */
    unsigned sent;    /* of all ports */
} check_udp_t;

static void check_udp_next_port(check_udp_t *check);


/* --- the end -------------------------------------------------------------- */

static void
check_udp_end(check_udp_t *check, http_error_t error, http_phase_t phase, int os_error)
{
    http_result_t result = {.error = error, .phase = phase, .os_error = os_error, .words = ""};

    reason_from_http(&result, check->base.target, check->base.spec->timeout_ms, check->base.facts);
}


static void
check_udp_on_deadline(check_t *base)
{
    check_udp_t *check = (check_udp_t *) base;

    if (check->answers == 0) {
        check_udp_end(check, HTTP_ERROR_TIMEOUT, HTTP_PHASE_FIRST_BYTE, 0);
        return;
    }

    base->facts->failure = BS_REASON_KEYWORD_MISSING;
    base->facts->phase = "body";
    snprintf(base->facts->detail, sizeof(base->facts->detail),
             "what is expected is in none of the %u answers of %s", check->answers, base->target);
}


static void
check_udp_drop(check_udp_t *check)
{
    if (check->datagram != NULL) {
        check->sent += datagram_sent(check->datagram);
        datagram_close(check->datagram);
        check->datagram = NULL;
    }
}


static void
check_udp_close(check_t *base)
{
    check_udp_t *check = (check_udp_t *) base;
    check_facts_t *facts = base->facts;
    json_writer_t json;

    check_udp_drop(check);
    json_writer_init(&json, facts->measured, sizeof(facts->measured) - 1);
    json_writer_open(&json, '{');
    json_writer_key(&json, "sent");
    json_writer_int(&json, check->sent);
    json_writer_close(&json, '}');
    facts->measured[json.len] = '\0';
}


/* --- answers -------------------------------------------------------------- */

static int
check_udp_is_expected(const spec_t *spec, const char *bytes, size_t len)
{
    return spec->keyword == NULL || memmem(bytes, len, spec->keyword, spec->keyword_len) != NULL;
}


static void
check_udp_on_received(void *data, const char *bytes, size_t len)
{
    check_udp_t *check = data;
    check_facts_t *facts = check->base.facts;

    if (check->answers++ == 0) {
        check_add_phase(&facts->phases.first_byte_us, clock_us() - check->asked_us);
    }

    check->seen += (int64_t) len;
    facts->body_bytes = check->seen;
    facts_add_body(facts, bytes, len);

    if (check_udp_is_expected(check->base.spec, bytes, len)) {
        facts->keyword_found = check->base.spec->keyword != NULL;
        check_udp_drop(check);

        if (++check->port_index == check->endpoint.ports_count) {
            check_finish(&check->base);
        } else {
            check_udp_next_port(check);
        }

    } else if (check->answers == CHECK_UDP_ANSWERS_MAX || check->seen > check->base.env->body_limit)
    {
        check_fail(&check->base, BS_REASON_BODY_TOO_LARGE, "body",
                   "more came than is read, and what is expected was not in it");
    }
}


static void
check_udp_on_failed(void *data, int os_error)
{
    check_udp_t *check = data;
    int too_long = os_error == EMSGSIZE;

    check_udp_end(check, too_long ? HTTP_ERROR_SEND : HTTP_ERROR_CONNECT,
                  too_long ? HTTP_PHASE_FIRST_BYTE : HTTP_PHASE_CONNECT, os_error);
    check_finish(&check->base);
}


/* --- ports ---------------------------------------------------------------- */

static uint64_t
check_udp_half_of_the_rest(const check_t *check)
{
    int64_t spent_ms = (clock_us() - check->started_us) / 1000;
    int64_t rest_ms = check->spec->timeout_ms - spent_ms;

    return (rest_ms > 1) ? (uint64_t) rest_ms / 2 : 1;
}


static void
check_udp_on_resolved(check_t *base, const bs_addr_t *address)
{
    static const datagram_events_t events = {check_udp_on_received, check_udp_on_failed};
    check_udp_t *check = (check_udp_t *) base;
    const spec_t *spec = base->spec;
    int os_error;

    if (address == NULL) {
        check_finish(base);
        return;
    }

    check->address = *address;
    check->answers = 0;
    check->seen = 0;
    check->asked_us = clock_us();
    base->facts->body_len = 0;
    check->datagram =
        datagram_open(base->env->loop, &check->address, base->port, &events, check, &os_error);

    if (check->datagram == NULL) {
        check_udp_end(check, HTTP_ERROR_AGENT, HTTP_PHASE_CONNECT, os_error);
        check_finish(base);
        return;
    }

    datagram_send(check->datagram, (spec->body != NULL) ? spec->body : "", spec->body_len,
                  check_udp_half_of_the_rest(base));
}


static void
check_udp_next_port(check_udp_t *check)
{
    const char *host = check->endpoint.host;

    if (check->port_index > 0) {
        bs_addr_format(&check->address, check->address_text);
        host = check->address_text;
    }

    check_resolve(&check->base, host, check->endpoint.ports[check->port_index],
                  check_udp_on_resolved);
}


static void
check_udp_start(check_t *base)
{
    check_udp_t *check = (check_udp_t *) base;
    const char *error;

    if (endpoint_read(base->spec, 0, &check->endpoint, &error) != 0) {
        check_fail(base, BS_REASON_NOT_RUN, "start", error);
        return;
    }

    check_udp_next_port(check);
}


const check_kind_t check_udp_kind = {
    .size = sizeof(check_udp_t),
    .start = check_udp_start,
    .on_deadline = check_udp_on_deadline,
    .close = check_udp_close,
};
