
/* One table says which settings there are; files, environment and options all go through it. */

#include "config.h"

#include "bs_wire.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define CONFIG_LINE_MAX 4096
#define CONFIG_FILE_LINES_MAX 10000

typedef enum {
    CONFIG_TEXT,
    CONFIG_NUMBER,
    CONFIG_SIZE,
    CONFIG_RANGES,
    CONFIG_SWITCH,   /* "on" or "off" */
    CONFIG_PROCESSES /* a number, or "auto" */
} config_kind_t;

typedef struct {
    const char *name;
    const char *environment;
    config_kind_t kind;
    size_t offset;
    int64_t min;
    int64_t max;
} config_setting_t;

#define TEXT(field, environment)                                          \
    {                                                                     \
#field, environment, CONFIG_TEXT, offsetof(config_t, field), 0, 0 \
    }

static const config_setting_t settings[] = {
    TEXT(hub, "BETTERSTACK_HUB"),
    TEXT(token, "BETTERSTACK_TOKEN"),
    TEXT(redis, "BETTERSTACK_REDIS"),
    TEXT(state, "BETTERSTACK_STATE"),
    TEXT(name, "WORKER_ID"),
    TEXT(region, "REGION_NAME"),
    TEXT(resolvers, NULL),
    TEXT(control, NULL),
    TEXT(ca_file, NULL),
    TEXT(rdap_bootstrap, NULL),
    TEXT(hub_ca, NULL),
    TEXT(log_level, NULL),
    TEXT(door, NULL),
    TEXT(door_modules, NULL),
    TEXT(emergency_command, NULL),
    TEXT(emergency_webhook, NULL),
    TEXT(emergency_mail_server, NULL),
    TEXT(emergency_mail_from, NULL),
    TEXT(emergency_mail_to, NULL),
    {"emergency_after", NULL, CONFIG_NUMBER, offsetof(config_t, emergency_after_s), 1, 86400},
    {"allow", "BETTERSTACK_ALLOW", CONFIG_RANGES, offsetof(config_t, guard), 0, 0},
    {"processes", "BETTERSTACK_PROCESSES", CONFIG_PROCESSES, offsetof(config_t, processes), 1,
     CONFIG_PROCESSES_MAX},
    {"deliver", NULL, CONFIG_SWITCH, offsetof(config_t, deliver), 0, 1},
    {"probes_max", NULL, CONFIG_NUMBER, offsetof(config_t, probes_max), 1, 20000},
    {"spool_keep", NULL, CONFIG_NUMBER, offsetof(config_t, spool_keep_s), 0, 86400},
    {"body_limit", NULL, CONFIG_SIZE, offsetof(config_t, body_limit), 1024, 1 << 30},
    {"backlog_rate", NULL, CONFIG_NUMBER, offsetof(config_t, backlog_rate), 1, 100000},
    {"spool_limit", NULL, CONFIG_SIZE, offsetof(config_t, spool_limit), 1 << 20, INT64_C(1) << 40},
};

#define SETTINGS_COUNT (sizeof(settings) / sizeof(settings[0]))


static int
config_fail(char *error, const char *where, const config_setting_t *setting, const char *value,
            const char *words)
{
    int secret = strcmp(setting->name, "token") == 0;

    snprintf(error, CONFIG_ERROR_MAX, "%s: %s = \"%s\": %s", where, setting->name,
             secret ? "..." : value, words);
    return -1;
}


static int
config_set_text(char **field, const char *value)
{
    char *copy = strdup(value);

    if (copy == NULL) {
        return -1;
    }

    free(*field);
    *field = copy;
    return 0;
}


/* Digits, and for sizes one of k, m, g behind them. */
static int
config_parse_number(const char *text, int is_size, int64_t *value)
{
    char *end;

    errno = 0;
    *value = strtoll(text, &end, 10);

    if (end == text || errno != 0 || *value < 0) {
        return -1;
    }

    static const char units[] = "kmg";
    const char *unit =
        (is_size && *end != '\0') ? strchr(units, tolower((unsigned char) *end)) : NULL;

    if (unit != NULL) {
        int shift = 10 * (int) (unit - units + 1);

        if (*value > (INT64_MAX >> shift)) {
            return -1;
        }

        *value <<= shift;
        end++;
    }

    return (*end == '\0') ? 0 : -1;
}


