
/*
 * OpenSSL's function has no place to put an owner, so this is state of the
 * thread: each loop has its own.
 */

#include "tls_share.h"

#include "clock.h"

#include <openssl/ssl.h>

#define TLS_SHARE_MS 600000 /* then a new one: what has changed in the system counts at last */

static _Thread_local struct {
    int open;
    int64_t made_ms;
    SSL_CTX *ctx;
} tls_share;


void
tls_share_begin(void)
{
    if (tls_share.ctx != NULL && clock_ms() - tls_share.made_ms > TLS_SHARE_MS) {
        tls_share_clear();
    }

    tls_share.open = 1;
}


void
tls_share_end(void)
{
    tls_share.open = 0;
}


void
tls_share_clear(void)
{
    SSL_CTX_free(tls_share.ctx);
    tls_share.ctx = NULL;
}


/* In the place of OpenSSL's function, for libcurl too. */
SSL_CTX *
SSL_CTX_new(const SSL_METHOD *method)
{
    if (!tls_share.open) {
        return SSL_CTX_new_ex(NULL, NULL, method);
    }

    if (tls_share.ctx == NULL) {
        tls_share.ctx = SSL_CTX_new_ex(NULL, NULL, method);
        tls_share.made_ms = clock_ms();
    }

    if (tls_share.ctx != NULL) {
        SSL_CTX_up_ref(tls_share.ctx);
    }

    return tls_share.ctx;
}
