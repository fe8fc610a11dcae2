
/*
 * A kind of channel: how one delivery becomes one request to a provider, and
 * what the provider's answer means.  Both are pure: no clock, no I/O, nothing
 * kept.  One file each (channel_<kind>.c), one row each in channels.c.
 */

#ifndef CHANNEL_H
#define CHANNEL_H

#include "channel_request.h"
#include "delivery.h"
#include "http.h"

#define CHANNEL_ERROR_MAX 256

/* As reports say it: bs_wire_outcome_kind_t. */
typedef enum {
    CHANNEL_SENT = BS_WIRE_SENT,
    CHANNEL_FAILED = BS_WIRE_FAILED,   /* another attempt may succeed */
    CHANNEL_REFUSED = BS_WIRE_REFUSED, /* none ever will: bad settings, or the provider says so */
} channel_outcome_t;

typedef struct {
    char detail[BS_WIRE_DETAIL_BYTES_MAX + 1];             /* what a person is shown: valid UTF-8 */
    char provider_ref[BS_WIRE_PROVIDER_REF_BYTES_MAX + 1]; /* "" if there is none */
    int64_t retry_after_s;
} channel_report_t;

typedef struct channel {
    const char *name;
    /*
     * Builds the request.  0, or -1 with a sentence for a person in `error`
     * (CHANNEL_ERROR_MAX bytes): the delivery is refused.
     */
    int (*request)(channel_request_t *out, const delivery_t *delivery, char *error);
    /*
     * NULL: the common rule, channel_judge().  The answer's body and body_len are
     * filled (its first CHANNEL_ANSWER_BYTES_MAX bytes, with a zero byte behind).
     * channel_judge() has been at `report` already: its detail holds the provider's words.
     */
    channel_outcome_t (*judge)(const http_result_t *answer, const delivery_t *delivery,
                               channel_report_t *report);
} channel_t;

#define CHANNEL_ANSWER_BYTES_MAX 16384

/*
 * 2xx: sent.  408, 425, 429, 5xx and whatever the network does: failed, with the
 * Retry-After if there was one.  All other answers: refused.
 */
channel_outcome_t channel_judge(const http_result_t *answer, channel_report_t *report);

/* Writes a sentence into `error`; returns -1, for a request() to return. */
int channel_refuse(char *error, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
