
/* Two tables: numbers to names, for statuses and for failure reasons. */

#include "bs_check.h"

#include <stddef.h>
#include <string.h>

#define BS_REASON_LIMIT (BS_REASON_NOT_RUN + 1)

static const char *const status_names[BS_STATUS_COUNT] = {
    [BS_STATUS_UNKNOWN] = "unknown",
    [BS_STATUS_UP] = "up",
    [BS_STATUS_DEGRADED] = "degraded",
    [BS_STATUS_DOWN] = "down",
};

static const char *const reason_names[BS_REASON_LIMIT] = {
    [BS_REASON_NONE] = "none",

    [BS_REASON_DNS_NXDOMAIN] = "dns_nxdomain",
    [BS_REASON_DNS_SERVFAIL] = "dns_servfail",
    [BS_REASON_DNS_REFUSED] = "dns_refused",
    [BS_REASON_DNS_TIMEOUT] = "dns_timeout",
    [BS_REASON_DNS_NO_ADDRESS] = "dns_no_address",

    [BS_REASON_CONNECT_REFUSED] = "connect_refused",
    [BS_REASON_CONNECT_TIMEOUT] = "connect_timeout",
    [BS_REASON_CONNECT_UNREACHABLE] = "connect_unreachable",
    [BS_REASON_CONNECT_RESET] = "connect_reset",

    [BS_REASON_TLS_HANDSHAKE] = "tls_handshake",
    [BS_REASON_TLS_EXPIRED] = "tls_expired",
    [BS_REASON_TLS_NOT_YET_VALID] = "tls_not_yet_valid",
    [BS_REASON_TLS_HOSTNAME] = "tls_hostname",
    [BS_REASON_TLS_UNTRUSTED] = "tls_untrusted",

    [BS_REASON_SEND_FAILED] = "send_failed",
    [BS_REASON_FIRST_BYTE_TIMEOUT] = "first_byte_timeout",
    [BS_REASON_READ_TIMEOUT] = "read_timeout",
    [BS_REASON_TOTAL_TIMEOUT] = "total_timeout",
    [BS_REASON_RESET_MID_BODY] = "reset_mid_body",
    [BS_REASON_PROTOCOL_ERROR] = "protocol_error",
    [BS_REASON_REDIRECT_LIMIT] = "redirect_limit",
    [BS_REASON_BODY_TOO_LARGE] = "body_too_large",

    [BS_REASON_STATUS_UNEXPECTED] = "status_unexpected",
    [BS_REASON_KEYWORD_MISSING] = "keyword_missing",
    [BS_REASON_KEYWORD_PRESENT] = "keyword_present",
    [BS_REASON_ASSERTION_FAILED] = "assertion_failed",
    [BS_REASON_CERTIFICATE_EXPIRING] = "certificate_expiring",
    [BS_REASON_TOO_SLOW] = "too_slow",

    [BS_REASON_ADDRESS_BLOCKED] = "address_blocked",
    [BS_REASON_REDIRECT_BLOCKED] = "redirect_blocked",
    [BS_REASON_REGEX_LIMIT] = "regex_limit",

    [BS_REASON_AGENT_UPLINK_DOWN] = "agent_uplink_down",
    [BS_REASON_AGENT_DNS_DOWN] = "agent_dns_down",
    [BS_REASON_AGENT_OVERLOADED] = "agent_overloaded",
    [BS_REASON_AGENT_CLOCK] = "agent_clock",
    [BS_REASON_AGENT_SHUTDOWN] = "agent_shutdown",
    [BS_REASON_JOB_EXPIRED] = "job_expired",
    [BS_REASON_NOT_RUN] = "not_run",
};

const char *
bs_status_name(int status)
{
    return status >= 0 && status < BS_STATUS_COUNT ? status_names[status] : NULL;
}

const char *
bs_reason_name(int reason)
{
    return reason >= 0 && reason < BS_REASON_LIMIT ? reason_names[reason] : NULL;
}

int
bs_reason_number(const char *name)
{
    for (int i = 0; i < BS_REASON_LIMIT; i++) {
        if (reason_names[i] != NULL && strcmp(reason_names[i], name) == 0) {
            return i;
        }
    }

    return -1;
}

int
bs_reason_is_observer(int reason)
{
    return reason >= BS_REASON_AGENT_UPLINK_DOWN && bs_reason_name(reason) != NULL;
}
