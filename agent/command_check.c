
/* `betterstack-agent check`: one attempt per URL, one after the other, no server needed. */

#include "command.h"
#include "config.h"
#include "http.h"
#include "probe.h"
#include "resolve.h"
#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_CHECK_URLS_MAX 1000

const char command_check_help[] =
    "betterstack-agent check [OPTION...] URL...\n"
    "\n"
    "Probes each URL once and prints verdict, phases and certificate.\n"
    "Exit status: 0 all are up, 1 one is not, 2 wrong usage.\n"
    "\n"
    "  --json                   one JSON object per URL and line\n"
    "  --allow CIDR             allow this range, e.g. 127.0.0.0/8; only public addresses\n"
    "                           are probed otherwise; may be repeated\n"
    "  --method METHOD          GET (default), HEAD, POST, PUT, PATCH, DELETE, OPTIONS\n"
    "  --header 'NAME: VALUE'   may be repeated\n"
    "  --data TEXT              request body\n"
    "  --user NAME:PASSWORD     Basic authentication\n"
    "  --timeout SECONDS        for everything together, 15 (at most 60)\n"
    "  --expect-status CODES    e.g. 200,204 instead of any 2xx\n"
    "  --keyword TEXT           the body must contain it\n"
    "  --keyword-absent TEXT    the body must not contain it\n"
    "  --no-follow              do not follow redirects\n"
    "  --insecure               accept any certificate\n"
    "  --ipv4, --ipv6           only this kind of address\n"
    "  --resolvers LIST         name servers instead of the system's, e.g. 192.0.2.53:53\n"
    "  --ca-file FILE           certificate authorities to trust\n";

typedef struct {
    uv_loop_t *loop;
    check_env_t env;
    guard_t guard;
    spec_t spec;
    int json;
    const char *resolvers;
    char *urls[COMMAND_CHECK_URLS_MAX];
    int urls_count;
    int all_up;
    const char *problem; /* with an option's value */
    http_header_t headers[SPEC_HEADERS_MAX];
    spec_range_t expected[SPEC_EXPECTED_MAX];
} command_check_t;

typedef struct {
    const char *name;
    int (*set)(command_check_t *command, char *value);
    int has_value;
} command_check_option_t;


/* --- options -------------------------------------------------------------- */

static int
command_check_set_json(command_check_t *command, char *value)
{
    (void) value;
    command->json = 1;
    return 0;
}


static int
command_check_set_allow(command_check_t *command, char *value)
{
    return guard_allow(&command->guard, value, &command->problem);
}


static int
command_check_set_method(command_check_t *command, char *value)
{
    command->problem = "is not a method";
    command->spec.method = value;
    return spec_method_ok(value) ? 0 : -1;
}


static int
command_check_set_header(command_check_t *command, char *value)
{
    char *colon = strchr(value, ':');

    command->problem = "is not a header of the form NAME: VALUE";

    if (colon == NULL || command->spec.headers_count == SPEC_HEADERS_MAX) {
        return -1;
    }

    *colon = '\0';
    char *text = colon + 1 + strspn(colon + 1, " \t");

    command->headers[command->spec.headers_count++] = (http_header_t){value, text};
    return spec_header_ok(value, text) ? 0 : -1;
}


static int
command_check_set_data(command_check_t *command, char *value)
{
    command->spec.body = value;
    command->spec.body_len = strlen(value);
    return 0;
}


static int
command_check_set_user(command_check_t *command, char *value)
{
    char *colon = strchr(value, ':');

    command->problem = "is not of the form NAME:PASSWORD";

    if (colon == NULL) {
        return -1;
    }

    *colon = '\0';
    command->spec.username = value;
    command->spec.password = colon + 1;
    return 0;
}


static int
command_check_set_timeout(command_check_t *command, char *value)
{
    char *end;
    double seconds = strtod(value, &end);

    command->problem = "is not a number of seconds from 0.1 to 60";

    if (end == value || *end != '\0' || !(seconds >= 0.1 && seconds <= 60)) {
        return -1;
    }

    command->spec.timeout_ms = (int64_t) (seconds * 1000);
    return 0;
}


static int
command_check_set_expected(command_check_t *command, char *value)
{
    char *rest = NULL;

    command->problem = "is not a list of status codes";
    command->spec.type = SPEC_EXPECTED_STATUS_CODE;

    for (char *code = strtok_r(value, ",", &rest); code != NULL; code = strtok_r(NULL, ",", &rest))
    {
        char *end;
        long number = strtol(code, &end, 10);

        if (*end != '\0' || number < 100 || number > 999
            || command->spec.expected_count == SPEC_EXPECTED_MAX)
        {
            return -1;
        }

        command->expected[command->spec.expected_count++] =
            (spec_range_t){(uint16_t) number, (uint16_t) number};
    }

    return command->spec.expected_count > 0 ? 0 : -1;
}


static int
command_check_set_word(command_check_t *command, char *value, spec_type_t type)
{
    command->problem = "is not a keyword";
    command->spec.type = type;
    command->spec.keyword = value;
    command->spec.keyword_len = strlen(value);
    return (value[0] != '\0') ? 0 : -1;
}


static int
command_check_set_keyword(command_check_t *command, char *value)
{
    return command_check_set_word(command, value, SPEC_KEYWORD);
}


static int
command_check_set_keyword_absent(command_check_t *command, char *value)
{
    return command_check_set_word(command, value, SPEC_KEYWORD_ABSENCE);
}


static int
command_check_set_no_follow(command_check_t *command, char *value)
{
    (void) value;
    command->spec.redirects = 0;
    return 0;
}


