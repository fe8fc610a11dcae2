
#include "endpoint.h"

#include <stdio.h>
#include <string.h>


/* "2001:db8::1" without brackets: no name has two colons. */
static int
endpoint_is_bare_ipv6(const char *authority, size_t len)
{
    const char *colon = memchr(authority, ':', len);

    return authority[0] != '[' && colon != NULL
           && memchr(colon + 1, ':', len - (size_t) (colon + 1 - authority)) != NULL;
}


static int
endpoint_names_port(const char *authority, size_t len)
{
    const char *bracket = memchr(authority, ']', len);
    const char *from = (bracket != NULL) ? bracket : authority;

    return memchr(from, ':', len - (size_t) (from - authority)) != NULL;
}


int
endpoint_read(const spec_t *spec, uint16_t default_port, endpoint_t *endpoint, const char **error)
{
    const char *scheme = strstr(spec->url, "://");
    const char *authority = (scheme != NULL) ? scheme + 3 : spec->url;
    size_t len = strcspn(authority, "/?#");
    int bare = endpoint_is_bare_ipv6(authority, len);
    char text[BS_URL_HOST_MAX + 64];
    bs_url_t url;
    int length = snprintf(text, sizeof(text), bare ? "http://[%.*s]/" : "http://%.*s/", (int) len,
                          authority);

    if (memchr(authority, '@', len) != NULL) { /* nobody here would use them */
        *error = "user and password are settings of their own here";
        return -1;
    }

    if (len > BS_URL_HOST_MAX + 8 || length >= (int) sizeof(text)) {
        *error = "the host is too long";
        return -1;
    }

    if (bs_url_parse(text, (size_t) length, &url, error) != 0) {
        return -1;
    }

    snprintf(endpoint->host, sizeof(endpoint->host), "%s", url.host);
    endpoint->ports_count = (unsigned) spec->ports_count;
    memcpy(endpoint->ports, spec->ports, spec->ports_count * sizeof(endpoint->ports[0]));

    if (endpoint->ports_count == 0) {
        endpoint->ports_count = 1;
        endpoint->ports[0] =
            (!bare && endpoint_names_port(authority, len)) ? url.port : default_port;
    }

    bs_url_free(&url);
    *error = "a port is needed";
    return (endpoint->ports[0] != 0) ? 0 : -1;
}
