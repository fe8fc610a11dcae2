
/*
 * Where Redis is: redis://[user[:password]@]host[:port][/db], or
 * unix:/path/redis.sock[:db].  Pure.
 */

#ifndef REDIS_ADDRESS_H
#define REDIS_ADDRESS_H

#include <stdint.h>

typedef struct {
    char *path; /* of a Unix socket; else NULL */
    char *host;
    uint16_t port;
    char *username;
    char *password;
    unsigned db;
} redis_address_t;

/* 0, or -1 with *error a literal; nothing to free then. */
int redis_address_parse(const char *text, redis_address_t *address, const char **error);
void redis_address_free(redis_address_t *address);

#endif
