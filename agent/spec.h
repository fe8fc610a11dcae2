
/*
 * What a monitor wants to have checked, decoded from SPEC (shared/bs_wire.h)
 * into one allocation.  Nothing in it can smuggle anything into a request:
 * names and values with control characters are refused here.
 */

#ifndef SPEC_H
#define SPEC_H

#include "http_header.h"

#include <stddef.h>
#include <stdint.h>

#define SPEC_HEADERS_MAX 64
#define SPEC_EXPECTED_MAX 100
#define SPEC_PORTS_MAX 10
#define SPEC_ASSERTIONS_MAX 20
#define SPEC_ANSWERS_MAX 20
#define SPEC_PACKETS_MAX 10
#define SPEC_TIMEOUT_MAX_MS 60000

typedef enum {
    SPEC_STATUS,
    SPEC_EXPECTED_STATUS_CODE,
    SPEC_KEYWORD,
    SPEC_KEYWORD_ABSENCE,
    SPEC_PING,
    SPEC_TCP,
    SPEC_UDP,
    SPEC_SMTP,
    SPEC_IMAP,
    SPEC_POP,
    SPEC_DNS,
    SPEC_TLS,
    SPEC_WEBSOCKET,
    SPEC_GRPC,
    SPEC_REDIS,
    SPEC_POSTGRES,
    SPEC_DOMAIN,
    SPEC_TYPE_COUNT
} spec_type_t;

typedef enum {
    SPEC_TLS_DEFAULT, /* what is usual for the kind and its port */
    SPEC_TLS_NONE,
    SPEC_TLS_DIRECT,
    SPEC_TLS_STARTTLS, /* of the kind's own protocol */
    SPEC_TLS_STARTTLS_SMTP,
    SPEC_TLS_STARTTLS_IMAP,
    SPEC_TLS_STARTTLS_POP3,
    SPEC_TLS_STARTTLS_FTP,
    SPEC_TLS_STARTTLS_POSTGRES,
    SPEC_TLS_MODE_COUNT
} spec_tls_mode_t;

typedef enum {
    SPEC_SOURCE_HEADER,
    SPEC_SOURCE_JSON,
    SPEC_SOURCE_BODY,
    SPEC_SOURCE_COUNT
} spec_source_t;

typedef enum {
    SPEC_EQUALS,
    SPEC_NOT_EQUALS,
    SPEC_CONTAINS,
    SPEC_NOT_CONTAINS,
    SPEC_MATCHES,
    SPEC_NOT_MATCHES,
    SPEC_EXISTS,
    SPEC_NOT_EXISTS,
    SPEC_GREATER_THAN,
    SPEC_LESS_THAN,
    SPEC_IS_TRUE,
    SPEC_OPERATOR_COUNT
} spec_operator_t;

typedef struct {
    spec_source_t source;
    const char *property; /* a header's name, a jq expression */
    spec_operator_t comparison;
    const char *value;
} spec_assertion_t;

typedef struct {
    uint16_t from;
    uint16_t to;
} spec_range_t;

typedef struct {
    spec_type_t type;
    char *url;
    int64_t timeout_ms;
    char *method; /* upper case */
    size_t headers_count;
    http_header_t *headers;
    char *body; /* NULL: none */
    size_t body_len;
    char *username;
    char *password;
    size_t expected_count;
    spec_range_t *expected; /* HTTP statuses; none: 200 to 299 */
    char *keyword;
    size_t keyword_len;
    int redirects;
    int cookies; /* kept across redirects */
    int verify;
    int ip; /* 0, 4, 6 */
    size_t ports_count;
    uint16_t ports[SPEC_PORTS_MAX];
    size_t assertions_count;
    spec_assertion_t *assertions;
    int64_t degraded_ms; /* 0: never */
    char *bearer;
    char *proxy;      /* "http://host:port" */
    int http_version; /* 0 by ALPN, 1, 2 */
    spec_tls_mode_t tls;
    int tls_min;       /* 0, or 10, 11, 12, 13 */
    char *certificate; /* the client's, PEM */
    char *key;
    char *ca;        /* PEM; NULL: the agent's */
    int expiry_days; /* 0: never */
    int domain_end;  /* of a website: when its domain ends is to be found out beside the probe */
    int packets;
    int loss_max; /* percent */
    char *record; /* a DNS record type; NULL: A */
    size_t answers_count;
    char **answers;
    char *service;  /* gRPC */
    char *database; /* Postgres, Redis */
    int fresh;      /* not of the wire: no kept DNS answer is good enough */
} spec_t;

/* What a spec is without any settings; the arrays are the caller's. */
void spec_init(spec_t *spec);

/* NULL with *error a literal that names the field.  One free() releases all. */
spec_t *spec_decode(const void *data, size_t len, const char **error);

/* "status", "ping", ...: the words of the wire; NULL for a number that has none. */
const char *spec_type_name(int type);
const char *spec_tls_mode_name(int mode);
const char *spec_source_name(int source);
const char *spec_operator_name(int comparison);

/* The same promise for values that do not come from the wire. */
int spec_header_ok(const char *name, const char *value);
int spec_method_ok(const char *method);

#endif
