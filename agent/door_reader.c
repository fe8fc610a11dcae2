
#include "door_reader.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DOOR_READER_PAIRS_MAX 200
#define DOOR_READER_FILE_BYTES_MAX 65536


static void
door_reader_complain(door_reader_t *reader, const yaml_node_t *node, const char *text,
                     const char *words)
{
    if (reader->error[0] == '\0') {
        snprintf(reader->error, DOOR_MODULES_ERROR_MAX, "%.200s:%zu: \"%.80s\" %s", reader->path,
                 node->start_mark.line + 1, text, words);
    }
}


int
door_reader_fail(door_reader_t *reader, const yaml_node_t *node, const char *words)
{
    const char *text = (node->type == YAML_SCALAR_NODE) ? (char *) node->data.scalar.value : "";

    door_reader_complain(reader, node, text, words);
    return -1;
}


int
door_reader_fail_secret(door_reader_t *reader, const yaml_node_t *node, const char *words)
{
    door_reader_complain(reader, node, "...", words);
    return -1;
}


/* One that comes twice would count twice: what is repeated can be very much. */
static int
door_reader_is_repeated(const door_reader_t *reader, const yaml_node_t *map,
                        const yaml_node_pair_t *pair, const char *key)
{
    for (yaml_node_pair_t *p = map->data.mapping.pairs.start; p < pair; p++) {
        const yaml_node_t *other = yaml_document_get_node(reader->document, p->key);

        if (other->type == YAML_SCALAR_NODE && strcmp((char *) other->data.scalar.value, key) == 0)
        {
            return 1;
        }
    }

    return 0;
}


static const door_setting_t *
door_reader_find(const door_setting_t *settings, size_t count, const char *key)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(settings[i].key, key) == 0) {
            return &settings[i];
        }
    }

    return NULL;
}


int
door_reader_map(door_reader_t *reader, yaml_node_t *map, const door_setting_t *settings,
                size_t count)
{
    if (map->type != YAML_MAPPING_NODE) {
        /* "icmp:" with nothing behind it */
        if (map->type == YAML_SCALAR_NODE && map->data.scalar.length == 0) {
            return 0;
        }

        return door_reader_fail(reader, map, "is not a mapping");
    }

    yaml_node_pair_t *pair = map->data.mapping.pairs.start;

    if (map->data.mapping.pairs.top - pair > DOOR_READER_PAIRS_MAX) {
        return door_reader_fail(reader, map, "has too many keys");
    }

    for (; pair < map->data.mapping.pairs.top; pair++) {
        yaml_node_t *key = yaml_document_get_node(reader->document, pair->key);
        yaml_node_t *value = yaml_document_get_node(reader->document, pair->value);

        if (key->type != YAML_SCALAR_NODE) {
            return door_reader_fail(reader, key, "is not a key");
        }

        const door_setting_t *setting =
            door_reader_find(settings, count, (char *) key->data.scalar.value);

        if (setting == NULL) {
            return door_reader_fail(reader, key, "is not supported here");
        }

        if (door_reader_is_repeated(reader, map, pair, setting->key)) {
            return door_reader_fail(reader, key, "is there twice");
        }

        if (setting->set(reader, value) != 0) {
            return -1;
        }
    }

    return 0;
}


int
door_reader_list(door_reader_t *reader, yaml_node_t *list,
                 int (*each)(door_reader_t *reader, yaml_node_t *value))
{
    if (list->type != YAML_SEQUENCE_NODE) {
        return door_reader_fail(reader, list, "is not a list");
    }

    yaml_node_item_t *item = list->data.sequence.items.start;

    if (list->data.sequence.items.top - item > DOOR_READER_PAIRS_MAX) {
        return door_reader_fail(reader, list, "is too long");
    }

    for (; item < list->data.sequence.items.top; item++) {
        if (each(reader, yaml_document_get_node(reader->document, *item)) != 0) {
            return -1;
        }
    }

    return 0;
}


char *
door_reader_text(door_reader_t *reader, yaml_node_t *value)
{
    if (value->type != YAML_SCALAR_NODE
        || memchr(value->data.scalar.value, '\0', value->data.scalar.length) != NULL)
    {
        door_reader_fail_secret(reader, value, "is not a text");
        return NULL;
    }

    char *copy =
        door_reader_keep(reader, (char *) value->data.scalar.value, value->data.scalar.length);

    if (copy == NULL) {
        door_reader_fail_secret(reader, value, "is too much: all texts have 16 MiB");
    }

    return copy;
}


