
/*
 * http and https URLs, read once and strictly: whoever connects, sends the
 * Host header or decides about credentials works from this one reading, so
 * two parsers can never disagree about where a URL leads.
 */

#ifndef BS_URL_H
#define BS_URL_H

#include "bs_addr.h"

#define BS_URL_BYTES_MAX 8192
#define BS_URL_HOST_MAX 253

typedef struct {
    int tls;
    uint16_t port;
    char *host;     /* lower case; an IPv6 address has no brackets here */
    int is_address; /* then `addr` is set and `host` is its usual spelling */
    bs_addr_t addr;
    char *username; /* percent-decoded userinfo, or NULL */
    char *password;
    char *text;  /* the whole URL again: without userinfo, without fragment, escaped */
    void *block; /* what all of them point into */
} bs_url_t;

/*
 * 0, or -1 with *error a literal that says what is wrong.  On success the
 * strings live until bs_url_free(); after a failure there is nothing to free.
 */
int bs_url_parse(const char *text, size_t len, bs_url_t *url, const char **error);
void bs_url_free(bs_url_t *url);

/* May what was meant for `from` (credentials, headers) also be sent to `to`? */
int bs_url_same_site(const bs_url_t *from, const bs_url_t *to);

#endif
