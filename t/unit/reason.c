
/* How an exchange ended => reason => verdict, without a network. */

#include "../../agent/expect.h"
#include "../../agent/reason.h"

#include "tap.h"

#include <errno.h>

static void
reasons(void)
{
    static const struct {
        http_error_t error;
        http_phase_t phase;
        int os_error;
        int verify_error;
        int64_t idle_us;
        bs_reason_t reason;
        const char *name;
    } rows[] = {
        {HTTP_ERROR_NONE, HTTP_PHASE_BODY, 0, 0, 0, BS_REASON_NONE, "none"},
        {HTTP_ERROR_CONNECT, HTTP_PHASE_CONNECT, ECONNREFUSED, 0, 0, BS_REASON_CONNECT_REFUSED,
         "refused"},
        {HTTP_ERROR_CONNECT, HTTP_PHASE_CONNECT, ETIMEDOUT, 0, 0, BS_REASON_CONNECT_TIMEOUT,
         "ETIMEDOUT"},
        {HTTP_ERROR_CONNECT, HTTP_PHASE_CONNECT, ENETUNREACH, 0, 0, BS_REASON_CONNECT_UNREACHABLE,
         "no net"},
        {HTTP_ERROR_CONNECT, HTTP_PHASE_CONNECT, EHOSTUNREACH, 0, 0, BS_REASON_CONNECT_UNREACHABLE,
         "no host"},
        {HTTP_ERROR_CONNECT, HTTP_PHASE_CONNECT, ECONNRESET, 0, 0, BS_REASON_CONNECT_RESET,
         "reset"},
        {HTTP_ERROR_CONNECT, HTTP_PHASE_CONNECT, EADDRNOTAVAIL, 0, 0, BS_REASON_AGENT_OVERLOADED,
         "no port"},
        {HTTP_ERROR_CONNECT, HTTP_PHASE_CONNECT, EPERM, 0, 0, BS_REASON_NOT_RUN,
         "a packet filter of ours"},
        {HTTP_ERROR_AGENT, HTTP_PHASE_CONNECT, EMFILE, 0, 0, BS_REASON_AGENT_OVERLOADED,
         "no descriptor"},
        {HTTP_ERROR_SETTINGS, HTTP_PHASE_TLS, 0, 0, 0, BS_REASON_NOT_RUN, "settings"},
        {HTTP_ERROR_BLOCKED, HTTP_PHASE_CONNECT, 0, 0, 0, BS_REASON_ADDRESS_BLOCKED, "blocked"},
        {HTTP_ERROR_TLS, HTTP_PHASE_TLS, 0, 0, 0, BS_REASON_TLS_HANDSHAKE, "handshake"},
        {HTTP_ERROR_CERTIFICATE, HTTP_PHASE_TLS, 0, 10, 0, BS_REASON_TLS_EXPIRED, "expired"},
        {HTTP_ERROR_CERTIFICATE, HTTP_PHASE_TLS, 0, 9, 0, BS_REASON_TLS_NOT_YET_VALID, "not yet"},
        {HTTP_ERROR_CERTIFICATE, HTTP_PHASE_TLS, 0, 0, 0, BS_REASON_TLS_HOSTNAME, "name"},
        {HTTP_ERROR_CERTIFICATE, HTTP_PHASE_TLS, 0, 62, 0, BS_REASON_TLS_HOSTNAME,
         "name by OpenSSL"},
        {HTTP_ERROR_CERTIFICATE, HTTP_PHASE_TLS, 0, 18, 0, BS_REASON_TLS_UNTRUSTED, "self-signed"},
        {HTTP_ERROR_CERTIFICATE, HTTP_PHASE_TLS, 0, 20, 0, BS_REASON_TLS_UNTRUSTED, "no issuer"},
        {HTTP_ERROR_SEND, HTTP_PHASE_FIRST_BYTE, 0, 0, 0, BS_REASON_SEND_FAILED, "sending"},
        {HTTP_ERROR_RESET, HTTP_PHASE_FIRST_BYTE, 0, 0, 0, BS_REASON_CONNECT_RESET, "reset before"},
        {HTTP_ERROR_RESET, HTTP_PHASE_TLS, 0, 0, 0, BS_REASON_TLS_HANDSHAKE, "reset in TLS"},
        {HTTP_ERROR_RESET, HTTP_PHASE_BODY, 0, 0, 0, BS_REASON_RESET_MID_BODY, "reset within"},
        {HTTP_ERROR_PARTIAL, HTTP_PHASE_BODY, 0, 0, 0, BS_REASON_RESET_MID_BODY, "closed within"},
        {HTTP_ERROR_EMPTY, HTTP_PHASE_FIRST_BYTE, 0, 0, 0, BS_REASON_PROTOCOL_ERROR, "empty"},
        {HTTP_ERROR_PROTOCOL, HTTP_PHASE_HEADERS, 0, 0, 0, BS_REASON_PROTOCOL_ERROR, "nonsense"},
        {HTTP_ERROR_TIMEOUT, HTTP_PHASE_CONNECT, 0, 0, 0, BS_REASON_CONNECT_TIMEOUT,
         "late: connect"},
        {HTTP_ERROR_TIMEOUT, HTTP_PHASE_TLS, 0, 0, 0, BS_REASON_TLS_HANDSHAKE, "late: TLS"},
        {HTTP_ERROR_TIMEOUT, HTTP_PHASE_FIRST_BYTE, 0, 0, 0, BS_REASON_FIRST_BYTE_TIMEOUT,
         "late: first byte"},
        {HTTP_ERROR_TIMEOUT, HTTP_PHASE_BODY, 0, 0, 3000000, BS_REASON_READ_TIMEOUT,
         "late: silent"},
        {HTTP_ERROR_TIMEOUT, HTTP_PHASE_BODY, 0, 0, 100000, BS_REASON_TOTAL_TIMEOUT,
         "late: dripping"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        check_facts_t facts = {.certificate = {.verify_error = rows[i].verify_error}};
        http_result_t result = {.error = rows[i].error,
                                .words = "words",
                                .phase = rows[i].phase,
                                .os_error = rows[i].os_error,
                                .idle_us = rows[i].idle_us};

        reason_from_http(&result, "192.0.2.1:80", 10000, &facts);
        is_int(facts.failure, rows[i].reason, rows[i].name);
        ok(facts.failure == BS_REASON_NONE || facts.detail[0] != '\0', "in words");
    }
}

static expect_verdict_t
judge(spec_type_t type, int status, int found, int cut)
{
    spec_range_t expected[] = {{201, 201}, {404, 410}};
    spec_t spec = {.type = type, .expected = expected, .expected_count = 2};
    check_facts_t facts = {.http_status = status, .keyword_found = found, .body_cut = cut};

    return expect_judge(&spec, &facts);
}

static void
verdicts(void)
{
    is_int(judge(SPEC_STATUS, 200, 0, 0).status, BS_STATUS_UP, "2xx");
    is_int(judge(SPEC_STATUS, 299, 0, 0).status, BS_STATUS_UP, "up to 299");
    is_int(judge(SPEC_STATUS, 200, 0, 1).status, BS_STATUS_UP,
           "a body that was cut does not matter");
    is_int(judge(SPEC_STATUS, 301, 0, 0).reason, BS_REASON_STATUS_UNEXPECTED, "3xx");
    is_int(judge(SPEC_STATUS, 199, 0, 0).reason, BS_REASON_STATUS_UNEXPECTED, "1xx");
    is_int(judge(SPEC_EXPECTED_STATUS_CODE, 201, 0, 0).status, BS_STATUS_UP, "an expected one");
    is_int(judge(SPEC_EXPECTED_STATUS_CODE, 410, 0, 0).status, BS_STATUS_UP, "the end of a range");
    is_int(judge(SPEC_EXPECTED_STATUS_CODE, 200, 0, 0).reason, BS_REASON_STATUS_UNEXPECTED,
           "another");
    is_int(judge(SPEC_KEYWORD, 500, 1, 0).status, BS_STATUS_UP, "found");
    is_int(judge(SPEC_KEYWORD, 200, 1, 1).status, BS_STATUS_UP, "found before the cut");
    is_int(judge(SPEC_KEYWORD, 200, 0, 0).reason, BS_REASON_KEYWORD_MISSING, "missing");
    is_int(judge(SPEC_KEYWORD, 200, 0, 1).reason, BS_REASON_BODY_TOO_LARGE,
           "perhaps behind the cut");
    is_int(judge(SPEC_KEYWORD_ABSENCE, 200, 0, 0).status, BS_STATUS_UP, "absent");
    is_int(judge(SPEC_KEYWORD_ABSENCE, 200, 1, 0).reason, BS_REASON_KEYWORD_PRESENT, "present");
    is_int(judge(SPEC_KEYWORD_ABSENCE, 200, 0, 1).reason, BS_REASON_BODY_TOO_LARGE, "who knows");

    spec_t spec = {.type = SPEC_STATUS};
    check_facts_t facts = {.failure = BS_REASON_CONNECT_REFUSED, .http_status = 200};

    is_int(expect_judge(&spec, &facts).status, BS_STATUS_DOWN, "a failure is down");
    facts.failure = BS_REASON_AGENT_OVERLOADED;
    is_int(expect_judge(&spec, &facts).status, BS_STATUS_UNKNOWN, "our own trouble is unknown");
}

int
main(void)
{
    reasons();
    verdicts();

    return done();
}
