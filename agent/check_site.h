
/*
 * Whom an HTTP request of a check is for: the monitor's own site or, after a
 * redirect, another one, directly or through the monitor's proxy.  Decides what
 * of the monitor's settings may be sent there.
 */

#ifndef CHECK_SITE_H
#define CHECK_SITE_H

#include "bs_url.h"
#include "check.h"
#include "http.h"

typedef struct {
    check_t *check;
    bs_url_t first; /* what the monitor's secrets are meant for */
    bs_url_t url;   /* this hop */
    bs_url_t proxy; /* text is NULL without one */
    int redirected;
    const http_header_t *own; /* the kind's own headers, which the monitor's do not replace */
    size_t own_count;
    http_header_t *headers;
    http_exchange_t *exchange; /* of this hop; NULL while there is none */
    char through[CHECK_TARGET_MAX + 16];
} check_site_t;

/*
 * `url` is http or https.  `own` is borrowed until deinit.  On failure the
 * check has failed and says why; deinit is right in any case.
 */
int check_site_init(check_site_t *site, check_t *check, const char *url, const http_header_t *own,
                    size_t own_count);
void check_site_deinit(check_site_t *site);

/* The next hop, instead of the last one. */
void check_site_follow(check_site_t *site, bs_url_t *take_url);

/*
 * As check_resolve(), for whom to connect to: the target or the proxy.  An
 * address in the URL is judged even if it is the proxy that connects to it.
 */
void check_site_resolve(check_site_t *site, check_resolved_cb resolved);

/* Everything of a request that the settings say.  The kind adds its method and callbacks. */
void check_site_fill(check_site_t *site, const bs_addr_t *address, int with_body,
                     http_request_t *request);

/* Ends the exchange, if there is one: without a word, or noting how far it came. */
void check_site_cancel(check_site_t *site);
void check_site_cut_off(check_site_t *site);

/* Adds an ended hop to the facts: phases of all hops add up, the rest is the last one's. */
void check_site_note(check_site_t *site, const http_result_t *result);

#endif
