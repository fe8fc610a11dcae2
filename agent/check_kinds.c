
/* One row a type. */

#include "check_kinds.h"

/* clang-format off */
static const check_kind_t *const kinds[SPEC_TYPE_COUNT] = {
    [SPEC_STATUS] = &check_http_kind,
    [SPEC_EXPECTED_STATUS_CODE] = &check_http_kind,
    [SPEC_KEYWORD] = &check_http_kind,
    [SPEC_KEYWORD_ABSENCE] = &check_http_kind,
    [SPEC_PING] = &check_ping_kind,
    [SPEC_WEBSOCKET] = &check_websocket_kind,
    [SPEC_GRPC] = &check_grpc_kind,
    [SPEC_DNS] = &check_dns_kind,
    [SPEC_TCP] = &check_tcp_kind,
    [SPEC_UDP] = &check_udp_kind,
    [SPEC_TLS] = &check_tls_kind,
    [SPEC_POSTGRES] = &check_postgres_kind,
    [SPEC_REDIS] = &check_redis_kind,
    [SPEC_SMTP] = &check_mail_kind,
    [SPEC_IMAP] = &check_mail_kind,
    [SPEC_POP] = &check_mail_kind,
    [SPEC_DOMAIN] = &check_domain_kind,
};
/* clang-format on */


const check_kind_t *
check_kind_of(spec_type_t type)
{
    return ((unsigned) type < SPEC_TYPE_COUNT) ? kinds[type] : NULL;
}
