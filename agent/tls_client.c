
/*
 * One SSL_CTX for all connections (making one costs as much CPU as verifying a
 * chain): what differs between monitors is set on the connection.  Names are
 * compared after the handshake, as libcurl does, so that of several things
 * wrong with a certificate the same one is told for every kind of check.
 */

#include "tls_client.h"

#include "bs_addr.h"
#include "tls.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TLS_PEM_CERTIFICATES 32 /* at most, in one setting of a monitor */

struct tls_client {
    SSL_CTX *context;
    tls_authorities_t *authorities;
};

struct tls_session {
    SSL *ssl;
    tls_request_t request;
    tls_watch_t watch;
    int done;
    const char *words;
};


/* --- what all connections share ------------------------------------------- */

static void
tls_session_note_chain(tls_session_t *session, X509_STORE_CTX *store)
{
    tls_chain_t *chain = session->request.chain;
    STACK_OF(X509) *shown = X509_STORE_CTX_get0_untrusted(store);

    if (chain == NULL || shown == NULL) {
        return;
    }

    int count = sk_X509_num(shown);

    chain->count = 0;

    for (int i = 0; i < count && i < TLS_CHAIN_MAX; i++) {
        check_certificate_t certificate;

        tls_record(sk_X509_value(shown, i), &certificate);
        chain->certificates[i].not_after = certificate.not_after;
        memcpy(chain->certificates[i].subject, certificate.subject, CHECK_NAME_MAX);
        chain->count++;
    }
}


static int
tls_client_on_verify(X509_STORE_CTX *store, void *data)
{
    SSL *ssl = X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx());
    tls_session_t *session = SSL_get_app_data(ssl);

    (void) data;
    tls_session_note_chain(session, store);
    return tls_judge(store, &session->watch);
}


tls_client_t *
tls_client_create(tls_authorities_t *authorities)
{
    tls_client_t *client = calloc(1, sizeof(*client));
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());

    if (client == NULL || context == NULL) {
        SSL_CTX_free(context);
        free(client);
        return NULL;
    }

    SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION);
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_TICKET);
    SSL_CTX_set1_groups_list(context, TLS_GROUPS);
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_mode(context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_RELEASE_BUFFERS);
    /* a flood of records without data must not keep us here */
    SSL_CTX_clear_mode(context, SSL_MODE_AUTO_RETRY);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
    SSL_CTX_set_cert_verify_callback(context, tls_client_on_verify, NULL);

    client->authorities = authorities;
    client->context = context;
    return client;
}


void
tls_client_destroy(tls_client_t *client)
{
    if (client == NULL) {
        return;
    }

    SSL_CTX_free(client->context);
    free(client);
}


/* --- what a monitor brings along ------------------------------------------ */

/* NULL at the end of the text, or of what may be in it. */
static X509 *
tls_pem_next(BIO *bio, int *count)
{
    return (++*count <= TLS_PEM_CERTIFICATES) ? PEM_read_bio_X509(bio, NULL, NULL, NULL) : NULL;
}


static X509_STORE *
tls_store_of_pem(const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    X509_STORE *store = tls_authorities_new();
    int count = 0;
    int added = 0;
    X509 *certificate;

    while (bio != NULL && store != NULL && (certificate = tls_pem_next(bio, &count)) != NULL) {
        added += X509_STORE_add_cert(store, certificate);
        X509_free(certificate);
    }

    BIO_free(bio);

    if (added == 0) {
        X509_STORE_free(store);
        return NULL;
    }

    return store;
}


static int
tls_session_use_certificate(SSL *ssl, const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    int count = 0;
    X509 *certificate = (bio != NULL) ? tls_pem_next(bio, &count) : NULL;
    int ok = certificate != NULL && SSL_use_certificate(ssl, certificate) == 1;

    X509_free(certificate);

    while (ok && (certificate = tls_pem_next(bio, &count)) != NULL) {
        ok = SSL_add1_chain_cert(ssl, certificate) == 1;
        X509_free(certificate);
    }

    BIO_free(bio);
    return ok ? 0 : -1;
}


