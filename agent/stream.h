
/*
 * One TCP connection on the loop, to exactly the given address: a socket of
 * its own, no name is looked up.  TLS may begin at once or later.
 *
 * What comes waits in a buffer of fixed size until it is skipped; what goes
 * out is borrowed.  Callbacks run from the loop, never inside a call of this
 * interface.  Each of them may close the stream; after `ended` nothing is
 * called any more, but the stream must still be closed.
 */

#ifndef STREAM_H
#define STREAM_H

#include "tls_client.h"

#include <uv.h>

#define STREAM_BUFFER_BYTES 8192

typedef struct stream stream_t;

typedef enum {
    STREAM_CONNECT_FAILED, /* os_error */
    STREAM_TLS_FAILED,     /* words */
    STREAM_DISTRUSTED,     /* the certificate says why */
    STREAM_RESET,
    STREAM_CLOSED,
} stream_end_t;

typedef struct {
    void (*connected)(void *data);
    void (*secured)(void *data);
    void (*received)(void *data); /* there is more to peek at */
    void (*sent)(void *data);     /* all of it; the bytes are not borrowed any more */
    void (*ended)(void *data, stream_end_t end, int os_error, const char *words);
} stream_events_t;

/* NULL with *os_error: there is no socket or no memory. */
stream_t *stream_open(uv_loop_t *loop, const bs_addr_t *address, uint16_t port,
                      const stream_events_t *events, void *data, int *os_error);

/* Frees it, with a good-bye when there is TLS. */
void stream_close(stream_t *stream);

/* Begins the handshake.  0, or -1 with *words: our own trouble. */
int stream_secure(stream_t *stream, tls_client_t *client, const tls_request_t *request,
                  const char **words);

/* NULL: no handshake was done. */
const tls_session_t *stream_tls(const stream_t *stream);

/* One text at a time: until `sent` the bytes are borrowed and there must be no other call. */
void stream_send(stream_t *stream, const void *data, size_t len);

/* What has come and was not skipped yet. */
const char *stream_peek(const stream_t *stream, size_t *len);
void stream_skip(stream_t *stream, size_t len);

#endif
