
/*
 * The few lines that are said before TLS begins on a connection that was made
 * in the clear.  Pure: text in, text out.
 */

#ifndef STARTTLS_H
#define STARTTLS_H

#include "spec.h"

#define STARTTLS_LINE_MAX 1000
#define STARTTLS_LINES_MAX 100

typedef enum {
    STARTTLS_MORE,     /* more must come */
    STARTTLS_SEND,     /* say *out, then feed what comes */
    STARTTLS_GO,       /* TLS begins with the next byte */
    STARTTLS_REFUSED,  /* the server will not; *used bytes are its words */
    STARTTLS_NONSENSE, /* this is not the protocol */
} starttls_result_t;

typedef struct {
    spec_tls_mode_t mode;
    int step;
    int lines;
} starttls_t;

/* What the client says first: NULL, it waits for the server. */
const char *starttls_begin(starttls_t *dialogue, spec_tls_mode_t mode, size_t *len);

/* Feed what was not used yet, at most until GO; then nothing may be left over. */
starttls_result_t starttls_feed(starttls_t *dialogue, const char *data, size_t len, size_t *used,
                                const char **out, size_t *out_len);

/* The port on which servers offer this mode; 0 for direct and none. */
uint16_t starttls_port(spec_tls_mode_t mode);

#endif
