
/* What the files of `betterstack-agent check` share.  Nobody else includes this. */

#ifndef COMMAND_CHECK_H
#define COMMAND_CHECK_H

#include "check_env.h"
#include "config.h"
#include "probe.h"

#define COMMAND_CHECK_URLS_MAX 1000
#define COMMAND_CHECK_PARALLEL 16
#define COMMAND_CHECK_PARALLEL_MAX 500

typedef struct {
    uv_loop_t *loop;
    check_env_t env;
    guard_t guard;
    spec_t spec;
    int json;
    int typed; /* --type was given */
    long parallel_max;
    check_env_options_t env_options;
    char *urls[COMMAND_CHECK_URLS_MAX];
    int urls_count;
    const char *problem; /* with an option's value */
    http_header_t headers[SPEC_HEADERS_MAX];
    spec_range_t expected[SPEC_EXPECTED_MAX];
    char *answers[SPEC_ANSWERS_MAX];
    spec_assertion_t assertions[SPEC_ASSERTIONS_MAX];
} command_check_t;

/* 0, or -1: what is wrong with them was said on stderr. */
int command_check_read_arguments(command_check_t *command, int argc, char **argv);

/* Options of command_check_http.c: 0, or -1 with command->problem. */
int command_check_set_bearer(command_check_t *command, char *value);
int command_check_set_proxy(command_check_t *command, char *value);
int command_check_set_no_cookies(command_check_t *command, char *value);
int command_check_set_http_version(command_check_t *command, char *value);
int command_check_set_degraded(command_check_t *command, char *value);
int command_check_set_assert(command_check_t *command, char *value);

#endif
