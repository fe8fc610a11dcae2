
/* The words of SPEC, and which text may go into a request. */

#include "spec.h"

#include <stddef.h>
#include <string.h>


const char *
spec_type_name(int type)
{
    static const char *const names[SPEC_TYPE_COUNT] = {
        [SPEC_STATUS] = "status",
        [SPEC_EXPECTED_STATUS_CODE] = "expected_status_code",
        [SPEC_KEYWORD] = "keyword",
        [SPEC_KEYWORD_ABSENCE] = "keyword_absence",
        [SPEC_PING] = "ping",
        [SPEC_TCP] = "tcp",
        [SPEC_UDP] = "udp",
        [SPEC_SMTP] = "smtp",
        [SPEC_IMAP] = "imap",
        [SPEC_POP] = "pop",
        [SPEC_DNS] = "dns",
        [SPEC_TLS] = "tls",
        [SPEC_WEBSOCKET] = "websocket",
        [SPEC_GRPC] = "grpc",
        [SPEC_REDIS] = "redis",
        [SPEC_POSTGRES] = "postgres",
        [SPEC_DOMAIN] = "domain",
    };

    return (type >= 0 && type < SPEC_TYPE_COUNT) ? names[type] : NULL;
}


const char *
spec_tls_mode_name(int mode)
{
    static const char *const names[SPEC_TLS_MODE_COUNT] = {
        [SPEC_TLS_NONE] = "none",          [SPEC_TLS_DIRECT] = "direct",
        [SPEC_TLS_STARTTLS] = "starttls",  [SPEC_TLS_STARTTLS_SMTP] = "smtp",
        [SPEC_TLS_STARTTLS_IMAP] = "imap", [SPEC_TLS_STARTTLS_POP3] = "pop3",
        [SPEC_TLS_STARTTLS_FTP] = "ftp",   [SPEC_TLS_STARTTLS_POSTGRES] = "postgres",
    };

    return (mode >= 0 && mode < SPEC_TLS_MODE_COUNT) ? names[mode] : NULL;
}


const char *
spec_source_name(int source)
{
    static const char *const names[SPEC_SOURCE_COUNT] = {
        [SPEC_SOURCE_HEADER] = "header",
        [SPEC_SOURCE_JSON] = "json",
        [SPEC_SOURCE_BODY] = "body",
    };

    return (source >= 0 && source < SPEC_SOURCE_COUNT) ? names[source] : NULL;
}


const char *
spec_operator_name(int comparison)
{
    static const char *const names[SPEC_OPERATOR_COUNT] = {
        [SPEC_EQUALS] = "equals",
        [SPEC_NOT_EQUALS] = "not_equals",
        [SPEC_CONTAINS] = "contains",
        [SPEC_NOT_CONTAINS] = "not_contains",
        [SPEC_MATCHES] = "matches",
        [SPEC_NOT_MATCHES] = "not_matches",
        [SPEC_EXISTS] = "exists",
        [SPEC_NOT_EXISTS] = "not_exists",
        [SPEC_GREATER_THAN] = "greater_than",
        [SPEC_LESS_THAN] = "less_than",
        [SPEC_IS_TRUE] = "is_true",
    };

    return (comparison >= 0 && comparison < SPEC_OPERATOR_COUNT) ? names[comparison] : NULL;
}


int
spec_method_ok(const char *method)
{
    static const char *const known[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"};

    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
        if (strcmp(method, known[i]) == 0) {
            return 1;
        }
    }

    return 0;
}


int
spec_header_ok(const char *name, const char *value)
{
    static const char separators[] = "()<>@,;:\\\"/[]?={} \t";

    if (name[0] == '\0') {
        return 0;
    }

    for (const char *p = name; *p != '\0'; p++) {
        if ((unsigned char) *p <= 0x20 || (unsigned char) *p >= 0x7f
            || strchr(separators, *p) != NULL) {
            return 0;
        }
    }

    for (const char *p = value; *p != '\0'; p++) {
        if (((unsigned char) *p < 0x20 && *p != '\t') || *p == 0x7f) {
            return 0;
        }
    }

    return 1;
}
