
/*
 * No test by itself: t/sql/agent_takes.t runs it.
 *
 *   takes < SPECS        one a line, in hexadecimal
 *
 * begins a check of each, as an agent does that may connect nowhere, and prints
 * a line: "ok", or what the agent has against it.
 */

#include "../../agent/check_env.h"
#include "../../agent/guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_BYTES (1 << 18)

static void
on_done(void *data)
{
    *(int *) data = 1;
}

static void
take(uv_loop_t *loop, const check_env_t *env, const void *bytes, size_t len)
{
    const char *error;
    check_facts_t facts;
    int done = 0;
    spec_t *spec = spec_decode(bytes, len, &error);

    if (spec == NULL) {
        printf("not decoded: %s\n", error);
        return;
    }

    if (check_start(env, spec, 1, &facts, on_done, &done) == NULL) {
        printf("no memory\n");
        exit(1);
    }

    while (!done) {
        uv_run(loop, UV_RUN_ONCE);
    }

    int begun = facts.failure != BS_REASON_NOT_RUN || strcmp(facts.phase, "start") != 0;

    printf("%s%s\n", begun ? "ok " : "not begun: ", facts.detail);
    facts_deinit(&facts);
    free(spec);
}

static size_t
decode(const char *line, unsigned char *bytes)
{
    size_t len = 0;
    unsigned byte;

    while (sscanf(line + 2 * len, "%2x", &byte) == 1) {
        bytes[len++] = (unsigned char) byte;
    }

    return len;
}

int
main(void)
{
    static char line[LINE_MAX_BYTES];
    static unsigned char bytes[LINE_MAX_BYTES / 2];
    uv_loop_t loop;
    check_env_t env;
    static const guard_t guard; /* allows no more than public addresses */

    uv_loop_init(&loop);

    const check_env_options_t options = {
        .loop = &loop,
        .guard = &guard,
        .resolvers = "127.0.0.1:1",
        .ca_file = "/nonexistent",
        .rdap_bootstrap = "/nonexistent",
        .body_limit = 1000,
    };

    if (check_env_open(&env, &options) != 0) {
        return 1;
    }

    while (fgets(line, sizeof(line), stdin) != NULL) {
        take(&loop, &env, bytes, decode(line, bytes));
        fflush(stdout);
    }

    check_env_close(&env);
    uv_run(&loop, UV_RUN_DEFAULT);
    return uv_loop_close(&loop) != 0;
}
