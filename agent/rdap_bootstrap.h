
/*
 * The list of registries (RFC 9224), from a URL or a file: kept for a day, and
 * as long as there is no newer one.
 */

#ifndef RDAP_BOOTSTRAP_H
#define RDAP_BOOTSTRAP_H

#include "check.h"

typedef struct rdap_bootstrap rdap_bootstrap_t;

/* A try to read it is over; called from the loop. */
typedef void (*rdap_bootstrap_cb)(void *data);

/* `source`: an http or https URL, or a path; borrowed.  NULL when out of memory. */
rdap_bootstrap_t *rdap_bootstrap_create(const check_env_t *env, const char *source,
                                        rdap_bootstrap_cb on_tried, void *data);
/* The loop must run once more. */
void rdap_bootstrap_destroy(rdap_bootstrap_t *bootstrap);

/* Reads the list if there is none, or an old one, and the last try was not just now. */
void rdap_bootstrap_freshen(rdap_bootstrap_t *bootstrap);

int rdap_bootstrap_is_there(const rdap_bootstrap_t *bootstrap);
int rdap_bootstrap_is_trying(const rdap_bootstrap_t *bootstrap);
/* Why the last try failed. */
const char *rdap_bootstrap_words(const rdap_bootstrap_t *bootstrap);

/* The base URL of the domain's registry; NULL if there is none. */
const char *rdap_bootstrap_find(const rdap_bootstrap_t *bootstrap, const char *domain);

#endif