/* One for each processor. */
static int64_t
config_auto_processes(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);

    if (processors < 1) {
        return 1;
    }

    return (processors < CONFIG_PROCESSES_MAX) ? processors : CONFIG_PROCESSES_MAX;
}


static int
config_set_ranges(guard_t *guard, const char *value, const char **words)
{
    char *copy = strdup(value);
    char *rest = NULL;
    int result = (copy == NULL) ? -1 : 0;

    for (char *range = strtok_r(copy, " ,\t", &rest); range != NULL && result == 0;
         range = strtok_r(NULL, " ,\t", &rest))
    {
        result = guard_allow(guard, range, words);
    }

    free(copy);
    return result;
}


static int
config_set(config_t *config, const config_setting_t *setting, const char *value, const char *where,
           char *error)
{
    void *field = (char *) config + setting->offset;
    const char *words = "out of memory";
    int64_t number;

    switch (setting->kind) {
    case CONFIG_TEXT:
        if (value[0] == '\0') {
            return config_fail(error, where, setting, value, "must not be empty");
        }

        return config_set_text(field, value) == 0
                   ? 0
                   : config_fail(error, where, setting, value, words);

    case CONFIG_RANGES:
        return config_set_ranges(field, value, &words) == 0
                   ? 0
                   : config_fail(error, where, setting, value, words);

    case CONFIG_SWITCH:
        if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0) {
            return config_fail(error, where, setting, value, "expected on or off");
        }

        *(int64_t *) field = strcmp(value, "on") == 0;
        return 0;

    case CONFIG_PROCESSES:
        if (strcmp(value, "auto") == 0) {
            *(int64_t *) field = config_auto_processes();
            return 0;
        }
        /* fall through */

    default:
        if (config_parse_number(value, setting->kind == CONFIG_SIZE, &number) != 0
            || number < setting->min || number > setting->max)
        {
            char range[96];

            snprintf(range, sizeof(range), "is not a number from %lld to %lld",
                     (long long) setting->min, (long long) setting->max);
            return config_fail(error, where, setting, value, range);
        }

        *(int64_t *) field = number;
        return 0;
    }
}


static const config_setting_t *
config_find(const char *name)
{
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        if (strcmp(settings[i].name, name) == 0) {
            return &settings[i];
        }
    }

    return NULL;
}


static char *
config_trim(char *text)
{
    size_t len = strlen(text);

    while (len > 0 && isspace((unsigned char) text[len - 1])) {
        text[--len] = '\0';
    }

    return text + strspn(text, " \t");
}


static int
config_read_line(config_t *config, char *line, const char *where, char *error)
{
    char *text = config_trim(line);

    if (text[0] == '\0' || text[0] == '#') {
        return 0;
    }

    char *equals = strchr(text, '=');

    if (equals == NULL) {
        /* its first word only: what follows may be a token */
        snprintf(error, CONFIG_ERROR_MAX, "%.250s: \"%.*s\": expected \"key = value\"", where,
                 (int) strcspn(text, " \t:"), text);
        return -1;
    }

    *equals = '\0';

    const char *name = config_trim(text);
    const char *value = config_trim(equals + 1);
    const config_setting_t *setting = config_find(name);

    if (setting == NULL) {
        snprintf(error, CONFIG_ERROR_MAX, "%.250s: \"%.200s\" is not a setting", where, name);
        return -1;
    }

    return config_set(config, setting, value, where, error);
}


