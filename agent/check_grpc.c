
/*
 * gRPC: asks grpc.health.v1.Health/Check, over HTTP/2 with TLS or without
 * (prior knowledge).  Good is a service that says it is SERVING.
 */

#include "check_kinds.h"
#include "check_site.h"
#include "grpc_health.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#define CHECK_GRPC_ANSWER_MAX 256
#define CHECK_GRPC_WORDS_MAX 160
#define CHECK_GRPC_PATH "/grpc.health.v1.Health/Check"
#define CHECK_GRPC_HEADERS 2

typedef struct {
    check_t base;
    check_site_t site;
    int is_grpc;                      /* by its content type */
    int status;                       /* grpc-status, -1: none came */
    char words[CHECK_GRPC_WORDS_MAX]; /* grpc-message */
    size_t answer_len;
    unsigned char answer[CHECK_GRPC_ANSWER_MAX];
    unsigned char request[GRPC_HEALTH_REQUEST_MAX];
    size_t request_len;
} check_grpc_t;

static const http_header_t check_grpc_headers[CHECK_GRPC_HEADERS] = {
    {"Content-Type", "application/grpc"},
    {"TE", "trailers"},
};


static void
check_grpc_close(check_t *base)
{
    check_grpc_t *check = (check_grpc_t *) base;

    check_site_deinit(&check->site);
}


static void
check_grpc_on_deadline(check_t *base)
{
    check_grpc_t *check = (check_grpc_t *) base;

    check_site_cut_off(&check->site);
}


/* --- the answer ----------------------------------------------------------- */

/* Of an answer without a message all headers are trailers, too. */
static void
check_grpc_on_header(void *data, const char *name, size_t name_len, const char *value,
                     size_t value_len)
{
    check_grpc_t *check = data;
    char number[8];

    if (http_header_is(name, name_len, "content-type")) {
        check->is_grpc = value_len >= 16 && strncasecmp(value, "application/grpc", 16) == 0;

    } else if (http_header_is(name, name_len, "grpc-status") && value_len > 0
               && value_len < sizeof(number))
    {
        memcpy(number, value, value_len);
        number[value_len] = '\0';
        check->status = (int) strtol(number, NULL, 10);

    } else if (http_header_is(name, name_len, "grpc-message")) {
        snprintf(check->words, sizeof(check->words), "%.*s", (int) value_len, value);
    }
}


static int
check_grpc_on_body(void *data, const char *piece, size_t len)
{
    check_grpc_t *check = data;
    size_t room = sizeof(check->answer) - check->answer_len;
    size_t kept = (len < room) ? len : room;

    memcpy(check->answer + check->answer_len, piece, kept);
    check->answer_len += kept;
    return len > room;
}


static void
check_grpc_fail_status(check_grpc_t *check)
{
    char detail[CHECK_DETAIL_MAX];
    const char *name = grpc_health_code_name(check->status);

    snprintf(detail, sizeof(detail), "grpc-status %d%s%s%s%s", check->status,
             (name != NULL) ? " " : "", (name != NULL) ? name : "",
             (check->words[0] != '\0') ? ": " : "", check->words);
    check_fail(&check->base, BS_REASON_ASSERTION_FAILED, "body", detail);
}


static void
check_grpc_judge(check_grpc_t *check)
{
    check_t *base = &check->base;
    char detail[CHECK_DETAIL_MAX];

    if (check->status != 0) {
        check_grpc_fail_status(check);
        return;
    }

    int status = grpc_health_status(check->answer, check->answer_len);

    if (status < 0) {
        check_fail(base, BS_REASON_PROTOCOL_ERROR, "body",
                   "the answer is no message of grpc.health.v1");
        return;
    }

    if (status != GRPC_HEALTH_SERVING) {
        snprintf(detail, sizeof(detail), "the service says %s instead of SERVING",
                 grpc_health_name(status));
        check_fail(base, BS_REASON_ASSERTION_FAILED, "body", detail);
        return;
    }

    check_finish(base);
}


