
/* The options of `betterstack-agent check`: a table, and how each changes the spec. */

#include "command_check.h"

#include "check_kinds.h"
#include "guard.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define COMMAND_CHECK_FILE_MAX 65536 /* of a PEM file */

typedef struct {
    const char *name;
    int (*set)(command_check_t *command, char *value);
    int has_value;
} command_check_option_t;

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
    command->env_options.resolvers = value;
    return 0;
}


static int
command_check_set_rdap_bootstrap(command_check_t *command, char *value)
{
    command->env_options.rdap_bootstrap = value;
    return 0;
}


static int
command_check_set_ca_file(command_check_t *command, char *value)
{
    command->env_options.ca_file = value;
    return 0;
}


/* --- options of the other kinds ------------------------------------------- */

static int
command_check_set_type(command_check_t *command, char *value)
{
    command->problem = "is not a kind of check";

    for (int type = 0; type < SPEC_TYPE_COUNT; type++) {
        if (strcmp(spec_type_name(type), value) == 0 && check_kind_of((spec_type_t) type) != NULL) {
            command->spec.type = (spec_type_t) type;
            command->typed = 1;
            return 0;
        }
    }

    return -1;
}


/* 0, or -1 if it is no whole number of this range. */
static int
command_check_number(const char *value, long from, long to, long *number)
{
    char *end;

    *number = strtol(value, &end, 10);
    return (end != value && *end == '\0' && *number >= from && *number <= to) ? 0 : -1;
}


static int
command_check_set_parallel(command_check_t *command, char *value)
{
    command->problem = "is not a number from 1 to 500";
    return command_check_number(value, 1, COMMAND_CHECK_PARALLEL_MAX, &command->parallel_max);
}


static int
command_check_set_ports(command_check_t *command, char *value)
{
    char *rest = NULL;

    command->problem = "is not a list of at most 10 ports";

    for (char *port = strtok_r(value, ",", &rest); port != NULL; port = strtok_r(NULL, ",", &rest))
    {
        long number;

        if (command_check_number(port, 1, 65535, &number) != 0
            || command->spec.ports_count == SPEC_PORTS_MAX)
        {
            return -1;
        }

        command->spec.ports[command->spec.ports_count++] = (uint16_t) number;
    }

    return command->spec.ports_count > 0 ? 0 : -1;
}


static int
command_check_set_expect(command_check_t *command, char *value)
{
    spec_type_t type = command->spec.type;

    return command_check_set_word(command, value, type);
}


static int
command_check_set_tls(command_check_t *command, char *value)
{
    command->problem = "is not none, direct, starttls, smtp, imap, pop3, ftp or postgres";

    for (int mode = SPEC_TLS_NONE; mode < SPEC_TLS_MODE_COUNT; mode++) {
        if (strcmp(spec_tls_mode_name(mode), value) == 0) {
            command->spec.tls = (spec_tls_mode_t) mode;
            return 0;
        }
    }

    return -1;
}


static int
command_check_set_tls_min(command_check_t *command, char *value)
{
    static const char *const versions[] = {"1.0", "1.1", "1.2", "1.3"};

    command->problem = "is not 1.0, 1.1, 1.2 or 1.3";

    for (int i = 0; i < 4; i++) {
        if (strcmp(versions[i], value) == 0) {
            command->spec.tls_min = 10 + i;
            return 0;
        }
    }

    return -1;
}


/* The whole file as a text that is never released: the command ends soon. */
static int
command_check_read_file(command_check_t *command, const char *name, char **text)
{
    FILE *file = fopen(name, "r");

    command->problem = "cannot be read";
    *text = calloc(1, COMMAND_CHECK_FILE_MAX + 1);

    if (file == NULL || *text == NULL) {
        return -1;
    }

    size_t len = fread(*text, 1, COMMAND_CHECK_FILE_MAX, file);
    int failed = ferror(file) || len == 0 || len == COMMAND_CHECK_FILE_MAX;

    fclose(file);
    return failed ? -1 : 0;
}


static int
command_check_set_certificate(command_check_t *command, char *value)
{
    return command_check_read_file(command, value, &command->spec.certificate);
}


static int
command_check_set_key(command_check_t *command, char *value)
{
    return command_check_read_file(command, value, &command->spec.key);
}


static int
command_check_set_ca(command_check_t *command, char *value)
{
    return command_check_read_file(command, value, &command->spec.ca);
}


static int
command_check_set_days(command_check_t *command, char *value)
{
    long number;

    command->problem = "is not a number of days";

    if (command_check_number(value, 1, 3650, &number) != 0) {
        return -1;
    }

    command->spec.expiry_days = (int) number;
    return 0;
}


static int
command_check_set_packets(command_check_t *command, char *value)
{
    long number;

    command->problem = "is not a number from 1 to 10";

    if (command_check_number(value, 1, SPEC_PACKETS_MAX, &number) != 0) {
        return -1;
    }

    command->spec.packets = (int) number;
    return 0;
}


static int
command_check_set_loss_max(command_check_t *command, char *value)
{
    long number;

    command->problem = "is not a number of percent from 0 to 100";

    if (command_check_number(value, 0, 100, &number) != 0) {
        return -1;
    }

    command->spec.loss_max = (int) number;
    return 0;
}


static int
command_check_set_record(command_check_t *command, char *value)
{
    command->spec.record = value;
    return 0;
}


static int
command_check_set_answer(command_check_t *command, char *value)
{
    command->problem = "is one answer too many";

    if (command->spec.answers_count == SPEC_ANSWERS_MAX) {
        return -1;
    }

    command->answers[command->spec.answers_count++] = value;
    return 0;
}


static int
command_check_set_service(command_check_t *command, char *value)
{
    command->spec.service = value;
    return 0;
}


static int
command_check_set_database(command_check_t *command, char *value)
{
    command->spec.database = value;
    return 0;
}


/* --- the table ------------------------------------------------------------ */

static const command_check_option_t options[] = {
    {"--json", command_check_set_json, 0},
    {"--parallel", command_check_set_parallel, 1},
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
    {"--rdap-bootstrap", command_check_set_rdap_bootstrap, 1},
    {"--ca-file", command_check_set_ca_file, 1},
    {"--assert", command_check_set_assert, 1},
    {"--bearer", command_check_set_bearer, 1},
    {"--proxy", command_check_set_proxy, 1},
    {"--no-cookies", command_check_set_no_cookies, 0},
    {"--http-version", command_check_set_http_version, 1},
    {"--degraded", command_check_set_degraded, 1},
    {"--type", command_check_set_type, 1},
    {"--port", command_check_set_ports, 1},
    {"--send", command_check_set_data, 1},
    {"--expect", command_check_set_expect, 1},
    {"--tls", command_check_set_tls, 1},
    {"--tls-min", command_check_set_tls_min, 1},
    {"--certificate", command_check_set_certificate, 1},
    {"--key", command_check_set_key, 1},
    {"--ca", command_check_set_ca, 1},
    {"--days", command_check_set_days, 1},
    {"--packets", command_check_set_packets, 1},
    {"--loss-max", command_check_set_loss_max, 1},
    {"--record", command_check_set_record, 1},
    {"--answer", command_check_set_answer, 1},
    {"--service", command_check_set_service, 1},
    {"--database", command_check_set_database, 1},
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


int
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
        return command_check_usage("%s%s", "a target is missing", "");
    }

    return 0;
}
