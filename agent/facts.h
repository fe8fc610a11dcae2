
/*
 * What every kind of check hands over: the facts of one attempt, as they were
 * observed.  Facts hold no opinion; expect.c makes the verdict out of them.
 *
 * A check in flight has them from its beginning, so what is large exists only
 * once there is something to keep; facts_deinit() lets it go.
 */

#ifndef FACTS_H
#define FACTS_H

#include "bs_addr.h"
#include "bs_check.h"

#include <stdint.h>

#define CHECK_REDIRECTS_MAX 10
#define CHECK_BODY_SAMPLE_MAX 1024
#define CHECK_HEADERS_MAX 2048
#define CHECK_DETAIL_MAX 256
#define CHECK_NAME_MAX 256
#define CHECK_REDIRECT_MAX 256
#define CHECK_MEASURED_MAX 1024
#define CHECK_ADDRESSES_MAX 4

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
    int64_t shown_until;   /* the first end of what was shown with it, itself included */
    int64_t trusted_until; /* of the chain that is trusted; 0: none */
} check_certificate_t;

typedef struct {
    bs_reason_t failure; /* why it did not come to a good end; NONE if it did */
    bs_reason_t reason;  /* the verdict's; only expect_explain() sets it */
    char detail[CHECK_DETAIL_MAX];
    int64_t checked_at_ms;
    const char *phase; /* the phase in which it ended */
    int http_status;
    int http_version;     /* of the answer: 10, 11, 20; 0: none */
    char tls_version[12]; /* "TLSv1.3"; "" without a handshake */
    int64_t body_bytes;   /* read, after decoding */
    int has_address;
    bs_addr_t address;
    uint16_t port;
    unsigned addresses_count; /* what the resolver answered, its first few */
    bs_addr_t addresses[CHECK_ADDRESSES_MAX];
    check_phases_t phases;
    check_certificate_t certificate;
    int64_t domain_expires_at; /* seconds since the epoch; 0: not seen */
    unsigned loss_percent;     /* of ping's packets */
    int keyword_found;
    int body_cut; /* the body was longer than the limit, the rest was not read */
    size_t body_len;
    char *body;    /* its first CHECK_BODY_SAMPLE_MAX bytes; NULL: none */
    char *headers; /* "name: value\n" of a chosen few; NULL: none */
    unsigned redirects_count;
    char *redirects[CHECK_REDIRECTS_MAX];
    /*
     * What only this kind measures, as one JSON object ("" if nothing): numbers,
     * addresses, names.  Text that could echo a secret belongs into body or detail,
     * where redact.c sees it.
     */
    char measured[CHECK_MEASURED_MAX];
} check_facts_t;

/* Of an attempt that begins now. */
void facts_init(check_facts_t *facts);
void facts_deinit(check_facts_t *facts);

/* Out of memory any of these keeps less; that is no reason to fail. */
void facts_add_body(check_facts_t *facts, const char *piece, size_t len);
void facts_set_headers(check_facts_t *facts, const char *headers);
void facts_add_redirect(check_facts_t *facts, int status, const char *location);

#endif
