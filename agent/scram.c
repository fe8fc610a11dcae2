
#include "scram.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SCRAM_GS2 "n,," /* no channel binding, nobody else's name */
#define SCRAM_GS2_BASE64 "biws"
#define SCRAM_NONCE_BYTES 18


/* --- base64 --------------------------------------------------------------- */

/* Returns the length, or -1. */
static int
scram_decode(const char *text, size_t len, unsigned char *out, size_t size)
{
    unsigned char block[SCRAM_TEXT_MAX];
    int padding = 0;

    if (len == 0 || len % 4 != 0 || len / 4 * 3 > sizeof(block)) {
        return -1;
    }

    padding += text[len - 1] == '=';
    padding += text[len - 2] == '=';

    int count = EVP_DecodeBlock(block, (const unsigned char *) text, (int) len) - padding;

    if (count < 0 || (size_t) count > size) {
        return -1;
    }

    memcpy(out, block, (size_t) count);
    return count;
}


int
scram_nonce(char out[SCRAM_NONCE_MAX])
{
    unsigned char bytes[SCRAM_NONCE_BYTES];

    if (RAND_bytes(bytes, sizeof(bytes)) != 1) {
        return -1;
    }

    EVP_EncodeBlock((unsigned char *) out, bytes, sizeof(bytes));
    return 0;
}


/* --- messages ------------------------------------------------------------- */

void
scram_begin(scram_t *scram, const char *user, const char *nonce)
{
    memset(scram, 0, sizeof(*scram));
    snprintf(scram->nonce, sizeof(scram->nonce), "%s", nonce);
    snprintf(scram->first, sizeof(scram->first), SCRAM_GS2 "n=%s,r=%s", user, nonce);
}


/* The value of "x=..." at *text, up to the next comma; *text moves behind that.  NULL: none. */
static const char *
scram_attribute(const char **text, char name, size_t *len)
{
    const char *value = *text + 2;

    if ((*text)[0] != name || (*text)[1] != '=') {
        return NULL;
    }

    *len = strcspn(value, ",");
    *text = value + *len + (value[*len] == ',');
    return value;
}


/* It must begin with ours, and add something. */
static int
scram_take_nonce(scram_t *scram, const char *nonce, size_t len)
{
    size_t own_len = strlen(scram->nonce);

    if (nonce == NULL || len <= own_len || len >= sizeof(scram->nonce)
        || memcmp(nonce, scram->nonce, own_len) != 0)
    {
        return -1;
    }

    memcpy(scram->nonce, nonce, len);
    scram->nonce[len] = '\0';
    return 0;
}


static int
scram_take_rounds(scram_t *scram, const char *digits, size_t len, const char **error)
{
    char *end;
    long rounds = (digits != NULL && len > 0 && len < 10) ? strtol(digits, &end, 10) : 0;

    *error = "its SCRAM message has no number of rounds";

    if (rounds < 1 || end != digits + len) {
        return -1;
    }

    *error = "it wants more rounds of hashing than this agent is willing to do";
    scram->rounds = (int) rounds;
    return (rounds <= SCRAM_ROUNDS_MAX) ? 0 : -1;
}


int
scram_take_first(scram_t *scram, const char *text, size_t len, const char **error)
{
    const char *rest = scram->server_first;
    size_t value_len = 0;

    *error = "its SCRAM message is too long";

    if (len >= sizeof(scram->server_first)) {
        return -1;
    }

    memcpy(scram->server_first, text, len);
    scram->server_first[len] = '\0';
    *error = "its SCRAM nonce does not fit";

    const char *value = scram_attribute(&rest, 'r', &value_len);

    if (scram_take_nonce(scram, value, value_len) != 0) {
        return -1;
    }

    *error = "its SCRAM salt cannot be read";
    value = scram_attribute(&rest, 's', &value_len);

    int salt_len =
        (value != NULL) ? scram_decode(value, value_len, scram->salt, sizeof(scram->salt)) : -1;

    if (salt_len <= 0) {
        return -1;
    }

    scram->salt_len = (size_t) salt_len;
    value = scram_attribute(&rest, 'i', &value_len);
    return scram_take_rounds(scram, value, value_len, error);
}


int
scram_verify(const scram_t *scram, const char *text, size_t len)
{
    unsigned char signature[SCRAM_KEY_BYTES];
    const char *comma = memchr(text, ',', len);

    len = (comma != NULL) ? (size_t) (comma - text) : len;

    if (len < 2 || memcmp(text, "v=", 2) != 0
        || scram_decode(text + 2, len - 2, signature, sizeof(signature)) != SCRAM_KEY_BYTES)
    {
        return -1;
    }

    return CRYPTO_memcmp(signature, scram->server_signature, SCRAM_KEY_BYTES) == 0 ? 0 : -1;
}


/* --- keys ----------------------------------------------------------------- */

static int
scram_hmac(const unsigned char *key, const char *text, unsigned char out[SCRAM_KEY_BYTES])
{
    return HMAC(EVP_sha256(), key, SCRAM_KEY_BYTES, (const unsigned char *) text, strlen(text), out,
                NULL)
                   != NULL
               ? 0
               : -1;
}


static int
scram_finish(scram_t *scram, const unsigned char *salted)
{
    unsigned char client_key[SCRAM_KEY_BYTES];
    unsigned char stored_key[SCRAM_KEY_BYTES];
    unsigned char server_key[SCRAM_KEY_BYTES];
    unsigned char proof[SCRAM_KEY_BYTES];
    char message[3 * SCRAM_TEXT_MAX];
    char base64[2 * SCRAM_KEY_BYTES];

    snprintf(message, sizeof(message), "%s,%s,c=" SCRAM_GS2_BASE64 ",r=%s",
             scram->first + strlen(SCRAM_GS2), scram->server_first, scram->nonce);

    if (scram_hmac(salted, "Client Key", client_key) != 0
        || EVP_Digest(client_key, SCRAM_KEY_BYTES, stored_key, NULL, EVP_sha256(), NULL) != 1
        || scram_hmac(stored_key, message, proof) != 0
        || scram_hmac(salted, "Server Key", server_key) != 0
        || scram_hmac(server_key, message, scram->server_signature) != 0)
    {
        return -1;
    }

    for (int i = 0; i < SCRAM_KEY_BYTES; i++) {
        proof[i] ^= client_key[i];
    }

    EVP_EncodeBlock((unsigned char *) base64, proof, SCRAM_KEY_BYTES);
    snprintf(scram->final, sizeof(scram->final), "c=" SCRAM_GS2_BASE64 ",r=%s,p=%s", scram->nonce,
             base64);
    OPENSSL_cleanse(client_key, sizeof(client_key));
    return 0;
}


int
scram_derive(scram_t *scram, const char *password)
{
    unsigned char salted[SCRAM_KEY_BYTES];
    int derived = PKCS5_PBKDF2_HMAC(password, -1, scram->salt, (int) scram->salt_len, scram->rounds,
                                    EVP_sha256(), SCRAM_KEY_BYTES, salted);
    int result = (derived == 1) ? scram_finish(scram, salted) : -1;

    OPENSSL_cleanse(salted, sizeof(salted));
    return result;
}
