
/*
 * What every kind of check hands over: the facts of one attempt, as they were
 * observed.  Facts hold no opinion; expect.c makes the verdict out of them.
 */

#ifndef CHECK_H
#define CHECK_H

#include "bs_addr.h"
#include "bs_check.h"

#include <stdint.h>

#define CHECK_REDIRECTS_MAX 10
#define CHECK_BODY_SAMPLE_MAX 1024
#define CHECK_HEADERS_MAX 2048
#define CHECK_DETAIL_MAX 256
#define CHECK_NAME_MAX 256
#define CHECK_REDIRECT_MAX 256

/* Durations in microseconds; -1: that phase was not completed. */
typedef struct {
    int32_t dns_us;
    int32_t connect_us;
    int32_t tls_us;
    int32_t first_byte_us;
    int32_t total_us;
} check_phases_t;

/* The target's own certificate; seen also when it was not accepted. */
typedef struct {
    int seen;
    int verify_error; /* X509_V_ERR_*; 0: accepted, or not judged */
    char subject[CHECK_NAME_MAX];
    char issuer[CHECK_NAME_MAX];
    int64_t not_before; /* seconds since the epoch */
    int64_t not_after;
} check_certificate_t;

typedef struct {
    bs_reason_t failure; /* why no whole answer came; NONE if one came */
    char detail[CHECK_DETAIL_MAX];
    int64_t checked_at_ms;
    const char *phase; /* the phase in which it ended */
    int http_status;
    int has_address;
    bs_addr_t address;
    uint16_t port;
    check_phases_t phases;
    check_certificate_t certificate;
    int keyword_found;
    int body_cut; /* the body was longer than the limit, the rest was not read */
    size_t body_len;
    char body[CHECK_BODY_SAMPLE_MAX];
    char headers[CHECK_HEADERS_MAX]; /* "name: value\n" of a chosen few */
    unsigned redirects_count;
    char redirects[CHECK_REDIRECTS_MAX][CHECK_REDIRECT_MAX];
} check_facts_t;

/* What every check works with; all of it is borrowed. */
typedef struct {
    struct http *http;
    struct resolve *resolve;
    const struct guard *guard;
    struct uv_loop_s *loop;
    const char *ca_file;
    int64_t body_limit;
} check_env_t;

#endif
