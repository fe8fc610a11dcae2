
/*
 * The words of checking, as small integers on the wire and in Postgres:
 * statuses and failure reasons.  sql/schema holds the same numbers, and
 * t/unit/check_names_sql.t holds the two together.  Numbers are never reused.
 */

#ifndef BS_CHECK_H
#define BS_CHECK_H

typedef enum {
    BS_STATUS_UNKNOWN = 0, /* not measured: an observer reason says why */
    BS_STATUS_UP = 1,
    BS_STATUS_DEGRADED = 2,
    BS_STATUS_DOWN = 3,
    BS_STATUS_COUNT
} bs_status_t;

typedef enum {
    BS_REASON_NONE = 0,

    BS_REASON_DNS_NXDOMAIN = 1,
    BS_REASON_DNS_SERVFAIL = 2,
    BS_REASON_DNS_REFUSED = 3,
    BS_REASON_DNS_TIMEOUT = 4,
    BS_REASON_DNS_NO_ADDRESS = 5,

    BS_REASON_CONNECT_REFUSED = 10,
    BS_REASON_CONNECT_TIMEOUT = 11,
    BS_REASON_CONNECT_UNREACHABLE = 12,
    BS_REASON_CONNECT_RESET = 13,

    BS_REASON_TLS_HANDSHAKE = 20,
    BS_REASON_TLS_EXPIRED = 21,
    BS_REASON_TLS_NOT_YET_VALID = 22,
    BS_REASON_TLS_HOSTNAME = 23,
    BS_REASON_TLS_UNTRUSTED = 24,

    BS_REASON_SEND_FAILED = 30,
    BS_REASON_FIRST_BYTE_TIMEOUT = 31,
    BS_REASON_READ_TIMEOUT = 32,
    BS_REASON_TOTAL_TIMEOUT = 33,
    BS_REASON_RESET_MID_BODY = 34,
    BS_REASON_PROTOCOL_ERROR = 35,
    BS_REASON_REDIRECT_LIMIT = 36,
    BS_REASON_BODY_TOO_LARGE = 37,

    BS_REASON_STATUS_UNEXPECTED = 40,
    BS_REASON_KEYWORD_MISSING = 41,
    BS_REASON_KEYWORD_PRESENT = 42,
    BS_REASON_ASSERTION_FAILED = 43,
    BS_REASON_CERTIFICATE_EXPIRING = 44,
    BS_REASON_TOO_SLOW = 45,

    BS_REASON_ADDRESS_BLOCKED = 50,
    BS_REASON_REDIRECT_BLOCKED = 51,
    BS_REASON_REGEX_LIMIT = 52,

    BS_REASON_AGENT_UPLINK_DOWN = 60,
    BS_REASON_AGENT_DNS_DOWN = 61,
    BS_REASON_AGENT_OVERLOADED = 62,
    BS_REASON_AGENT_CLOCK = 63,
    BS_REASON_AGENT_SHUTDOWN = 64,
    BS_REASON_JOB_EXPIRED = 65,
    BS_REASON_NOT_RUN = 66
} bs_reason_t;

/* "up", "connect_refused", ...; NULL for a number that has no name. */
const char *bs_status_name(int status);
const char *bs_reason_name(int reason);

/* The number of a name, or -1. */
int bs_reason_number(const char *name);

/* True if the reason tells about the observer, never about the target. */
int bs_reason_is_observer(int reason);

#endif
