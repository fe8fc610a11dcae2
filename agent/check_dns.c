
/*
 * DNS: one question to the given name server, port after port.  The url says
 * which server, the body which name.
 */

#include "check_kinds.h"

#include "clock.h"
#include "dns_query.h"
#include "endpoint.h"
#include "json_writer.h"
#include "route.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#define CHECK_DNS_PORT 53
#define CHECK_DNS_NAME_MAX 255
#define CHECK_DNS_SPARE 256 /* of what is measured, for what follows the answers */
#define CHECK_DNS_SHOWN 100 /* bytes of one answer */

typedef struct {
    check_t base;
    endpoint_t endpoint;
    unsigned port_index;
    int type;
    char name[CHECK_DNS_NAME_MAX + 1];
    int64_t question_us;
    dns_query_t *query;
} check_dns_t;

static void check_dns_resolve(check_dns_t *check);


static void
check_dns_close(check_t *base)
{
    check_dns_t *check = (check_dns_t *) base;

    if (check->query != NULL) {
        dns_query_cancel(check->query);
        check->query = NULL;
    }
}


static const char *
check_dns_record(const check_dns_t *check)
{
    return (check->base.spec->record != NULL) ? check->base.spec->record : "A";
}


static void
check_dns_on_deadline(check_t *base)
{
    check_facts_t *facts = base->facts;

    facts->failure = BS_REASON_DNS_TIMEOUT;
    facts->phase = "dns";
    snprintf(facts->detail, sizeof(facts->detail), "%s did not answer within %g s", base->target,
             (double) base->spec->timeout_ms / 1000);
}


/* --- the answer ----------------------------------------------------------- */

static void
check_dns_write(const check_dns_t *check, const dns_query_result_t *result)
{
    check_facts_t *facts = check->base.facts;
    const dns_records_t *records = &result->records;
    json_writer_t json;

    json_writer_init(&json, facts->measured, sizeof(facts->measured) - 1);
    json_writer_open(&json, '{');
    json_writer_key(&json, "record");
    json_writer_string(&json, check_dns_record(check));
    json_writer_key(&json, "rcode");
    json_writer_string(&json, dns_records_rcode(records->rcode));
    json_writer_key(&json, "retries");
    json_writer_int(&json, result->retries);

    if (records->count > 0) {
        json_writer_key(&json, "ttl_s");
        json_writer_int(&json, records->ttl_s);
    }

    json_writer_key(&json, "answers_count");
    json_writer_int(&json, records->count);
    json_writer_key(&json, "answers");
    json_writer_open(&json, '[');

    for (unsigned i = 0; i < records->count && json.size - json.len > CHECK_DNS_SPARE; i++) {
        json_writer_t mark = json_writer_mark(&json);

        json_writer_string(&json, records->records[i]);

        if (json.overflow || json.size - json.len < CHECK_DNS_SPARE / 2) {
            json_writer_rewind(&json, mark);
        }
    }

    json_writer_close(&json, ']');
    json_writer_close(&json, '}');
    facts->measured[json.overflow ? 0 : json.len] = '\0';
}


static bs_reason_t
check_dns_reason(int rcode)
{
    switch (rcode) {
    case 3:
        return BS_REASON_DNS_NXDOMAIN;
    case 5:
        return BS_REASON_DNS_REFUSED;
    default: /* the server says that it could not */
        return BS_REASON_DNS_SERVFAIL;
    }
}


/* What is wrong with the records; NONE if nothing is. */
static bs_reason_t
check_dns_judge(const check_dns_t *check, const dns_records_t *records, char *detail, size_t size)
{
    const spec_t *spec = check->base.spec;
    const char *record = check_dns_record(check);
    const char *given = (records->count > 0) ? records->records[0] : "";

    if (records->rcode != 0) {
        snprintf(detail, size, "%s answers %s for %.120s", check->base.target,
                 dns_records_rcode(records->rcode), check->name);
        return check_dns_reason(records->rcode);
    }

    if (records->count == 0) {
        snprintf(detail, size, "%s knows no %s record of %.120s", check->base.target, record,
                 check->name);
        return BS_REASON_DNS_NO_ADDRESS;
    }

    for (size_t i = 0; i < spec->answers_count; i++) {
        if (!dns_records_have(records, check->type, spec->answers[i])) {
            snprintf(detail, size,
                     "\"%.*s\" is not among the %s%u %s records of %.60s (\"%.*s\"%s)",
                     CHECK_DNS_SHOWN / 2, spec->answers[i], records->cut ? "first " : "",
                     records->count, record, check->name, CHECK_DNS_SHOWN / 2, given,
                     (records->count > 1) ? ", ..." : "");
            return records->cut ? BS_REASON_BODY_TOO_LARGE : BS_REASON_ASSERTION_FAILED;
        }
    }

    for (unsigned i = 0; i < records->count && spec->keyword_len > 0; i++) {
        if (strcasestr(records->records[i], spec->keyword) != NULL) {
            return BS_REASON_NONE;
        }
    }

    if (spec->keyword_len == 0) {
        return BS_REASON_NONE;
    }

    snprintf(detail, size, "\"%.*s\" is in no answer", CHECK_DNS_SHOWN, spec->keyword);
    return records->cut ? BS_REASON_BODY_TOO_LARGE : BS_REASON_KEYWORD_MISSING;
}


