
/*
 * GET of one small document for RDAP: a few redirects are followed, and the
 * address of every hop is judged by the agent's address policy, for they come from
 * strangers.  Never from https to http.
 *
 * done runs once, from the loop, never inside rdap_fetch_start(); in it the
 * result may be read.  rdap_fetch_cancel() is right at any time, also in done.
 */

#ifndef RDAP_FETCH_H
#define RDAP_FETCH_H

#include "check.h"

typedef struct rdap_fetch rdap_fetch_t;

typedef struct {
    int status; /* 0: no answer came, and words say why */
    const char *words;
    const char *body;
    size_t len;
    int64_t retry_after_s;
} rdap_fetch_result_t;

typedef void (*rdap_fetch_done_cb)(void *data, const rdap_fetch_result_t *result);

/* NULL when out of memory. */
rdap_fetch_t *rdap_fetch_start(const check_env_t *env, const char *url, size_t body_max,
                               rdap_fetch_done_cb done, void *data);
void rdap_fetch_cancel(rdap_fetch_t *fetch);

#endif
