
/*
 * The client's side of SCRAM-SHA-256 (RFC 5802, RFC 7677) without channel
 * binding.  Pure; a scram_t is plain data and may be copied.
 *
 *   scram_begin -> send `first` -> scram_take_first -> scram_derive (slow)
 *   -> send `final` -> scram_verify
 */

#ifndef SCRAM_H
#define SCRAM_H

#include <stddef.h>

/* A server may ask for as much of our time as it likes; about half a second is enough. */
#define SCRAM_ROUNDS_MAX 600000
#define SCRAM_NONCE_MAX 128
#define SCRAM_SALT_MAX 128
#define SCRAM_TEXT_MAX 512
#define SCRAM_KEY_BYTES 32

typedef struct {
    char first[SCRAM_TEXT_MAX];
    char server_first[SCRAM_TEXT_MAX];
    char nonce[2 * SCRAM_NONCE_MAX]; /* ours, then with the server's behind it */
    unsigned char salt[SCRAM_SALT_MAX];
    size_t salt_len;
    int rounds;
    char final[SCRAM_TEXT_MAX];
    unsigned char server_signature[SCRAM_KEY_BYTES];
} scram_t;

/* A fresh nonce in base64.  0 or -1. */
int scram_nonce(char out[SCRAM_NONCE_MAX]);

/* `user` must have neither comma nor equals sign. */
void scram_begin(scram_t *scram, const char *user, const char *nonce);

/* 0, or -1 with *error a literal. */
int scram_take_first(scram_t *scram, const char *text, size_t len, const char **error);

/* Needs as many rounds as the server said: not on the loop.  0 or -1. */
int scram_derive(scram_t *scram, const char *password);

/* Does the server know the password, too?  0: yes. */
int scram_verify(const scram_t *scram, const char *text, size_t len);

#endif