char *
door_reader_file(door_reader_t *reader, yaml_node_t *value)
{
    char *path = door_reader_text(reader, value);
    char *content = NULL;

    if (path == NULL) {
        return NULL;
    }

    FILE *file = fopen(path, "re");
    char *buffer = malloc(DOOR_READER_FILE_BYTES_MAX);

    if (file == NULL || buffer == NULL) {
        door_reader_fail(reader, value, (file == NULL) ? strerror(errno) : "did not find memory");

    } else {
        size_t len = fread(buffer, 1, DOOR_READER_FILE_BYTES_MAX, file);

        if (len == DOOR_READER_FILE_BYTES_MAX || ferror(file)) {
            door_reader_fail(reader, value, "cannot be read, or is larger than 64 KiB");
        } else {
            content = door_reader_keep(reader, buffer, len);
        }
    }

    if (file != NULL) {
        fclose(file);
    }

    free(buffer);
    return content;
}


int
door_reader_bool(door_reader_t *reader, yaml_node_t *value, int *flag)
{
    const char *text = (value->type == YAML_SCALAR_NODE) ? (char *) value->data.scalar.value : "";

    if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0) {
        return door_reader_fail(reader, value, "is neither true nor false");
    }

    *flag = text[0] == 't';
    return 0;
}


int
door_reader_assert(door_reader_t *reader, const yaml_node_t *node, spec_assertion_t assertion)
{
    spec_t *spec = &reader->module->spec;

    if (spec->assertions_count == SPEC_ASSERTIONS_MAX) {
        return door_reader_fail(reader, node, "is one condition too many (20)");
    }

    reader->module->assertions[spec->assertions_count++] = assertion;
    return 0;
}


/* --- settings of several probers ------------------------------------------ */

int
door_set_ip_protocol(door_reader_t *reader, yaml_node_t *value)
{
    const char *text = door_reader_text(reader, value);

    if (text == NULL || (strcmp(text, "ip4") != 0 && strcmp(text, "ip6") != 0)) {
        return door_reader_fail(reader, value, "is neither ip4 nor ip6");
    }

    /* preferred only; with ip_protocol_fallback: false the other kind is not taken */
    reader->module->spec.ip = (text[2] == '4') ? 4 : 6;
    return 0;
}


int
door_set_ip_fallback(door_reader_t *reader, yaml_node_t *value)
{
    return door_reader_bool(reader, value, &reader->module->ip_fallback);
}


static int
door_set_insecure(door_reader_t *reader, yaml_node_t *value)
{
    int insecure;

    if (door_reader_bool(reader, value, &insecure) != 0) {
        return -1;
    }

    reader->module->spec.verify = !insecure;
    return 0;
}


static int
door_set_ca_file(door_reader_t *reader, yaml_node_t *value)
{
    return (reader->module->spec.ca = door_reader_file(reader, value)) != NULL ? 0 : -1;
}


static int
door_set_cert_file(door_reader_t *reader, yaml_node_t *value)
{
    return (reader->module->spec.certificate = door_reader_file(reader, value)) != NULL ? 0 : -1;
}


static int
door_set_key_file(door_reader_t *reader, yaml_node_t *value)
{
    return (reader->module->spec.key = door_reader_file(reader, value)) != NULL ? 0 : -1;
}


static int
door_set_min_version(door_reader_t *reader, yaml_node_t *value)
{
    static const char *const names[] = {"TLS10", "TLS11", "TLS12", "TLS13"};
    const char *text = door_reader_text(reader, value);

    for (int i = 0; text != NULL && i < 4; i++) {
        if (strcmp(text, names[i]) == 0) {
            reader->module->spec.tls_min = 10 + i;
            return 0;
        }
    }

    return door_reader_fail(reader, value, "is none of TLS10, TLS11, TLS12, TLS13");
}


int
door_set_tls_config(door_reader_t *reader, yaml_node_t *value)
{
    static const door_setting_t settings[] = {
        {"insecure_skip_verify", door_set_insecure}, {"ca_file", door_set_ca_file},
        {"cert_file", door_set_cert_file},           {"key_file", door_set_key_file},
        {"min_version", door_set_min_version},
    };

    return door_reader_map(reader, value, settings, sizeof(settings) / sizeof(settings[0]));
}
