
/* Certificates and their reasons; connections of our own are in tls_client. */

#include "tls.h"

#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <string.h>
#include <time.h>

#define TLS_CHAIN_LOOKED_AT 20 /* a server may show as many as it likes */


static void
tls_copy_name(X509_NAME *name, char *out, size_t size)
{
    BIO *bio = BIO_new(BIO_s_mem());

    out[0] = '\0';

    if (bio == NULL) {
        return;
    }

    /* UTF-8 as it is, but control characters escaped */
    unsigned long flags = (XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) | XN_FLAG_SEP_CPLUS_SPC;

    if (X509_NAME_print_ex(bio, name, 0, flags & ~(unsigned long) XN_FLAG_DN_REV) >= 0) {
        int len = BIO_read(bio, out, (int) size - 1);

        out[(len > 0) ? len : 0] = '\0';
    }

    BIO_free(bio);
}


static int64_t
tls_time(const ASN1_TIME *time)
{
    struct tm tm;

    memset(&tm, 0, sizeof(tm));

    if (time == NULL || ASN1_TIME_to_tm(time, &tm) != 1) {
        return 0;
    }

    return (int64_t) timegm(&tm);
}


void
tls_record(void *certificate, check_certificate_t *out)
{
    X509 *cert = certificate;

    out->seen = 1;
    out->not_before = tls_time(X509_get0_notBefore(cert));
    out->not_after = tls_time(X509_get0_notAfter(cert));
    tls_copy_name(X509_get_subject_name(cert), out->subject, sizeof(out->subject));
    tls_copy_name(X509_get_issuer_name(cert), out->issuer, sizeof(out->issuer));
}


/* When the first of them ends; 0: there is none. */
static int64_t
tls_first_end(const STACK_OF(X509) * certificates)
{
    int count = (certificates != NULL) ? sk_X509_num(certificates) : 0;
    int64_t first = 0;

    for (int i = 0; i < count && i < TLS_CHAIN_LOOKED_AT; i++) {
        int64_t end = tls_time(X509_get0_notAfter(sk_X509_value(certificates, i)));

        first = (first == 0 || end < first) ? end : first;
    }

    return first;
}


int
tls_judge(void *store, tls_watch_t *watch)
{
    X509 *cert = X509_STORE_CTX_get0_cert(store);

    if (cert != NULL) {
        tls_record(cert, watch->certificate);
        watch->certificate->shown_until = tls_first_end(X509_STORE_CTX_get0_untrusted(store));
    }

    if (!watch->judge) {
        return 1;
    }

    int accepted = X509_verify_cert(store);

    watch->certificate->verify_error = X509_STORE_CTX_get_error(store);

    if (accepted) {
        watch->certificate->trusted_until = tls_first_end(X509_STORE_CTX_get0_chain(store));
    }

    return accepted;
}


/* --- whose handshake is it? ----------------------------------------------- */

/* Of the SSL that is made next, which is libcurl's next step after tls_attach(). */
static _Thread_local tls_watch_t *tls_next;


static void
tls_on_ssl_new(void *parent, void *value, CRYPTO_EX_DATA *data, int index, long number,
               void *pointer)
{
    tls_watch_t *watch = tls_next;

    (void) value;
    (void) number;
    (void) pointer;

    tls_next = NULL;

    if (watch != NULL && CRYPTO_set_ex_data(data, index, watch)) {
        if (watch->ssl != NULL) { /* libcurl tries once more, and the last connection lives on */
            SSL_set_ex_data(watch->ssl, index, NULL);
        }

        watch->ssl = parent;
    }
}


static void
tls_on_ssl_free(void *parent, void *value, CRYPTO_EX_DATA *data, int index, long number,
                void *pointer)
{
    tls_watch_t *watch = value;

    (void) parent;
    (void) data;
    (void) index;
    (void) number;
    (void) pointer;

    if (watch != NULL) {
        watch->ssl = NULL;
    }
}


/* One for the process; asked for in the loop's thread only. */
static int
tls_index(void)
{
    static int index = -1;

    if (index < 0) {
        index = SSL_get_ex_new_index(0, NULL, tls_on_ssl_new, NULL, tls_on_ssl_free);
    }

    return index;
}


static int
tls_on_verify(X509_STORE_CTX *store, void *data)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    tls_watch_t *watch = SSL_get_ex_data(ssl, tls_index());

    (void) data;

    if (watch == NULL) { /* nobody waits for this connection any more */
        X509_STORE_CTX_set_error(store, X509_V_ERR_UNSPECIFIED);
        return 0;
    }

    return tls_judge(store, watch);
}


void
tls_attach(void *ssl_ctx, tls_watch_t *watch, void *authorities)
{
    tls_index();
    tls_next = watch;

    if (authorities != NULL) {
        SSL_CTX_set1_cert_store(ssl_ctx, authorities);
    }

    SSL_CTX_set_cert_verify_callback(ssl_ctx, tls_on_verify, NULL);
}


void
tls_attach_end(void)
{
    tls_next = NULL;
}


void
tls_detach(tls_watch_t *watch)
{
    if (tls_next == watch) {
        tls_next = NULL;
    }

    if (watch->ssl != NULL) {
        SSL_set_ex_data(watch->ssl, tls_index(), NULL);
        watch->ssl = NULL;
    }
}


/* --- words ---------------------------------------------------------------- */

void
tls_describe(const void *ssl, const char **version, const char **cipher)
{
    *version = SSL_get_version(ssl);
    *cipher = SSL_get_cipher_name(ssl);
}


bs_reason_t
tls_reason(int verify_error)
{
    switch (verify_error) {
    case X509_V_ERR_CERT_HAS_EXPIRED:
        return BS_REASON_TLS_EXPIRED;
    case X509_V_ERR_CERT_NOT_YET_VALID:
        return BS_REASON_TLS_NOT_YET_VALID;
    case X509_V_OK: /* the chain was good, so libcurl disliked the name */
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
        return BS_REASON_TLS_HOSTNAME;
    default:
        return BS_REASON_TLS_UNTRUSTED;
    }
}


const char *
tls_words(int verify_error)
{
    return X509_verify_cert_error_string(verify_error);
}


const char *
tls_version(void)
{
    return OpenSSL_version(OPENSSL_VERSION);
}
