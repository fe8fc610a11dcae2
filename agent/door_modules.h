
/*
 * The door's modules: how a target is to be probed, by name.  They are read
 * from a file of blackbox_exporter's format (its `modules:`), so that one can
 * take the other's place; what this agent cannot do is refused, never ignored.
 */

#ifndef DOOR_MODULES_H
#define DOOR_MODULES_H

#include "spec.h"

#define DOOR_MODULES_MAX 200
#define DOOR_MODULES_ERROR_MAX 512
#define DOOR_MODULES_FILE_BYTES_MAX (1 << 20)
#define DOOR_MODULE_HEADERS_MAX 32
#define DOOR_MODULE_RANGES_MAX 32

typedef enum {
    DOOR_HTTP,
    DOOR_TCP,
    DOOR_ICMP,
    DOOR_DNS,
    DOOR_GRPC,
    DOOR_PROBER_COUNT
} door_prober_t;

typedef struct {
    const char *name;
    door_prober_t prober;
    spec_t spec;            /* without a url; its strings belong to the modules */
    int64_t timeout_ms;     /* 0: what the scrape allows */
    unsigned http_versions; /* a bit each of 1.0, 1.1, 2.0; 0: any */
    int ip_fallback;        /* may the address be of the other kind than spec.ip? */
    int fail_if_ssl;
    int fail_if_not_ssl;
    http_header_t headers[DOOR_MODULE_HEADERS_MAX];
    spec_range_t expected[DOOR_MODULE_RANGES_MAX];
    spec_assertion_t assertions[SPEC_ASSERTIONS_MAX];
} door_module_t;

typedef struct door_modules door_modules_t;

/*
 * `path` NULL: those that blackbox_exporter's example has.  NULL on failure,
 * with a sentence that names file, line and key in `error`.
 */
door_modules_t *door_modules_load(const char *path, char error[DOOR_MODULES_ERROR_MAX]);

/* Probes under way keep what they use. */
door_modules_t *door_modules_ref(door_modules_t *modules);
void door_modules_unref(door_modules_t *modules);

/* NULL if there is none of that name. */
const door_module_t *door_modules_find(const door_modules_t *modules, const char *name);

#endif
