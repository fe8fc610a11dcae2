
/* The kinds of check: which code a monitor's type stands for. */

#ifndef CHECK_KINDS_H
#define CHECK_KINDS_H

#include "check.h"

/* NULL for a type that this agent cannot check. */
const check_kind_t *check_kind_of(spec_type_t type);

extern const check_kind_t check_http_kind;
extern const check_kind_t check_ping_kind;
extern const check_kind_t check_websocket_kind;
extern const check_kind_t check_grpc_kind;
extern const check_kind_t check_dns_kind;
extern const check_kind_t check_postgres_kind;
extern const check_kind_t check_redis_kind;
extern const check_kind_t check_tcp_kind;
extern const check_kind_t check_tls_kind;
extern const check_kind_t check_mail_kind;
extern const check_kind_t check_domain_kind;
extern const check_kind_t check_udp_kind;

#endif
