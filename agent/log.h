
/*
 * One readable line per event, on stderr:
 *   2026-11-22T08:00:00.123Z warn  report: the hub answered 503, next try in 2.1 s
 * Control bytes of what others sent are shown as '?', so nobody can forge a line.
 */

#ifndef LOG_H
#define LOG_H

typedef enum { LOG_LEVEL_ERROR, LOG_LEVEL_WARN, LOG_LEVEL_INFO, LOG_LEVEL_DEBUG } log_level_t;

void log_set_level(log_level_t level);

/* Several processes write to one place: which of them this is; 0 for the only one. */
void log_set_process(unsigned number);

/* 0, or -1 for a name that is none of error, warn, info, debug. */
int log_parse_level(const char *name, log_level_t *level);

void log_error(const char *area, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_warn(const char *area, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_info(const char *area, const char *format, ...) __attribute__((format(printf, 2, 3)));
void log_debug(const char *area, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
