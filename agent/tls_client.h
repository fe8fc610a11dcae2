
/*
 * TLS on a socket of ours: OpenSSL, for every kind of check that does not go
 * through libcurl.  The tls_client is one per process and holds the context,
 * which is dear to make.
 *
 * A session never blocks and never calls back: whoever owns the socket waits
 * for it and tries again.
 */

#ifndef TLS_CLIENT_H
#define TLS_CLIENT_H

#include "facts.h"
#include "tls_authorities.h"

#include <stddef.h>
#include <stdint.h>

#define TLS_CHAIN_MAX 4

typedef struct tls_client tls_client_t;
typedef struct tls_session tls_session_t;

/* The certificates that were shown, the target's own first. */
typedef struct {
    unsigned count;
    struct {
        char subject[CHECK_NAME_MAX];
        int64_t not_after;
    } certificates[TLS_CHAIN_MAX];
} tls_chain_t;

/* Borrowed until the session is freed. */
typedef struct {
    const char *host; /* whom the certificate must be for: a name or an address */
    const char *ca_file;
    const char *ca_pem;          /* instead of that file; NULL: the file */
    const char *certificate_pem; /* the client's, with what leads to its root; NULL: none */
    const char *key_pem;
    int verify;
    int min_version; /* 10, 11, 12, 13; 0: 1.2 */
    check_certificate_t *certificate;
    tls_chain_t *chain; /* NULL: not asked for */
} tls_request_t;

typedef enum {
    TLS_OK,
    TLS_WANT_READ,
    TLS_WANT_WRITE,
    TLS_CLOSED,
    TLS_RESET,
    TLS_FAILED,   /* the handshake or a record was wrong; the words say how */
    TLS_DISTRUST, /* the certificate was refused; it says why */
} tls_status_t;

/* NULL: no memory. */
tls_client_t *tls_client_create(tls_authorities_t *authorities);
void tls_client_destroy(tls_client_t *client);

/*
 * NULL with *words: our own trouble (a file of authorities that cannot be read), or that of "the
 * monitor's" certificates or key, with which the words begin then.
 */
tls_session_t *
tls_session_create(tls_client_t *client, int fd, const tls_request_t *request, const char **words);
/* Says good-bye if the handshake was done; the socket stays the caller's. */
void tls_session_free(tls_session_t *session);

tls_status_t tls_session_handshake(tls_session_t *session);
tls_status_t tls_session_read(tls_session_t *session, void *data, size_t size, size_t *got);
tls_status_t tls_session_write(tls_session_t *session, const void *data, size_t len, size_t *put);

/* Bytes that were received and wait in the session: no socket will announce them. */
int tls_session_pending(const tls_session_t *session);

/* Of the last failure; valid until the session is freed. */
const char *tls_session_words(const tls_session_t *session);

/* Once the handshake is done; both names live for ever. */
void tls_session_describe(const tls_session_t *session, const char **version, const char **cipher);

#endif
