
/* A line is made in one buffer and leaves in one write(), so lines never mix. */

#include "log.h"

#include "clock.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define LOG_LINE_MAX 1024

static const char *const level_names[] = {"error", "warn", "info", "debug"};

/* Set once, before anything else runs: the only state that is not handed around. */
static log_level_t level_shown = LOG_LEVEL_INFO;
static char process_shown[16];


void
log_set_level(log_level_t level)
{
    level_shown = level;
}


void
log_set_process(unsigned number)
{
    process_shown[0] = '\0';

    if (number > 0) {
        snprintf(process_shown, sizeof(process_shown), "%u ", number);
    }
}


int
log_parse_level(const char *name, log_level_t *level)
{
    for (unsigned i = 0; i < sizeof(level_names) / sizeof(level_names[0]); i++) {
        if (strcmp(name, level_names[i]) == 0) {
            *level = (log_level_t) i;
            return 0;
        }
    }

    return -1;
}


static size_t
log_prefix(char *line, log_level_t level, const char *area)
{
    int64_t now = clock_wall_ms();
    time_t seconds = (time_t) (now / 1000);
    struct tm tm;
    char date[32];

    gmtime_r(&seconds, &tm);
    strftime(date, sizeof(date), "%Y-%m-%dT%H:%M:%S", &tm);

    int len = snprintf(line, LOG_LINE_MAX, "%s.%03dZ %-5s %s%s: ", date, (int) (now % 1000),
                       level_names[level], process_shown, area);

    return (len > 0 && len < LOG_LINE_MAX) ? (size_t) len : 0;
}


static void __attribute__((format(printf, 3, 0)))
log_line(log_level_t level, const char *area, const char *format, va_list args)
{
    char line[LOG_LINE_MAX + 1];

    if (level > level_shown) {
        return;
    }

    size_t len = log_prefix(line, level, area);
    int more = vsnprintf(line + len, LOG_LINE_MAX - len, format, args);

    if (more > 0) {
        len += (size_t) more;
    }

    if (len > LOG_LINE_MAX - 1) {
        len = LOG_LINE_MAX - 1;
    }

    for (size_t i = 0; i < len; i++) {
        if ((unsigned char) line[i] < 0x20 || line[i] == 0x7f) {
            line[i] = '?';
        }
    }

    line[len++] = '\n';

    if (write(STDERR_FILENO, line, len) < 0) {
        return; /* nowhere left to say so */
    }
}


#define LOG_FUNCTION(name, level)                        \
    void name(const char *area, const char *format, ...) \
    {                                                    \
        va_list args;                                    \
        va_start(args, format);                          \
        log_line(level, area, format, args);             \
        va_end(args);                                    \
    }

LOG_FUNCTION(log_error, LOG_LEVEL_ERROR)
LOG_FUNCTION(log_warn, LOG_LEVEL_WARN)
LOG_FUNCTION(log_info, LOG_LEVEL_INFO)
LOG_FUNCTION(log_debug, LOG_LEVEL_DEBUG)