int
config_read_file(config_t *config, const char *path, int must_exist, char *error)
{
    char line[CONFIG_LINE_MAX];
    char where[256];
    int number = 0;
    int result = 0;
    FILE *file = fopen(path, "re");

    if (file == NULL) {
        if (!must_exist && errno == ENOENT) {
            return 0;
        }

        snprintf(error, CONFIG_ERROR_MAX, "%s: %s", path, strerror(errno));
        return -1;
    }

    while (result == 0 && fgets(line, sizeof(line), file) != NULL) {
        snprintf(where, sizeof(where), "%.230s:%d", path, ++number);

        if ((strchr(line, '\n') == NULL && !feof(file)) || number > CONFIG_FILE_LINES_MAX) {
            snprintf(error, CONFIG_ERROR_MAX, "%.250s: the line or the file is too long", where);
            result = -1;
            break;
        }

        result = config_read_line(config, line, where, error);
    }

    fclose(file);
    return result;
}


int
config_read_environment(config_t *config, char *error)
{
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        const char *name = settings[i].environment;
        const char *value = (name != NULL) ? getenv(name) : NULL;

        if (value != NULL && value[0] != '\0'
            && config_set(config, &settings[i], value, name, error) != 0) {
            return -1;
        }
    }

    return 0;
}


int
config_read_option(config_t *config, const char *option, const char *value, char *error)
{
    char name[64];
    char where[72];

    snprintf(where, sizeof(where), "--%.64s", option);
    snprintf(name, sizeof(name), "%.63s", option);

    for (char *p = name; *p != '\0'; p++) {
        if (*p == '-') {
            *p = '_';
        }
    }

    const config_setting_t *setting = config_find(name);

    if (setting == NULL) {
        snprintf(error, CONFIG_ERROR_MAX, "\"%s\" is not an option", where);
        return -1;
    }

    if (value == NULL) {
        snprintf(error, CONFIG_ERROR_MAX, "%s: a value is missing", where);
        return -1;
    }

    return config_set(config, setting, value, where, error);
}


void
config_drop_emergency(config_t *config)
{
    char **ways[] = {&config->emergency_command, &config->emergency_webhook,
                     &config->emergency_mail_server, &config->emergency_mail_from,
                     &config->emergency_mail_to};

    for (size_t i = 0; i < sizeof(ways) / sizeof(ways[0]); i++) {
        free(*ways[i]);
        *ways[i] = NULL;
    }
}


static int
config_starts_with(const char *text, const char *one, const char *other)
{
    return strncmp(text, one, strlen(one)) == 0 || strncmp(text, other, strlen(other)) == 0;
}


/* Without quoting them: these URLs hold passwords. */
static int
config_check_emergency(const config_t *config, char *error)
{
    const char *server = config->emergency_mail_server;
    int parts = (server != NULL) + (config->emergency_mail_from != NULL)
                + (config->emergency_mail_to != NULL);

    if (config->emergency_webhook != NULL
        && !config_starts_with(config->emergency_webhook, "https://", "http://"))
    {
        snprintf(error, CONFIG_ERROR_MAX, "emergency_webhook: must start with https:// or http://");
        return -1;
    }

    if (server != NULL && !config_starts_with(server, "smtps://", "smtp://")) {
        snprintf(error, CONFIG_ERROR_MAX,
                 "emergency_mail_server: must be smtp[s]://[user:password@]host[:port]");
        return -1;
    }

    if (parts != 0 && parts != 3) {
        snprintf(error, CONFIG_ERROR_MAX,
                 "emergency_mail_server, emergency_mail_from and emergency_mail_to go together: "
                 "one of them is missing");
        return -1;
    }

    return 0;
}


