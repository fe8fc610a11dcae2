
/*
 * The certificate the target showed.  libcurl tells nothing about it when
 * verification fails, which is when one wants to know: so a callback inside
 * the verification itself writes down what it sees.
 */

#ifndef TLS_H
#define TLS_H

#include "bs_check.h"
#include "facts.h"

/*
 * What is offered for the key exchange; the first one's key goes out unasked.
 * By its own choice OpenSSL from 3.5 on sends a post-quantum one as well, whose
 * making costs a quarter of the handshake; and where it is offered at all, a
 * server like that asks for it by one more round trip.
 */
#define TLS_GROUPS "X25519:P-256:P-384:P-521:X448:ffdhe2048:ffdhe3072"

typedef struct {
    check_certificate_t *certificate; /* borrowed, must outlive the handshake */
    int judge;                        /* 0: any certificate is accepted */
    void *ssl;                        /* the connection that is being watched */
} tls_watch_t;

/*
 * `ssl_ctx` is the SSL_CTX, maybe of many, of which the next connection is made: that one is
 * watched, until it ends or tls_detach() is called.  `authorities`, an X509_STORE, is shared;
 * NULL: those the context has.
 */
void tls_attach(void *ssl_ctx, tls_watch_t *watch, void *authorities);
void tls_detach(tls_watch_t *watch);

/* If no connection was made after all, none of a later time is meant. */
void tls_attach_end(void);

/* The same judgement for a callback of one's own; `store` is the X509_STORE_CTX.  1: accepted. */
int tls_judge(void *store, tls_watch_t *watch);

/* What the `certificate`, an X509, says of itself. */
void tls_record(void *certificate, check_certificate_t *out);

/* What was agreed on in a finished handshake; both names live for ever. */
void tls_describe(const void *ssl, const char **version, const char **cipher);

/* The reason that belongs to an X509_V_ERR_* code, and its words. */
bs_reason_t tls_reason(int verify_error);
const char *tls_words(int verify_error);

const char *tls_version(void);

#endif
