
/*
 * The agent's own little HTTP server, by libmicrohttpd on the agent's loop.
 * On the socket in the state directory it tells the agent's state (`status`);
 * on the address of the setting `door`, if there is one, it answers what
 * Prometheus asks: /probe, /metrics.  GET only, bounded, without secrets.
 */

#ifndef DOOR_H
#define DOOR_H

#include "check.h"
#include "door_modules.h"
#include "metrics.h"

#define DOOR_ERROR_MAX 512

typedef struct door door_t;

typedef struct {
    const check_env_t *env;
    door_modules_t *modules;                               /* NULL: no /probe */
    void (*write_metrics)(void *data, metrics_t *metrics); /* NULL: no /metrics */
    /* The agent's state as one JSON text, malloc'ed; NULL: no memory. */
    char *(*write_status)(void *data); /* NULL: no /status */
    void *data;
} door_options_t;

/* "127.0.0.1:9115", "[::1]:9115", ":9115".  A listening socket, or -1 with a sentence. */
int door_listen(const char *address, char error[DOOR_ERROR_MAX]);

/* A socket in the file system; the path of an agent that is gone is taken over. */
int door_listen_local(const char *path, char error[DOOR_ERROR_MAX]);

/* Takes the listening socket over.  NULL on failure. */
door_t *door_open(uv_loop_t *loop, int listener, const door_options_t *options);

/* From the next scrape on.  Takes a reference of its own. */
void door_set_modules(door_t *door, door_modules_t *modules);

/* Probes under way are given up.  The loop must run once more to free all of it. */
void door_close(door_t *door);

#endif
