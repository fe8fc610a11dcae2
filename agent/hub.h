
/*
 * Calls to the hub: the token, the kept connection, the deadline.  done runs
 * once, from the loop.
 */

#ifndef HUB_H
#define HUB_H

#include "config.h"
#include "http.h"

typedef struct hub hub_t;
typedef struct hub_call hub_call_t;

typedef struct {
    int status; /* 0: no answer, `words` says why */
    const char *words;
    const char *etag;
    const char *body;
    size_t body_len;
    int64_t retry_after_ms;
} hub_answer_t;

typedef void (*hub_done_cb)(void *data, const hub_answer_t *answer);

/* `config` is borrowed. */
hub_t *hub_create(const config_t *config, http_t *http);
void hub_destroy(hub_t *hub);

/* `path` as in "/agent/v1/report"; `body` is borrowed until done.  NULL: no memory. */
hub_call_t *
hub_post(hub_t *hub, const char *path, const void *body, size_t len, hub_done_cb done, void *data);
/*
 * `etag` may be "".  on_piece sees the body, of whatever status, as it comes;
 * anything but 0 ends the call, with status 0,
 * except for HTTP_BODY_WAIT: then it comes again after hub_resume().
 */
hub_call_t *
hub_get(hub_t *hub, const char *path, const char *etag,
        int (*on_piece)(void *data, const char *piece, size_t len), hub_done_cb done, void *data);
void hub_resume(hub_call_t *call);
void hub_cancel(hub_call_t *call);

#endif
