
/* What RDAP's JSON says, of what we want to know.  Pure; reads anything a stranger sends. */

#ifndef RDAP_JSON_H
#define RDAP_JSON_H

#include <stddef.h>
#include <stdint.h>

typedef struct rdap_services rdap_services_t;

typedef struct {
    int64_t expires_at; /* seconds since the epoch; 0: it does not say */
    int lapsed;         /* in its redemption period, or about to be deleted */
} rdap_domain_t;

/* RFC 9224's list of registries.  NULL if it is none. */
rdap_services_t *rdap_services_read(const char *json, size_t len);
void rdap_services_free(rdap_services_t *services);

/* The base URL for the longest suffix of the domain that has one, https first; NULL if none has. */
const char *rdap_services_find(const rdap_services_t *services, const char *domain);

/* RFC 9083's answer about a domain.  0, or -1 with *error a literal. */
int rdap_domain_read(const char *json, size_t len, const char *domain, rdap_domain_t *result,
                     const char **error);

/*
 * Is that what a registry says with status 404: nothing, or an error as an
 * object?  A page of something else that stands there denies no domain.
 */
int rdap_domain_denied(const char *body, size_t len);

/* "2026-03-01T12:00:00.5+01:00", or a date alone.  0, or -1. */
int rdap_time_read(const char *text, int64_t *seconds);

#endif
