
/*
 * One attempt of one delivery: its request, to an address that the agent's
 * policy allows, and what the answer means.
 *
 * done runs once, from the loop or from inside deliver_send_start() or
 * deliver_send_cut_off(); after it the outcome stands in the attempt.
 */

#ifndef DELIVER_SEND_H
#define DELIVER_SEND_H

#include "bs_url.h"
#include "channels.h"
#include "check.h"
#include "deliver_journal.h"
#include "resolve.h"
#include "smtp_send.h"

typedef struct deliver_send deliver_send_t;

struct deliver_send {
    delivery_t *delivery;
    const channel_t *channel;
    const check_env_t *env;
    void (*done)(deliver_send_t *send);
    void *data;

    channel_request_t request; /* while it is needed */
    int has_request;
    bs_url_t url;
    resolve_query_t *query;
    http_exchange_t *exchange;
    smtp_send_t *mail; /* instead of an exchange */
    int64_t began_ms;
    char answer[CHANNEL_ANSWER_BYTES_MAX + 1];
    size_t answer_len;

    uint8_t outcome; /* bs_wire_outcome_kind_t */
    int is_mail;
    int http_status; /* of mail the server's code */
    int64_t duration_ms;
    channel_report_t report;
};

/*
 * Makes the request, so that `url` tells whom it is for.  0, or -1: the outcome
 * stands there, nothing will be called.
 */
int deliver_send_prepare(deliver_send_t *send);

/* Lets go of the request until it is prepared again. */
void deliver_send_release(deliver_send_t *send);

/* After deliver_send_prepare().  It has no deadline but deliver_send_cut_off(). */
void deliver_send_start(deliver_send_t *send);

/*
 * Ends what is under way: as sent if the provider has said yes already, else as failed,
 * and the outcome tells whether it may have arrived.
 */
void deliver_send_cut_off(deliver_send_t *send, const char *words);

/* Gives it up without a call and without an outcome. */
void deliver_send_drop(deliver_send_t *send);

/* Ends it with this outcome, without a call; `words` (NULL: as they are) are a sentence. */
void deliver_send_end(deliver_send_t *send, bs_wire_outcome_kind_t outcome, const char *words);

/* It ended as sent, in an earlier life. */
void deliver_send_recall(deliver_send_t *send, const deliver_journal_entry_t *entry);

/* As a report says it, after the end; the texts are borrowed. */
bs_wire_outcome_t deliver_send_outcome(const deliver_send_t *send, uint64_t id, unsigned attempt);

#endif
