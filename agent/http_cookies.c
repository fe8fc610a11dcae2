
/*
 * A jar is one of libcurl's share handles that shares nothing but cookies: its
 * engine then reads and writes the jar during each exchange, and a handle that
 * goes back to the free list keeps nothing of it.
 */

#include "http_curl.h"

#include <stdlib.h>


http_cookies_t *
http_cookies_create(void)
{
    CURLSH *share = curl_share_init();

    if (share == NULL) {
        return NULL;
    }

    if (curl_share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_COOKIE) != CURLSHE_OK) {
        curl_share_cleanup(share);
        return NULL;
    }

    return (http_cookies_t *) share;
}


void
http_cookies_free(http_cookies_t *cookies)
{
    if (cookies != NULL) {
        curl_share_cleanup((CURLSH *) cookies);
    }
}
