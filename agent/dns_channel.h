
/*
 * One channel of c-ares on the event loop: its sockets are watched, its clock
 * is kept.  Answers come from the loop or from within the call that asks;
 * a channel must not be destroyed from within an answer.
 */

#ifndef DNS_CHANNEL_H
#define DNS_CHANNEL_H

#define CARES_NO_DEPRECATED /* what is old there is all that Debian 12 has */
#include <ares.h>
#include <uv.h>

typedef struct dns_channel dns_channel_t;

typedef struct {
    const char *servers; /* "192.0.2.53,[2001:db8::53]:5353"; NULL: the system's */
    int flags;           /* ARES_FLAG_* */
    int timeout_ms;      /* of the first try; c-ares doubles it */
    int tries;
} dns_channel_options_t;

/* NULL on failure. */
dns_channel_t *dns_channel_create(uv_loop_t *loop, const dns_channel_options_t *options);

/* Unanswered questions are answered with ARES_EDESTRUCTION; the loop must run once more. */
void dns_channel_destroy(dns_channel_t *channel);

ares_channel dns_channel_ares(const dns_channel_t *channel);

/* Before each question, and with each answer: the clock runs while there are any. */
void dns_channel_asked(dns_channel_t *channel);
void dns_channel_answered(dns_channel_t *channel);
/* Is no question unanswered? */
int dns_channel_is_idle(const dns_channel_t *channel);
/* After each question. */
void dns_channel_arm(dns_channel_t *channel);

#endif
