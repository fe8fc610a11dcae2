
/*
 * The agent's own alert, for when nobody else can raise one: hub and Redis have
 * both been out of reach for `emergency_after`.  Told once an outage on each way
 * that is configured, tried again until it arrives or the outage ends; then an
 * all-clear to whoever was alerted.  An outage goes on over a restart.
 */

#ifndef EMERGENCY_H
#define EMERGENCY_H

#include "config.h"
#include "http.h"

typedef struct emergency emergency_t;

typedef struct {
    const config_t *config;
    http_t *http;
    const char *path; /* of the file that outlives the agent */
    /* Is the hub or Redis in reach now? */
    int (*in_reach)(void *data);
    /* The region's name, "" when it is not known yet. */
    const char *(*region)(void *data);
    void *data;
} emergency_options_t;

/* Everything is borrowed.  NULL: no memory. */
emergency_t *emergency_create(uv_loop_t *loop, const emergency_options_t *options);

/* Gives up what is under way.  The loop must run once more. */
void emergency_destroy(emergency_t *emergency);

#endif