/* A key with a pass phrase is refused: nobody is there to type it. */
static int
tls_no_pass_phrase(char *buffer, int size, int writing, void *data)
{
    (void) buffer;
    (void) size;
    (void) writing;
    (void) data;
    return -1;
}


static int
tls_session_use_key(SSL *ssl, const char *pem)
{
    BIO *bio = BIO_new_mem_buf(pem, -1);
    EVP_PKEY *key =
        (bio != NULL) ? PEM_read_bio_PrivateKey(bio, NULL, tls_no_pass_phrase, NULL) : NULL;
    int ok = key != NULL && SSL_use_PrivateKey(ssl, key) == 1 && SSL_check_private_key(ssl) == 1;

    EVP_PKEY_free(key);
    BIO_free(bio);
    return ok ? 0 : -1;
}


static const char *
tls_session_trust(tls_session_t *session, tls_client_t *client)
{
    const tls_request_t *request = &session->request;
    X509_STORE *store;

    if (!request->verify) {
        return NULL;
    }

    if (request->ca_pem != NULL) {
        store = tls_store_of_pem(request->ca_pem);

        if (store == NULL || SSL_set0_verify_cert_store(session->ssl, store) != 1) {
            X509_STORE_free(store);
            return "the monitor's certificate authorities cannot be read";
        }

        return NULL;
    }

    store = tls_authorities_of(client->authorities, request->ca_file);

    if (store == NULL || SSL_set1_verify_cert_store(session->ssl, store) != 1) {
        return "the agent's certificate authorities cannot be read";
    }

    return NULL;
}


static void
tls_session_set_min(SSL *ssl, int min_version)
{
    static const int versions[] = {TLS1_VERSION, TLS1_1_VERSION, TLS1_2_VERSION, TLS1_3_VERSION};

    if (min_version < 10 || min_version > 13) {
        return;
    }

    SSL_set_min_proto_version(ssl, versions[min_version - 10]);

    if (min_version < 12) {
        SSL_set_security_level(ssl, 0); /* OpenSSL 3 has no older versions above it */
    }
}


/* Only names are announced; RFC 6066 has no addresses, nor the final dot. */
static int
tls_session_set_name(SSL *ssl, const char *host)
{
    char name[256];
    bs_addr_t address;
    int len = snprintf(name, sizeof(name), "%s", host);

    if (len <= 0 || len >= (int) sizeof(name)
        || bs_addr_parse_host(host, strlen(host), &address) == 0) {
        return 0;
    }

    if (name[len - 1] == '.') {
        name[len - 1] = '\0';
    }

    return (SSL_set_tlsext_host_name(ssl, name) == 1) ? 0 : -1;
}


static const char *
tls_session_configure(tls_session_t *session, tls_client_t *client, int fd)
{
    const tls_request_t *request = &session->request;
    SSL *ssl = session->ssl;

    if (SSL_set_fd(ssl, fd) != 1 || SSL_set_app_data(ssl, session) != 1
        || tls_session_set_name(ssl, request->host) != 0)
    {
        return "out of memory";
    }

    tls_session_set_min(ssl, request->min_version);

    if (request->certificate_pem != NULL
        && (tls_session_use_certificate(ssl, request->certificate_pem) != 0
            || tls_session_use_key(ssl, request->key_pem) != 0))
    {
        return "the monitor's client certificate or its key cannot be read";
    }

    return tls_session_trust(session, client);
}


/* --- one connection ------------------------------------------------------- */

tls_session_t *
tls_session_create(tls_client_t *client, int fd, const tls_request_t *request, const char **words)
{
    tls_session_t *session = calloc(1, sizeof(*session));

    *words = "out of memory";

    if (session == NULL) {
        return NULL;
    }

    session->request = *request;
    session->watch.certificate = request->certificate;
    session->watch.judge = request->verify;
    session->words = "";
    session->ssl = SSL_new(client->context);

    if (session->ssl != NULL) {
        *words = tls_session_configure(session, client, fd);
    }

    ERR_clear_error();

    if (*words != NULL) {
        tls_session_free(session);
        return NULL;
    }

    SSL_set_connect_state(session->ssl);
    return session;
}


