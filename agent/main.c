
/* betterstack-agent: the table of subcommands, and what all of them need. */

#include "command.h"
#include "http.h"
#include "tls.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>

typedef struct {
    const char *name;
    const char *summary; /* NULL: not for people */
    const char *help;
    int (*run)(int argc, char **argv);
} main_command_t;

static const main_command_t commands[] = {
    {"run", "probe what the hub wants to have probed", command_run_help, command_run},
    {"check", "probe targets once and show the result", command_check_help, command_check},
    {"status", "show how the running agent is", command_status_help, command_status},
    {"judge", NULL, command_judge_help, command_judge},
};

#define COMMANDS_COUNT (sizeof(commands) / sizeof(commands[0]))


static void
main_help(FILE *out)
{
    fprintf(out, "betterstack-agent " BS_VERSION ": watches websites for a BetterStack hub\n\n");

    for (size_t i = 0; i < COMMANDS_COUNT; i++) {
        if (commands[i].summary != NULL) {
            fprintf(out, "  betterstack-agent %-6s  %s\n", commands[i].name, commands[i].summary);
        }
    }

    fprintf(out, "\n  betterstack-agent COMMAND --help\n  betterstack-agent --version\n");
}


static int
main_version(void)
{
    printf("betterstack-agent " BS_VERSION "\n%s\n%s\n", http_version(), tls_version());
    return COMMAND_OK;
}


/* A probe in flight holds a descriptor; a target that hangs up must not end us. */
static void
main_prepare_process(void)
{
    struct rlimit limit;

    signal(SIGPIPE, SIG_IGN);
    signal(SIGCHLD, SIG_DFL); /* who started us may have ignored it: then nobody is missed */

    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}


static int
main_wants_help(int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--help") == 0 || strcmp(argv[i], "-h") == 0) {
            return 1;
        }
    }

    return 0;
}


int
main(int argc, char **argv)
{
    const char *name = (argc > 1) ? argv[1] : "";

    for (size_t i = 0; i < COMMANDS_COUNT; i++) {
        if (strcmp(name, commands[i].name) != 0) {
            continue;
        }

        if (main_wants_help(argc - 2, argv + 2)) {
            fputs(commands[i].help, stdout);
            return COMMAND_OK;
        }

        main_prepare_process();
        return commands[i].run(argc - 2, argv + 2);
    }

    if (strcmp(name, "--version") == 0) {
        return main_version();
    }

    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0) {
        main_help(stdout);
        return COMMAND_OK;
    }

    if (name[0] != '\0') {
        fprintf(stderr, "betterstack-agent: \"%s\" is not a command\n\n", name);
    }

    main_help(stderr);
    return COMMAND_USAGE;
}