static void
check_dns_take(check_dns_t *check, const dns_query_result_t *result)
{
    check_facts_t *facts = check->base.facts;
    char detail[CHECK_DETAIL_MAX];

    check_add_phase(&facts->phases.first_byte_us, clock_us() - check->question_us);
    check_dns_write(check, result);

    bs_reason_t reason = check_dns_judge(check, &result->records, detail, sizeof(detail));

    if (reason != BS_REASON_NONE) {
        check_fail(&check->base, reason, "dns", detail);

    } else if (++check->port_index < check->endpoint.ports_count) {
        check_dns_resolve(check);

    } else {
        facts->phase = "done";
        check_finish(&check->base);
    }
}


/* c-ares has one word for every question that could not be sent, whatever the cause. */
static void
check_dns_refused(check_t *base)
{
    char detail[CHECK_DETAIL_MAX];
    int os_error = route_try(&base->facts->address);

    if (route_is_missing(os_error)) {
        check_fail(base, BS_REASON_CONNECT_UNREACHABLE, "connect", strerror(os_error));
        return;
    }

    if (os_error != 0) {
        snprintf(detail, sizeof(detail), "the agent could not ask: %s", strerror(os_error));
        check_fail(base, BS_REASON_AGENT_OVERLOADED, "connect", detail);
        return;
    }

    snprintf(detail, sizeof(detail), "connection refused by %s", base->target);
    check_fail(base, BS_REASON_CONNECT_REFUSED, "connect", detail);
}


static void
check_dns_on_done(void *data, const dns_query_result_t *result)
{
    check_dns_t *check = data;
    check_t *base = &check->base;
    dns_query_t *query = check->query;
    char detail[CHECK_DETAIL_MAX];

    check->query = NULL;

    switch (result->end) {
    case DNS_QUERY_ANSWERED:
        check_dns_take(check, result);
        break;
    case DNS_QUERY_TIMEOUT:
        snprintf(detail, sizeof(detail), "%s did not answer", base->target);
        check_fail(base, BS_REASON_DNS_TIMEOUT, "dns", detail);
        break;
    case DNS_QUERY_REFUSED:
        check_dns_refused(base);
        break;
    case DNS_QUERY_MALFORMED:
        snprintf(detail, sizeof(detail), "what %s sent is no answer", base->target);
        check_fail(base, BS_REASON_PROTOCOL_ERROR, "dns", detail);
        break;
    case DNS_QUERY_NO_NAME:
        check_fail(base, BS_REASON_NOT_RUN, "start", "such a name cannot be asked for");
        break;
    default:
        check_fail(base, BS_REASON_AGENT_OVERLOADED, "dns", "out of memory");
    }

    dns_query_cancel(query);
}


/* --- the question --------------------------------------------------------- */

static void
check_dns_on_resolved(check_t *base, const bs_addr_t *address)
{
    check_dns_t *check = (check_dns_t *) base;

    if (address == NULL) {
        check_finish(base);
        return;
    }

    check->question_us = clock_us();
    check->query = dns_query_start(base->env->loop, address, base->port, check->name, check->type,
                                   base->spec->timeout_ms, check_dns_on_done, check);

    if (check->query == NULL) {
        check_fail(base, BS_REASON_AGENT_OVERLOADED, "dns", "out of memory");
    }
}


static void
check_dns_resolve(check_dns_t *check)
{
    check_resolve(&check->base, check->endpoint.host, check->endpoint.ports[check->port_index],
                  check_dns_on_resolved);
}


/* An address as the name that leads back to its own: "1.2.0.192.in-addr.arpa". */
static void
check_dns_reverse(const bs_addr_t *address, char *name, size_t size)
{
    static const char digits[] = "0123456789abcdef";
    const uint8_t *bytes = address->bytes;
    size_t len = 0;

    if (address->family == 4) {
        snprintf(name, size, "%u.%u.%u.%u.in-addr.arpa", bytes[3], bytes[2], bytes[1], bytes[0]);
        return;
    }

    for (int i = 15; i >= 0; i--) {
        name[len++] = digits[bytes[i] & 15];
        name[len++] = '.';
        name[len++] = digits[bytes[i] >> 4];
        name[len++] = '.';
    }

    snprintf(name + len, size - len, "ip6.arpa");
}


/* NULL, or what is wrong with the settings. */
static const char *
check_dns_read(check_dns_t *check)
{
    const spec_t *spec = check->base.spec;
    bs_addr_t address;
    const char *error;

    check->type = dns_records_type(check_dns_record(check));

    if (check->type == 0) {
        return "this agent does not know the record type";
    }

    if (spec->body == NULL || spec->body_len == 0 || spec->body_len > CHECK_DNS_NAME_MAX
        || strlen(spec->body) != spec->body_len)
    {
        return "the name to ask for is missing, or is none";
    }

    snprintf(check->name, sizeof(check->name), "%s", spec->body);

    if (strcasecmp(check_dns_record(check), "PTR") == 0
        && bs_addr_parse(spec->body, spec->body_len, &address) == 0)
    {
        check_dns_reverse(&address, check->name, sizeof(check->name));
    }

    return (endpoint_read(spec, CHECK_DNS_PORT, &check->endpoint, &error) == 0) ? NULL : error;
}


static void
check_dns_start(check_t *base)
{
    check_dns_t *check = (check_dns_t *) base;
    const char *error = check_dns_read(check);

    if (error != NULL) {
        check_fail(base, BS_REASON_NOT_RUN, "start", error);
        return;
    }

    check_dns_resolve(check);
}


const check_kind_t check_dns_kind = {
    .size = sizeof(check_dns_t),
    .start = check_dns_start,
    .on_deadline = check_dns_on_deadline,
    .close = check_dns_close,
};
