
/*
 * What channels to pagers and phones have in common: which step of an alert's
 * life an event is, a message as plain text, and what JSON answers say.  Pure.
 *
 * Texts returned live as long as the request.  They have no control characters
 * but line feeds; those called lines have none of these, either.
 */

#ifndef PAGER_H
#define PAGER_H

#include "channel.h"

#define PAGER_SENDER "BetterStack"
#define PAGER_ANSWER_BYTES_MAX 400 /* of a sentence in an answer */

/* What providers that keep an alert open are told. */
typedef enum {
    PAGER_OPEN,
    PAGER_ACKNOWLEDGE,
    PAGER_CLOSE,
    PAGER_NOTE /* of a comment: the alert stays as it is */
} pager_step_t;

pager_step_t pager_step(const delivery_t *delivery);

/* The event asks for somebody: a beginning, not what comes after it; a digest that has one. */
int pager_alarms(const delivery_t *delivery);

/* Neither a digest nor a test nor about a delivery: there is an incident that ends some day. */
int pager_has_end(const delivery_t *delivery);

/* The same for all events of an incident. */
const char *pager_key(const delivery_t *delivery);

/*
 * "critical", "warning" or "info": how bad the incident is, not the event, so that it
 * stays the same until the end.  Of what is no incident's: the message's own.
 */
const char *pager_severity(const delivery_t *delivery);

/* A line, never empty. */
const char *pager_title(channel_request_t *out, const delivery_t *delivery);

/* A member of the message as a line; "" if it is not said. */
const char *pager_line(channel_request_t *out, const char *text);

/* What happened and who does what about it, a fact a line; `links` adds the addresses. */
const char *pager_text(channel_request_t *out, const delivery_t *delivery, int links);

/* The setting api_url (or `otherwise`) with as much of the path behind it as it does not have. */
const char *pager_url(channel_request_t *out, const delivery_t *delivery, const char *otherwise,
                      const char *path);

/* By the settings token, or username and password, as far as they are there. */
void pager_authorize(channel_request_t *out, const delivery_t *delivery);

/*
 * A text or number of the answer, if that is a JSON object: into `out`, cut between
 * characters; "" if there is none.
 */
void pager_answer(const http_result_t *answer, const char *member, char *out, size_t size);

/*
 * channel_judge(), and the answer's member for the report's provider_ref.  A web page with
 * status 200 is some proxy's, and no pager's: failed.
 */
channel_outcome_t
pager_judge(const http_result_t *answer, const char *member, channel_report_t *report);

#endif
