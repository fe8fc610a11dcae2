
/*
 * The ways an emergency message can go, each configured by itself in the
 * agent's own file, which may name any address: a command, a webhook, a mail.
 */

#ifndef EMERGENCY_WAYS_H
#define EMERGENCY_WAYS_H

#include "config.h"
#include "http.h"

#define EMERGENCY_TEXT_MAX 1024
#define EMERGENCY_TIME_MAX 32

typedef enum {
    EMERGENCY_COMMAND,
    EMERGENCY_WEBHOOK,
    EMERGENCY_MAIL,
    EMERGENCY_WAYS
} emergency_way_t;

typedef struct {
    int clear; /* the all-clear, not the alert */
    const char *agent;
    const char *region; /* "" when it is not known yet */
    char since[EMERGENCY_TIME_MAX];
    char until[EMERGENCY_TIME_MAX]; /* of an all-clear */
    char text[EMERGENCY_TEXT_MAX];
} emergency_message_t;

/* One message on one way. */
typedef struct emergency_try emergency_try_t;

/* `words` say what went wrong; NULL when the message has arrived. */
typedef void (*emergency_done_cb)(void *data, emergency_way_t way, const char *words);

const char *emergency_way_name(emergency_way_t way);
int emergency_way_is_configured(const config_t *config, emergency_way_t way);

/* Takes a copy of the message.  done runs once, from the loop.  NULL: no memory, or no process. */
emergency_try_t *
emergency_try_start(uv_loop_t *loop, http_t *http, const config_t *config, emergency_way_t way,
                    const emergency_message_t *message, emergency_done_cb done, void *data);

/* done will not run.  A command is killed.  The loop must run once more. */
void emergency_try_cancel(emergency_try_t *try);

#endif
