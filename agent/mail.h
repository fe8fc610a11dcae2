
/*
 * One mail through an SMTP server, by libcurl.  Blocks up to MAIL_TIMEOUT_MS:
 * for a thread of the pool.
 */

#ifndef MAIL_H
#define MAIL_H

#include <stdatomic.h>
#include <stdint.h>

#define MAIL_TIMEOUT_MS 30000
#define MAIL_ERROR_MAX 256
#define MAIL_RECIPIENTS_MAX 20

typedef struct {
    const char *server; /* smtp[s]://[user:password@]host[:port] */
    const char *from;
    const char *to; /* several: with commas */
    const char *subject;
    const char *text;    /* lines end with \n */
    const char *ca_file; /* whom to believe the server's certificate */
    int64_t now_ms;
    atomic_int *abort; /* set from another thread: give up */
} mail_t;

/* 0 when the server has taken it; else -1 with a sentence in `error` (MAIL_ERROR_MAX bytes). */
int mail_send(const mail_t *mail, char *error);

#endif