int
config_check(const config_t *config, char *error)
{
    log_level_t level;

    static const struct {
        size_t offset;
        const char *words;
    } needed[] = {
        {offsetof(config_t, hub), "the hub's URL is missing: hub = https://... or BETTERSTACK_HUB"},
        {offsetof(config_t, token),
         "the region token is missing: token = bsr_... or BETTERSTACK_TOKEN"},
        {offsetof(config_t, redis),
         "Redis is missing: redis = redis://host:6379 or BETTERSTACK_REDIS"},
    };

    for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
        if (*(char *const *) ((const char *) config + needed[i].offset) == NULL) {
            snprintf(error, CONFIG_ERROR_MAX, "%s", needed[i].words);
            return -1;
        }
    }

    if (strncmp(config->hub, "http://", 7) != 0 && strncmp(config->hub, "https://", 8) != 0) {
        snprintf(error, CONFIG_ERROR_MAX, "hub: must start with https:// or http://");
        return -1;
    }

    if (strlen(config->name) > BS_WIRE_NAME_BYTES_MAX) {
        snprintf(error, CONFIG_ERROR_MAX, "name = \"%.40s...\": longer than %d bytes", config->name,
                 BS_WIRE_NAME_BYTES_MAX);
        return -1;
    }

    for (const char *p = config->token; *p != '\0'; p++) {
        if (!isgraph((unsigned char) *p)) {
            snprintf(error, CONFIG_ERROR_MAX, "the region token has a space or control character");
            return -1;
        }
    }

    if (config_check_emergency(config, error) != 0) {
        return -1;
    }

    if (log_parse_level(config->log_level, &level) != 0) {
        snprintf(error, CONFIG_ERROR_MAX, "log_level = \"%s\": is none of error, warn, info, debug",
                 config->log_level);
        return -1;
    }

    return 0;
}


static int
config_is_same(const config_setting_t *setting, const config_t *a, const config_t *b)
{
    const char *field = (const char *) a + setting->offset;
    const char *other = (const char *) b + setting->offset;

    if (setting->kind == CONFIG_TEXT) {
        const char *text = *(char *const *) field;
        const char *text_other = *(char *const *) other;

        return (text == NULL || text_other == NULL) ? text == text_other
                                                    : strcmp(text, text_other) == 0;
    }

    size_t size = (setting->kind == CONFIG_RANGES) ? sizeof(guard_t) : sizeof(int64_t);

    return memcmp(field, other, size) == 0;
}


/* The old text stays with `from`, whose end is the end of it. */
static void
config_swap(const config_setting_t *setting, config_t *config, config_t *from)
{
    char kept[sizeof(guard_t)];
    size_t size = (setting->kind == CONFIG_RANGES) ? sizeof(guard_t)
                  : (setting->kind == CONFIG_TEXT) ? sizeof(char *)
                                                   : sizeof(int64_t);
    char *field = (char *) config + setting->offset;
    char *other = (char *) from + setting->offset;

    memcpy(kept, field, size);
    memcpy(field, other, size);
    memcpy(other, kept, size);
}


void
config_change(config_t *config, config_t *from, const char *const *live, size_t live_count,
              config_changed_cb changed)
{
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        int is_live = 0;

        if (config_is_same(&settings[i], config, from)) {
            continue;
        }

        for (size_t j = 0; j < live_count; j++) {
            is_live |= strcmp(settings[i].name, live[j]) == 0;
        }

        if (is_live) {
            config_swap(&settings[i], config, from);
        }

        changed(settings[i].name, is_live);
    }
}


void
config_init(config_t *config)
{
    char host[BS_WIRE_NAME_BYTES_MAX] = "agent";

    if (gethostname(host, sizeof(host) - 1) != 0 || host[0] == '\0') {
        strcpy(host, "agent");
    }

    memset(config, 0, sizeof(*config));
    config->name = strdup(host);
    config->state = strdup("/var/lib/betterstack-agent");
    config->ca_file = strdup(CONFIG_CA_FILE);
    config->rdap_bootstrap = strdup(CONFIG_RDAP_BOOTSTRAP);
    config->log_level = strdup("info");
    config->processes = 1;
    config->deliver = 1;
    config->probes_max = 15000;
    config->body_limit = 1 << 20;
    config->spool_limit = INT64_C(1) << 30;
    config->spool_keep_s = 300;
    config->backlog_rate = 1000;
    config->emergency_after_s = 300;
}


void
config_deinit(config_t *config)
{
    for (size_t i = 0; i < SETTINGS_COUNT; i++) {
        if (settings[i].kind == CONFIG_TEXT) {
            free(*(char **) ((char *) config + settings[i].offset));
        }
    }

    memset(config, 0, sizeof(*config));
}
