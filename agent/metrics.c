
#include "metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define METRICS_LINE_MAX 1024


void
metrics_init(metrics_t *metrics)
{
    memset(metrics, 0, sizeof(*metrics));
}


static void
metrics_put(metrics_t *metrics, const char *text, size_t len)
{
    if (metrics->len + len + 1 > metrics->size) {
        size_t size = 2 * (metrics->len + len + 1);
        char *grown = (size <= METRICS_BYTES_MAX) ? realloc(metrics->data, size) : NULL;

        if (grown == NULL) {
            metrics->overflow = 1;
            return;
        }

        metrics->data = grown;
        metrics->size = size;
    }

    memcpy(metrics->data + metrics->len, text, len);
    metrics->len += len;
    metrics->data[metrics->len] = '\0';
}


void
metrics_begin(metrics_t *metrics, const char *name, metrics_type_t type, const char *help)
{
    char line[METRICS_LINE_MAX];
    int len = snprintf(line, sizeof(line), "# HELP %s %s\n# TYPE %s %s\n", name, help, name,
                       (type == METRICS_COUNTER) ? "counter" : "gauge");

    metrics_put(metrics, line, (size_t) len);
}


static void
metrics_put_label(metrics_t *metrics, const char *label, const char *value)
{
    metrics_put(metrics, "{", 1);
    metrics_put(metrics, label, strlen(label));
    metrics_put(metrics, "=\"", 2);

    for (const char *p = value; *p != '\0'; p++) {
        switch (*p) {
        case '\n':
            metrics_put(metrics, "\\n", 2);
            break;
        case '"':
        case '\\':
            metrics_put(metrics, "\\", 1);
            metrics_put(metrics, p, 1);
            break;
        default:
            metrics_put(metrics, p, 1);
        }
    }

    metrics_put(metrics, "\"}", 2);
}


void
metrics_sample(metrics_t *metrics, const char *name, const char *label, const char *label_value,
               double value)
{
    char number[64];
    int len = snprintf(number, sizeof(number), " %.12g\n", value);

    metrics_put(metrics, name, strlen(name));

    if (label != NULL) {
        metrics_put_label(metrics, label, label_value);
    }

    metrics_put(metrics, number, (size_t) len);
}


void
metrics_gauge(metrics_t *metrics, const char *name, const char *help, double value)
{
    metrics_begin(metrics, name, METRICS_GAUGE, help);
    metrics_sample(metrics, name, NULL, NULL, value);
}


void
metrics_counter(metrics_t *metrics, const char *name, const char *help, double value)
{
    metrics_begin(metrics, name, METRICS_COUNTER, help);
    metrics_sample(metrics, name, NULL, NULL, value);
}
