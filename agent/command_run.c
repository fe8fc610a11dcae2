
/* `betterstack-agent run`: settings together, then the agent. */

#include "command.h"
#include "processes.h"

#include <signal.h>
#include <stdio.h>
#include <string.h>

const char command_run_help[] =
    "betterstack-agent run [OPTION...]\n"
    "\n"
    "Probes what the hub wants to have probed, until SIGTERM.\n"
    "Each setting is a line \"key = value\" of the file, or an environment variable,\n"
    "or an option with dashes for underscores; the later in this order wins.\n"
    "\n"
    "  --config FILE            default " CONFIG_FILE "\n"
    "\n"
    "  hub          BETTERSTACK_HUB     URL of the hub\n"
    "  token        BETTERSTACK_TOKEN   region token\n"
    "  redis        BETTERSTACK_REDIS   redis://[user[:password]@]host[:port][/db]\n"
    "                                   or unix:/path/redis.sock[:db]\n"
    "  state        BETTERSTACK_STATE   directory of spool and schedule\n"
    "                                   (default /var/lib/betterstack-agent)\n"
    "  name         WORKER_ID           name of this agent (default: host name)\n"
    "  region       REGION_NAME         if set, must agree with the token's region\n"
    "  allow        BETTERSTACK_ALLOW   ranges beyond public addresses that may be\n"
    "                                   probed, e.g. 10.0.0.0/8 fd00::/8\n"
    "  resolvers                        name servers instead of the system's\n"
    "  control                          what tells an outage of this agent's own: any of\n"
    "                                   resolvers gateway hub dns:ADDRESS tcp:ADDRESS:PORT\n"
    "                                   https://ADDRESS (default: the first three)\n"
    "  ca_file                          authorities for probes\n"
    "                                   (default " CONFIG_CA_FILE ")\n"
    "  hub_ca                           authorities for the hub (default: ca_file)\n"
    "  processes    BETTERSTACK_PROCESSES  so many agents, each a process with its own\n"
    "                                   directory <state>/<i> and name <name>/<i>; what\n"
    "                                   follows is for each (default 1, or auto: one\n"
    "                                   for each processor)\n"
    "  probes_max                       probes at the same time (default 15000, or as many\n"
    "                                   as there are descriptors for)\n"
    "  body_limit                       bytes read of one answer (default 1m)\n"
    "  spool_limit                      bytes on disk (default 1g)\n"
    "  spool_keep                       seconds that reported results are kept (default 300)\n"
    "  backlog_rate                     results a second that follow an outage (default 1000)\n"
    "  emergency_after                  seconds without hub and Redis until the agent itself\n"
    "                                   raises an alert (default 300), by each of:\n"
    "  emergency_command                a shell command; BETTERSTACK_EVENT (alert, clear),\n"
    "                                   _AGENT, _REGION, _SINCE, _TEXT in its environment\n"
    "  emergency_webhook                a URL to POST JSON to\n"
    "  emergency_mail_server            smtp[s]://[user:password@]host[:port], with\n"
    "  emergency_mail_from, emergency_mail_to\n"
    "  log_level                        error, warn, info (default), debug\n"
    "  door                             address and port where Prometheus may ask\n"
    "                                   /metrics and /probe, e.g. 127.0.0.1:9115; of several\n"
    "                                   processes each listens on the next port\n"
    "  door_modules                     how /probe probes: a file of blackbox_exporter's\n"
    "                                   format (default: what its example has)\n"
    "\n"
    "SIGHUP reads the settings again: allow, token, ca_file, hub_ca, log_level, body_limit and\n"
    "door_modules change at once, the others with the next start.\n";


static int
command_run_fail(const char *error)
{
    fprintf(stderr, "betterstack-agent run: %s\n", error);
    return COMMAND_USAGE;
}


/* "--key value" or "--key=value". */
static int
command_run_read_option(config_t *config, char **argv, int *index, char *error)
{
    char name[64];
    const char *option = argv[*index] + 2;
    const char *equals = strchr(option, '=');
    size_t len = (equals != NULL) ? (size_t) (equals - option) : strlen(option);

    snprintf(name, sizeof(name), "%.*s", (int) len, option);

    const char *value = (equals != NULL) ? equals + 1 : argv[++*index];

    return config_read_option(config, name, value, error);
}


/* The last one counts, as with every other option. */
static const char *
command_run_file(int argc, char **argv)
{
    const char *file = NULL;

    for (int i = 0; i < argc; i++) {
        if (strcmp(argv[i], "--config") == 0 && i + 1 < argc) {
            file = argv[++i];

        } else if (strncmp(argv[i], "--config=", 9) == 0) {
            file = argv[i] + 9;
        }
    }

    return file;
}


static int
command_run_read(config_t *config, int argc, char **argv, char *error)
{
    const char *file = command_run_file(argc, argv);

    if (config_read_file(config, file != NULL ? file : CONFIG_FILE, file != NULL, error) != 0
        || config_read_environment(config, error) != 0)
    {
        return -1;
    }

    for (int i = 0; i < argc; i++) {
        if (strncmp(argv[i], "--config=", 9) == 0) {
            continue;
        }

        if (strcmp(argv[i], "--config") == 0) {
            if (++i == argc) {
                snprintf(error, CONFIG_ERROR_MAX, "--config: a file name is missing");
                return -1;
            }

            continue;
        }

        if (strncmp(argv[i], "--", 2) != 0) {
            snprintf(error, CONFIG_ERROR_MAX, "\"%.200s\" is not an option", argv[i]);
            return -1;
        }

        if (command_run_read_option(config, argv, &i, error) != 0) {
            return -1;
        }
    }

    return config_check(config, error);
}


typedef struct {
    int argc;
    char **argv;
} command_run_arguments_t;


/* Once more the same way, for SIGHUP. */
static int
command_run_reread(void *data, config_t *config, char *error)
{
    const command_run_arguments_t *arguments = data;

    config_init(config);

    if (command_run_read(config, arguments->argc, arguments->argv, error) != 0) {
        config_deinit(config);
        return -1;
    }

    return 0;
}


int
command_run(int argc, char **argv)
{
    command_run_arguments_t arguments = {argc, argv};
    char error[CONFIG_ERROR_MAX];
    const char *words;
    redis_address_t redis;
    log_level_t level;
    config_t config;
    int status;

    if (command_run_reread(&arguments, &config, error) != 0) {
        return command_run_fail(error);
    }

    if (redis_address_parse(config.redis, &redis, &words) != 0) {
        snprintf(error, sizeof(error), "redis: %s", words);
        config_deinit(&config);
        return command_run_fail(error);
    }

    log_parse_level(config.log_level, &level);
    log_set_level(level);
    signal(SIGHUP, SIG_IGN); /* until somebody listens: a reload at the start must not end us */
    status = processes_run(&config, &redis, command_run_reread, &arguments);
    redis_address_free(&redis);
    config_deinit(&config);
    return status;
}
