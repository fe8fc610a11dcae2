
/* One row a kind. */

#include "channels.h"

#include <string.h>

/* clang-format off */
static const channel_t *const channels[] = {
    &channel_alertmanager,
    &channel_discord,
    &channel_email,
    &channel_google_chat,
    &channel_gotify,
    &channel_matrix,
    &channel_mattermost,
    &channel_ntfy,
    &channel_opsgenie,
    &channel_pagerduty,
    &channel_pushover,
    &channel_slack,
    &channel_splunk_on_call,
    &channel_teams,
    &channel_telegram,
    &channel_twilio_sms,
    &channel_twilio_voice,
    &channel_webhook,
};
/* clang-format on */


size_t
channel_names(bs_wire_str_t *names, size_t max)
{
    size_t count = sizeof(channels) / sizeof(channels[0]);

    count = (count < max) ? count : max;

    for (size_t i = 0; i < count; i++) {
        names[i] = (bs_wire_str_t){channels[i]->name, strlen(channels[i]->name)};
    }

    return count;
}


const channel_t *
channel_of(const char *kind)
{
    for (size_t i = 0; i < sizeof(channels) / sizeof(channels[0]); i++) {
        if (strcmp(channels[i]->name, kind) == 0) {
            return channels[i];
        }
    }

    return NULL;
}
