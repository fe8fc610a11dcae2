
#include "command_check_target.h"

#include "bs_url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CHECK_TARGET_BYTES_MAX 8192

typedef enum {
    CHECK_PATH_KEPT,     /* part of the URL */
    CHECK_PATH_NONE,     /* means nothing here */
    CHECK_PATH_NAME,     /* dns: the name, and behind ? the record's type */
    CHECK_PATH_SERVICE,  /* grpc */
    CHECK_PATH_DATABASE, /* postgres, redis */
} check_path_t;

typedef struct {
    const char *scheme;
    spec_type_t type;
    spec_tls_mode_t tls;
    check_path_t path;
} check_scheme_t;

static const check_scheme_t schemes[] = {
    {"http", SPEC_STATUS, SPEC_TLS_DEFAULT, CHECK_PATH_KEPT},
    {"https", SPEC_STATUS, SPEC_TLS_DEFAULT, CHECK_PATH_KEPT},
    {"ws", SPEC_WEBSOCKET, SPEC_TLS_DEFAULT, CHECK_PATH_KEPT},
    {"wss", SPEC_WEBSOCKET, SPEC_TLS_DEFAULT, CHECK_PATH_KEPT},
    {"ping", SPEC_PING, SPEC_TLS_DEFAULT, CHECK_PATH_NONE},
    {"icmp", SPEC_PING, SPEC_TLS_DEFAULT, CHECK_PATH_NONE},
    {"tcp", SPEC_TCP, SPEC_TLS_DEFAULT, CHECK_PATH_NONE},
    {"udp", SPEC_UDP, SPEC_TLS_DEFAULT, CHECK_PATH_NONE},
    {"tls", SPEC_TLS, SPEC_TLS_DEFAULT, CHECK_PATH_NONE},
    {"smtp", SPEC_SMTP, SPEC_TLS_DEFAULT, CHECK_PATH_NONE},
    {"smtps", SPEC_SMTP, SPEC_TLS_DIRECT, CHECK_PATH_NONE},
    {"imap", SPEC_IMAP, SPEC_TLS_DEFAULT, CHECK_PATH_NONE},
    {"imaps", SPEC_IMAP, SPEC_TLS_DIRECT, CHECK_PATH_NONE},
    {"pop3", SPEC_POP, SPEC_TLS_DEFAULT, CHECK_PATH_NONE},
    {"pop3s", SPEC_POP, SPEC_TLS_DIRECT, CHECK_PATH_NONE},
    {"dns", SPEC_DNS, SPEC_TLS_DEFAULT, CHECK_PATH_NAME},
    {"grpc", SPEC_GRPC, SPEC_TLS_NONE, CHECK_PATH_SERVICE},
    {"grpcs", SPEC_GRPC, SPEC_TLS_DIRECT, CHECK_PATH_SERVICE},
    {"redis", SPEC_REDIS, SPEC_TLS_DEFAULT, CHECK_PATH_DATABASE},
    {"rediss", SPEC_REDIS, SPEC_TLS_DIRECT, CHECK_PATH_DATABASE},
    {"postgres", SPEC_POSTGRES, SPEC_TLS_DEFAULT, CHECK_PATH_DATABASE},
    {"postgresql", SPEC_POSTGRES, SPEC_TLS_DEFAULT, CHECK_PATH_DATABASE},
    {"postgress", SPEC_POSTGRES, SPEC_TLS_DIRECT, CHECK_PATH_DATABASE},
    {"domain", SPEC_DOMAIN, SPEC_TLS_DEFAULT, CHECK_PATH_NONE},
};


/* "ping:host" is a scheme, "host:80" is not: that is no name of a kind. */
static const check_scheme_t *
check_target_scheme(const char *text)
{
    size_t len = strcspn(text, ":");

    for (size_t i = 0; text[len] == ':' && i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        if (strlen(schemes[i].scheme) == len && strncasecmp(schemes[i].scheme, text, len) == 0) {
            return &schemes[i];
        }
    }

    return NULL;
}


/* The userinfo of an authority, decoded, as the kinds without HTTP URLs want it. */
static void
check_target_take_login(check_target_t *target, char *authority)
{
    char *at = strrchr(authority, '@');
    const char *error;
    char text[CHECK_TARGET_BYTES_MAX + 16] = "http://";
    bs_url_t url;

    if (at == NULL) {
        return;
    }

    strncat(text, authority, CHECK_TARGET_BYTES_MAX);

    if (bs_url_parse(text, strlen(text), &url, &error) == 0) {
        bs_url_free(&target->login);
        target->login = url;
        target->spec.username = url.username;
        target->spec.password = url.password;

        if (url.username != NULL && url.username[0] == '\0') {
            target->spec.username = NULL;
        }
    }

    memmove(authority, at + 1, strlen(at + 1) + 1);
}


static void
check_target_take_path(check_target_t *target, check_path_t kind, char *path)
{
    spec_t *spec = &target->spec;
    char *query = (path != NULL) ? strchr(path, '?') : NULL;

    if (query != NULL) {
        *query++ = '\0';
    }

    if (path == NULL || path[0] == '\0') {
        return;
    }

    switch (kind) {
    case CHECK_PATH_NAME:
        spec->body = path;
        spec->body_len = strlen(path);

        if (query != NULL) {
            spec->record = (strncasecmp(query, "type=", 5) == 0) ? query + 5 : query;
        }

        break;
    case CHECK_PATH_SERVICE:
        spec->service = path;
        break;
    case CHECK_PATH_DATABASE:
        spec->database = path;
        break;
    default:
        break;
    }
}


static int
check_target_split(check_target_t *target, const check_scheme_t *scheme)
{
    spec_t *spec = &target->spec;
    char *rest = target->strings + strlen(scheme->scheme) + 1;

    rest += strspn(rest, "/");

    char *slash = strchr(rest, '/');

    if (slash != NULL) {
        *slash = '\0';
    }

    check_target_take_login(target, rest);
    check_target_take_path(target, scheme->path, (slash != NULL) ? slash + 1 : NULL);
    spec->url = rest;
    return (rest[0] != '\0') ? 0 : -1;
}


int
check_target_read(check_target_t *target, const spec_t *options, int typed, const char *text,
                  const char **problem)
{
    const check_scheme_t *scheme = typed ? NULL : check_target_scheme(text);
    const char *before = (typed || scheme != NULL || strstr(text, "://") != NULL) ? "" : "https://";
    size_t size = strlen(before) + strlen(text) + 1;

    memset(target, 0, sizeof(*target));
    target->spec = *options;
    target->strings = (size <= CHECK_TARGET_BYTES_MAX) ? malloc(size) : NULL;
    *problem = "is too long";

    if (target->strings == NULL) {
        return -1;
    }

    strcpy(target->strings, before);
    strcat(target->strings, text);
    target->spec.url = target->strings;

    if (scheme == NULL || scheme->type == SPEC_STATUS) {
        return 0; /* --keyword and the like say which HTTP kind it is */
    }

    target->spec.type = scheme->type;

    if (target->spec.tls == SPEC_TLS_DEFAULT) {
        target->spec.tls = scheme->tls;
    }

    if (scheme->path != CHECK_PATH_KEPT && check_target_split(target, scheme) != 0) {
        *problem = "names no host";
        check_target_free(target);
        return -1;
    }

    return 0;
}


void
check_target_free(check_target_t *target)
{
    free(target->strings);
    bs_url_free(&target->login);
    target->strings = NULL;
}
