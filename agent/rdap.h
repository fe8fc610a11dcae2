
/*
 * When domains end: asked of their registries by RDAP, seldom.  A definite
 * answer is good for six hours, however often monitors want to know (ten
 * minutes if it is bad news, and no longer than until the end that it tells);
 * trouble is tried again later and later.  Once known, an end stays known for
 * a week of trouble: the answer says when the registry was asked.
 */

#ifndef RDAP_H
#define RDAP_H

#include "check.h"

#define RDAP_WORDS_MAX 200
#define RDAP_DOMAIN_MAX 253

typedef struct rdap rdap_t;
typedef struct rdap_query rdap_query_t;

typedef enum {
    RDAP_FOUND,
    RDAP_NO_SUCH_DOMAIN,
    RDAP_TROUBLE /* of the registry, the way to it or ourselves: nothing is known */
} rdap_end_t;

typedef struct {
    rdap_end_t end;
    int64_t expires_at; /* seconds since the epoch; 0: the registry does not say */
    int lapsed;         /* in its redemption period, or about to be deleted */
    int64_t asked_at_ms;
    char words[RDAP_WORDS_MAX]; /* of trouble */
} rdap_answer_t;

/* The answer is valid within the callback. */
typedef void (*rdap_done_cb)(void *data, const rdap_answer_t *answer);

/* `env` and `bootstrap` (see rdap_bootstrap.h) are borrowed.  NULL when out of memory. */
rdap_t *rdap_create(const check_env_t *env, const char *bootstrap);
/* All queries must be over or cancelled; the loop must run once more. */
void rdap_destroy(rdap_t *rdap);

/*
 * The part of a host's name that somebody registered: "example.co.uk" of
 * "a.b.example.co.uk".  Points into `host`; NULL if the host is itself a suffix.
 */
const char *rdap_registrable(rdap_t *rdap, const char *host);

/* done runs once, from the loop, never inside this call.  NULL when out of memory. */
rdap_query_t *rdap_start(rdap_t *rdap, const char *domain, rdap_done_cb done, void *data);
/*
 * The end that is known now, in seconds since the epoch; 0: none is.  When it is
 * time to ask the registry that is done beside, for later calls.
 */
int64_t rdap_known_end(rdap_t *rdap, const char *domain);

/* To be called in any case; done is not called any more. */
void rdap_cancel(rdap_query_t *query);

#endif
