
/* Strings are kept in a list beside the modules, and go with them. */

#include "door_reader.h"

#include "check_kinds.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOOR_MODULES_TIMEOUT_MAX_S 60
#define DOOR_MODULES_KEPT_BYTES_MAX (16u << 20) /* YAML can name the same text again and again */

typedef struct door_kept door_kept_t;

struct door_kept {
    door_kept_t *next;
    char text[];
};

struct door_modules {
    unsigned references;
    size_t count;
    size_t kept_bytes;
    door_module_t *modules[DOOR_MODULES_MAX];
    door_kept_t *kept;
};

static const char door_modules_usual[] =
    "modules:\n"
    "  http_2xx: {prober: http}\n"
    "  http_post_2xx: {prober: http, http: {method: POST}}\n"
    "  tcp_connect: {prober: tcp}\n"
    "  pop3s_banner: {prober: tcp, tcp: {query_response: [{expect: '^\\+OK'}], tls: true}}\n"
    "  grpc: {prober: grpc, grpc: {tls: true}}\n"
    "  grpc_plain: {prober: grpc, grpc: {tls: false}}\n"
    "  ssh_banner: {prober: tcp, tcp: {query_response: [{expect: '^SSH-2.0-'},\n"
    "                                                   {send: SSH-2.0-blackbox-ssh-check}]}}\n"
    "  icmp: {prober: icmp}\n";


char *
door_reader_keep(door_reader_t *reader, const char *text, size_t len)
{
    size_t size = sizeof(door_kept_t) + len + 1;

    if (reader->modules->kept_bytes + size > DOOR_MODULES_KEPT_BYTES_MAX) {
        return NULL;
    }

    door_kept_t *kept = malloc(size);

    if (kept == NULL) {
        return NULL;
    }

    reader->modules->kept_bytes += size;

    memcpy(kept->text, text, len);
    kept->text[len] = '\0';
    kept->next = reader->modules->kept;
    reader->modules->kept = kept;
    return kept->text;
}


door_modules_t *
door_modules_ref(door_modules_t *modules)
{
    modules->references++;
    return modules;
}


void
door_modules_unref(door_modules_t *modules)
{
    if (modules == NULL || --modules->references > 0) {
        return;
    }

    for (size_t i = 0; i < modules->count; i++) {
        free(modules->modules[i]);
    }

    while (modules->kept != NULL) {
        door_kept_t *next = modules->kept->next;

        free(modules->kept);
        modules->kept = next;
    }

    free(modules);
}


const door_module_t *
door_modules_find(const door_modules_t *modules, const char *name)
{
    for (size_t i = 0; i < modules->count; i++) {
        if (strcmp(modules->modules[i]->name, name) == 0) {
            return modules->modules[i];
        }
    }

    return NULL;
}


/* --- one module ----------------------------------------------------------- */

static int
door_module_set_prober(door_reader_t *reader, yaml_node_t *value)
{
    static const struct {
        const char *name;
        door_prober_t prober;
        spec_type_t type;
    } probers[DOOR_PROBER_COUNT] = {
        {"http", DOOR_HTTP, SPEC_STATUS}, {"tcp", DOOR_TCP, SPEC_TCP},
        {"icmp", DOOR_ICMP, SPEC_PING},   {"dns", DOOR_DNS, SPEC_DNS},
        {"grpc", DOOR_GRPC, SPEC_GRPC},
    };
    const char *text = door_reader_text(reader, value);

    for (int i = 0; text != NULL && i < DOOR_PROBER_COUNT; i++) {
        if (strcmp(text, probers[i].name) != 0) {
            continue;
        }

        if (check_kind_of(probers[i].type) == NULL) {
            break;
        }

        reader->module->prober = probers[i].prober;

        /* the http table may have said already which statuses are expected */
        if (reader->module->spec.type == SPEC_TYPE_COUNT) {
            reader->module->spec.type = probers[i].type;
        }

        return 0;
    }

    return door_reader_fail(reader, value, "is none of http, tcp, icmp, dns, grpc");
}


static int
door_module_set_timeout(door_reader_t *reader, yaml_node_t *value)
{
    const char *text = door_reader_text(reader, value);
    char *unit = NULL;
    double number = (text != NULL) ? strtod(text, &unit) : 0;

    if (text == NULL || unit == text || (strcmp(unit, "s") != 0 && strcmp(unit, "ms") != 0)) {
        return door_reader_fail(reader, value, "is not a time such as 5s or 500ms");
    }

    double ms = (unit[0] == 's') ? number * 1000 : number;

    if (!(ms >= 1 && ms <= DOOR_MODULES_TIMEOUT_MAX_S * 1000)) {
        return door_reader_fail(reader, value, "is not a time from 1ms to 60s");
    }

    reader->module->timeout_ms = (int64_t) ms;
    return 0;
}


