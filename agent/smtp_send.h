
/*
 * One mail to one server at exactly the given address, on the loop: the lines of
 * `smtp` over a `stream`.
 *
 * Not libcurl's: that waits for the answer to a message in a call that blocks,
 * also with its multi interface, and a server may take minutes for that.
 */

#ifndef SMTP_SEND_H
#define SMTP_SEND_H

#include "check.h"
#include "smtp.h"

typedef struct smtp_send smtp_send_t;

typedef struct {
    smtp_verdict_t verdict; /* never SMTP_UNDECIDED */
    int code;               /* the server's; 0: none */
    const char *words;      /* "": none; what a server said may be in it, as it came */
} smtp_result_t;

typedef void (*smtp_done_cb)(void *data, const smtp_result_t *result);

/*
 * `host` is whom the certificate must be for.  host and mail are borrowed until
 * done, which runs once from the loop, never inside this call; the result is valid
 * in it.  There is no deadline but smtp_send_cancel().  NULL with *error a literal.
 */
smtp_send_t *
smtp_send_start(const check_env_t *env, const char *host, const bs_addr_t *address, uint16_t port,
                const smtp_mail_t *mail, smtp_done_cb done, void *data, const char **error);

/*
 * What it comes to if it ends here, with "" for words unless the server has decided; valid
 * until the next call.
 */
smtp_result_t smtp_send_result(const smtp_send_t *send);

/* Nothing is called any more. */
void smtp_send_cancel(smtp_send_t *send);

#endif