static int
command_check_set_insecure(command_check_t *command, char *value)
{
    (void) value;
    command->spec.verify = 0;
    return 0;
}


static int
command_check_set_ipv4(command_check_t *command, char *value)
{
    (void) value;
    command->spec.ip = 4;
    return 0;
}


static int
command_check_set_ipv6(command_check_t *command, char *value)
{
    (void) value;
    command->spec.ip = 6;
    return 0;
}


static int
command_check_set_resolvers(command_check_t *command, char *value)
{
    command->resolvers = value;
    return 0;
}


static int
command_check_set_ca_file(command_check_t *command, char *value)
{
    command->env.ca_file = value;
    return 0;
}


static const command_check_option_t options[] = {
    {"--json", command_check_set_json, 0},
    {"--allow", command_check_set_allow, 1},
    {"--method", command_check_set_method, 1},
    {"--header", command_check_set_header, 1},
    {"--data", command_check_set_data, 1},
    {"--user", command_check_set_user, 1},
    {"--timeout", command_check_set_timeout, 1},
    {"--expect-status", command_check_set_expected, 1},
    {"--keyword", command_check_set_keyword, 1},
    {"--keyword-absent", command_check_set_keyword_absent, 1},
    {"--no-follow", command_check_set_no_follow, 0},
    {"--insecure", command_check_set_insecure, 0},
    {"--ipv4", command_check_set_ipv4, 0},
    {"--ipv6", command_check_set_ipv6, 0},
    {"--resolvers", command_check_set_resolvers, 1},
    {"--ca-file", command_check_set_ca_file, 1},
};


static int
command_check_usage(const char *format, const char *text, const char *problem)
{
    fprintf(stderr, "betterstack-agent check: ");
    fprintf(stderr, format, text, problem);
    fprintf(stderr, "\nTry 'betterstack-agent check --help'.\n");
    return -1;
}


static int
command_check_read_option(command_check_t *command, char **argv, int *index)
{
    const char *name = argv[*index];

    for (size_t i = 0; i < sizeof(options) / sizeof(options[0]); i++) {
        if (strcmp(options[i].name, name) != 0) {
            continue;
        }

        char *value = options[i].has_value ? argv[++*index] : NULL;

        if (options[i].has_value && value == NULL) {
            return command_check_usage("%s: %s", name, "a value is missing");
        }

        if (options[i].set(command, value) != 0) {
            return command_check_usage("\"%s\" %s", value, command->problem);
        }

        return 0;
    }

    return command_check_usage("\"%s\" %s", name, "is not an option");
}


static int
command_check_read_arguments(command_check_t *command, int argc, char **argv)
{
    for (int i = 0; i < argc; i++) {
        if (argv[i][0] == '-') {
            if (command_check_read_option(command, argv, &i) != 0) {
                return -1;
            }

        } else if (command->urls_count < COMMAND_CHECK_URLS_MAX) {
            command->urls[command->urls_count++] = argv[i];
        }
    }

    if (command->urls_count == 0) {
        return command_check_usage("%s%s", "a URL is missing", "");
    }

    return 0;
}


/* --- probing -------------------------------------------------------------- */

static void
command_check_on_done(void *data, const probe_result_t *result)
{
    command_check_t *command = data;

    if (result->verdict.status != BS_STATUS_UP && result->verdict.status != BS_STATUS_DEGRADED) {
        command->all_up = 0;
    }

    if (command->json) {
        show_json(command->spec.url, result);
    } else {
        show_text(command->spec.url, result);
    }

    fflush(stdout);
    uv_stop(command->loop);
}


static int
command_check_probe_all(command_check_t *command)
{
    command->all_up = 1;

    for (int i = 0; i < command->urls_count; i++) {
        command->spec.url = command->urls[i];

        if (probe_start(&command->env, &command->spec, 1, command_check_on_done, command) == NULL) {
            fprintf(stderr, "betterstack-agent check: out of memory\n");
            return COMMAND_FAILED;
        }

        uv_run(command->loop, UV_RUN_DEFAULT);
    }

    return command->all_up ? COMMAND_OK : COMMAND_FAILED;
}


static int
command_check_with_network(command_check_t *command)
{
    uv_loop_t loop;
    int status = COMMAND_FAILED;

    uv_loop_init(&loop);
    command->loop = &loop;
    command->env.loop = &loop;
    command->env.guard = &command->guard;
    command->env.http = http_create(&loop, 0);
    command->env.resolve = resolve_create(&loop, command->resolvers);

    if (command->env.http != NULL && command->env.resolve != NULL) {
        status = command_check_probe_all(command);
    } else {
        fprintf(stderr, "betterstack-agent check: the network libraries cannot be started%s\n",
                command->resolvers != NULL ? " (is --resolvers right?)" : "");
    }

    if (command->env.resolve != NULL) {
        resolve_destroy(command->env.resolve);
    }

    if (command->env.http != NULL) {
        http_destroy(command->env.http);
    }

    uv_run(&loop, UV_RUN_DEFAULT);
    uv_loop_close(&loop);
    command->loop = NULL;
    command->env.loop = NULL;
    return status;
}


int
command_check(int argc, char **argv)
{
    static command_check_t command;

    spec_init(&command.spec);
    command.spec.headers = command.headers;
    command.spec.expected = command.expected;
    command.env.ca_file = CONFIG_CA_FILE;
    command.env.body_limit = 1 << 20;

    if (command_check_read_arguments(&command, argc, argv) != 0) {
        return COMMAND_USAGE;
    }

    return command_check_with_network(&command);
}
