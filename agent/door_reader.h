
/* Between door_modules.c, which walks the file, and the files that read one prober's settings. */

#ifndef DOOR_READER_H
#define DOOR_READER_H

#include "door_modules.h"

#include <yaml.h>

typedef struct {
    door_modules_t *modules;
    yaml_document_t *document;
    const char *path;
    door_module_t *module;
    char *error; /* DOOR_MODULES_ERROR_MAX bytes; "" while all is well */
} door_reader_t;

typedef struct {
    const char *key;
    int (*set)(door_reader_t *reader, yaml_node_t *value);
} door_setting_t;

/* Reads every pair of a mapping by the table; what is not in it is refused.  0 or -1. */
int door_reader_map(door_reader_t *reader, yaml_node_t *map, const door_setting_t *settings,
                    size_t count);

/* Calls `each` for every element of a list.  0 or -1. */
int door_reader_list(door_reader_t *reader, yaml_node_t *list,
                     int (*each)(door_reader_t *reader, yaml_node_t *value));

/* Writes the error, if there is none yet, and returns -1. */
int door_reader_fail(door_reader_t *reader, const yaml_node_t *node, const char *words);
/* Without the value, which may be one of a token or a password. */
int door_reader_fail_secret(door_reader_t *reader, const yaml_node_t *node, const char *words);

/* A copy that lives as long as the modules; NULL: no text, or too much (the error says which). */
char *door_reader_text(door_reader_t *reader, yaml_node_t *value);
char *door_reader_keep(door_reader_t *reader, const char *text, size_t len);
/* The content of the file that the value names: certificates, passwords. */
char *door_reader_file(door_reader_t *reader, yaml_node_t *value);

int door_reader_bool(door_reader_t *reader, yaml_node_t *value, int *flag);

/* One more assertion.  The strings must live as long as the modules. */
int door_reader_assert(door_reader_t *reader, const yaml_node_t *node, spec_assertion_t assertion);

/* Settings that several probers have: 0 or -1. */
int door_set_ip_protocol(door_reader_t *reader, yaml_node_t *value);
int door_set_ip_fallback(door_reader_t *reader, yaml_node_t *value);
int door_set_tls_config(door_reader_t *reader, yaml_node_t *value);

/* The tables of the probers. */
int door_read_http(door_reader_t *reader, yaml_node_t *map);
int door_read_tcp(door_reader_t *reader, yaml_node_t *map);
int door_read_icmp(door_reader_t *reader, yaml_node_t *map);
int door_read_dns(door_reader_t *reader, yaml_node_t *map);
int door_read_grpc(door_reader_t *reader, yaml_node_t *map);

#endif