void
tls_session_free(tls_session_t *session)
{
    if (session == NULL) {
        return;
    }

    if (session->done) {
        SSL_shutdown(session->ssl);
        ERR_clear_error();
    }

    SSL_free(session->ssl);
    free(session);
}


static tls_status_t
tls_session_lost(int os_error)
{
    return (os_error == ECONNRESET || os_error == EPIPE) ? TLS_RESET : TLS_CLOSED;
}


static tls_status_t
tls_session_status(tls_session_t *session, int result)
{
    int os_error = errno;
    int error = SSL_get_error(session->ssl, result);
    unsigned long code = ERR_peek_error();

    ERR_clear_error();

    switch (error) {
    case SSL_ERROR_WANT_READ:
        return TLS_WANT_READ;
    case SSL_ERROR_WANT_WRITE:
        return TLS_WANT_WRITE;
    case SSL_ERROR_ZERO_RETURN:
        return TLS_CLOSED;
    case SSL_ERROR_SYSCALL:
        session->done = 0;
        return tls_session_lost(os_error);
    default:
        break;
    }

    session->done = 0; /* nothing may be said on a broken connection */

    if (ERR_GET_REASON(code) == SSL_R_UNEXPECTED_EOF_WHILE_READING) {
        return TLS_CLOSED;
    }

    const char *words = ERR_reason_error_string(code);

    session->words = (words != NULL) ? words : "of an unknown kind";
    return (session->request.certificate->verify_error != 0) ? TLS_DISTRUST : TLS_FAILED;
}


static int
tls_session_name_fits(const tls_session_t *session)
{
    const char *host = session->request.host;
    X509 *certificate = SSL_get1_peer_certificate(session->ssl);
    bs_addr_t address;
    int fits = 0;

    if (certificate == NULL) {
        return 0;
    }

    if (bs_addr_parse_host(host, strlen(host), &address) == 0) {
        fits = X509_check_ip(certificate, address.bytes, (address.family == 6) ? 16 : 4, 0) == 1;
    } else {
        size_t len = strlen(host);

        len -= (len > 0 && host[len - 1] == '.');
        fits = X509_check_host(certificate, host, len, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, NULL)
               == 1;
    }

    X509_free(certificate);
    return fits;
}


tls_status_t
tls_session_handshake(tls_session_t *session)
{
    ERR_clear_error();
    errno = 0;

    int result = SSL_do_handshake(session->ssl);

    if (result != 1) {
        return tls_session_status(session, result);
    }

    session->done = 1;
    return (!session->request.verify || tls_session_name_fits(session)) ? TLS_OK : TLS_DISTRUST;
}


tls_status_t
tls_session_read(tls_session_t *session, void *data, size_t size, size_t *got)
{
    ERR_clear_error();
    errno = 0;
    *got = 0;

    int result = SSL_read_ex(session->ssl, data, size, got);

    return (result == 1) ? TLS_OK : tls_session_status(session, result);
}


tls_status_t
tls_session_write(tls_session_t *session, const void *data, size_t len, size_t *put)
{
    ERR_clear_error();
    errno = 0;
    *put = 0;

    int result = SSL_write_ex(session->ssl, data, len, put);

    return (result == 1) ? TLS_OK : tls_session_status(session, result);
}


int
tls_session_pending(const tls_session_t *session)
{
    return SSL_pending(session->ssl) > 0;
}


const char *
tls_session_words(const tls_session_t *session)
{
    return session->words;
}


void
tls_session_describe(const tls_session_t *session, const char **version, const char **cipher)
{
    tls_describe(session->ssl, version, cipher);
}
