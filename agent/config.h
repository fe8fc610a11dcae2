
/*
 * The settings of one agent, from (each later one wins) the built-in values,
 * the file, the environment, the command line.
 */

#ifndef CONFIG_H
#define CONFIG_H

#include "guard.h"
#include "log.h"

#include <stddef.h>
#include <stdint.h>

#define CONFIG_FILE "/etc/betterstack/agent.conf"
#define CONFIG_RDAP_BOOTSTRAP "https://data.iana.org/rdap/dns.json"
#define CONFIG_CA_FILE "/etc/ssl/certs/ca-certificates.crt"
#define CONFIG_ERROR_MAX 512
#define CONFIG_PROCESSES_MAX 64

typedef struct {
    char *hub;
    char *token;
    char *redis;
    char *state;
    char *name;
    char *region;
    char *resolvers;
    char *control;
    char *ca_file;
    char *rdap_bootstrap;
    char *hub_ca;
    char *log_level;
    int64_t processes;
    char *door;         /* NULL: nobody may ask over the network */
    char *door_modules; /* NULL: the built-in ones */
    char *emergency_command;
    char *emergency_webhook;
    char *emergency_mail_server;
    char *emergency_mail_from;
    char *emergency_mail_to;
    int64_t probes_max;
    int64_t body_limit;
    int64_t spool_limit;
    int64_t spool_keep_s;
    int64_t backlog_rate;
    int64_t emergency_after_s;
    int64_t deliver; /* 1: sends what the hub wants sent */
    guard_t guard;
} config_t;

void config_init(config_t *config);
void config_deinit(config_t *config);

/*
 * Each returns 0, or -1 with a sentence that quotes the offending text in
 * `error` (CONFIG_ERROR_MAX bytes).
 */
int config_read_file(config_t *config, const char *path, int must_exist, char *error);
int config_read_environment(config_t *config, char *error);
/* One command line option without its dashes: "probes-max", "200". */
int config_read_option(config_t *config, const char *option, const char *value, char *error);

/*
 * Gives `config` those values of `from` that differ and may change while the
 * agent runs; `from` gets the old ones, which whoever is at work may still
 * borrow.  Tells of each difference whether it was taken.
 */
typedef void (*config_changed_cb)(const char *name, int taken);
void config_change(config_t *config, config_t *from, const char *const *live, size_t live_count,
                   config_changed_cb changed);

/* As if no way of an emergency alert were configured. */
void config_drop_emergency(config_t *config);

/* What `run` cannot do without is there and makes sense together. */
int config_check(const config_t *config, char *error);

#endif
