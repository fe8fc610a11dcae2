
/* The kinds of channel: which code a delivery's kind stands for. */

#ifndef CHANNELS_H
#define CHANNELS_H

#include "channel.h"

/* NULL for a kind that this agent does not know. */
const channel_t *channel_of(const char *kind);

/* Their names, at most `max` of them; returns how many. */
size_t channel_names(bs_wire_str_t *names, size_t max);

extern const channel_t channel_alertmanager;
extern const channel_t channel_discord;
extern const channel_t channel_email;
extern const channel_t channel_google_chat;
extern const channel_t channel_gotify;
extern const channel_t channel_matrix;
extern const channel_t channel_mattermost;
extern const channel_t channel_ntfy;
extern const channel_t channel_opsgenie;
extern const channel_t channel_pagerduty;
extern const channel_t channel_pushover;
extern const channel_t channel_slack;
extern const channel_t channel_splunk_on_call;
extern const channel_t channel_teams;
extern const channel_t channel_telegram;
extern const channel_t channel_twilio_sms;
extern const channel_t channel_twilio_voice;
extern const channel_t channel_webhook;

#endif
