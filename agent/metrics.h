
/*
 * Prometheus' text format (version 0.0.4), into a buffer that grows up to a
 * limit.  What would not fit is left out and `overflow` is set.
 */

#ifndef METRICS_H
#define METRICS_H

#include <stddef.h>

#define METRICS_BYTES_MAX 262144

typedef struct {
    char *data; /* malloc'ed, the caller's to free */
    size_t len;
    size_t size;
    int overflow;
} metrics_t;

typedef enum { METRICS_GAUGE, METRICS_COUNTER } metrics_type_t;

void metrics_init(metrics_t *metrics);

/* HELP and TYPE; the samples follow.  `help` is one line without backslashes. */
void metrics_begin(metrics_t *metrics, const char *name, metrics_type_t type, const char *help);

/* `label` NULL: none.  The label's value may be any text. */
void metrics_sample(metrics_t *metrics, const char *name, const char *label,
                    const char *label_value, double value);

/* The usual case: begin and one sample without labels. */
void metrics_gauge(metrics_t *metrics, const char *name, const char *help, double value);
void metrics_counter(metrics_t *metrics, const char *name, const char *help, double value);

#endif
