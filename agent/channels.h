
/* The kinds of channel: which code a delivery's kind stands for. */

#ifndef CHANNELS_H
#define CHANNELS_H

#include "channel.h"

/* NULL for a kind that this agent does not know. */
const channel_t *channel_of(const char *kind);

extern const channel_t channel_webhook;

#endif
