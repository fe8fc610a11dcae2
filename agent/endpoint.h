
/*
 * Where a monitor of a kind without URLs of its own points to: a host or an
 * address, perhaps with a port ("mail.example.com:25", "[2001:db8::1]:53",
 * "2001:db8::1", "tcp://host:1"), and the ports that its settings name.  Read
 * by the same strict reader as URLs.
 */

#ifndef ENDPOINT_H
#define ENDPOINT_H

#include "bs_url.h"
#include "spec.h"

typedef struct {
    char host[BS_URL_HOST_MAX + 1]; /* lower case, without brackets */
    unsigned ports_count;           /* at least 1 */
    uint16_t ports[SPEC_PORTS_MAX];
} endpoint_t;

/*
 * The ports: those of the settings, else the one in the text, else
 * `default_port`; 0 there means that a port is needed.  0, or -1 with *error a literal.
 */
int
endpoint_read(const spec_t *spec, uint16_t default_port, endpoint_t *endpoint, const char **error);

#endif
