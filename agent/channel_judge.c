
/* The common rule for what a provider's answer means. */

#include "channel.h"

#include "utf8.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>


/* As much of the provider's own words as a report carries, on one line. */
static void
channel_quote(char *detail, const http_result_t *answer)
{
    char words[3 * BS_WIRE_DETAIL_BYTES_MAX + 1];
    size_t len =
        (answer->body_len < BS_WIRE_DETAIL_BYTES_MAX) ? answer->body_len : BS_WIRE_DETAIL_BYTES_MAX;
    size_t used = (answer->body != NULL) ? utf8_clean(answer->body, len, words) : 0;

    words[used] = '\0';

    for (char *p = words; *p != '\0'; p++) {
        if ((unsigned char) *p < 0x20 || *p == 0x7f) {
            *p = ' ';
        }
    }

    used = (size_t) snprintf(detail, BS_WIRE_DETAIL_BYTES_MAX + 1, "HTTP %d%s", answer->status,
                             words[0] != '\0' ? ": " : "");
    words[utf8_cut(words, BS_WIRE_DETAIL_BYTES_MAX - used, UTF8_BYTES)] = '\0';
    strcpy(detail + used, words);
}


channel_outcome_t
channel_judge(const http_result_t *answer, channel_report_t *report)
{
    int status = answer->status;

    report->retry_after_s = answer->retry_after_s;

    if (answer->error != HTTP_ERROR_NONE) {
        const char *words = (answer->words != NULL) ? answer->words : "no answer";

        snprintf(report->detail, sizeof(report->detail), "%.400s", words);
        return (answer->error == HTTP_ERROR_SETTINGS || answer->error == HTTP_ERROR_BLOCKED)
                   ? CHANNEL_REFUSED
                   : CHANNEL_FAILED;
    }

    channel_quote(report->detail, answer);

    if (status >= 200 && status < 300) {
        return CHANNEL_SENT;
    }

    return (status == 408 || status == 425 || status == 429 || status >= 500) ? CHANNEL_FAILED
                                                                              : CHANNEL_REFUSED;
}


int
channel_refuse(char *error, const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(error, CHANNEL_ERROR_MAX, format, arguments);
    va_end(arguments);
    return -1;
}
