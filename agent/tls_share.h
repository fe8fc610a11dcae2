
/*
 * One SSL_CTX for many of libcurl's connections.
 *
 * libcurl makes a context for each connection and sets it up, which takes a
 * seventh of all the work of a verified handshake (OpenSSL 3 looks up every
 * algorithm anew).  There is no option for it, but a program may define
 * SSL_CTX_new() itself: libcurl, loaded with it, then calls ours.  While sharing
 * is open, ours gives out one and the same context; libcurl sets the same
 * things in it again, and its references keep it.
 *
 * That is sound only because everybody who shares wants the same.  What differs
 * between them (verification, ALPN, the name) libcurl or OpenSSL copies into
 * the connection's own SSL; certificate, key, versions, authorities of a
 * monitor's own must not be set while sharing is open.  Sessions are never
 * resumed: a client does so only when it is told to.
 *
 * Where ours is not called (a static libcurl, a library bound to OpenSSL's own),
 * each connection has its own context as ever.
 */

#ifndef TLS_SHARE_H
#define TLS_SHARE_H

/* From now on libcurl's connections of this thread share; to be closed before it is left. */
void tls_share_begin(void);
void tls_share_end(void);

/* Lets go of the context; connections keep theirs. */
void tls_share_clear(void);

#endif
