
/* Users write the same text for the hub; whatever it accepts is accepted here too. */

#include "redis_address.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define REDIS_ADDRESS_PORT 6379
#define REDIS_ADDRESS_DB_MAX 65535


static void
redis_address_clear(redis_address_t *address)
{
    free(address->path);
    free(address->host);
    free(address->username);
    free(address->password);
    memset(address, 0, sizeof(*address));
}


void
redis_address_free(redis_address_t *address)
{
    redis_address_t *next = address->next;

    while (next != NULL && next != address) {
        redis_address_t *server = next;

        next = server->next;
        redis_address_clear(server);
        free(server);
    }

    redis_address_clear(address);
}


static int
redis_address_number(const char *text, unsigned max, unsigned *value)
{
    char *end;

    if (!isdigit((unsigned char) text[0])) {
        return -1;
    }

    unsigned long number = strtoul(text, &end, 10);

    if (*end != '\0' || number > max) {
        return -1;
    }

    *value = (unsigned) number;
    return 0;
}


static char *
redis_address_decode(const char *text, size_t len)
{
    char *out = malloc(len + 1);
    size_t used = 0;

    if (out == NULL) {
        return NULL;
    }

    for (size_t i = 0; i < len; i++) {
        unsigned code;

        if (text[i] == '%' && i + 2 < len && sscanf(text + i + 1, "%2x", &code) == 1) {
            out[used++] = (char) code;
            i += 2;

        } else {
            out[used++] = text[i];
        }
    }

    out[used] = '\0';
    return out;
}


static int
redis_address_unix(const char *text, redis_address_t *address, const char **error)
{
    const char *colon;

    text += strspn(text, "/") > 1 ? strspn(text, "/") - 1 : 0;
    colon = strrchr(text, ':');

    if (colon != NULL && redis_address_number(colon + 1, REDIS_ADDRESS_DB_MAX, &address->db) != 0) {
        colon = NULL; /* belongs to the path */
    }

    size_t len = (colon != NULL) ? (size_t) (colon - text) : strlen(text);

    if (len == 0 || text[0] != '/') {
        *error = "unix: needs an absolute path";
        return -1;
    }

    address->path = strndup(text, len);
    return 0;
}


static void
redis_address_credentials(const char *text, const char *at, redis_address_t *address)
{
    const char *colon = memchr(text, ':', (size_t) (at - text));

    if (colon == NULL) {
        address->username = redis_address_decode(text, (size_t) (at - text));
        return;
    }

    if (colon > text) {
        address->username = redis_address_decode(text, (size_t) (colon - text));
    }

    address->password = redis_address_decode(colon + 1, (size_t) (at - colon - 1));
}


static int
redis_address_host(char *text, redis_address_t *address, const char **error)
{
    unsigned port = REDIS_ADDRESS_PORT;
    char *end = (text[0] == '[') ? strchr(text, ']') : strchr(text, ':');
    char *colon = end;

    if (text[0] == '[') {
        if (end == NULL) {
            *error = "the closing bracket of the IPv6 address is missing";
            return -1;
        }

        *end = '\0';
        text++;
        colon = (end[1] == ':') ? end + 1 : NULL;
    }

    if (colon != NULL) {
        if (redis_address_number(colon + 1, UINT16_MAX, &port) != 0 || port == 0) {
            *error = "the port is no number from 1 to 65535";
            return -1;
        }

        *colon = '\0';
    }

    if (text[0] == '\0') {
        *error = "the host is missing";
        return -1;
    }

    address->host = strdup(text);
    address->port = (uint16_t) port;
    return 0;
}


/* One more server, with what the first has read of all. */
static redis_address_t *
redis_address_add(redis_address_t *first, redis_address_t *last)
{
    redis_address_t *server = calloc(1, sizeof(*server));

    if (server == NULL) {
        return NULL;
    }

    server->db = first->db;
    server->username = (first->username != NULL) ? strdup(first->username) : NULL;
    server->password = (first->password != NULL) ? strdup(first->password) : NULL;
    server->next = first;
    last->next = server;
    return server;
}


static int
redis_address_list(char *text, redis_address_t *first, const char **error)
{
    redis_address_t *server = first;

    for (unsigned n = 1;; n++) {
        char *comma = strchr(text, ',');

        if (comma != NULL) {
            *comma = '\0';
        }

        if (redis_address_host(text, server, error) != 0) {
            return -1;
        }

        if (comma == NULL) {
            return 0;
        }

        if (n == REDIS_ADDRESS_SERVERS_MAX) {
            *error = "more than 8 servers are named";
            return -1;
        }

        server = redis_address_add(first, server);

        if (server == NULL) {
            *error = "out of memory";
            return -1;
        }

        text = comma + 1;
    }
}


static int
redis_address_tcp(const char *text, redis_address_t *address, const char **error)
{
    const char *at = strrchr(text, '@');

    if (at != NULL) {
        redis_address_credentials(text, at, address);
        text = at + 1;
    }

    char *copy = strdup(text);
    int result = -1;

    if (copy == NULL) {
        *error = "out of memory";
        return -1;
    }

    char *slash = strchr(copy, '/');

    if (slash != NULL) {
        *slash = '\0';
    }

    if (slash != NULL && slash[1] != '\0'
        && redis_address_number(slash + 1, REDIS_ADDRESS_DB_MAX, &address->db) != 0)
    {
        *error = "the database behind the / is no number";

    } else {
        result = redis_address_list(copy, address, error);
    }

    free(copy);
    return result;
}


int
redis_address_parse(const char *text, redis_address_t *address, const char **error)
{
    int result = -1;

    memset(address, 0, sizeof(*address));
    address->next = address;
    *error = "must start with redis:// or unix:/";

    if (strncmp(text, "unix:", 5) == 0) {
        result = redis_address_unix(text + 5, address, error);

    } else if (strncmp(text, "redis://", 8) == 0) {
        result = redis_address_tcp(text + 8, address, error);

    } else if (strncmp(text, "rediss://", 9) == 0) {
        *error = "TLS to Redis is not supported: use a Unix socket, loopback or a tunnel";
    }

    if (result != 0) {
        redis_address_free(address);
    }

    return result;
}
