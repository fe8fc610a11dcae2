
/*
 * What the kinds that speak over one TCP connection have in common: the ports
 * one after the other, connecting, TLS as the monitor wants it, phases, the
 * deadline, and the words for what went wrong.  A kind begins its struct with
 * a check_stream_t and says what it does on an open connection.
 */

#ifndef CHECK_STREAM_H
#define CHECK_STREAM_H

#include "check.h"
#include "endpoint.h"
#include "http.h"
#include "starttls.h"
#include "stream.h"

typedef struct check_stream check_stream_t;

typedef struct {
    spec_tls_mode_t (*tls_mode)(const spec_t *spec);
    uint16_t (*default_port)(const spec_t *spec); /* 0: one must be named */
    /* The connection is open, and secure if it was to be.  Also called for each further port. */
    void (*begin)(check_stream_t *check);
    /* More has come; stream_peek(check->stream).  NULL: nothing is expected. */
    void (*received)(check_stream_t *check);
    /* All of check_stream_send() is on its way.  May be NULL. */
    void (*sent)(check_stream_t *check);
    /* The other side has closed: 1 if that is how it should be or was told.  May be NULL. */
    int (*closed)(check_stream_t *check);
} check_stream_ops_t;

struct check_stream {
    check_t base;
    const check_stream_ops_t *ops;
    endpoint_t endpoint;
    unsigned port_index;
    bs_addr_t address; /* the one that was judged, for all ports */
    char address_text[BS_ADDR_TEXT_MAX];
    stream_t *stream;
    spec_tls_mode_t tls_mode;
    starttls_t starttls;
    int in_dialogue;   /* before STARTTLS */
    int awaits_answer; /* the next byte is the first one of an answer */
    http_phase_t phase;
    int64_t since_us; /* of this phase */
    int64_t last_byte_us;
    tls_chain_t *chain; /* may be set before the start, to be filled */
};

/* For a kind's start, on_deadline and close. */
void check_stream_start(check_stream_t *check, const check_stream_ops_t *ops);
void check_stream_on_deadline(check_t *check);
void check_stream_close(check_t *check);

/* Says something and expects an answer.  The bytes are borrowed until `sent`. */
void check_stream_send(check_stream_t *check, const void *data, size_t len);
/* An answer is expected without a word of ours. */
void check_stream_await(check_stream_t *check);

/* This port is as it should be: on to the next one, or the end. */
void check_stream_good(check_stream_t *check);

/* Ends: what came is not the protocol; or an error in the server's own words. */
void check_stream_nonsense(check_stream_t *check, const char *words);
void check_stream_refused(check_stream_t *check, const char *words, size_t len);

#endif
