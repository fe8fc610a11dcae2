
/*
 * A connected UDP socket on the loop, to exactly the given address: the kernel
 * lets nothing else in, and tells when the port is closed.  Callbacks run from
 * the loop, never inside a call of this interface; each may close it.
 */

#ifndef DATAGRAM_H
#define DATAGRAM_H

#include "bs_addr.h"

#include <uv.h>

#define DATAGRAM_BYTES_MAX 65536

typedef struct datagram datagram_t;

typedef struct {
    void (*received)(void *data, const char *bytes, size_t len);
    void (*failed)(void *data, int os_error);
} datagram_events_t;

/* NULL with *os_error: there is no socket or no memory. */
datagram_t *datagram_open(uv_loop_t *loop, const bs_addr_t *address, uint16_t port,
                          const datagram_events_t *events, void *data, int *os_error);
void datagram_close(datagram_t *datagram);

/* Sends now, and once more after again_ms if nothing has come by then.  The bytes are borrowed. */
void datagram_send(datagram_t *datagram, const void *bytes, size_t len, uint64_t again_ms);

/* How often it was sent so far. */
unsigned datagram_sent(const datagram_t *datagram);

#endif
