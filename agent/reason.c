
/* Which of our reasons an ended exchange is: error, phase and errno decide. */

#include "reason.h"

#include "tls.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define REASON_SILENT_MAX_US 2000000

static const char *const phase_names[HTTP_PHASE_COUNT] = {
    [HTTP_PHASE_CONNECT] = "connect",
    [HTTP_PHASE_TLS] = "tls",
    [HTTP_PHASE_FIRST_BYTE] = "first_byte",
    [HTTP_PHASE_HEADERS] = "headers",
    [HTTP_PHASE_BODY] = "body",
};


static void __attribute__((format(printf, 3, 4)))
reason_set(check_facts_t *facts, bs_reason_t reason, const char *format, ...)
{
    va_list args;

    facts->failure = reason;
    va_start(args, format);
    vsnprintf(facts->detail, sizeof(facts->detail), format, args);
    va_end(args);
}


static void
reason_from_connect(const http_result_t *result, const char *target, check_facts_t *facts)
{
    switch (result->os_error) {
    case ECONNREFUSED:
        reason_set(facts, BS_REASON_CONNECT_REFUSED, "connection refused by %s", target);
        return;
    case ECONNRESET:
    case EPIPE:
        reason_set(facts, BS_REASON_CONNECT_RESET, "connection reset by %s", target);
        return;
    case ETIMEDOUT:
        reason_set(facts, BS_REASON_CONNECT_TIMEOUT, "no answer from %s", target);
        return;
    case EPERM:
        reason_set(facts, BS_REASON_NOT_RUN, "this machine does not let the agent reach %s",
                   target);
        return;
    case EADDRNOTAVAIL:
    case ENOBUFS:
    case ENOMEM:
        reason_set(facts, BS_REASON_AGENT_OVERLOADED, "the agent cannot open a connection: %s",
                   strerror(result->os_error));
        return;
    default:
        reason_set(facts, BS_REASON_CONNECT_UNREACHABLE, "%s cannot be reached: %s", target,
                   (result->os_error != 0) ? strerror(result->os_error) : result->words);
    }
}


static void
reason_from_timeout(const http_result_t *result, const char *target, int64_t timeout_ms,
                    check_facts_t *facts)
{
    double seconds = (double) timeout_ms / 1000;
    int64_t silent_us = timeout_ms * 1000 / 2;

    if (silent_us > REASON_SILENT_MAX_US) {
        silent_us = REASON_SILENT_MAX_US;
    }

    switch (result->phase) {
    case HTTP_PHASE_CONNECT:
        reason_set(facts, BS_REASON_CONNECT_TIMEOUT, "no connection to %s within %g s", target,
                   seconds);
        return;
    case HTTP_PHASE_TLS:
        reason_set(facts, BS_REASON_TLS_HANDSHAKE, "TLS handshake with %s not done within %g s",
                   target, seconds);
        return;
    case HTTP_PHASE_FIRST_BYTE:
        reason_set(facts, BS_REASON_FIRST_BYTE_TIMEOUT, "%s did not answer within %g s", target,
                   seconds);
        return;
    default:
        break;
    }

    if (result->idle_us >= silent_us) {
        reason_set(facts, BS_REASON_READ_TIMEOUT, "%s stopped in the middle of its answer", target);
        return;
    }

    reason_set(facts, BS_REASON_TOTAL_TIMEOUT, "the answer of %s was not over within %g s", target,
               seconds);
}


static void
reason_from_loss(const http_result_t *result, const char *target, check_facts_t *facts)
{
    switch (result->phase) {
    case HTTP_PHASE_CONNECT:
    case HTTP_PHASE_FIRST_BYTE:
        reason_set(facts, BS_REASON_CONNECT_RESET, "%s reset the connection before it answered",
                   target);
        return;
    case HTTP_PHASE_TLS:
        reason_set(facts, BS_REASON_TLS_HANDSHAKE, "%s reset the connection during TLS", target);
        return;
    default:
        reason_set(facts, BS_REASON_RESET_MID_BODY,
                   "%s closed the connection in the middle of its answer", target);
    }
}


void
reason_from_http(const http_result_t *result, const char *target, int64_t timeout_ms,
                 check_facts_t *facts)
{
    const char *words = (result->words != NULL) ? result->words : "";

    facts->phase = phase_names[result->phase];

    switch (result->error) {
    case HTTP_ERROR_NONE:
        facts->failure = BS_REASON_NONE;
        return;
    case HTTP_ERROR_CONNECT:
        reason_from_connect(result, target, facts);
        return;
    case HTTP_ERROR_TLS:
        reason_set(facts, BS_REASON_TLS_HANDSHAKE, "TLS handshake failed: %s", words);
        return;
    case HTTP_ERROR_CERTIFICATE:
        reason_set(facts, tls_reason(facts->certificate.verify_error), "certificate: %s",
                   facts->certificate.verify_error != 0 ? tls_words(facts->certificate.verify_error)
                                                        : "it is not for this host name");
        return;
    case HTTP_ERROR_SEND:
        reason_set(facts, BS_REASON_SEND_FAILED, "the request could not be sent: %s", words);
        return;
    case HTTP_ERROR_EMPTY:
        reason_set(facts, BS_REASON_PROTOCOL_ERROR, "%s closed the connection without an answer",
                   target);
        return;
    case HTTP_ERROR_RESET:
    case HTTP_ERROR_PARTIAL:
        reason_from_loss(result, target, facts);
        return;
    case HTTP_ERROR_TIMEOUT:
        reason_from_timeout(result, target, timeout_ms, facts);
        return;
    case HTTP_ERROR_BLOCKED:
        reason_set(facts, BS_REASON_ADDRESS_BLOCKED,
                   "refused to connect to another address than %s", target);
        return;
    case HTTP_ERROR_PROXY:
        reason_set(facts, BS_REASON_CONNECT_REFUSED, "%s would not connect: it said %d", target,
                   result->status);
        return;
    case HTTP_ERROR_SETTINGS:
        reason_set(facts, BS_REASON_NOT_RUN, "%s", words);
        return;
    case HTTP_ERROR_AGENT:
        reason_set(facts, BS_REASON_AGENT_OVERLOADED, "the agent could not probe: %s",
                   (result->os_error != 0) ? strerror(result->os_error) : words);
        return;
    default:
        reason_set(facts, BS_REASON_PROTOCOL_ERROR, "the answer is not proper HTTP: %s", words);
    }
}


const char *
reason_words(bs_reason_t reason)
{
    switch (reason) {
    case BS_REASON_DNS_NXDOMAIN:
        return "the name does not exist";
    case BS_REASON_DNS_SERVFAIL:
        return "the name server failed";
    case BS_REASON_DNS_REFUSED:
        return "the name server refused to answer";
    case BS_REASON_DNS_TIMEOUT:
        return "no answer from the name server";
    case BS_REASON_DNS_NO_ADDRESS:
        return "the name has no address of the wanted kind";
    case BS_REASON_AGENT_DNS_DOWN:
        return "the agent's own resolver cannot be reached";
    case BS_REASON_AGENT_OVERLOADED:
        return "the agent is out of resources";
    case BS_REASON_KEYWORD_MISSING:
        return "the keyword is not in the answer";
    case BS_REASON_KEYWORD_PRESENT:
        return "the answer has the keyword that it must not have";
    case BS_REASON_BODY_TOO_LARGE:
        return "the answer is too large to look for the keyword in all of it";
    default:
        return "";
    }
}
