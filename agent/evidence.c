
/*
 * The important comes first; a member that does not fit any more is left out
 * whole, and the body's sample, last, gets what room is left.
 */

#include "evidence.h"

#include <stdio.h>
#include <string.h>

#define EVIDENCE_SPARE 16 /* for what closes the object */


static void
evidence_write_us(json_writer_t *json, const char *key, int32_t us)
{
    json_writer_key(json, key);

    if (us < 0) {
        json_writer_null(json);
    } else {
        json_writer_int(json, us);
    }
}


void
evidence_write_phases(json_writer_t *json, const check_phases_t *phases)
{
    json_writer_open(json, '{');
    evidence_write_us(json, "dns", phases->dns_us);
    evidence_write_us(json, "connect", phases->connect_us);
    evidence_write_us(json, "tls", phases->tls_us);
    evidence_write_us(json, "first_byte", phases->first_byte_us);
    evidence_write_us(json, "total", phases->total_us);
    json_writer_close(json, '}');
}


void
evidence_write_certificate(json_writer_t *json, const check_certificate_t *certificate)
{
    if (!certificate->seen) {
        json_writer_null(json);
        return;
    }

    json_writer_open(json, '{');
    json_writer_key(json, "subject");
    json_writer_string(json, certificate->subject);
    json_writer_key(json, "issuer");
    json_writer_string(json, certificate->issuer);
    json_writer_key(json, "not_before");
    json_writer_time(json, certificate->not_before);
    json_writer_key(json, "not_after");
    json_writer_time(json, certificate->not_after);
    json_writer_close(json, '}');
}


void
evidence_write_redirects(json_writer_t *json, const check_facts_t *facts)
{
    json_writer_open(json, '[');

    for (unsigned i = 0; i < facts->redirects_count; i++) {
        json_writer_string(json, facts->redirects[i]);
    }

    json_writer_close(json, ']');
}


static void
evidence_write_address(json_writer_t *json, const check_facts_t *facts)
{
    char address[BS_ADDR_TEXT_MAX];

    if (!facts->has_address) {
        return;
    }

    bs_addr_format(&facts->address, address);
    json_writer_key(json, "address");
    json_writer_string(json, address);
    json_writer_key(json, "port");
    json_writer_int(json, facts->port);
}


/* All that the resolver had to say, not only the address that was taken. */
static void
evidence_write_resolver(json_writer_t *json, const check_facts_t *facts)
{
    char address[BS_ADDR_TEXT_MAX];

    json_writer_open(json, '[');

    for (unsigned i = 0; i < facts->addresses_count; i++) {
        bs_addr_format(&facts->addresses[i], address);
        json_writer_string(json, address);
    }

    json_writer_close(json, ']');
}


/* "name: value\n" lines as an array of them, in the order they came. */
static void
evidence_write_headers(json_writer_t *json, const check_facts_t *facts)
{
    const char *line = facts->headers;

    json_writer_open(json, '[');

    while (*line != '\0') {
        size_t len = strcspn(line, "\n");

        json_writer_bytes(json, line, len);
        line += len + (line[len] == '\n');
    }

    json_writer_close(json, ']');
}


static void
evidence_write_first(json_writer_t *json, const check_facts_t *first)
{
    const char *reason = bs_reason_name((int) first->reason);

    json_writer_open(json, '{');
    json_writer_key(json, "phase");
    json_writer_string(json, first->phase);
    json_writer_key(json, "reason");

    if (first->reason != BS_REASON_NONE && reason != NULL) {
        json_writer_string(json, reason);
    } else {
        json_writer_null(json);
    }

    json_writer_key(json, "detail");
    json_writer_string(json, first->detail);

    if (first->http_status != 0) {
        json_writer_key(json, "http_status");
        json_writer_int(json, first->http_status);
    }

    evidence_write_address(json, first);
    json_writer_key(json, "phases");
    evidence_write_phases(json, &first->phases);
    json_writer_close(json, '}');
}


typedef enum {
    EVIDENCE_RESOLVER,
    EVIDENCE_REDIRECTS,
    EVIDENCE_CERTIFICATE,
    EVIDENCE_FIRST,
    EVIDENCE_HEADERS,
    EVIDENCE_MEASURED,
    EVIDENCE_MEMBER_COUNT
} evidence_member_t;


static void
evidence_write_member(json_writer_t *json, evidence_member_t member, const check_facts_t *facts,
                      const check_facts_t *first)
{
    static const char *const keys[EVIDENCE_MEMBER_COUNT] = {
        "resolver", "redirects", "certificate", "first_attempt", "headers", "measured"};
    int wanted[EVIDENCE_MEMBER_COUNT] = {facts->addresses_count > 0, facts->redirects_count > 0,
                                         facts->certificate.seen,    first != NULL,
                                         facts->headers != NULL,     facts->measured[0] != '\0'};
    json_writer_t mark = json_writer_mark(json);

    if (!wanted[member]) {
        return;
    }

    json_writer_key(json, keys[member]);

    switch (member) {
    case EVIDENCE_RESOLVER:
        evidence_write_resolver(json, facts);
        break;
    case EVIDENCE_REDIRECTS:
        evidence_write_redirects(json, facts);
        break;
    case EVIDENCE_CERTIFICATE:
        evidence_write_certificate(json, &facts->certificate);
        break;
    case EVIDENCE_FIRST:
        evidence_write_first(json, first);
        break;
    case EVIDENCE_MEASURED:
        json_writer_raw(json, facts->measured);
        break;
    default:
        evidence_write_headers(json, facts);
    }

    if (json->overflow || json->size - json->len < EVIDENCE_SPARE) {
        json_writer_rewind(json, mark);
    }
}


size_t
evidence_write(char *text, size_t size, const check_facts_t *facts, const check_facts_t *first)
{
    json_writer_t json;

    json_writer_init(&json, text, size);
    json_writer_open(&json, '{');
    json_writer_key(&json, "phase");
    json_writer_string(&json, facts->phase);
    json_writer_key(&json, "detail");
    json_writer_string(&json, facts->detail);
    evidence_write_address(&json, facts);

    if (facts->http_status != 0) {
        json_writer_key(&json, "http_status");
        json_writer_int(&json, facts->http_status);
    }

    for (int i = 0; i < EVIDENCE_MEMBER_COUNT; i++) {
        evidence_write_member(&json, (evidence_member_t) i, facts, first);
    }

    if (facts->body_len > 0 && json.size - json.len > 4 * EVIDENCE_SPARE) {
        json_writer_key(&json, "body");
        json_writer_bytes_fitting(&json, facts->body, facts->body_len, EVIDENCE_SPARE);
    }

    json_writer_close(&json, '}');
    return json.overflow ? 0 : json.len;
}
