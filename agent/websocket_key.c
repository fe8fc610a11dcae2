
/* The answer, SHA-1 of key and a constant, proves that a server knows what it was asked. */

#include "websocket_key.h"

#include "digest.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>


int
websocket_key_make(char key[WEBSOCKET_KEY_SIZE])
{
    unsigned char bytes[16];

    if (getrandom(bytes, sizeof(bytes), 0) != sizeof(bytes)) {
        return -1;
    }

    base64_encode(bytes, sizeof(bytes), key);
    return 0;
}


void
websocket_key_accept(const char *key, char accept[WEBSOCKET_ACCEPT_SIZE])
{
    char text[WEBSOCKET_KEY_SIZE + 64];
    unsigned char digest[DIGEST_SHA1_SIZE];

    snprintf(text, sizeof(text), "%s258EAFA5-E914-47DA-95CA-C5AB0DC85B11", key);
    digest_sha1(text, strlen(text), digest);
    base64_encode(digest, sizeof(digest), accept);
}
