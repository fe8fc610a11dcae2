
/* As much of Postgres' protocol as a login needs: bytes to messages and back.  Pure. */

#ifndef PGWIRE_H
#define PGWIRE_H

#include "digest.h"

#include <stddef.h>
#include <stdint.h>

#define PGWIRE_BODY_MAX 8000
#define PGWIRE_MD5_MAX (3 + DIGEST_MD5_HEX)

typedef struct {
    char type;
    const char *body;
    size_t len;
} pgwire_message_t;

/* 1: a whole message of *used bytes, 0: more is needed, -1: that is none, or too long. */
int pgwire_read(const char *data, size_t len, pgwire_message_t *message, size_t *used);

/* The first four bytes of a body; -1 if there are none. */
int32_t pgwire_int(const pgwire_message_t *message);

/* "FATAL: the database system is starting up (57P03)", cut to fit. */
void pgwire_error(const pgwire_message_t *message, char *out, size_t size);

/* Is it among these zero-terminated strings? */
int pgwire_lists(const char *strings, size_t len, const char *wanted);

/* All of these return the length of what was written, or 0: it does not fit. */
size_t pgwire_startup(char *out, size_t size, const char *user, const char *database);
size_t pgwire_put(char *out, size_t size, char type, const void *body, size_t len);
size_t pgwire_sasl(char *out, size_t size, const char *mechanism, const char *text);

/* What a server asking for MD5 gets.  0 or -1. */
int
pgwire_md5(const char *user, const char *password, const char salt[4], char out[PGWIRE_MD5_MAX]);

#endif