static int
door_module_read(door_reader_t *reader, yaml_node_t *map)
{
    static const door_setting_t settings[] = {
        {"prober", door_module_set_prober}, {"timeout", door_module_set_timeout},
        {"http", door_read_http},           {"tcp", door_read_tcp},
        {"icmp", door_read_icmp},           {"dns", door_read_dns},
        {"grpc", door_read_grpc},
    };
    door_module_t *module = reader->module;

    spec_init(&module->spec);
    module->spec.type = SPEC_TYPE_COUNT;
    module->spec.headers = module->headers;
    module->spec.expected = module->expected;
    module->spec.assertions = module->assertions;
    module->spec.packets = 1;
    module->prober = DOOR_PROBER_COUNT;
    module->ip_fallback = 1;
    module->spec.ip = 6; /* preferred, unless it says otherwise: as blackbox_exporter has it */

    if (door_reader_map(reader, map, settings, sizeof(settings) / sizeof(settings[0])) != 0) {
        return -1;
    }

    if (module->prober == DOOR_PROBER_COUNT) {
        return door_reader_fail(reader, map, "needs a prober");
    }

    if (module->prober == DOOR_DNS && module->spec.body == NULL) {
        return door_reader_fail(reader, map, "needs dns: with query_name");
    }

    return 0;
}


/* --- the file ------------------------------------------------------------- */

static int
door_modules_read_each(door_reader_t *reader, yaml_node_t *map)
{
    door_modules_t *modules = reader->modules;

    if (map->type != YAML_MAPPING_NODE) {
        return door_reader_fail(reader, map, "is not a mapping of modules");
    }

    for (yaml_node_pair_t *pair = map->data.mapping.pairs.start; pair < map->data.mapping.pairs.top;
         pair++)
    {
        yaml_node_t *key = yaml_document_get_node(reader->document, pair->key);

        if (modules->count == DOOR_MODULES_MAX) {
            return door_reader_fail(reader, key, "is one module too many (200)");
        }

        const char *name = door_reader_text(reader, key);

        if (name != NULL && door_modules_find(modules, name) != NULL) {
            return door_reader_fail(reader, key, "is there twice");
        }

        reader->module = calloc(1, sizeof(*reader->module));

        if (reader->module == NULL) {
            return door_reader_fail(reader, key, "did not find memory");
        }

        reader->module->name = name;
        modules->modules[modules->count++] = reader->module;

        if (name == NULL
            || door_module_read(reader, yaml_document_get_node(reader->document, pair->value)) != 0)
        {
            return -1;
        }
    }

    return 0;
}


static int
door_modules_parse(door_reader_t *reader, const char *text, size_t len)
{
    static const door_setting_t settings[] = {{"modules", door_modules_read_each}};
    yaml_parser_t parser;
    yaml_document_t document;
    int result = -1;

    if (!yaml_parser_initialize(&parser)) {
        snprintf(reader->error, DOOR_MODULES_ERROR_MAX, "out of memory");
        return -1;
    }

    yaml_parser_set_input_string(&parser, (const unsigned char *) text, len);

    if (!yaml_parser_load(&parser, &document)) {
        snprintf(reader->error, DOOR_MODULES_ERROR_MAX, "%.200s:%zu: %.200s", reader->path,
                 parser.problem_mark.line + 1, (parser.problem != NULL) ? parser.problem : "");
        yaml_parser_delete(&parser);
        return -1;
    }

    yaml_node_t *root = yaml_document_get_root_node(&document);

    reader->document = &document;

    if (root == NULL) {
        snprintf(reader->error, DOOR_MODULES_ERROR_MAX, "%.200s: is empty", reader->path);
    } else {
        result = door_reader_map(reader, root, settings, 1);
    }

    reader->document = NULL;
    yaml_document_delete(&document);
    yaml_parser_delete(&parser);
    return result;
}


static int
door_modules_read_file(door_reader_t *reader)
{
    FILE *file = fopen(reader->path, "re");
    char *text = malloc(DOOR_MODULES_FILE_BYTES_MAX);
    int result = -1;

    if (file == NULL || text == NULL) {
        snprintf(reader->error, DOOR_MODULES_ERROR_MAX, "%.200s: %s", reader->path,
                 strerror(errno));

    } else {
        size_t len = fread(text, 1, DOOR_MODULES_FILE_BYTES_MAX, file);

        if (len == DOOR_MODULES_FILE_BYTES_MAX || ferror(file)) {
            snprintf(reader->error, DOOR_MODULES_ERROR_MAX,
                     "%.200s: cannot be read, or is larger than 1 MiB", reader->path);
        } else {
            result = door_modules_parse(reader, text, len);
        }
    }

    if (file != NULL) {
        fclose(file);
    }

    free(text);
    return result;
}


door_modules_t *
door_modules_load(const char *path, char error[DOOR_MODULES_ERROR_MAX])
{
    door_modules_t *modules = calloc(1, sizeof(*modules));
    door_reader_t reader = {.modules = modules, .path = path, .error = error};

    error[0] = '\0';

    if (modules == NULL) {
        snprintf(error, DOOR_MODULES_ERROR_MAX, "out of memory");
        return NULL;
    }

    modules->references = 1;

    if (path == NULL) {
        reader.path = "built in";
    }

    int result = (path != NULL) ? door_modules_read_file(&reader)
                                : door_modules_parse(&reader, door_modules_usual,
                                                     sizeof(door_modules_usual) - 1);

    if (result != 0) {
        door_modules_unref(modules);
        return NULL;
    }

    return modules;
}
