
/*
 * SMTP as RFC 5321 has it, from the greeting to QUIT: what a client says to what
 * the server said.  Pure: text in, text out.
 *
 * TLS is begun when it is asked for, or nothing is said.  A message is committed
 * from the moment when its end goes out: before that no server has taken it, from
 * then on only its answer tells.
 */

#ifndef SMTP_H
#define SMTP_H

#include <stddef.h>

#define SMTP_RECIPIENTS_MAX 20
#define SMTP_ADDRESS_BYTES_MAX 254
#define SMTP_LOGIN_BYTES_MAX 1024 /* of a username; of a password */
#define SMTP_OUT_BYTES 4096
#define SMTP_WORDS_MAX 400

typedef enum {
    SMTP_CLEAR,    /* no TLS */
    SMTP_STARTTLS, /* TLS after the greeting, or no mail */
    SMTP_TLS       /* TLS from the first byte on */
} smtp_security_t;

/* Borrowed.  Addresses are bare, as smtp_is_address() wants them. */
typedef struct {
    const char *name; /* said in EHLO */
    smtp_security_t security;
    const char *username; /* NULL: no login */
    const char *password;
    const char *from;
    const char *to[SMTP_RECIPIENTS_MAX];
    unsigned to_count;
    const char *message;
    size_t message_len;
} smtp_mail_t;

typedef enum {
    SMTP_WAIT,   /* for more to be fed */
    SMTP_SAY,    /* out goes out, then smtp_said() */
    SMTP_SECURE, /* TLS begins, then smtp_secured(); nothing may be left to be fed */
    SMTP_OVER
} smtp_next_t;

typedef enum {
    SMTP_UNDECIDED,
    SMTP_ACCEPTED, /* for one recipient at least; words tells of the others */
    SMTP_FAILED,   /* another attempt may succeed */
    SMTP_REFUSED,  /* none ever will */
    SMTP_UNKNOWN   /* the answer to the message makes no sense: it may have arrived */
} smtp_verdict_t;

typedef struct {
    const smtp_mail_t *mail;
    int step;
    int secured;
    int committed;
    smtp_verdict_t verdict;
    int code; /* of the reply that decided; 0: there is none */
    char words[SMTP_WORDS_MAX
               + 1]; /* why, as a sentence; what the server said is in it as it came */

    size_t out_len;
    char out[SMTP_OUT_BYTES];

    int reply_code; /* of the reply that comes */
    int lines;
    size_t reply_len;
    char reply[SMTP_WORDS_MAX + 1]; /* its texts */
    unsigned offers;                /* by EHLO */
    unsigned recipient;
    unsigned accepted;
    int again; /* somebody was refused only for now */
    size_t refused_len;
    char refused[SMTP_WORDS_MAX + 1]; /* who, and why */
    size_t position;                  /* in the message */
    char last;                        /* the byte of it that went out last */
} smtp_t;

/* ASCII without anything that means something to SMTP or to a header. */
int smtp_is_address(const char *text);

/* The server speaks first; with SMTP_TLS after the handshake. */
void smtp_begin(smtp_t *smtp, const smtp_mail_t *mail);

/* One reply at most; *used bytes are not to be fed again. */
smtp_next_t smtp_feed(smtp_t *smtp, const char *data, size_t len, size_t *used);

smtp_next_t smtp_said(smtp_t *smtp);

/* The message goes out, and the server may break it off: it may be fed before smtp_said(). */
int smtp_is_in_message(const smtp_t *smtp);

/* After SMTP_SECURE. */
smtp_next_t smtp_secured(smtp_t *smtp);

#endif
