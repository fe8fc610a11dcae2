
/* What a provider's answer in JSON says. */

#ifndef CHANNEL_ANSWER_H
#define CHANNEL_ANSWER_H

#include "http.h"

typedef struct channel_answer channel_answer_t;

/*
 * NULL if it is no JSON object, or was cut; all functions below take that.  For
 * channel_answer_free().
 */
channel_answer_t *channel_answer_read(const http_result_t *answer);
void channel_answer_free(channel_answer_t *answer);

/*
 * A member, with dots into members of members: "parameters.retry_after".  A text
 * that is not there is NULL, and belongs to the answer.
 */
const char *channel_answer_text(const channel_answer_t *answer, const char *path);
double channel_answer_number(const channel_answer_t *answer, const char *path, double otherwise);
int channel_answer_flag(const channel_answer_t *answer, const char *path, int otherwise);

/* The number as whole seconds to wait, rounded up; 0 if it is not there. */
int64_t channel_answer_wait(const channel_answer_t *answer, const char *path, double per_second);

#endif