static void
check_grpc_on_done(void *data, const http_result_t *result)
{
    check_grpc_t *check = data;
    check_t *base = &check->base;

    check->site.exchange = NULL;
    check_site_note(&check->site, result);
    base->facts->body_bytes = (int64_t) check->answer_len;

    if (base->facts->failure != BS_REASON_NONE) {
        check_finish(base);

    } else if (result->http_version < 20) {
        check_fail(base, BS_REASON_PROTOCOL_ERROR, "headers", "the server does not speak HTTP/2");

    } else if (result->status != 200) {
        check_fail(base, BS_REASON_STATUS_UNEXPECTED, "headers", "");

    } else if (!check->is_grpc || check->status < 0) {
        check_fail(base, BS_REASON_PROTOCOL_ERROR, "headers",
                   "the server answers, but not as gRPC does");

    } else {
        check_grpc_judge(check);
    }
}


/* --- the request ---------------------------------------------------------- */

static void
check_grpc_on_resolved(check_t *base, const bs_addr_t *address)
{
    check_grpc_t *check = (check_grpc_t *) base;
    http_request_t request = {
        .method = "POST",
        .on_body = check_grpc_on_body,
        .on_header = check_grpc_on_header,
    };

    if (address == NULL) {
        check_finish(base);
        return;
    }

    check_site_fill(&check->site, address, 0, &request);
    request.http_version = check->site.url.tls ? 0 : 2;
    request.body = (const char *) check->request;
    request.body_len = check->request_len;
    check->site.exchange = http_start(base->env->http, &request, check_grpc_on_done, check);

    if (check->site.exchange == NULL) {
        check_fail(base, BS_REASON_AGENT_OVERLOADED, "connect", "out of memory");
    }
}


/* "grpcs://host:port", "host:443": the settings decide about TLS, else the scheme or the port. */
static int
check_grpc_tls(const spec_t *spec, const char *scheme, int scheme_len, const char *authority,
               int authority_len)
{
    if (spec->tls != SPEC_TLS_DEFAULT) {
        return spec->tls == SPEC_TLS_DIRECT;
    }

    if (scheme_len > 0) {
        return scheme[scheme_len - 1] == 's' || scheme[scheme_len - 1] == 'S';
    }

    return authority_len > 4 && strncmp(authority + authority_len - 4, ":443", 4) == 0;
}


/* Whatever path there is: the method's name is the path. */
static int
check_grpc_url(const spec_t *spec, char *url, size_t size)
{
    const char *colon = strstr(spec->url, "://");
    const char *authority = (colon != NULL) ? colon + 3 : spec->url;
    int scheme_len = (colon != NULL) ? (int) (colon - spec->url) : 0;
    int authority_len = (int) strcspn(authority, "/?#");
    int tls = check_grpc_tls(spec, spec->url, scheme_len, authority, authority_len);
    int len = snprintf(url, size, "%s://%.*s" CHECK_GRPC_PATH, tls ? "https" : "http",
                       authority_len, authority);

    return (len >= 0 && (size_t) len < size) ? 0 : -1;
}


static void
check_grpc_start(check_t *base)
{
    check_grpc_t *check = (check_grpc_t *) base;
    char url[BS_URL_BYTES_MAX];

    check->status = -1;
    check->request_len = grpc_health_request(base->spec->service, check->request);

    if (check->request_len == 0) {
        check_fail(base, BS_REASON_NOT_RUN, "start", "the service's name is too long");
        return;
    }

    if (check_grpc_url(base->spec, url, sizeof(url)) != 0) {
        check_fail(base, BS_REASON_NOT_RUN, "start", "the URL is too long");
        return;
    }

    if (check_site_init(&check->site, base, url, check_grpc_headers, CHECK_GRPC_HEADERS) == 0) {
        check_site_resolve(&check->site, check_grpc_on_resolved);
    }
}


const check_kind_t check_grpc_kind = {
    .size = sizeof(check_grpc_t),
    .start = check_grpc_start,
    .on_deadline = check_grpc_on_deadline,
    .close = check_grpc_close,
};
