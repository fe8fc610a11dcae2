
/* Makes what every check works with, for whoever runs checks. */

#ifndef CHECK_ENV_H
#define CHECK_ENV_H

#include "check.h"

typedef struct {
    uv_loop_t *loop;
    const struct guard *guard;
    const char *resolvers; /* NULL: the system's */
    const char *ca_file;
    const char *rdap_bootstrap;
    int64_t body_limit;
    size_t hub_body_max; /* of calls to the hub, which share the HTTP client */
} check_env_options_t;

/* The options' texts are borrowed.  0, or -1: close it all the same. */
int check_env_open(check_env_t *env, const check_env_options_t *options);

/* All checks must be over or cancelled; the loop must run once more. */
void check_env_close(check_env_t *env);

#endif
