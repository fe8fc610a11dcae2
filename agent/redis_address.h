
/*
 * Where Redis is: redis://[user[:password]@]host[:port][,host[:port]...][/db],
 * or unix:/path/redis.sock[:db].  Of several the one that is a primary is used.
 * Pure.
 */

#ifndef REDIS_ADDRESS_H
#define REDIS_ADDRESS_H

#include <stdint.h>

#define REDIS_ADDRESS_SERVERS_MAX 8

typedef struct redis_address redis_address_t;

struct redis_address {
    char *path; /* of a Unix socket; else NULL */
    char *host;
    uint16_t port;
    char *username;
    char *password;
    unsigned db;
    redis_address_t *next; /* in a ring; itself when alone */
};

/* 0, or -1 with *error a literal; nothing to free then.  `address` must stay where it is. */
int redis_address_parse(const char *text, redis_address_t *address, const char **error);
void redis_address_free(redis_address_t *address);

#endif
