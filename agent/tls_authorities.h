
/*
 * The certificate authorities of the agent, shared by all connections, those
 * of libcurl too.  Loading takes 30 to 50 ms: once, before there is work, and
 * when the file has changed in a thread, with those there are still in use
 * meanwhile.
 */

#ifndef TLS_AUTHORITIES_H
#define TLS_AUTHORITIES_H

#include <uv.h>

typedef struct tls_authorities tls_authorities_t;

/* NULL: no memory. */
tls_authorities_t *tls_authorities_create(uv_loop_t *loop);
/* A thread that still loads ends by itself, in the loop. */
void tls_authorities_destroy(tls_authorities_t *authorities);

/* Loads them at once.  0, or -1: that file cannot be loaded. */
int tls_authorities_load(tls_authorities_t *authorities, const char *ca_file);

/* An X509_STORE, borrowed until the loop goes on.  NULL: they cannot be loaded. */
void *tls_authorities_of(tls_authorities_t *authorities, const char *ca_file);

/* An X509_STORE with nobody in it, that judges chains as libcurl does.  NULL: no memory. */
void *tls_authorities_new(void);

#endif
